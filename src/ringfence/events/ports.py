"""The event store as the rest of the product sees it. Adapters: chDB (embedded), ClickHouse (later)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from ringfence.core.actor import Actor
from ringfence.ecs.event import Event
from ringfence.events.model import (
    Bucket,
    InsertResult,
    Page,
    Quarantined,
    QuarantineState,
    Signal,
    Table,
    TimeRange,
    TopValue,
)


class EventStore(Protocol):
    """Stores and finds events. All calls but `close` are coroutines that never block the event loop.

    Every call that takes an `Actor` checks its permission and sees the actor's tenant only.
    """

    async def insert(self, events: Sequence[Event]) -> InsertResult:
        """Store events durably (a kill -9 after the return loses nothing); see `insert_table`."""
        ...

    async def insert_table(self, table: pa.Table) -> InsertResult:
        """Store a table made by `ringfence.events.arrow.to_table`.

        Exact under redelivery: rows whose `batch` was stored before (also by a process that was killed midway) are
        compared by id and only the missing ones are added.
        """
        ...

    async def search(
        self, actor: Actor, query: str, span: TimeRange, *, limit: int = 100, offset: int = 0, newest_first: bool = True
    ) -> Page:
        """Return a page of the events that satisfy the query; raises `QueryError` with the place of a mistake."""
        ...

    async def histogram(self, actor: Actor, query: str, span: TimeRange, *, buckets: int = 60) -> list[Bucket]:
        """Return event counts over time; empty buckets are there with 0."""
        ...

    async def top(self, actor: Actor, query: str, span: TimeRange, field: str, *, limit: int = 10) -> list[TopValue]:
        """Return the most frequent values of an ECS or native field."""
        ...

    async def get(self, actor: Actor, ids: Sequence[str]) -> list[Event]:
        """Return the events with these ids that exist, in the order asked."""
        ...

    async def sql(self, actor: Actor, text: str, *, limit: int = 10_000) -> Table:
        """Run one read-only SELECT over the actor's own events (bounded in time, memory and rows)."""
        ...

    async def signals(self, after_seq: int, *, limit: int = 50_000) -> list[Signal]:
        """Return signals of all tenants in order of `seq`; whole inserts only (never half of one `seq`)."""
        ...

    async def last_seq(self) -> int:
        """Return the highest `seq` stored; 0 when empty."""
        ...

    async def count(self, actor: Actor, span: TimeRange | None = None) -> int:
        """Return how many events the actor's tenant has."""
        ...

    async def quarantine(self, items: Sequence[Quarantined]) -> None:
        """Keep records that were not understood, durably; the same id twice is kept once."""
        ...

    async def quarantined(
        self,
        actor: Actor,
        *,
        state: QuarantineState | None = QuarantineState.WAITING,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[list[Quarantined], int]:
        """Return a page of quarantine, newest first, and the number of all."""
        ...

    async def mark_quarantined(self, actor: Actor, ids: Sequence[str], state: QuarantineState) -> None:
        """Change the state of quarantined records."""
        ...

    async def drop_older_than(self, moment_us: int) -> None:
        """Retention: drop whole partitions whose events both happened and were received before the moment."""
        ...

    def close(self) -> None:
        """Flush and let go of the data directory."""
        ...
