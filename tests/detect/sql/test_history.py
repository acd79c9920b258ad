"""What a rule would have found, in slices, taken up again where it was left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.detect.sql.conftest import DAY, T0

from ringfence.core.actor import Actor, Role, robot
from ringfence.core.errors import ConflictError, DeniedError
from ringfence.detect import Verdict, apply_signals, set_verdict
from ringfence.detect.model import RuleInfo
from ringfence.detect.sql import Day, Retro, backtest, history, retro_detect
from ringfence.ecs.event import Event
from ringfence.events import TimeRange, TopValue
from ringfence.events.chdb_store import ChdbStore
from ringfence.runtime.database import Database
from ringfence.sigma import Rule

EVER = TimeRange()
ACTOR = robot()


async def test_a_backtest_counts_by_day_and_entity(
    store: ChdbStore, rule: Callable[..., Rule], event: Callable[..., Event]
) -> None:
    await store.insert(
        [
            event(1, r"C:\EVIL.exe"),
            event(2, r"C:\evil.EXE", host="pc2", time=T0 + 5),
            event(3, r"C:\evil.exe", time=T0 + 2 * DAY),
            event(4, r"C:\good.exe"),
            event(5, r"C:\evil.exe", tenant="other"),
        ]
    )
    wanted = rule(r"\evil.exe")
    found = await backtest(ACTOR, store, wanted, EVER)
    midnight = T0 // DAY * DAY
    assert (found.events, found.hits, found.rule_id) == (4, 3, wanted.id)
    assert found.per_day == [Day(midnight, 2), Day(midnight + 2 * DAY, 1)]
    assert found.hosts == [TopValue("pc1", 2), TopValue("pc2", 1)]
    assert found.users == [TopValue("mallory", 3)]
    assert (found.sources, sorted(found.samples)) == ([], ["e1", "e2", "e3"])
    part = await backtest(ACTOR, store, rule(r"\evil.exe"), TimeRange(T0 + 1, T0 + DAY))
    assert (part.hits, part.samples) == (1, ["e2"])
    with pytest.raises(DeniedError):
        await backtest(Actor("x", "x", "default"), store, rule("x"), EVER)


async def test_a_backtest_tells_the_verdicts_it_would_have_touched(
    store: ChdbStore, database: Database, rule: Callable[..., Rule], event: Callable[..., Event]
) -> None:
    await store.insert([event(1, r"C:\evil.exe", rules=("old",)), event(2, r"C:\evil.exe", host="pc9", rules=("old",))])
    async with database.session() as session:
        alerts = await apply_signals(
            session, await store.signals(0), {"old": RuleInfo("old", "Old rule", product="windows")}
        )
        known = next(alert for alert in alerts if alert.entity == "pc1")
        await set_verdict(Actor("a", "a", "default", frozenset({Role.L2})), session, known.id, Verdict.FALSE_POSITIVE)
        found = await backtest(ACTOR, store, rule(r"\evil.exe"), EVER, session)
    assert [(one.alert_id, one.title, one.verdict) for one in found.touched] == [
        (known.id, "Old rule", Verdict.FALSE_POSITIVE)
    ]


async def test_the_way_through_the_history_is_taken_up_again(
    store: ChdbStore, rule: Callable[..., Rule], event: Callable[..., Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "SLICE_EVENTS", 2)
    wanted = rule(r"\evil.exe")
    await store.insert([event(n, r"C:\evil.exe", time=T0 + n * DAY) for n in range(10)])
    await store.insert([event(10, r"C:\evil.exe", time=T0 + 3 * DAY, rules=(wanted.id,))])
    kept: list[bytes] = []

    async def cut_short(retro: Retro) -> None:
        kept.append(msgspec.json.encode(retro))
        if len(kept) == 2:
            raise KeyError

    with pytest.raises(KeyError):
        await retro_detect(ACTOR, store, wanted, EVER, write=True, saved=cut_short)
    half = msgspec.json.decode(kept[-1], type=Retro)
    assert 0 < half.findings.hits < 11
    done = await retro_detect(ACTOR, store, wanted, EVER, write=True, resume=half)
    assert (done.findings.hits, done.written, done.done) == (11, 10, True)  # one event had its rule already
    again = await retro_detect(ACTOR, store, wanted, EVER, write=True)
    assert (again.findings.hits, again.written) == (11, 0)
    signals = await store.signals(0)
    assert sorted((one.event_id, one.rules) for one in signals) == sorted((f"e{n}", (wanted.id,)) for n in range(11))
    assert all(one.ecs["host.name"] == "pc1" for one in signals)
    with pytest.raises(ConflictError):
        await retro_detect(ACTOR, store, rule("other"), EVER, resume=done)


async def test_signals_of_the_past_outlive_a_restart_and_keep_their_order(
    store: ChdbStore, rule: Callable[..., Rule], event: Callable[..., Event], tmp_path: Any
) -> None:
    await store.insert([event(1, r"C:\evil.exe")])
    await retro_detect(ACTOR, store, rule(r"\evil.exe"), EVER, write=True)
    store.close()
    again = ChdbStore(tmp_path / "events")
    try:
        assert (await again.last_seq(), [one.seq for one in await again.signals(0)]) == (2, [2])
        await again.insert([event(2, "x", rules=("live",))])
        assert [(one.seq, one.rules) for one in await again.signals(2)] == [(3, ("live",))]
    finally:
        again.close()
