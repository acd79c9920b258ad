"""Acknowledge after store: senders wait here until their batch is on disk.

    submit -> [bounded queue] -> process (thread or workers) -> [bounded] -> store, several batches per insert -> answer

Group commit: while one insert runs, the batches that arrive meanwhile collect and go into the next one, so many small
senders cost few inserts and a lone sender waits for nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pyarrow as pa
import structlog

from ringfence.collect.batch import RawBatch, Receipt
from ringfence.collect.record import Record
from ringfence.core.errors import BusyError, RingfenceError
from ringfence.events.ports import EventStore
from ringfence.flows.runner import Bundle, Runner

log = structlog.get_logger()

GROUP_RECORDS = 2_000
"""Records that are processed together: few enough that the events are still in the processor's cache when stored."""
INSERT_ROWS = 50_000
INSERT_EVERY = 0.4
"""Seconds between the starts of two inserts, unless `INSERT_ROWS / 10` rows wait: spares the store tiny parts."""
STOP_WITHIN = 20.0
"""Seconds that a stop waits for batches in hand; what is not stored by then was never acknowledged."""


@dataclass(slots=True)
class IngestStats:
    """Counters since start, and the rate of the last ten seconds."""

    received: int = 0
    stored: int = 0
    repeated: int = 0
    rejected: int = 0
    matched: int = 0
    refused: int = 0
    failed: int = 0
    waiting: int = 0
    _marks: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=256))

    def mark(self, stored: int) -> None:
        """Count stored events for the rate."""
        self._marks.append((time.monotonic(), stored))

    def per_second(self, seconds: float = 10.0) -> float:
        """Events stored per second over the last `seconds`."""
        since = time.monotonic() - seconds
        return sum(count for moment, count in self._marks if moment >= since) / seconds


@dataclass(slots=True)
class _Waiting:
    batch: RawBatch
    answer: asyncio.Future[Receipt]


class Ingest:
    """The sink of all live inputs; implements `ringfence.collect.ports.Sink`."""

    def __init__(
        self,
        store: EventStore,
        runner: Runner,
        *,
        max_records: int = 200_000,
        on_stored: Callable[[pa.Table | None], None] = lambda _table: None,
    ) -> None:
        self.stats = IngestStats()
        self._store = store
        self._runner = runner
        self._max = max_records
        self._on_stored = on_stored
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._done: asyncio.Queue[tuple[list[_Waiting], Bundle]] = asyncio.Queue(maxsize=runner.slots + 1)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._in_hand = 0
        self._idle = asyncio.Event()

    async def start(self) -> None:
        """Begin to process and store.

        A first record goes nowhere, so that the first real one does not wait for imports and compilations.
        """
        warm = Record(raw='{"warm": "up"}')
        await self._runner.run([RawBatch(id="warm", tenant="", source="", received=0, records=[warm])])
        self._tasks = [asyncio.create_task(self._process(), name=f"process-{n}") for n in range(self._runner.slots)]
        self._tasks.append(asyncio.create_task(self._store_groups(), name="store"))

    async def stop(self) -> None:
        """Take no more, finish what was taken (for a bounded time: the senders have no answer yet), then end."""
        self._stopping = True
        if self._in_hand:
            self._idle.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), STOP_WITHIN)
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._runner.close()

    async def submit(self, batch: RawBatch) -> Receipt:
        """Return when every record of the batch is stored or in quarantine.

        Raises `BusyError` when too much waits already, or when it could not be stored: nothing was acknowledged then,
        and sending the same batch again does not double anything.
        """
        count = _size(batch)
        if self._stopping or (self.stats.waiting and self.stats.waiting + count > self._max):
            self.stats.refused += count
            raise BusyError("too many records are waiting to be stored", remedy="send the batch again in a moment")
        if not count:
            return Receipt(accepted=0, rejected=0)
        item = _Waiting(batch, asyncio.get_running_loop().create_future())
        self._in_hand += 1
        self.stats.received += count
        self.stats.waiting += count
        self._queue.append(item)
        self._arrived.set()
        try:
            return await asyncio.shield(item.answer)
        finally:
            if item.answer.cancelled():
                log.info("ingest.sender_gone", batch=batch.id)

    async def _process(self) -> None:
        while True:
            while not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
            group = [self._queue.popleft()]
            records = _size(group[0].batch)
            while self._queue and records + _size(self._queue[0].batch) <= GROUP_RECORDS:
                item = self._queue.popleft()
                records += _size(item.batch)
                group.append(item)
            try:
                bundle = await self._runner.run([item.batch for item in group])
            except Exception as error:
                self._fail(group, error, "process")
                continue
            await self._done.put((group, bundle))

    async def _store_groups(self) -> None:
        last = 0.0
        while True:
            groups = [await self._done.get()]
            rows = _rows(groups[0][1])
            while not self._done.empty() and rows < INSERT_ROWS:
                groups.append(self._done.get_nowait())
                rows += _rows(groups[-1][1])
            if rows < INSERT_ROWS // 10:
                pause = last + INSERT_EVERY - time.monotonic()
                if pause > 0:
                    await asyncio.sleep(pause)
                    while not self._done.empty():
                        groups.append(self._done.get_nowait())
            last = time.monotonic()
            await self._store_one([group for group, _ in groups], [bundle for _, bundle in groups])

    async def _store_one(self, groups: list[list[_Waiting]], bundles: list[Bundle]) -> None:
        waiting = [item for group in groups for item in group]
        tables = [bundle.table for bundle in bundles if bundle.table is not None]
        rejected = [item for bundle in bundles for item in bundle.rejected]
        stored = repeated = 0
        try:
            table = pa.concat_tables(tables, promote_options="default") if tables else None
            if rejected:
                await self._store.quarantine(rejected)
            if table is not None:
                result = await self._store.insert_table(table)
                stored, repeated = result.stored, result.repeated
        except Exception as error:
            self._fail(waiting, error, "store")
            return
        stats = self.stats
        stats.stored += stored
        stats.repeated += repeated
        stats.rejected += len(rejected)
        stats.matched += sum(bundle.matched for bundle in bundles)
        stats.mark(stored)
        counts = [count for bundle in bundles for count in bundle.counts]
        for item, (accepted, refused) in zip(waiting, counts, strict=True):
            self._answer(item, Receipt(accepted=accepted, rejected=refused))
        try:
            self._on_stored(table if stored else None)
        except Exception:
            log.exception("ingest.listener_failed")  # who listens must never stop who stores

    def _answer(self, item: _Waiting, outcome: Receipt | Exception) -> None:
        self._in_hand -= 1
        if not self._in_hand:
            self._idle.set()
        self.stats.waiting -= _size(item.batch)
        if item.answer.done():
            return
        if isinstance(outcome, Receipt):
            item.answer.set_result(outcome)
        else:
            item.answer.set_exception(outcome)
            item.answer.exception()  # the sender may be gone: nobody else would ever look at it

    def _fail(self, group: list[_Waiting], error: Exception, stage: str) -> None:
        log.error("ingest.failed", stage=stage, records=sum(_size(i.batch) for i in group), exc_info=error)
        known = error if isinstance(error, RingfenceError) else BusyError(f"the batch could not be {stage}d now")
        for item in group:
            self.stats.failed += _size(item.batch)
            self._answer(item, known)


def _rows(bundle: Bundle) -> int:
    return bundle.table.num_rows if bundle.table is not None else 0


def _size(batch: RawBatch) -> int:
    return len(batch.records) + len(batch.rejected)
