"""Detection that was away comes back: nothing missed, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest
from tests.detect.sql.conftest import SECOND, T0

from ringfence.core.actor import robot
from ringfence.detect import list_alerts
from ringfence.detect.apply import apply_signals
from ringfence.detect.model import RuleInfo
from ringfence.detect.sql import BackFill, backfill
from ringfence.ecs.event import Event
from ringfence.events import to_table
from ringfence.events.chdb_store import ChdbStore
from ringfence.runtime.database import Database
from ringfence.sigma import Matcher, Rule, RuleSet
from ringfence.sigma.version import ruleset_version

Make = Callable[..., Event]


async def taken(store: ChdbStore, events: Sequence[Event], rules: Sequence[Rule]) -> None:
    """Store events as a process does that has these rules."""
    matcher = Matcher(RuleSet(tuple(rules)))
    for event in events:
        event.rules = tuple(one.id for one in matcher.match(event.logsource, event.fields, event.ecs, event.raw))
    table = to_table(events)
    version = ruleset_version(rules)
    await store.insert_table(table.append_column("ruleset", pa.repeat(version, table.num_rows)))


def found(signals: Sequence[object]) -> list[tuple[str, str]]:
    return sorted((one.event_id, rule) for one in signals for rule in one.rules)  # type: ignore[attr-defined]


async def test_half_an_hour_without_detection(
    store: ChdbStore, database: Database, rule: Callable[..., Rule], event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "INSERTS", 7)
    rules = [rule(r"\evil.exe"), rule(r".exe")]
    infos = {one.id: RuleInfo.of(one) for one in rules}
    fill = BackFill(store, database, lambda: rules)
    await fill.note()

    def at(minute: int) -> Event:
        name = "evil.exe" if minute % 3 == 0 else "tool.exe" if minute % 3 == 1 else "note.txt"
        return event(minute, f"C:\\{name}", time=T0 + minute * 60 * SECOND)

    for minute in range(10):
        await taken(store, [at(minute)], rules)
    for minute in range(10, 25):  # a worker that came up without rules
        await taken(store, [at(minute)], [])
    for minute in range(25, 40):  # one with yesterday's
        await taken(store, [at(minute)], rules[:1])
    for minute in range(40, 45):
        await taken(store, [at(minute)], rules)
    expected = sorted(
        [(f"e{m}", rules[0].id) for m in range(45) if m % 3 == 0]
        + [(f"e{m}", rules[1].id) for m in range(45) if m % 3 < 2]
    )
    assert len(found(await store.signals(0))) < len(expected)
    assert await fill.step() > 0
    assert found(await store.signals(0)) == expected
    assert await fill.step() == 0
    assert await BackFill(store, database, lambda: rules).step() == 0  # after a restart
    async with database.session() as session:
        await apply_signals(session, await store.signals(0), infos)
    async with database.session() as session:
        assert await apply_signals(session, await store.signals(0), infos) == []
        alerts, _ = await list_alerts(robot(), session)
    assert sum(alert.count for alert in alerts) == len(expected)


async def test_a_new_rule_counts_from_its_first_appearance(
    store: ChdbStore, database: Database, rule: Callable[..., Rule], event: Make
) -> None:
    old, new = rule(r"\old.exe"), rule(r"\new.exe")
    before = BackFill(store, database, lambda: [old])
    await before.note()
    await taken(store, [event(1, r"C:\new.exe")], [old])
    await before.step()
    after = BackFill(store, database, lambda: [old, new])
    assert await after.step() == 0  # the history before it is for retro-detection, when somebody asks
    await taken(store, [event(2, r"C:\new.exe")], [old])  # a worker that still has the old rules
    await taken(store, [event(3, r"C:\new.exe")], [old, new])
    assert await after.step() == 1
    assert found(await store.signals(0)) == [("e2", new.id), ("e3", new.id)]


async def test_a_rule_taken_away_and_brought_back(
    store: ChdbStore, database: Database, rule: Callable[..., Rule], event: Make
) -> None:
    one, two = rule(r"\one.exe"), rule(r"\two.exe")
    both, single = BackFill(store, database, lambda: [one, two]), BackFill(store, database, lambda: [one])
    await both.note()
    await taken(store, [event(1, r"C:\two.exe")], [one, two])
    await both.step()
    await taken(store, [event(2, r"C:\two.exe")], [one])
    assert await single.step() == 0
    assert await both.step() == 1
    await taken(store, [event(3, r"C:\two.exe")], [one])
    assert await single.step() == 0
    assert await both.step() == 1
    assert found(await store.signals(0)) == [("e1", two.id), ("e2", two.id), ("e3", two.id)]


async def test_a_changed_rule_does_not_find_an_event_twice(
    store: ChdbStore, database: Database, rule: Callable[..., Rule], event: Make
) -> None:
    narrow, wide = rule(r"\evil.exe", "same"), rule(r".exe", "same")
    assert narrow.id == wide.id
    await BackFill(store, database, lambda: [wide]).note()
    await taken(store, [event(1, r"C:\evil.exe"), event(2, r"C:\tool.exe")], [narrow])
    assert await BackFill(store, database, lambda: [wide]).step() == 1
    assert found(await store.signals(0)) == [("e1", wide.id), ("e2", wide.id)]


async def test_a_step_that_died_is_made_again(
    store: ChdbStore, database: Database, rule: Callable[..., Rule], event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "TOGETHER", 1)
    rules = [rule(r"\evil.exe"), rule(r".exe")]
    fill = BackFill(store, database, lambda: rules)
    await fill.note()
    await taken(store, [event(n, r"C:\evil.exe") for n in range(5)], [])
    whole = store.add_signals
    calls = 0

    async def dying(*args: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError
        return await whole(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "add_signals", dying)
    with pytest.raises(OSError):
        await fill.step()
    assert await fill.step() == 5
    assert found(await store.signals(0)) == sorted((f"e{n}", one.id) for n in range(5) for one in rules)
