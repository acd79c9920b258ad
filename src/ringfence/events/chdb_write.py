# ruff: noqa: S608  Only names of this package's own tables and columns stand in the SQL text; values are bound.
"""Writing: one thread, one connection. Each insert is one `seq`; a batch that comes again adds only what is missing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import pyarrow as pa
from pyarrow import compute

from ringfence.core.clock import Clock
from ringfence.core.errors import InputError
from ringfence.events.arrow import ENVELOPE
from ringfence.events.chdb_match import retro_count, retro_statement
from ringfence.events.chdb_pool import Connection
from ringfence.events.model import Extent, InsertResult, Matching
from ringfence.events.schema import COLUMNS, EVENTS, RETRO, RULESETS, missing_columns, statements

pc: Any = compute  # its functions are made at run time, type checkers see none of them
_DAY_US = 86_400_000_000
_BATCHES_KEPT = 262_144
_MAX_US = 10_413_791_999_999_999
"""2299-12-31T23:59:59.999999Z, the last that DateTime64 holds."""


class Writer:
    """Inserts tables of events. Not for two threads at once; `committed` may be read from any."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._lock = Lock()
        for statement in statements():
            connection.run(statement)
        present = {
            row[0]
            for row in connection.rows(
                "SELECT name FROM system.columns WHERE database = 'ringfence' AND table = 'events'"
            )
        }
        for statement in missing_columns(present):
            connection.run(statement)
        self._seq = max(int(connection.rows(f"SELECT max(seq) FROM {table}")[0][0]) for table in (EVENTS, RETRO))
        self._batches: OrderedDict[str, None] = OrderedDict.fromkeys(self._recent())

    @property
    def committed(self) -> int:
        """The highest `seq` whose insert is complete."""
        return self._seq

    def _recent(self) -> list[str]:
        # The last day by what is stored, not by the clock alone: replayed and demo data live in their own time.
        newest = self._connection.rows(f"SELECT toUnixTimestamp64Micro(max(received)) FROM {EVENTS}")[0][0]
        since = max(0, min(self._clock.now_us(), int(newest)) - _DAY_US)
        rows = self._connection.rows(
            f"SELECT batch FROM {EVENTS} WHERE received >= fromUnixTimestamp64Micro({{since:Int64}}, 'UTC') "
            f"GROUP BY batch ORDER BY max(seq) DESC LIMIT {_BATCHES_KEPT}",
            {"since": since},
        )
        return [row[0] for row in reversed(rows)]

    def insert(self, table: pa.Table) -> InsertResult:
        """Store the table durably; see `EventStore.insert_table`."""
        with self._lock:
            return self._insert(table)

    def _insert(self, table: pa.Table) -> InsertResult:
        _check(table)
        arrived = table.num_rows
        if arrived == 0:
            return InsertResult(0, 0, 0)
        table = _once(table)
        batches: list[str] = table.column("batch").unique().to_pylist()
        again = [batch for batch in batches if batch in self._batches]
        if again:
            table = self._without_stored(table, again)
        seq = 0
        if table.num_rows:
            seq = self._seq + 1
            # A failure midway may leave rows under this number: the next insert must take another one.
            self._remember(batches)
            self._add(table, seq)
            self._seq = seq
        self._remember(batches)
        return InsertResult(table.num_rows, arrived - table.num_rows, seq)

    def _add(self, table: pa.Table, seq: int) -> None:
        table = _clamped(table)
        names = ", ".join(f"`{name}`" for name in table.column_names)
        try:
            self._connection.insert(
                f"INSERT INTO {EVENTS} ({names}, seq) SELECT {names}, {seq:d} FROM Python(incoming)", table
            )
        except BaseException:
            self._seq = seq
            raise

    def _without_stored(self, table: pa.Table, batches: Sequence[str]) -> pa.Table:
        rows = self._connection.rows(
            f"SELECT id FROM {EVENTS} WHERE batch IN {{batches:Array(String)}}", {"batches": batches}
        )
        stored = pa.array([row[0] for row in rows], pa.string())
        return table.filter(pc.invert(pc.is_in(table.column("id"), stored)))

    def _remember(self, batches: Sequence[str]) -> None:
        for batch in batches:
            self._batches[batch] = None
            self._batches.move_to_end(batch)
        while len(self._batches) > _BATCHES_KEPT:
            self._batches.popitem(last=False)

    def add_signals(
        self, matching: Matching, conditions: Sequence[str], rule_ids: Sequence[str], extent: Extent
    ) -> int:
        """Keep matches found after storing as signals under a new `seq`; see `EventStore.add_signals`."""
        with self._lock:
            seq = self._seq + 1
            upto = min(self._seq, extent.upto_seq) if extent.upto_seq is not None else self._seq
            sql, params = retro_statement(matching, conditions, rule_ids, replace(extent, upto_seq=upto), seq)
            try:
                self._connection.run(sql, params)
            except BaseException:
                # Some rows may be there: they are signals of this number, and the next run leaves them out.
                self._seq = seq
                raise
            added = retro_count(self._connection, seq)
            if added:
                self._seq = seq
            return added

    def note_rules(self, ruleset: str, rules: Sequence[str]) -> None:
        """Keep which rules a rule set has, once; from now on they count as known."""
        with self._lock:
            known = self._connection.rows(
                f"SELECT count() FROM {RULESETS} WHERE ruleset = {{ruleset:String}}", {"ruleset": ruleset}
            )
            if int(known[0][0]) == 0:
                columns = f"{{ruleset:String}}, arrayJoin({{rules:Array(String)}}), {self._seq:d}"
                self._connection.run(
                    f"INSERT INTO {RULESETS} SELECT {columns}",
                    {"ruleset": ruleset, "rules": list(rules)},
                )

    def drop_older_than(self, moment_us: int) -> None:
        """Drop the partitions that end before the moment and hold nothing that was received since.

        Old logs that somebody has just brought in (an investigation, a migration) stay as long as new ones.
        """
        limit = int(
            self._connection.rows(
                "SELECT toYYYYMMDD(fromUnixTimestamp64Micro({at:Int64}, 'UTC'))",
                {"at": max(0, min(moment_us, _MAX_US))},
            )[0][0]
        )
        with self._lock:
            rows = self._connection.rows(
                "SELECT DISTINCT partition FROM system.parts "
                "WHERE active AND database = 'ringfence' AND table = 'events'"
            )
            for (partition,) in rows:
                if _last_day(int(partition)) < limit and self._received(int(partition)) < moment_us:
                    self._connection.run(f"ALTER TABLE {EVENTS} DROP PARTITION {int(partition):d}")
            self._connection.run(
                f"DELETE FROM {RETRO} WHERE greatest(time, found) < fromUnixTimestamp64Micro({{at:Int64}}, 'UTC')",
                {"at": max(0, min(moment_us, _MAX_US))},
            )

    def _received(self, partition: int) -> int:
        rows = self._connection.rows(
            f"SELECT toUnixTimestamp64Micro(max(received)) FROM {EVENTS} WHERE _partition_id = {{id:String}}",
            {"id": str(partition)},
        )
        return int(rows[0][0])


