"""Records of one stream on their way to the sink, in small batches."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass

import structlog

from ringfence.collect.batch import RawBatch, stream_batch_id
from ringfence.collect.inputs.limits import Limits, too_long
from ringfence.collect.inputs.lines import Overlong, text_of
from ringfence.collect.ports import Sink
from ringfence.collect.record import Record, Rejected
from ringfence.core.clock import Clock
from ringfence.core.errors import BusyError

log = structlog.get_logger()

_FIRST_WAIT = 0.05
_LONGEST_WAIT = 2.0


@dataclass(slots=True)
class SyslogStats:
    """Counters since start. `dropped`: lost datagrams, by the kernel too. `lost`: read, but not stored by the end."""

    received: int = 0
    bytes: int = 0
    overlong: int = 0
    dropped: int = 0
    lost: int = 0
    busy: int = 0
    open: int = 0
    refused: int = 0


@dataclass(slots=True)
class Stopping:
    """Shared by a server and its connections: `at` is the loop time at which a busy sink is given up, once stopping."""

    at: float | None = None


class Outbox:
    """Collects the records of one connection and submits them; a busy sink makes it wait and try again.

    The batch id comes from the connection and a running number, so trying again never doubles anything.
    """

    def __init__(
        self,
        sink: Sink,
        clock: Clock,
        *,
        tenant: str,
        transport: str,
        size: int,
        stats: SyslogStats,
        stopping: Stopping,
    ) -> None:
        self._sink = sink
        self._clock = clock
        self._tenant = tenant
        self._transport = transport
        self._stats = stats
        self._size = size
        self._stopping = stopping
        self._connection = uuid.uuid4().hex
        self._sequence = 0
        self._number = 0
        self._records: list[Record] = []
        self._rejected: list[Rejected] = []
        self.deadline: float | None = None
        """Loop time by which what is waiting shall be submitted; None while nothing waits."""

    @property
    def waiting(self) -> int:
        """Records not submitted yet."""
        return len(self._records) + len(self._rejected)

    @property
    def full(self) -> bool:
        """Whether a whole batch waits."""
        return self.waiting >= self._size

    def add(self, frame: bytes | Overlong, peer: str, due: float, limits: Limits) -> None:
        """Take a frame; `due` is the deadline if it is the first to wait."""
        self._number += 1
        self._stats.received += 1
        meta = {"peer": peer, "transport": self._transport}
        if isinstance(frame, Overlong):
            self._stats.overlong += 1
            self._rejected.append(Rejected(text_of(frame.head), too_long(frame.size, limits), self._number, meta))
        else:
            self._records.append(Record(text_of(frame), None, "", self._number, meta=meta))
        if self.deadline is None:
            self.deadline = due

    async def flush(self) -> None:
        """Submit everything that waits, `size` records at a time; returns when it is stored.

        When the server stops and the sink stays busy beyond the grace, what is left counts as lost.
        """
        while self.waiting:
            batch = self._next_batch()
            if not await self._submit(batch):
                self._stats.lost += len(batch.records) + len(batch.rejected)
        self.deadline = None

    def _next_batch(self) -> RawBatch:
        records, self._records = self._records[: self._size], self._records[self._size :]
        rejected, self._rejected = self._rejected, []
        self._sequence += 1
        return RawBatch(
            id=stream_batch_id(self._connection, self._sequence),
            tenant=self._tenant,
            source=f"syslog/{self._transport}",
            received=self._clock.now_us(),
            records=records,
            rejected=rejected,
        )

    async def _submit(self, batch: RawBatch) -> bool:
        wait = _FIRST_WAIT
        loop = asyncio.get_running_loop()
        while True:
            try:
                await self._sink.submit(batch)
                return True
            except BusyError:
                self._stats.busy += 1
            except Exception:
                # A fault in the sink must not end the connection: a sender over UDP or TCP cannot know what to resend.
                self._stats.busy += 1
                log.exception("syslog.submit_failed", batch=batch.id)
            if self._stopping.at is not None and loop.time() >= self._stopping.at:
                return False
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
