"""The event store inside the process: chDB (ClickHouse as a library) behind coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pyarrow as pa

from ringfence.core.actor import Actor, Permission
from ringfence.core.clock import Clock, SystemClock
from ringfence.ecs.event import Event
from ringfence.events import chdb_match, chdb_quarantine, chdb_read, expert
from ringfence.events.arrow import to_table
from ringfence.events.chdb_correlation import CORRELATING, Correlator
from ringfence.events.chdb_pool import Connection, Engine, Pool, StoreError
from ringfence.events.chdb_quarantine import Quarantine
from ringfence.events.chdb_read import Selection
from ringfence.events.chdb_write import Writer
from ringfence.events.expert import Functions
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

_P = ParamSpec("_P")
_R = TypeVar("_R")
_EVER = TimeRange()
_MIB = 1024 * 1024


class ChdbStore:
    """`EventStore` on a local data directory. One process per directory, one open directory per process.

    Inserts go one after the other through one thread; reads run beside them on `readers` connections, each query at
    most `read_seconds` seconds and `read_memory` bytes.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock | None = None,
        readers: int = 2,
        read_seconds: int = 30,
        read_memory: int = 1024 * _MIB,
        threads: int = 2,
    ) -> None:
        self._clock = clock or SystemClock()
        self._engine = Engine(path, threads=threads)
        self._read_seconds = read_seconds
        self._read_memory = read_memory
        self._functions: Functions | None = None
        try:
            writer = self._engine.connect(
                throw_on_max_partitions_per_insert_block=0,
                # Merges build it: it is 40 % of the CPU of an insert, and a fresh part is small enough to scan.
                exclude_materialize_skip_indexes_on_insert="i_raw",
            )
            self._writer = Writer(writer, self._clock)
            self._quarantine = Quarantine(self._engine.connect(), self._clock)
            self._correlator = Correlator(self._engine.connect(**CORRELATING), self._clock)
            self._pool = Pool([self._engine.connect(**self._bounds()) for _ in range(readers)])
        except BaseException:
            self._engine.close()
            raise
        self._writing = ThreadPoolExecutor(1, "events-write")
        self._reading = ThreadPoolExecutor(readers, "events-read")
        self._correlating = ThreadPoolExecutor(1, "events-correlate")

    def _bounds(self) -> dict[str, int | str]:
        return {
            "readonly": 2,
            "max_execution_time": self._read_seconds,
            "max_memory_usage": self._read_memory,
            "max_result_rows": 1_000_000,
            # A rule with hundreds of values, compiled: its text comes from this product, its values are bound.
            "max_query_size": 8 * _MIB,
            "max_ast_elements": 500_000,
            "max_expanded_ast_elements": 5_000_000,
        }

    async def _write(self, call: Callable[_P, _R], *args: _P.args, **named: _P.kwargs) -> _R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writing, lambda: call(*args, **named))

    async def _read(self, call: Callable[Concatenate[Connection, _P], _R], *args: _P.args, **named: _P.kwargs) -> _R:
        def run() -> _R:
            return self._with_connection(lambda connection: call(connection, *args, **named))

        return await asyncio.get_running_loop().run_in_executor(self._reading, run)

    def _with_connection(self, call: Callable[[Connection], _R]) -> _R:
        connection = self._pool.take()
        try:
            return call(connection)
        finally:
            self._pool.give(connection)

    async def _select(
        self,
        selection: Selection,
        call: Callable[Concatenate[Connection, Selection, _P], _R],
        *args: _P.args,
        **named: _P.kwargs,
    ) -> _R:
        try:
            return await self._read(call, selection, *args, **named)
        except StoreError as error:
            raise selection.explain(error) from None

    def _selection(self, actor: Actor, query: str, span: TimeRange | None) -> Selection:
        actor.require(Permission.READ_EVENTS)
        return Selection(actor.tenant, query, span, self._clock.now_us())

    async def insert(self, events: Sequence[Event]) -> InsertResult:
        """Store events durably; see `insert_table`."""
        return await self._write(lambda: self._writer.insert(to_table(events)))

    async def insert_table(self, table: pa.Table) -> InsertResult:
        """Store a table of `to_table` durably, exactly once under redelivery of a batch within 24 hours."""
        return await self._write(self._writer.insert, table)

    async def search(
        self, actor: Actor, query: str, span: TimeRange, *, limit: int = 100, offset: int = 0, newest_first: bool = True
    ) -> Page:
        """Return a page of the events that satisfy the query; raises `QueryError` with the place of a mistake."""
        selection = self._selection(actor, query, span)
        return await self._select(selection, chdb_read.search, limit=limit, offset=offset, newest_first=newest_first)

    async def histogram(self, actor: Actor, query: str, span: TimeRange, *, buckets: int = 60) -> list[Bucket]:
        """Return at most `buckets` + 1 counts over time, in round steps; empty buckets are there with 0."""
        selection = self._selection(actor, query, span)
        return await self._select(selection, chdb_read.histogram, span, buckets)

    async def top(self, actor: Actor, query: str, span: TimeRange, field: str, *, limit: int = 10) -> list[TopValue]:
        """Return the most frequent values of an ECS or native field."""
        selection = self._selection(actor, query, span)
        return await self._select(selection, chdb_read.top, field, limit)

    async def get(self, actor: Actor, ids: Sequence[str]) -> list[Event]:
        """Return the events with these ids that exist, in the order asked."""
        actor.require(Permission.READ_EVENTS)
        return await self._read(chdb_read.get, actor.tenant, ids)

    async def sql(self, actor: Actor, text: str, *, limit: int = 10_000) -> Table:
        """Run one read-only SELECT over the tables `events` and `quarantine` of the actor's tenant."""
        actor.require(Permission.READ_RAW_SQL)
        bounds = self._bounds()

        def run() -> Table:
            self._functions = self._functions or Functions.of(self._engine)
            return expert.run(self._engine, self._functions, actor, text, limit, bounds)

        return await asyncio.get_running_loop().run_in_executor(self._reading, run)

    async def signals(self, after_seq: int, *, limit: int = 50_000) -> list[Signal]:
        """Return signals of all tenants in order of `seq`, whole inserts only."""
        return await self._read(chdb_read.signals, after_seq, self._writer.committed, limit)

    async def field_names(self, actor: Actor, span: TimeRange) -> list[str]:
        """Return the names of all native fields in the tenant's events of the span."""
        actor.require(Permission.READ_EVENTS)
        return await self._read(chdb_match.field_names, Extent(actor.tenant, span))

    async def match_ids(self, actor: Actor, matching: Matching, span: TimeRange, *, limit: int = 10_000) -> list[str]:
        """Return ids of the events for which a compiled rule holds, in order of time."""
        actor.require(Permission.READ_EVENTS)
        return await self._read(chdb_match.match_ids, matching, Extent(actor.tenant, span), limit)

    async def match_each(
        self, actor: Actor, matching: Matching, conditions: Sequence[str], span: TimeRange
    ) -> dict[str, list[int]]:
        """Return for each event, by id, the positions of the conditions that hold."""
        actor.require(Permission.READ_EVENTS)
        return await self._read(chdb_match.match_each, matching, conditions, Extent(actor.tenant, span))

    async def tally(self, actor: Actor, matching: Matching, span: TimeRange, *, limit: int = 10_000) -> list[Tally]:
        """Return the matches of a compiled rule, counted by day, host, user and source; largest groups first."""
        actor.require(Permission.READ_EVENTS)
        return await self._read(chdb_match.tally, matching, Extent(actor.tenant, span), limit)

    async def add_signals(
        self, matching: Matching, conditions: Sequence[str], rule_ids: Sequence[str], extent: Extent
    ) -> int:
        """Keep matches found after storing as signals, each event and rule once; return how many are new."""
        return await self._write(self._writer.add_signals, matching, conditions, rule_ids, extent)

    async def extent_names(self, extent: Extent) -> list[str]:
        """Return the names of all native fields in an extent."""
        return await self._read(chdb_match.field_names, extent)

    async def note_rules(self, ruleset: str, rules: Sequence[str]) -> None:
        """Keep which rules a rule set has; they count as known for what is stored from now on."""
        await self._write(self._writer.note_rules, ruleset, rules)

    async def rules_of(self, ruleset: str) -> frozenset[str]:
        """Return the rules of a noted rule set; empty where it is not known."""
        return await self._read(chdb_match.rules_of, ruleset)

    async def known_since(self) -> dict[str, int]:
        """Return for each rule ever noted the `seq` after which it was first known."""
        return await self._read(chdb_match.known_since)

    async def applied(self, after_seq: int) -> list[Applied]:
        """Return the rule sets under which the events after a `seq` were stored."""
        return await self._read(chdb_match.applied, after_seq)

    async def correlate(
        self,
        correlations: Sequence[Correlation],
        after_seq: int,
        upto_seq: int,
        *,
        without: Collection[tuple[str, str, str]] = (),
    ) -> list[Pulse]:
        """Return what the events with `after_seq` < `seq` <= `upto_seq` add to correlations, of all tenants."""
        loop = asyncio.get_running_loop()
        call = self._correlator.correlate
        return await loop.run_in_executor(self._correlating, call, correlations, after_seq, upto_seq, without)

    async def last_seq(self) -> int:
        """Return the highest `seq` stored; 0 when empty."""
        return self._writer.committed

    async def count(self, actor: Actor, span: TimeRange | None = None) -> int:
        """Return how many events the actor's tenant has."""
        return await self._select(self._selection(actor, "", span), chdb_read.count)

    async def quarantine(self, items: Sequence[Quarantined]) -> None:
        """Keep records that were not understood, durably; the same id twice is kept once."""
        await self._write(self._quarantine.add, items)

    async def quarantined(
        self,
        actor: Actor,
        *,
        state: QuarantineState | None = QuarantineState.WAITING,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[list[Quarantined], int]:
        """Return a page of quarantine, newest first, and the number of all."""
        actor.require(Permission.READ_QUARANTINE)
        return await self._read(chdb_quarantine.page, actor.tenant, state, limit, offset)

    async def mark_quarantined(self, actor: Actor, ids: Sequence[str], state: QuarantineState) -> None:
        """Change the state of the tenant's quarantined records; unknown ids are passed over."""
        actor.require(Permission.REPLAY_QUARANTINE)
        await self._write(self._quarantine.mark, actor.tenant, ids, state)

    async def drop_older_than(self, moment_us: int) -> None:
        """Retention: drop the partitions (days; months and years for old logs) that end before the moment."""
        await self._write(self._writer.drop_older_than, moment_us)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._correlating, self._correlator.drop_older_than, moment_us)

    def close(self) -> None:
        """Finish what runs and let go of the data directory. Twice is fine."""
        self._writing.shutdown()
        self._reading.shutdown()
        self._correlating.shutdown()
        self._engine.close()