def _last_day(partition: int) -> int:
    """The last day in a partition, as yyyymmdd: a month (yyyymm00) or a year (yyyy0000) ends after all its days."""
    if partition % 10_000 == 0:
        return partition + 1231
    return partition + 31 if partition % 100 == 0 else partition


def _check(table: pa.Table) -> None:
    names = set(table.column_names)
    if missing := ENVELOPE.keys() - names:
        raise InputError(f"the table lacks {', '.join(sorted(missing))}", remedy="make it with to_table")
    if unknown := names - {*COLUMNS, "ruleset"}:
        raise InputError(f"the table has unknown columns: {', '.join(sorted(unknown))}", remedy="make it with to_table")


def _once(table: pa.Table) -> pa.Table:
    """The table without the second and later rows of an id."""
    ids = table.column("id")
    if pc.count_distinct(ids).as_py() == table.num_rows:
        return table
    numbered = pa.table({"id": ids, "row": pa.array(range(table.num_rows), pa.int64())})
    first = numbered.group_by("id").aggregate([("row", "min")]).column("row_min")
    return table.take(first.take(pc.sort_indices(first)))


def _clamped(table: pa.Table) -> pa.Table:
    """Times brought into what a DateTime64 holds; zero dates of 1601 and forged years land on the borders."""
    for name in ("time", "received"):
        at = table.schema.get_field_index(name)
        kind = table.schema.field(at).type
        moments = table.column(at).cast(pa.int64())
        bounds = pc.min_max(moments).as_py()
        if bounds["min"] < 0 or bounds["max"] > _MAX_US:
            inside = pc.max_element_wise(pc.min_element_wise(moments, _MAX_US), 0)
            table = table.set_column(at, name, inside.cast(kind))
    return table
