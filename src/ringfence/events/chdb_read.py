# ruff: noqa: S608  Only names of this package's own tables and columns stand in the SQL text; values are bound.
"""Reading events: every statement names the tenant first, and each is bounded in time, memory and rows."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pyarrow as pa

from ringfence.core.errors import QueryError, UsageError
from ringfence.ecs.event import Event
from ringfence.ecs.fields import FIELDS, Kind
from ringfence.ecs.query import parse
from ringfence.ecs.query.ast import Native, Node
from ringfence.ecs.query.names import TIMES, kind_of, resolve
from ringfence.events.arrow import to_events
from ringfence.events.chdb_pool import Connection, Params, StoreError
from ringfence.events.compile import Condition, column_of, condition, elements
from ringfence.events.model import Bucket, Page, Signal, TimeRange, TopValue
from ringfence.events.schema import COLUMNS, EVENTS, RETRO, SIGNAL_FIELDS

MAX_PAGE = 10_000
MAX_OFFSET = 100_000
COUNT_TO = 100_000
"""Matches are counted up to here; beyond, a page says that its total is not exact."""
MAX_BUCKETS = 1_000
MAX_TOP = 1_000
_MAX_US = 10_413_791_999_999_999

_COLUMNS = ", ".join(f"`{name}`" for name in COLUMNS)
_SIGNAL_COLUMNS = ", ".join(f"`{FIELDS[name].column}`" for name in SIGNAL_FIELDS)
_CANNOT_COMPILE_REGEX = 427
_TOO_SLOW, _TOO_MUCH_MEMORY = 159, 241


class Selection:
    """What a query and a span select in one tenant: WHERE text and parameters."""

    def __init__(self, tenant: str, query: str, span: TimeRange | None, now_us: int) -> None:
        self.query = query
        self.node: Node = parse(query)
        made: Condition = condition(self.node, now_us)
        self.params: dict[str, str | int | float] = {**made.params, "tenant": tenant}
        parts = ["tenant = {tenant:String}"]
        if span is not None and span.start is not None:
            parts.append("time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')")
            self.params["start"] = _within(span.start)
        if span is not None and span.end is not None:
            parts.append("time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')")
            self.params["end"] = _within(span.end)
        self.where = " AND ".join([*parts, made.sql])

    def explain(self, error: StoreError) -> Exception:
        """Return the error for the person who wrote the query."""
        if error.number == _CANNOT_COMPILE_REGEX:
            at = self.query.find(":/") + 1
            return QueryError(
                "this regular expression is not understood",
                query=self.query,
                position=at,
                length=len(self.query) - at,
                remedy="RE2 syntax: no look-around, no back references",
            )
        if error.number in (_TOO_SLOW, _TOO_MUCH_MEMORY):
            return UsageError("the search took too much time or memory", remedy="narrow the time range or the query")
        return error


def _within(us: int) -> int:
    return max(0, min(us, _MAX_US))


def search(connection: Connection, selection: Selection, *, limit: int, offset: int, newest_first: bool) -> Page:
    """Return one page of the selected events."""
    if not 0 <= limit <= MAX_PAGE or not 0 <= offset <= MAX_OFFSET:
        raise UsageError(f"a page has at most {MAX_PAGE} events, an offset is at most {MAX_OFFSET}")
    started = time.perf_counter()
    order = "DESC" if newest_first else "ASC"
    params: Params = {**selection.params, "limit": limit, "offset": offset, "most": COUNT_TO + 1}
    events: list[Event] = []
    if limit:
        table = connection.table(
            f"SELECT {_COLUMNS} FROM {EVENTS} WHERE {selection.where} ORDER BY time {order}, id {order} "
            "LIMIT {limit:UInt64} OFFSET {offset:UInt64}",
            params,
        )
        events = to_events(table)
    if limit and len(events) < limit and (events or not offset):
        total = offset + len(events)
    else:
        total = _count(connection, selection, params)
    took = (time.perf_counter() - started) * 1000
    return Page(events, min(total, max(COUNT_TO, offset + len(events))), took, total <= COUNT_TO)


def _count(connection: Connection, selection: Selection, params: Params) -> int:
    rows = connection.rows(
        f"SELECT count() FROM (SELECT 1 FROM {EVENTS} WHERE {selection.where} LIMIT {{most:UInt64}})", params
    )
    return int(rows[0][0])


def count(connection: Connection, selection: Selection) -> int:
    """Return how many events are selected, exactly."""
    return int(connection.rows(f"SELECT count() FROM {EVENTS} WHERE {selection.where}", selection.params)[0][0])


_STEPS = (
    [1, 10, 100, 1_000, 10_000, 100_000]
    + [s * 1_000_000 for s in (1, 2, 5, 10, 15, 30)]
    + [m * 60_000_000 for m in (1, 2, 5, 10, 15, 30)]
    + [h * 3_600_000_000 for h in (1, 2, 3, 6, 12)]
    + [d * 86_400_000_000 for d in (1, 2, 7, 14, 30, 90, 365, 3650)]
)


def step_for(width_us: int, buckets: int) -> int:
    """Return the shortest round step (a minute, six hours, ...) with which the width takes at most `buckets` bars."""
    fits = (step for step in _STEPS if width_us <= step * buckets)
    return next(fits, -(-width_us // max(1, buckets)))


def histogram(connection: Connection, selection: Selection, span: TimeRange, buckets: int) -> list[Bucket]:
    """Return the counts of the selected events by steps of time, empty ones too; steps start at round times."""
    if not 1 <= buckets <= MAX_BUCKETS:
        raise UsageError(f"a histogram has 1 to {MAX_BUCKETS} buckets")
    low, high, found = connection.rows(
        f"SELECT toUnixTimestamp64Micro(min(time)), toUnixTimestamp64Micro(max(time)), count() "
        f"FROM {EVENTS} WHERE {selection.where}",
        selection.params,
    )[0]
    if not int(found) and (span.start is None or span.end is None):
        return []
    start = _within(span.start) if span.start is not None else int(low)
    end = _within(span.end) if span.end is not None else int(high) + 1
    if end <= start:
        return []
    step = step_for(end - start, buckets)
    rows = connection.rows(
        f"SELECT intDiv(toUnixTimestamp64Micro(time), {{step:Int64}}) AS slot, count() FROM {EVENTS} "
        f"WHERE {selection.where} GROUP BY slot",
        {**selection.params, "step": step},
    )
    counts = {int(slot): int(number) for slot, number in rows}
    return [Bucket(slot * step, counts.get(slot, 0)) for slot in range(start // step, (end - 1) // step + 1)]


def top(connection: Connection, selection: Selection, field: str, limit: int) -> list[TopValue]:
    """Return the most frequent values of a field; an event with a list counts once for each item."""
    if not 1 <= limit <= MAX_TOP:
        raise UsageError(f"at most {MAX_TOP} values")
    target = resolve(field)
    params = {**selection.params, "top": limit, "name": target.name if isinstance(target, Native) else ""}
    extra = ""
    if isinstance(target, Native):
        value = f"arrayJoin({elements('fields[{name:String}]')})"
        extra = " AND mapContains(fields, {name:String})"
    elif target in TIMES:
        raise UsageError(f"{field} has no frequent values", remedy="ask for a histogram")
    elif kind_of(target) is Kind.KEYWORDS:
        value = f"arrayJoin({column_of(target)})"
    else:
        value = f"ifNull(toString({column_of(target)}), '')"
    rows = connection.rows(
        f"SELECT {value} AS value, count() AS number FROM {EVENTS} WHERE {selection.where}{extra} "
        "GROUP BY value HAVING value != '' ORDER BY number DESC, value LIMIT {top:UInt64}",
        params,
    )
    return [TopValue(str(value), int(number)) for value, number in rows]


def get(connection: Connection, tenant: str, ids: Sequence[str]) -> list[Event]:
    """Return the tenant's events with these ids, in the order asked; unknown ids are left out."""
    if len(ids) > MAX_PAGE:
        raise UsageError(f"at most {MAX_PAGE} ids")
    if not ids:
        return []
    table = connection.table(
        f"SELECT {_COLUMNS} FROM {EVENTS} WHERE tenant = {{tenant:String}} AND id IN {{ids:Array(String)}}",
        {"tenant": tenant, "ids": list(ids)},
    )
    found = {event.id: event for event in to_events(table)}
    return [found[key] for key in dict.fromkeys(ids) if key in found]


