from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from tests.flows.conftest import failed

from ringfence.collect.batch import RawBatch, Receipt
from ringfence.collect.record import Rejected
from ringfence.core.actor import Actor, Role
from ringfence.core.errors import BusyError
from ringfence.events.chdb_store import ChdbStore
from ringfence.events.model import TimeRange
from ringfence.flows.ingest import Ingest
from ringfence.flows.process import Processor
from ringfence.flows.runner import Bundle, ThreadRunner, process_all

LEE = Actor("lee", "Lee", "default", frozenset({Role.L3}))
Make = Callable[..., RawBatch]


class GatedRunner:
    """The real processing, but only once the gate is open: lets a test fill the queue."""

    slots = 1

    def __init__(self, processor: Processor) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.groups: list[int] = []
        self._processor = processor

    async def run(self, batches: Sequence[RawBatch]) -> Bundle:
        await self.gate.wait()
        self.groups.append(len(batches))
        return process_all(self._processor, batches)

    def close(self) -> None:
        pass


async def test_what_is_acknowledged_is_stored(store: ChdbStore, processor: Processor, batch: Make) -> None:
    ingest = Ingest(store, ThreadRunner(processor))
    await ingest.start()
    receipt = await ingest.submit(batch(1, failed("ana"), "%%noise%%", failed("bob")))
    assert receipt == Receipt(accepted=2, rejected=1)
    page = await store.search(LEE, "", TimeRange())
    assert {event.ecs["user.name"] for event in page.events} == {"ana", "bob"}
    assert [len(event.rules) for event in page.events] == [1, 1]
    records, total = await store.quarantined(LEE)
    assert (total, records[0].raw) == (1, "%%noise%%")
    await ingest.stop()


async def test_the_same_batch_again_changes_nothing(store: ChdbStore, processor: Processor, batch: Make) -> None:
    ingest = Ingest(store, ThreadRunner(processor))
    await ingest.start()
    for _ in range(3):
        assert await ingest.submit(batch(1, failed("ana"), failed("ana"))) == Receipt(accepted=2, rejected=0)
    assert await store.count(LEE) == 2
    assert (ingest.stats.stored, ingest.stats.repeated) == (2, 4)
    await ingest.stop()


async def test_small_batches_share_an_insert(store: ChdbStore, processor: Processor, batch: Make) -> None:
    runner = GatedRunner(processor)
    ingest = Ingest(store, runner)
    await ingest.start()
    runner.gate.clear()
    waiting = [asyncio.create_task(ingest.submit(batch(n, failed(f"user{n}")))) for n in range(50)]
    await asyncio.sleep(0.05)
    runner.gate.set()
    assert await asyncio.gather(*waiting) == [Receipt(accepted=1, rejected=0)] * 50
    assert runner.groups[1:] in ([1, 49], [50])
    assert await store.last_seq() <= 2
    await ingest.stop()


async def test_a_full_queue_refuses_and_keeps_what_it_took(store: ChdbStore, processor: Processor, batch: Make) -> None:
    runner = GatedRunner(processor)
    ingest = Ingest(store, runner, max_records=3)
    await ingest.start()
    runner.gate.clear()
    first = asyncio.create_task(ingest.submit(batch(1, failed("ana"), failed("bob"))))
    await asyncio.sleep(0.01)
    with pytest.raises(BusyError):
        await ingest.submit(batch(2, failed("eve"), failed("eve")))
    runner.gate.set()
    assert await first == Receipt(accepted=2, rejected=0)
    assert await ingest.submit(batch(2, failed("eve"), failed("eve"))) == Receipt(accepted=2, rejected=0)
    assert (ingest.stats.refused, ingest.stats.waiting) == (2, 0)
    await ingest.stop()


async def test_a_sender_that_leaves_does_not_stop_the_others(
    store: ChdbStore, processor: Processor, batch: Make
) -> None:
    runner = GatedRunner(processor)
    ingest = Ingest(store, runner)
    await ingest.start()
    runner.gate.clear()
    gone = asyncio.create_task(ingest.submit(batch(1, failed("gone"))))
    await asyncio.sleep(0.01)
    gone.cancel()
    stays = asyncio.create_task(ingest.submit(batch(2, failed("stays"))))
    await asyncio.sleep(0.01)
    runner.gate.set()
    assert await stays == Receipt(accepted=1, rejected=0)
    assert await store.count(LEE) == 2  # taken is taken: the sender will send it again and nothing doubles
    await ingest.stop()


async def test_a_store_that_fails_is_told_and_the_next_batch_goes_through(
    store: ChdbStore, processor: Processor, batch: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = Ingest(store, ThreadRunner(processor))
    await ingest.start()

    async def broken(_table: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store, "insert_table", broken)
        with pytest.raises(BusyError):
            await ingest.submit(batch(1, failed("ana")))
    assert await ingest.submit(batch(1, failed("ana"))) == Receipt(accepted=1, rejected=0)
    assert ingest.stats.failed == 1
    await ingest.stop()


async def test_a_listener_that_fails_stops_nobody(store: ChdbStore, processor: Processor, batch: Make) -> None:
    def listener(_table: object) -> None:
        raise ValueError("listener")

    ingest = Ingest(store, ThreadRunner(processor), on_stored=listener)
    await ingest.start()
    for number in range(2):
        assert await ingest.submit(batch(number, failed("ana"))) == Receipt(accepted=1, rejected=0)
    await ingest.stop()


async def test_what_the_input_refused_goes_to_quarantine(store: ChdbStore, processor: Processor) -> None:
    ingest = Ingest(store, ThreadRunner(processor))
    await ingest.start()
    batch = RawBatch("b", "default", "syslog/tcp", 7, [], [Rejected(raw="xxxx", reason="the frame is too long")])
    assert await ingest.submit(batch) == Receipt(accepted=0, rejected=1)
    records, _ = await store.quarantined(LEE)
    assert [(one.reason, one.source) for one in records] == [("the frame is too long", "syslog/tcp")]
    await ingest.stop()


async def test_a_stop_finishes_what_was_taken(store: ChdbStore, processor: Processor, batch: Make) -> None:
    ingest = Ingest(store, ThreadRunner(processor))
    await ingest.start()
    waiting = [asyncio.create_task(ingest.submit(batch(n, failed("ana")))) for n in range(20)]
    await asyncio.sleep(0)
    await ingest.stop()
    assert await asyncio.gather(*waiting) == [Receipt(accepted=1, rejected=0)] * 20
    assert await store.count(LEE) == 20
    with pytest.raises(BusyError):
        await ingest.submit(batch(99, failed("late")))
