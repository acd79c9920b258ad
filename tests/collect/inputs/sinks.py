"""A sink that keeps batches in memory, with the contract of the port: refuses while busy, takes a batch once."""

from __future__ import annotations

import asyncio

from ringfence.collect.batch import RawBatch, Receipt
from ringfence.collect.record import Record
from ringfence.core.errors import BusyError


class MemorySink:
    def __init__(self) -> None:
        self.batches: dict[str, RawBatch] = {}
        self.busy = False
        self.asked = 0
        self.stored = asyncio.Event()

    async def submit(self, batch: RawBatch) -> Receipt:
        self.asked += 1
        await asyncio.sleep(0)
        if self.busy:
            raise BusyError("full")
        self.batches.setdefault(batch.id, batch)
        self.stored.set()
        return Receipt(len(batch.records), len(batch.rejected))

    @property
    def records(self) -> list[Record]:
        return [record for batch in self.batches.values() for record in batch.records]

    async def wait_for(self, count: int) -> None:
        """Return when `count` records (and rejected ones) are stored."""
        async with asyncio.timeout(20):
            while sum(len(b.records) + len(b.rejected) for b in self.batches.values()) < count:
                self.stored.clear()
                await self.stored.wait()