def signals(connection: Connection, after_seq: int, committed: int, limit: int) -> list[Signal]:
    """Return signals of whole inserts after a `seq`; more than `limit` only where one insert alone has more."""
    found = _signals(connection, "seq > {after:UInt64}", after_seq, committed, limit + 1)
    if len(found) <= limit:
        return found
    last = found[-1].seq
    whole = [signal for signal in found if signal.seq < last]
    return whole or _signals(connection, "seq = {after:UInt64}", last, committed, None)


def _signals(connection: Connection, which: str, after: int, committed: int, limit: int | None) -> list[Signal]:
    bound = "" if limit is None else " LIMIT {limit:UInt64}"
    named = f"SELECT seq, id, tenant, toUnixTimestamp64Micro(time) AS us, {{}} AS rules, {_SIGNAL_COLUMNS} FROM {{}}"
    place = f"WHERE {which} AND seq <= {{committed:UInt64}}"
    table = connection.table(
        f"SELECT * FROM ({named.format('events.rules', EVENTS)} {place} AND notEmpty(rules) "
        f"UNION ALL {named.format('[rule]', RETRO)} {place}) ORDER BY seq, us, id, rules{bound}",
        {"after": after, "committed": committed, "limit": limit or 0},
    )
    return _to_signals(table)


def signals_of(connection: Connection, ids: Sequence[str], low: int, high: int) -> dict[tuple[str, str], Signal]:
    """Return the signals with these ids and times from `low` to `high`, of all tenants, by tenant and id."""
    found: dict[tuple[str, str], Signal] = {}
    for start in range(0, len(ids), MAX_PAGE):
        table = connection.table(
            f"SELECT seq, id, tenant, toUnixTimestamp64Micro(time) AS us, rules, {_SIGNAL_COLUMNS} FROM {EVENTS} "
            "WHERE time >= fromUnixTimestamp64Micro({low:Int64}, 'UTC') "
            "AND time <= fromUnixTimestamp64Micro({high:Int64}, 'UTC') AND id IN {ids:Array(String)}",
            {"ids": list(ids[start : start + MAX_PAGE]), "low": low, "high": high},
        )
        found |= {(signal.tenant, signal.event_id): signal for signal in _to_signals(table)}
    return found


def _to_signals(table: pa.Table) -> list[Signal]:
    return [
        Signal(
            row["seq"],
            row["id"],
            row["tenant"],
            row["us"],
            tuple(row["rules"]),
            {name: row[FIELDS[name].column] for name in SIGNAL_FIELDS if row[FIELDS[name].column] not in ("", None)},
        )
        for row in table.to_pylist()
    ]
