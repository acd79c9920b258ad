"""Correlations in SQL: every kind over a real store, and held to the plain engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.core.clock import ManualClock
from ringfence.core.ids import digest
from ringfence.core.severity import Severity
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource
from ringfence.events import Pulse
from ringfence.events.chdb_store import ChdbStore
from ringfence.sigma.correlate import Entry, Outcome, evaluate
from ringfence.sigma.correlation import Correlation, read_correlation
from ringfence.sigma.grouping import places

S = 1_000_000
NOW = 1_772_524_800_000_000
Maker = Callable[..., Event]
HOUR = 3600 * S
T0 = NOW // HOUR * HOUR + 100 * S
"""Windows of these tests lie within one hour, unless they say otherwise."""


def correlation(kind: str, rules: tuple[str, ...] = ("r0",), id_: str = "c", **given: Any) -> Correlation:
    data: dict[str, Any] = {"type": kind, "rules": list(rules), "timespan": "10s", "group-by": ["user.name"], **given}
    return Correlation(id_, id_, Severity.HIGH, definition=data, refs=rules, **read_correlation(data))


class Stage:
    """Puts events into the store and follows them as the loop does."""

    def __init__(self, store: ChdbStore, make: Maker, *rules: Correlation) -> None:
        self.store, self.make, self.rules = store, make, rules
        self.number = 0
        self.done = 0

    async def put(self, *moments: tuple[float, str, dict[str, Any]], tenant: str = "default") -> None:
        """Store events at (second, rules with spaces, ECS and native fields) in one insert."""
        events: list[Event] = []
        for second, rules, held in moments:
            self.number += 1
            ecs = {name: value for name, value in held.items() if "." in name}
            fields = {
                name.removeprefix("~"): value for name, value in held.items() if "." not in name or name[0] == "~"
            }
            ecs = {name: value for name, value in ecs.items() if name[0] != "~"}
            events.append(
                self.make(
                    self.number,
                    id=f"e{self.number}",
                    tenant=tenant,
                    batch=f"b{self.number}",
                    time=T0 + round(second * S),
                    rules=tuple(rules.split()),
                    ecs=ecs,
                    fields=fields,
                )
            )
        await self.store.insert(events)

    async def step(self) -> list[Pulse]:
        upto = await self.store.last_seq()
        pulses = await self.store.correlate(self.rules, self.done, upto)
        self.done = upto
        return pulses

    async def found(self, *moments: tuple[float, str, dict[str, Any]]) -> list[tuple[Any, ...]]:
        await self.put(*moments)
        return short(await self.step())


def short(pulses: list[Pulse]) -> list[tuple[Any, ...]]:
    """Rule, group, count, first and last second, ids of the deciding events."""
    return [
        (p.rule_id, p.group, p.count, (p.first - T0) / S, (p.last - T0) / S, [s.event_id for s in p.deciding])
        for p in pulses
    ]


def user(name: str = "ana", **more: Any) -> dict[str, Any]:
    return {"user.name": name, **more}


async def test_event_count_across_inserts(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 3}))
    assert await stage.found((0, "r0", user()), (1, "r0", user("ben")), (2, "r0", user())) == []
    assert await stage.found((8, "r0", user()), (8, "other", user("ben"))) == [("c", ("ana",), 3, 0, 8, ["e4"])]
    assert await stage.found((9, "r0", user("ben"))) == []


async def test_a_continued_attack_adds_only_what_is_new(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 3}))
    await stage.found(*[(n, "r0", user()) for n in range(3)])
    assert await stage.found((3, "r0", user()), (4, "r0", user())) == [("c", ("ana",), 2, 3, 4, ["e4", "e5"])]
    assert await stage.found((40, "r0", user())) == []


async def test_the_same_step_again_gives_the_same(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 3}))
    first = await stage.found(*[(n, "r0", user()) for n in range(3)])
    stage.done = 0
    await stage.put((3, "r0", user()))
    assert short(await stage.step()) == [("c", ("ana",), 4, 0, 3, ["e3", "e4"])]
    assert first == [("c", ("ana",), 3, 0, 2, ["e3"])]


async def test_a_late_event_completes_a_window_of_its_own_time(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 3}))
    await stage.found((0, "r0", user()), (8, "r0", user()), (500, "r0", user()))
    assert await stage.found((4, "r0", user())) == [("c", ("ana",), 3, 0, 8, ["e2"])]


async def test_a_late_event_may_cover_what_came_after(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 3}))
    await stage.found((0, "r0", user()), (9, "r0", user()), (18, "r0", user()))
    assert await stage.found((10, "r0", user())) == [("c", ("ana",), 4, 0, 18, ["e4", "e3"])]


async def test_borders_belong_to_the_window(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 2}))
    assert await stage.found((0, "r0", user()), (10, "r0", user())) == [("c", ("ana",), 2, 0, 10, ["e2"])]
    assert await stage.found((100, "r0", user()), (110.000001, "r0", user())) == []


async def test_an_hour_makes_two_pulses(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 2}))
    end = 3500
    found = await stage.found((end - 1, "r0", user()), (end + 1, "r0", user()))
    assert found == [("c", ("ana",), 1, end - 1, end - 1, []), ("c", ("ana",), 1, end + 1, end + 1, ["e2"])]


async def test_tenants_never_meet(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 2}))
    await stage.put((0, "r0", user()))
    await stage.put((1, "r0", user()), tenant="other")
    assert await stage.step() == []
    await stage.put((2, "r0", user()), tenant="other")
    (pulse,) = await stage.step()
    assert (pulse.tenant, pulse.count, [s.tenant for s in pulse.deciding]) == ("other", 2, ["other"])


async def test_no_value_is_no_group(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 2}, **{"group-by": ["User"]}))
    rows = [{}, {"User": ""}, {"User": None}, {"User": "-"}, {"User": []}]
    assert await stage.found(*[(0, "r0", row) for row in rows * 2]) == []


async def test_native_names_come_first_then_ecs_then_other_spelling(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 4}))
    rows = [{"user.name": "Ana"}, {"~user.name": "ANA", "user.name": "x"}, {"~User.Name": "ana"}]
    rows.append({"~user.name": None, "user.name": "ana"})
    assert [row[:3] for row in await stage.found(*[(n, "r0", row) for n, row in enumerate(rows)])] == [
        ("c", ("ana",), 4)
    ]


async def test_each_item_of_a_list_is_a_group(store: ChdbStore, make: Maker) -> None:
    rule = correlation("event_count", condition={"gte": 2}, **{"group-by": ["To", "user.name"]})
    stage = Stage(store, make, rule)
    found = await stage.found((0, "r0", user(To=["a", "B"])), (1, "r0", user(To=["b", "c"])))
    assert [row[:3] for row in found] == [("c", ("b", "ana"), 2)]


async def test_value_count(store: ChdbStore, make: Maker) -> None:
    rule = correlation("value_count", condition={"gte": 3, "field": "user.name"}, **{"group-by": ["source.ip"]})
    stage = Stage(store, make, rule)
    one = {"source.ip": "203.0.113.7"}
    assert await stage.found(*[(n, "r0", one | user(name)) for n, name in enumerate(["a", "b", "A", "b"])]) == []
    assert await stage.found((10.5, "r0", one | user("c"))) == [("c", ("203.0.113.7",), 4, 1, 10.5, ["e5"])]


async def test_temporal_and_aliases(store: ChdbStore, make: Maker) -> None:
    aliases = {"ip": {"r0": "destination.ip", "r1": "SourceAddress"}}
    rule = correlation("temporal", ("r0", "r1"), **{"group-by": ["ip"], "aliases": aliases})
    stage = Stage(store, make, rule)
    found = await stage.found(
        (5, "r1", {"SourceAddress": "192.0.2.1", "destination.ip": "192.0.2.9"}),
        (7, "r0", {"destination.ip": "192.0.2.1", "SourceAddress": "192.0.2.9"}),
    )
    assert found == [("c", ("192.0.2.1",), 2, 5, 7, ["e2"])]


async def test_temporal_ordered(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("temporal_ordered", ("r0", "r1", "r2")))
    assert await stage.found((0, "r1", user()), (1, "r0", user()), (2, "r2", user())) == []
    assert await stage.found((1.5, "r1", user())) == [("c", ("ana",), 4, 0, 2, ["e3"])]


async def test_without_a_group_all_events_of_a_tenant_are_one(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make, correlation("event_count", condition={"gte": 2}, **{"group-by": None}))
    assert await stage.found((0, "r0", user("a")), (1, "r0", {})) == [("c", (), 2, 0, 1, ["e2"])]


async def test_sum_average_and_percentile_read_numbers(store: ChdbStore, make: Maker) -> None:
    total = correlation("value_sum", id_="sum", condition={"gte": 0.3, "field": "n"})
    mean = correlation("value_avg", id_="avg", condition={"lt": 0.2, "field": "n"})
    high = correlation("value_percentile", id_="top", condition={"gt": 0.15, "field": "n", "percentile": 90})
    stage = Stage(store, make, total, mean, high)
    rows = [(0, "r0", user(n="0.1")), (1, "r0", user(n="many")), (2, "r0", user(n=0.2)), (3, "r0", user(n=["x", "1"]))]
    found = await stage.found(*rows)
    assert found == [
        ("sum", ("ana",), 3, 0, 3, ["e3", "e4"]),
        ("avg", ("ana",), 2, 0, 2, ["e1", "e3"]),
        ("top", ("ana",), 3, 0, 3, ["e3", "e4"]),
    ]


async def test_a_chain_sees_the_events_that_decided(store: ChdbStore, make: Maker) -> None:
    many = correlation("event_count", ("failed",), "many", condition={"gte": 3}, **{"group-by": ["host.name"]})
    broken = correlation("temporal_ordered", ("many", "ok"), "broken", timespan="60s")
    stage = Stage(store, make, many, broken)
    host = {"host.name": "ws1"}
    assert await stage.found(*[(n, "failed", host | user()) for n in range(3)], (20, "ok", user("ben"))) == [
        ("many", ("ws1",), 3, 0, 2, ["e3"])
    ]
    assert await stage.found((30, "ok", user())) == [("broken", ("ana",), 2, 2, 30, ["e5"])]
    assert await stage.found((31, "ok", user())) == [("broken", ("ana",), 1, 31, 31, ["e6"])]


async def test_a_chain_hears_of_a_late_event(store: ChdbStore, make: Maker) -> None:
    many = correlation("event_count", ("failed",), "many", condition={"gte": 3})
    broken = correlation("temporal_ordered", ("many", "ok"), "broken", timespan="60s")
    stage = Stage(store, make, many, broken)
    await stage.found((0, "failed", user()), (2, "failed", user()), (30, "ok", user()))
    assert await stage.found((1, "failed", user())) == [
        ("many", ("ana",), 3, 0, 2, ["e2"]),
        ("broken", ("ana",), 2, 2, 30, ["e3"]),
    ]


async def test_a_new_rule_looks_at_what_is_stored(store: ChdbStore, make: Maker) -> None:
    stage = Stage(store, make)
    await stage.found((0, "r0", user()), (1, "r0", user()))
    stage.rules = (correlation("event_count", condition={"gte": 3}),)
    assert await stage.found((2, "r0", user())) == [("c", ("ana",), 3, 0, 2, ["e3"])]


async def test_a_store_that_is_opened_again_goes_on(tmp_path: Path, clock: ManualClock, make: Maker) -> None:
    rule = correlation("event_count", condition={"gte": 3})
    first = ChdbStore(tmp_path / "again", clock=clock)
    stage = Stage(first, make, rule)
    await stage.found((0, "r0", user()), (1, "r0", user()))
    first.close()
    stage.store = ChdbStore(tmp_path / "again", clock=clock)
    assert await stage.found((2, "r0", user())) == [("c", ("ana",), 3, 0, 2, ["e3"])]
    stage.store.close()


async def test_retention_forgets_places(store: ChdbStore, make: Maker, clock: ManualClock) -> None:
    rule = correlation("event_count", condition={"gte": 3})
    stage = Stage(store, make, rule)
    await stage.found((0, "r0", user()), (1, "r0", user()))
    clock.advance(2 * 86_400)
    await store.drop_older_than(clock.now_us())
    assert await stage.found((2, "r0", user())) == []


KINDS = {
    "event_count": ({}, {}),
    "value_count": ({"field": "Value"}, {}),
    "temporal": ({}, {}),
    "temporal_ordered": ({}, {}),
    "value_sum": ({"field": "Value"}, {}),
    "value_avg": ({"field": "Value"}, {}),
    "value_percentile": ({"field": "Value", "percentile": 70}, {}),
    "value_median": ({"field": "Value"}, {}),
}
_rows = st.lists(
    st.tuples(
        st.integers(0, 36),
        st.sets(st.sampled_from(["r0", "r1", "r2"]), min_size=1),
        st.sampled_from(["ana", "Ana", "ßen", "SSEN", "", "-", None, ["ana", "ßen"]]),
        st.sampled_from(["1", 2, "0.75", "-1", "x", "", None, "+2.5", ["1", "3"], "1.2345678999", "7."]),
    ),
    max_size=24,
)


@pytest.mark.parametrize("kind", KINDS)
async def test_sql_says_what_the_plain_engine_says(store: ChdbStore, make: Maker, kind: str) -> None:
    counter = iter(range(10**9))

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_rows, st.sampled_from(["gt", "gte", "lt", "eq", "neq"]), st.sampled_from([1, 2, 3]), st.integers(1, 3))
    def check(rows: list[Any], op: str, number: float, splits: int) -> None:
        run = next(counter)
        extra = KINDS[kind][0]
        rule = correlation(
            kind, ("r0", "r1", "r2"), f"c{run}", condition={op: number, **extra}, **{"group-by": ["User"]}
        )
        made = [event(run, index, row) for index, row in enumerate(rows)]
        expected = expect(rule, made)
        covered: dict[tuple[str, ...], int] = {}
        decided: dict[tuple[str, ...], list[str]] = {}
        drive(follow(store, rule, made, splits, covered, decided))
        if splits == 1 and rows:
            assert decided == deciding(rule, made)
        if splits == 1 or (op in ("gt", "gte") and kind in _MONOTONE):
            assert covered == expected

    loop = asyncio.get_running_loop()

    def drive(coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    await asyncio.to_thread(check)


_MONOTONE = frozenset(("event_count", "value_count", "temporal", "temporal_ordered"))


def event(run: int, index: int, row: tuple[int, set[str], Any, Any]) -> Event:
    second, rules, name, value = row
    fields: dict[str, Any] = {"Value": value}
    if name is not None:
        fields["User"] = name
    id_ = digest(str(run), str(index))
    source = logsource("windows")
    return Event(
        id_, f"t{run}", T0 + second * S, NOW, f"b{id_}", "s", "p", source, {}, fields, "", tuple(sorted(rules))
    )  # fmt: skip


def outcomes(rule: Correlation, events: list[Event]) -> dict[tuple[str, ...], Outcome]:
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for item in events:
        for slot, ref in enumerate(rule.refs):
            if ref in item.rules:
                for group, value in places(rule, {}, slot, item.rules, item.fields, item.ecs):
                    groups.setdefault(group, []).append(Entry(item.time, item.id, slot, value))
    return {group: evaluate(rule, entries) for group, entries in groups.items()}


def expect(rule: Correlation, events: list[Event]) -> dict[tuple[str, ...], int]:
    return {group: len(found.covered) for group, found in outcomes(rule, events).items() if found.covered}


def deciding(rule: Correlation, events: list[Event]) -> dict[tuple[str, ...], list[str]]:
    """The first ten events of each group that complete a window."""
    return {group: list(found.hits[:10]) for group, found in outcomes(rule, events).items() if found.hits}


async def follow(
    store: ChdbStore,
    rule: Correlation,
    events: list[Event],
    splits: int,
    covered: dict[Any, int],
    decided: dict[Any, Any],
) -> None:
    """Store the events in `splits` inserts, in the order given (late ones among them), with a step after each."""
    done = await store.last_seq()
    for part in range(splits):
        chosen = events[part::splits]
        if not chosen:
            continue
        await store.insert(chosen)
        upto = await store.last_seq()
        for pulse in await store.correlate([rule], done, upto):
            covered[pulse.group] = covered.get(pulse.group, 0) + pulse.count
            decided.setdefault(pulse.group, []).extend(signal.event_id for signal in pulse.deciding)
        done = upto
