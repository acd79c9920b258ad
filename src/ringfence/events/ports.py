"""The event store as the rest of the product sees it. Adapters: chDB (embedded), ClickHouse (later)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import pyarrow as pa

from ringfence.core.actor import Actor
from ringfence.ecs.event import Event
from ringfence.events.model import (
    Applied,
    Bucket,
    Extent,
    InsertResult,
    Matching,
    Page,
    Pulse,
    Quarantined,
    QuarantineState,
    Signal,
    Table,
    Tally,
    TimeRange,
    TopValue,
)
from ringfence.sigma.correlation import Correlation


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

    async def field_names(self, actor: Actor, span: TimeRange) -> list[str]:
        """Return the names of all native fields in the tenant's events of the span."""
        ...

    async def match_ids(self, actor: Actor, matching: Matching, span: TimeRange, *, limit: int = 10_000) -> list[str]:
        """Return ids of the events for which a compiled rule holds, in order of time."""
        ...

    async def match_each(
        self, actor: Actor, matching: Matching, conditions: Sequence[str], span: TimeRange
    ) -> dict[str, list[int]]:
        """Return for each event, by id, the positions of the conditions (on one set of definitions) that hold."""
        ...

    async def tally(self, actor: Actor, matching: Matching, span: TimeRange, *, limit: int = 10_000) -> list[Tally]:
        """Return the matches of a compiled rule, counted by day, host, user and source; largest groups first."""
        ...

    async def add_signals(
        self, matching: Matching, conditions: Sequence[str], rule_ids: Sequence[str], extent: Extent
    ) -> int:
        """Keep matches found after storing as signals with a new `seq`; return how many are new.

        Conditions and rule ids go in pairs. A match that the event or an earlier call has already is left out, so a
        call that was cut short and is made again neither loses nor doubles a signal.
        """
        ...

    async def extent_names(self, extent: Extent) -> list[str]:
        """Return the names of all native fields in an extent, of all tenants where it names none."""
        ...

    async def note_rules(self, ruleset: str, rules: Sequence[str]) -> None:
        """Keep which rules a rule set has; they count as known for what is stored from now on."""
        ...

    async def rules_of(self, ruleset: str) -> frozenset[str]:
        """Return the rules of a noted rule set; empty where it is not known."""
        ...

    async def known_since(self) -> dict[str, int]:
        """Return for each rule ever noted the `seq` after which it was first known."""
        ...

    async def applied(self, after_seq: int) -> list[Applied]:
        """Return the rule sets under which the events after a `seq` were stored."""
        ...

    async def correlate(
        self,
        correlations: Sequence[Correlation],
        after_seq: int,
        upto_seq: int,
        *,
        without: Collection[tuple[str, str, str]] = (),
    ) -> list[Pulse]:
        """Return what the events with `after_seq` < `seq` <= `upto_seq` add to correlations, of all tenants.

        Correlations come with the inner ones first. The same call again gives the same; a call after it must begin
        where it ended. Late events complete windows in their own time. `without` are matches that do not count:
        tenant, event id and rule id.
        """
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
