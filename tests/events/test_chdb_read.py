"""Search pages, histograms, frequent values and signals on a real store."""

from __future__ import annotations

import pytest

from ringfence.core.errors import QueryError, UsageError
from ringfence.events import chdb_read
from ringfence.events.chdb_read import step_for
from ringfence.events.model import Bucket, Signal, TimeRange, TopValue

EVER = TimeRange()
MINUTE = 60_000_000


async def test_what_was_stored_is_found_as_it_was(store, make, lee):
    event = make(
        1,
        ecs={"user.name": "Ada", "source.port": 0, "event.category": ["process"], "process.command_line": "a\0'\\\n"},
        fields={"Image": r"C:\a.exe", "List": ["a", None], "Null": None},
        rules=("r1",),
        raw='{"Image":"C:\\\\a.exe"} 😀',
    )
    await store.insert([event])
    page = await store.search(lee, r"Image:C:\A.EXE source.port:0 List:a NOT Null:* C:\a.exe", EVER)
    assert (page.events, page.total, page.total_is_exact) == ([event], 1, True)


async def test_pages_are_newest_first_and_complete(store, make, lee):
    await store.insert([make(n, time=make().time + n // 2) for n in range(10)])
    pages = [await store.search(lee, "", EVER, limit=4, offset=offset) for offset in (0, 4, 8, 12)]
    assert [page.total for page in pages] == [10, 10, 10, 10]
    seen = [event for page in pages for event in page.events]
    assert [event.time for event in seen] == sorted((event.time for event in seen), reverse=True)
    assert len({event.id for event in seen}) == len(seen) == 10
    oldest = await store.search(lee, "", EVER, newest_first=False)
    assert oldest.events == seen[::-1]


async def test_a_span_is_half_open(store, make, lee):
    start = make().time
    await store.insert([make(n, time=start + n) for n in range(4)])
    page = await store.search(lee, "", TimeRange(start + 1, start + 3), newest_first=False)
    assert [event.time - start for event in page.events] == [1, 2]
    assert await store.count(lee, TimeRange(start + 3, None)) == 1


async def test_a_total_is_counted_up_to_a_bound(store, make, lee, monkeypatch):
    monkeypatch.setattr(chdb_read, "COUNT_TO", 5)
    await store.insert([make(n) for n in range(8)])
    page = await store.search(lee, "", EVER, limit=2)
    assert (page.total, page.total_is_exact, len(page.events)) == (5, False, 2)
    page = await store.search(lee, "", EVER, limit=0)
    assert (page.total, page.total_is_exact, page.events) == (5, False, [])


async def test_last_and_now_follow_the_clock(store, make, lee, clock):
    now = clock.now_us()
    await store.insert([make(1, time=now - 10 * MINUTE), make(2, time=now - 2 * MINUTE)])
    assert (await store.search(lee, "last:5m", EVER)).total == 1
    clock.advance(300)
    assert (await store.search(lee, "last:5m", EVER)).total == 0
    assert (await store.search(lee, "@timestamp:[now-8m TO now]", EVER)).total == 1


async def test_mistakes_point_at_their_place(store, lee):
    with pytest.raises(QueryError) as caught:
        await store.search(lee, "a user.nmae:x", EVER)
    assert caught.value.pointer() == "a user.nmae:x\n  ^^^^^^^^^"


async def test_a_broken_regex_is_the_mistake_of_the_query(store, make, lee):
    await store.insert([make(1, ecs={"user.name": "a"})])
    with pytest.raises(QueryError) as caught:
        await store.search(lee, "a user.name:/(?=x)/", EVER)
    assert caught.value.pointer() == "a user.name:/(?=x)/\n            ^^^^^^^"


async def test_pages_are_bounded(store, lee):
    with pytest.raises(UsageError, match="at most 10000 events"):
        await store.search(lee, "", EVER, limit=10_001)
    with pytest.raises(UsageError, match="at most 10000 ids"):
        await store.get(lee, ["x"] * 10_001)


async def test_histogram_has_empty_buckets(store, make, lee):
    start = 1_772_524_800_000_000 - 600 * 1_000_000  # 07:50:00
    await store.insert([make(n, time=start + second * 1_000_000) for n, second in enumerate((0, 1, 59, 130))])
    span = TimeRange(start, start + 4 * MINUTE)
    assert await store.histogram(lee, "", span, buckets=4) == [
        Bucket(start, 3),
        Bucket(start + MINUTE, 0),
        Bucket(start + 2 * MINUTE, 1),
        Bucket(start + 3 * MINUTE, 0),
    ]
    assert [bucket.count for bucket in await store.histogram(lee, "nothing", span, buckets=4)] == [0, 0, 0, 0]


async def test_histogram_without_a_span_covers_what_is_found(store, make, lee):
    start = 1_772_524_800_000_000
    await store.insert([make(1, time=start + 5), make(2, time=start + 2 * MINUTE)])
    assert await store.histogram(lee, "", EVER, buckets=3) == [
        Bucket(start, 1),
        Bucket(start + MINUTE, 0),
        Bucket(start + 2 * MINUTE, 1),
    ]
    assert await store.histogram(lee, "nothing", EVER) == []


@pytest.mark.parametrize(
    ("width", "buckets", "step"),
    [(1, 60, 1), (3600_000_000, 60, MINUTE), (3600_000_001, 60, 2 * MINUTE), (86_400_000_000, 24, 3600_000_000)],
)
def test_steps_are_round(width, buckets, step):
    assert step_for(width, buckets) == step


async def test_top_of_each_kind_of_field(store, make, lee):
    await store.insert(
        [
            make(1, ecs={"user.name": "b", "event.category": ["x", "y"], "source.port": 22}, fields={"n": ["p", "q"]}),
            make(2, ecs={"user.name": "a", "event.category": ["x"], "source.port": 22}, fields={"n": "p"}),
            make(3, ecs={"user.name": "b", "source.port": 0}, fields={"n": None}, rules=("r1",)),
            make(4),
        ]
    )

    async def top(field: str, query: str = "", limit: int = 10) -> list[TopValue]:
        return await store.top(lee, query, EVER, field, limit=limit)

    assert await top("user.name") == [TopValue("b", 2), TopValue("a", 1)]
    assert await top("user.name", limit=1) == [TopValue("b", 2)]
    assert await top("user.name", "source.port:22") == [TopValue("a", 1), TopValue("b", 1)]
    assert await top("event.category") == [TopValue("x", 2), TopValue("y", 1)]
    assert await top("source.port") == [TopValue("22", 2), TopValue("0", 1)]
    assert await top("n") == [TopValue("p", 2), TopValue("q", 1)]
    assert await top("rule") == [TopValue("r1", 1)]
    assert await top("it's \\ not {there}") == []


async def test_get_keeps_the_order_asked(store, make, lee):
    events = [make(n) for n in range(4)]
    await store.insert(events)
    asked = [events[3].id, "missing", events[0].id, events[3].id]
    assert await store.get(lee, asked) == [events[3], events[0]]
    assert await store.get(lee, []) == []


async def test_signals_come_in_whole_inserts(store, make):
    await store.insert([make(n, rules=("r1",), ecs={"host.name": "h1", "event.outcome": "success"}) for n in range(3)])
    await store.insert([make(9, batch="b2")])
    await store.insert([make(n, batch="b3", tenant="other", rules=("r1", "r2")) for n in range(2)])
    first = await store.signals(0, limit=4)
    assert [(s.seq, s.tenant, s.rules) for s in first] == [(1, "default", ("r1",))] * 3
    assert first[0] == Signal(
        1, make(0).id, "default", make(0).time, ("r1",), {"host.name": "h1", "event.outcome": "success"}
    )
    assert [s.seq for s in await store.signals(1, limit=4)] == [3, 3]
    assert [s.seq for s in await store.signals(0)] == [1, 1, 1, 3, 3]
    # One insert that has more than the limit comes whole, or the reader would never get past it.
    assert [s.seq for s in await store.signals(0, limit=2)] == [1, 1, 1]
    assert await store.signals(3) == []
