"""Inserts: durable, once, numbered."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.core.clock import ManualClock
from ringfence.core.errors import ConflictError, InputError
from ringfence.events.arrow import to_table
from ringfence.events.chdb_store import ChdbStore
from ringfence.events.model import InsertResult, TimeRange

DAY = 86_400_000_000


async def test_stores_and_numbers(store, make, lee):
    assert await store.insert([make(n) for n in range(3)]) == InsertResult(stored=3, repeated=0, seq=1)
    assert await store.insert([make(n, batch="batch-2") for n in range(2)]) == InsertResult(2, 0, 2)
    assert await store.insert([]) == InsertResult(0, 0, 0)
    assert (await store.count(lee), await store.last_seq()) == (5, 2)


async def test_a_batch_twice_changes_nothing(store, make, lee):
    events = [make(n) for n in range(5)]
    await store.insert(events)
    assert await store.insert(events) == InsertResult(stored=0, repeated=5, seq=0)
    assert await store.count(lee) == 5


async def test_a_batch_of_which_half_was_stored_is_completed(store, make, lee):
    events = [make(n) for n in range(6)]
    await store.insert(events[:2] + events[4:])
    assert await store.insert(events) == InsertResult(stored=2, repeated=4, seq=2)
    assert await store.count(lee) == 6


async def test_the_same_event_twice_in_one_table_is_stored_once(store, make, lee):
    events = [make(1), make(2), make(1), make(3)]
    assert await store.insert(events) == InsertResult(stored=3, repeated=1, seq=1)
    page = await store.search(lee, "", TimeRange(), newest_first=False)
    assert [event.raw for event in page.events] == ["record 1", "record 2", "record 3"]


async def test_other_batches_are_compared_too_when_they_come_together(store, make, lee):
    await store.insert([make(1)])
    mixed = [make(1), make(1, batch="batch-2")]
    assert await store.insert(mixed) == InsertResult(stored=1, repeated=1, seq=2)


async def test_knows_batches_and_seq_after_a_restart(tmp_path, clock, make, lee):
    first = ChdbStore(tmp_path, clock=clock)
    await first.insert([make(n) for n in range(4)])
    first.close()
    second = ChdbStore(tmp_path, clock=clock)
    try:
        assert await second.last_seq() == 1
        assert await second.insert([make(n) for n in range(5)]) == InsertResult(stored=1, repeated=4, seq=2)
    finally:
        second.close()


async def test_inserts_side_by_side_are_one_after_the_other(store, make, lee):
    results = await asyncio.gather(*(store.insert([make(n, batch=f"b{n}")]) for n in range(8)))
    assert sorted(result.seq for result in results) == list(range(1, 9))
    assert await store.count(lee) == 8


async def test_years_of_old_logs_make_few_partitions(store, make, lee):
    received = make().received
    old = [make(n, time=received - n * 17 * DAY) for n in range(400)]  # more than 18 years
    assert (await store.insert(old)).stored == 400
    partitions = await store.sql(lee, "SELECT uniqExact(_partition_id) FROM events")
    # 4 days, 22 months (2024-03 to 2025-12), 18 years (2007 to 2024): not one for each of 400 days.
    assert partitions.rows == [[44]]


async def test_times_that_no_column_holds_land_on_the_border(store, make, lee):
    await store.insert([make(1, time=-11_644_473_600_000_000), make(2, time=2**62)])
    page = await store.search(lee, "", TimeRange(), newest_first=False)
    assert [event.time for event in page.events] == [0, 10_413_791_999_999_999]


async def test_retention_drops_whole_days_and_keeps_the_day_of_the_moment(store, make, lee):
    now = make().received
    await store.insert([make(n, time=now - n * DAY, received=now - n * DAY) for n in range(4)])
    await store.drop_older_than(now - 1 * DAY)
    page = await store.search(lee, "", TimeRange())
    assert [event.time for event in page.events] == [now, now - DAY]


async def test_retention_keeps_a_month_until_its_end(store, make, lee):
    old = 1_735_732_800_000_000  # 2025-01-01T12:00Z, over two months before receipt: partition 2025-01
    await store.insert([make(1, time=old, received=old + 70 * DAY)])
    await store.drop_older_than(old + 29 * DAY)
    assert await store.count(lee) == 1
    await store.drop_older_than(old + 31 * DAY)
    assert await store.count(lee) == 1  # it came in only afterwards
    await store.drop_older_than(old + 71 * DAY)
    assert await store.count(lee) == 0


async def test_retention_keeps_old_logs_that_were_brought_in_lately(store, make, lee):
    now = make().received
    await store.insert([make(1, time=now - 300 * DAY)])
    await store.drop_older_than(now - 90 * DAY)
    assert await store.count(lee) == 1


async def test_a_table_of_something_else_is_refused(store, make):
    table = to_table([make(1)])
    with pytest.raises(InputError, match="the table lacks batch, raw"):
        await store.insert_table(table.drop_columns(["raw", "batch"]))
    with pytest.raises(InputError, match="unknown columns: seq"):
        await store.insert_table(table.append_column("seq", table.column("time")))


async def test_one_process_for_a_directory(tmp_path, store):
    with pytest.raises(ConflictError, match="in use by another process"):
        ChdbStore(tmp_path / "data")


_WRITER = """
import asyncio, sys
from pathlib import Path
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource
from ringfence.events.chdb_store import ChdbStore

NOW = 1_772_524_800_000_000

async def main():
    store = ChdbStore(Path(sys.argv[1]))
    for batch in range(int(sys.argv[2]), 10_000):
        events = [
            Event(f"{batch}-{n}", "default", NOW - n % 40 * 86_400_000_000, NOW, f"b{batch}", "s", "p",
                  logsource("linux"), {"user.name": "ada"}, {"n": n}, "raw")
            for n in range(200)
        ]
        result = await store.insert(events)
        print(batch, result.stored, result.repeated, flush=True)

asyncio.run(main())
"""


def _killed_while_writing(path: Path, first: int, acknowledged: int) -> list[tuple[int, int, int]]:
    """Start a writer, kill -9 it right after some acknowledgements, return all that it acknowledged."""
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), str(first)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert writer.stdout is not None
    try:
        lines = [writer.stdout.readline() for _ in range(acknowledged)]
        os.kill(writer.pid, signal.SIGKILL)
        lines += writer.stdout.readlines()
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [(int(batch), int(stored), int(repeated)) for batch, stored, repeated in whole]


async def test_kill_9_loses_nothing_acknowledged_and_redelivery_doubles_nothing(tmp_path, lee):
    """40 partitions an insert, killed at an arbitrary place; the sender repeats from its last answer on."""
    answered = _killed_while_writing(tmp_path, 0, 3)
    last = answered[-1][0]
    assert [stored for _, stored, _ in answered] == [200] * (last + 1)
    again = _killed_while_writing(tmp_path, last, 4)
    assert again[0] == (last, 0, 200)
    last = again[-1][0]
    store = ChdbStore(tmp_path, clock=ManualClock(1_772_524_800_000_000))
    try:
        found = await store.sql(
            lee,
            "SELECT count(), uniqExact(id), uniqExact(batch) FROM events "
            f"WHERE toUInt32(substring(batch, 2)) <= {last}",
        )
        whole = (last + 1) * 200
        assert found.rows == [[whole, whole, last + 1]]
    finally:
        store.close()
