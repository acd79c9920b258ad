# ruff: noqa: S608  Only names of this package's own tables and columns stand in the SQL text; values are bound.
"""Correlation rules over stored signals: incremental, exact with late events, the same after a restart.

A step takes the events of a range of `seq`. It notes the places that they have in correlations (table `correlation`),
then looks at the groups that got new places and no others: first whether they hold enough at all, then at their
windows. What an inner correlation finds is a place in the outer ones. Nothing is kept between steps but what is in
the store: a step that was cut short is simply done again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import structlog
from pyarrow import compute

from ringfence.core.clock import Clock
from ringfence.core.ids import digest
from ringfence.events import correlation_sql as sql
from ringfence.events.chdb_pool import Connection, StoreError
from ringfence.events.chdb_read import signals_of
from ringfence.events.model import Pulse, Signal
from ringfence.events.schema import CORRELATED, CORRELATION, EVENTS, RETRO
from ringfence.sigma.correlation import Correlation
from ringfence.sigma.grouping import SEPARATOR

log = structlog.get_logger()
pc: Any = compute  # its functions are made at run time, type checkers see none of them

CORRELATING: dict[str, int | str] = {"max_execution_time": 120, "max_memory_usage": 1 << 30}
"""Settings of the connection: a query that needs more is given up, logged, and the other rules go on."""

MAX_DECIDING = 10
_DAY = 86_400_000_000
_MAX_PLACES = 4_000_000
_PLACES = pa.schema(
    [
        ("tenant", pa.string()),
        ("grp", pa.string()),
        ("us", pa.int64()),
        ("id", pa.string()),
        ("slot", pa.uint8()),
        ("value", pa.string()),
        ("seq", pa.uint64()),
    ]
)
_HITS = pa.schema([("tenant", pa.string()), ("id", pa.string()), ("us", pa.int64())])
_SEGMENTS = pa.schema(
    [
        ("tenant", pa.string()),
        ("grp", pa.string()),
        ("seg", pa.int64()),
        ("low", pa.int64()),
        ("high", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class _Step:
    correlations: Mapping[str, Correlation]
    prints: Mapping[str, str]
    after: int
    upto: int
    without: frozenset[tuple[str, str, str]]
    hits: dict[str, pa.Table]


class Correlator:
    """Evaluates correlations on one connection; not for two threads at once."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._known = {str(row[0]) for row in connection.rows(f"SELECT DISTINCT rule FROM {CORRELATED}")}

    def correlate(
        self,
        correlations: Sequence[Correlation],
        after: int,
        upto: int,
        without: Collection[tuple[str, str, str]] = (),
    ) -> list[Pulse]:
        """Return what the events with `after` < `seq` <= `upto` add; see `EventStore.correlate`."""
        by_id = {item.id: item for item in correlations}
        prints: dict[str, str] = {}
        for item in correlations:
            prints[item.id] = fingerprint(item, prints)
        step = _Step(by_id, prints, after, upto, frozenset(without), {})
        matched = self._matched(correlations, after, upto)
        pulses: list[Pulse] = []
        for item in correlations:
            try:
                if prints[item.id] not in self._known:
                    self._fill(step, item)
                if any(ref in matched or ref in step.hits for ref in item.refs):
                    pulses += self._one(step, item, matched)
            except StoreError as error:
                reason = error.message[:500]
                log.error("correlation.failed", rule=item.id, title=item.title, reason=reason)  # noqa: TRY400
        return self._with_signals(pulses)

    def drop_older_than(self, moment_us: int) -> None:
        """Forget places of events that happened and were noted before the moment."""
        params = {"at": max(0, moment_us)}
        old = "us < {at:Int64} AND noted < {at:Int64}"
        if int(self._connection.rows(f"SELECT count() FROM {CORRELATION} WHERE {old}", params)[0][0]):
            self._connection.run(f"DELETE FROM {CORRELATION} WHERE {old}", params)

    def _matched(self, correlations: Sequence[Correlation], after: int, upto: int) -> set[str]:
        refs = sorted({ref for item in correlations for ref in item.refs})
        if not refs:
            return set()
        page = "seq > {after:UInt64} AND seq <= {upto:UInt64}"
        rows = self._connection.rows(
            f"SELECT DISTINCT arrayJoin(arrayIntersect(rules, {{refs:Array(String)}})) FROM {EVENTS} "
            f"WHERE {page} AND hasAny(rules, {{refs:Array(String)}}) "
            f"UNION DISTINCT SELECT rule FROM {RETRO} WHERE {page} AND rule IN {{refs:Array(String)}}",
            {"refs": refs, "after": after, "upto": upto},
        )
        return {str(row[0]) for row in rows}

    def _fill(self, step: _Step, item: Correlation) -> None:
        """Note the places of events that were stored before the rule was there, as far back as windows may need."""
        mine = {"rule": step.prints[item.id]}  # of a fill that was cut short
        if int(self._connection.rows(f"SELECT count() FROM {CORRELATION} WHERE rule = {{rule:String}}", mine)[0][0]):
            self._connection.run(f"DELETE FROM {CORRELATION} WHERE rule = {{rule:String}}", mine)
        newest = int(
            self._connection.rows(
                f"SELECT toUnixTimestamp64Micro(max(received)) FROM {EVENTS} WHERE seq <= {{seq:UInt64}}",
                {"seq": step.after},
            )[0][0]
        )
        since = max(0, newest - 2 * item.span - _DAY)
        for slot, ref in enumerate(item.refs):
            if ref in step.correlations or not step.after:
                continue
            statement = sql.Statement()
            where = (
                f"seq <= {statement.bind(step.after, 'UInt64')} AND has(rules, {statement.bind(ref)}) "
                f"AND time >= fromUnixTimestamp64Micro({statement.bind(since, 'Int64')}, 'UTC')"
            )
            places = sql.places_of(statement, item, step.correlations, slot, where)
            rule = statement.bind(step.prints[item.id])
            noted = statement.bind(self._clock.now_us(), "Int64")
            self._connection.run(f"{_insert(rule, noted)} FROM ({places})", statement.params)
        name = pa.table({"rule": [step.prints[item.id]]})
        self._connection.insert(f"INSERT INTO {CORRELATED} SELECT rule FROM Python(incoming)", name)
        self._known.add(step.prints[item.id])

    def _one(self, step: _Step, item: Correlation, matched: set[str]) -> list[Pulse]:
        new = self._new_places(step, item, matched)
        if not new.num_rows:
            return []
        self._note(step.prints[item.id], new)
        segments = self._candidates(step, item, segments_of(new, item.span))
        if not segments.num_rows:
            return []
        statement = sql.Statement()
        text = sql.found(statement, item)
        params = {**statement.params, **self._bounds(step, item, segments), "after": step.after}
        rows = self._connection.joined(text, params, segments).to_pylist()
        hits = [(row["tenant"], *deciding.values()) for row in rows for deciding in row["deciding"]]
        if hits:
            tenants, moments, ids = zip(*hits, strict=True)
            step.hits[item.id] = pa.table({"tenant": tenants, "id": ids, "us": moments}, schema=_HITS)
        return [_pulse(item, row) for row in rows if row["number"]]

    def _new_places(self, step: _Step, item: Correlation, matched: set[str]) -> pa.Table:
        """Places of the events of this step, and of what inner correlations found in it."""
        parts: list[pa.Table] = []
        statement = sql.Statement()
        direct: list[str] = []
        for slot, ref in enumerate(item.refs):
            if ref not in matched or ref in step.correlations:
                continue
            page = f"seq > {statement.bind(step.after, 'UInt64')} AND seq <= {statement.bind(step.upto, 'UInt64')}"
            rule = statement.bind(ref)
            direct.append(sql.places_of(statement, item, step.correlations, slot, f"{page} AND has(rules, {rule})"))
            later = sql.places_of(statement, item, step.correlations, slot, _matched_later(f"{page} AND rule = {rule}"))
            direct.append(f"SELECT * REPLACE ({statement.bind(step.upto, 'UInt64')} AS seq) FROM ({later})")
        if direct:
            found = self._connection.table(_as_places(" UNION ALL ".join(direct)), statement.params)
            parts.append(_counting(found, item, step.without))
        for slot, ref in enumerate(item.refs):
            hits = step.hits.get(ref)
            if hits is None:
                continue
            statement = sql.Statement()
            bounds = pc.min_max(hits.column("us")).as_py()
            where = (
                f"time >= fromUnixTimestamp64Micro({statement.bind(bounds['min'], 'Int64')}, 'UTC') "
                f"AND time <= fromUnixTimestamp64Micro({statement.bind(bounds['max'], 'Int64')}, 'UTC') "
                "AND (tenant, id) IN (SELECT tenant, id FROM Python(incoming))"
            )
            places = _as_places(sql.places_of(statement, item, step.correlations, slot, where))
            found = self._connection.joined(places, statement.params, hits)
            if found.num_rows:  # what was found now counts as new, however old the event
                at = found.schema.get_field_index("seq")
                parts.append(found.set_column(at, "seq", pa.array([step.upto] * found.num_rows, pa.uint64())))
        tables = [part.cast(_PLACES) for part in parts if part.num_rows]
        return pa.concat_tables(tables) if tables else _PLACES.empty_table()

    def _note(self, rule: str, places: pa.Table) -> None:
        # The rule is a digest and the time a number of our own making: nothing here comes from outside.
        head = _insert(f"'{rule}'", str(self._clock.now_us()))
        self._connection.insert(f"{head} FROM Python(incoming)", places)

    def _candidates(self, step: _Step, item: Correlation, segments: pa.Table) -> pa.Table:
        need = 1 if item.type.is_numeric else item.condition.at_least
        if need <= 1:
            return segments
        params = {**self._bounds(step, item, segments), "need": need}
        found = self._connection.joined(sql.candidates(item), params, segments)
        return found.cast(_SEGMENTS) if found.num_rows else found

    def _bounds(self, step: _Step, item: Correlation, segments: pa.Table) -> dict[str, str | int]:
        low = min(segments.column("low").to_pylist())
        high = max(segments.column("high").to_pylist())
        return {
            "rule": step.prints[item.id],
            "from": max(0, low // sql.HOUR),
            "to": min(high // sql.HOUR, 2**32 - 1),
            "upto": step.upto,
            "span": item.span,
        }

    def _with_signals(self, pulses: list[Pulse]) -> list[Pulse]:
        """The pulses with their deciding events read from the store."""
        wanted = [signal for pulse in pulses for signal in pulse.deciding]
        if not wanted:
            return pulses
        times = [signal.time for signal in wanted]
        ids = list(dict.fromkeys(signal.event_id for signal in wanted))
        found = signals_of(self._connection, ids, min(times), max(times))
        made: list[Pulse] = []
        for pulse in pulses:
            deciding = [found.get((signal.tenant, signal.event_id)) for signal in pulse.deciding]
            known = tuple(signal for signal in deciding if signal is not None)
            made.append(Pulse(pulse.rule_id, pulse.tenant, pulse.group, pulse.first, pulse.last, pulse.count, known))
        return made


def fingerprint(item: Correlation, inner: Mapping[str, str]) -> str:
    """Return a digest of what decides about the places that events have in the rule, and of nothing else.

    `inner` are the digests of the correlations that it may refer to. A new threshold or timespan keeps the places.
    """
    aliases = sorted((name, sorted(fields.items())) for name, fields in item.aliases.items())
    parts: list[Any] = [
        item.refs,
        [inner.get(ref, "") for ref in item.refs],
        item.group_by,
        item.condition.field,
        item.type.is_numeric,
        aliases,
    ]
    return digest("places", item.id, msgspec.json.encode(parts))


def segments_of(places: pa.Table, span: int) -> pa.Table:
    """Return, by group, the spans of time in which windows may have changed.

    Each reaches from two timespans before new places to two after them. Those of one group never overlap, so that
    no row is looked at twice.
    """
    moments: dict[tuple[str, str], list[int]] = {}
    for tenant, group, us in zip(*(places.column(name).to_pylist() for name in ("tenant", "grp", "us")), strict=True):
        moments.setdefault((tenant, group), []).append(us)
    rows: list[tuple[str, str, int, int, int]] = []
    for (tenant, group), times in moments.items():
        times.sort()
        start = 0
        for at in range(1, len(times) + 1):
            if at == len(times) or times[at] - times[at - 1] > 4 * span:
                rows.append((tenant, group, len(rows), times[start] - 2 * span, times[at - 1] + 2 * span))
                start = at
    columns = [list(column) for column in zip(*rows, strict=True)]
    return pa.table(dict(zip(_SEGMENTS.names, columns, strict=True)), schema=_SEGMENTS)


def _insert(rule: str, noted: str) -> str:
    return (
        f"INSERT INTO {CORRELATION} (rule, hour, tenant, grp, us, id, slot, value, seq, noted) "
        f"SELECT {rule}, intDiv(us, {sql.HOUR:d}), tenant, grp, us, id, slot, value, seq, {noted}"
    )


def _matched_later(page: str) -> str:
    """WHERE of the events that were stored before the rule was, and found to match it later."""
    found = f"FROM {RETRO} WHERE {page}"
    return (
        f"(tenant, id) IN (SELECT tenant, id {found}) "
        f"AND time >= (SELECT min(time) {found}) AND time <= (SELECT max(time) {found})"
    )


def _counting(places: pa.Table, item: Correlation, without: Collection[tuple[str, str, str]]) -> pa.Table:
    """The places without those of matches that do not count."""
    if not without or not places.num_rows:
        return places
    columns = [places.column(name).to_pylist() for name in ("tenant", "id", "slot")]
    kept = [(tenant, id_, item.refs[slot]) not in without for tenant, id_, slot in zip(*columns, strict=True)]
    return places.filter(pa.array(kept))


def _as_places(select: str) -> str:
    return f"SELECT toString(tenant) AS tenant, grp, us, id, slot, value, seq FROM ({select}) LIMIT {_MAX_PLACES:d}"


def _pulse(item: Correlation, row: Mapping[str, Any]) -> Pulse:
    group = tuple(row["grp"].split(SEPARATOR)) if item.group_by else ()
    deciding = [tuple(pair.values()) for pair in row["deciding"][:MAX_DECIDING]]
    signals = tuple(Signal(0, id_, row["tenant"], us, (), {}) for us, id_ in deciding)
    return Pulse(item.id, row["tenant"], group, row["first"], row["last"], row["number"], signals)
