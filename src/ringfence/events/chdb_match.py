# ruff: noqa: S608  Conditions are made by this product's own compiler; values are bound.
"""Compiled rules over stored events: who matches, how many by day and entity, and matches kept as signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ringfence.core.errors import UsageError
from ringfence.ecs.fields import FIELDS
from ringfence.events.chdb_pool import Connection, Value
from ringfence.events.model import Applied, Extent, Matching, Tally
from ringfence.events.schema import EVENTS, RETRO, RULESETS, SIGNAL_FIELDS

MAX_GROUPS = 100_000
MAX_IDS = 1_000_000
# Comparisons must see the number that the text says, not one that is nearly it.
_SETTINGS = "SETTINGS precise_float_parsing = 1"
_MAX_US = 10_413_791_999_999_999
_CONDITIONS = "raw, logsource_product, logsource_categories, logsource_service"
"""Columns that the condition of a rule may name beside its definitions."""
Bound = dict[str, Value | Sequence[str]]


def where(extent: Extent) -> tuple[str, Bound]:
    """Return the condition of an extent, tenant first, and its parameters."""
    parts: list[str] = []
    params: Bound = {}
    span = extent.span
    for sql, name, value in (
        ("tenant = {x_tenant:String}", "x_tenant", extent.tenant),
        ("time >= fromUnixTimestamp64Micro({x_start:Int64}, 'UTC')", "x_start", _within(span.start)),
        ("time < fromUnixTimestamp64Micro({x_end:Int64}, 'UTC')", "x_end", _within(span.end)),
        ("seq > {x_after:UInt64}", "x_after", extent.after_seq or None),
        ("seq <= {x_upto:UInt64}", "x_upto", extent.upto_seq),
        ("ruleset = {x_ruleset:String}", "x_ruleset", extent.ruleset),
    ):
        if value is not None:
            parts.append(sql)
            params[name] = value
    return " AND ".join(parts) or "1", params


def _within(us: int | None) -> int | None:
    return None if us is None else max(0, min(us, _MAX_US))


def _source(matching: Matching, condition: str, columns: str) -> str:
    """The events of an extent with the definitions as columns, each level of them one SELECT around the other.

    Written with WITH, every use of a name would be looked at and optimised again: minutes for a hundred rules.
    """
    source = f"(SELECT * FROM {EVENTS} WHERE {condition} AND ({matching.narrow}))"
    carried = f"{columns}, {_CONDITIONS}"
    for level in matching.definitions:
        source = f"(SELECT {carried}, {', '.join(f'{sql} AS {name}' for name, sql in level)} FROM {source})"
        carried += "".join(f", {name}" for name, _ in level)
    return source


def _params(matching: Matching, more: Mapping[str, Value | Sequence[str]]) -> Bound:
    return {**matching.params, **more}


def field_names(connection: Connection, extent: Extent) -> list[str]:
    """Return the names of all native fields that occur in the events."""
    condition, params = where(extent)
    # Grouped by the keys of a whole event first: there are few such lists, and they are compared as one value.
    sql = f"SELECT groupUniqArrayArray(mapKeys(fields)) FROM {EVENTS} WHERE {condition}"
    return sorted(connection.rows(sql, params)[0][0])


def match_ids(connection: Connection, matching: Matching, extent: Extent, limit: int) -> list[str]:
    """Return the ids of matching events in order of time, at most `limit`."""
    if not 0 < limit <= MAX_IDS:
        raise UsageError(f"at most {MAX_IDS} ids")
    condition, params = where(extent)
    sql = (
        f"SELECT id FROM {_source(matching, condition, 'id, time')} WHERE {matching.sql} "
        f"ORDER BY time, id LIMIT {{x_limit:UInt64}} {_SETTINGS}"
    )
    return [row[0] for row in connection.rows(sql, _params(matching, {**params, "x_limit": limit}))]


def match_each(
    connection: Connection, matching: Matching, conditions: Sequence[str], extent: Extent
) -> dict[str, list[int]]:
    """Return for each matching event the positions of the conditions (on the same definitions) that hold for it."""
    condition, params = where(extent)
    hits = f"arrayFilter(n -> n >= 0, [{', '.join(f'if({one}, {n}, -1)' for n, one in enumerate(conditions))}])"
    sql = f"SELECT id, {hits} AS hits FROM {_source(matching, condition, 'id')} WHERE notEmpty(hits) {_SETTINGS}"
    return {row[0]: row[1] for row in connection.rows(sql, _params(matching, params))}


def tally(connection: Connection, matching: Matching, extent: Extent, limit: int) -> list[Tally]:
    """Return the matches grouped by day, host, user and source, the largest groups first; at most `limit` groups."""
    if not 0 < limit <= MAX_GROUPS:
        raise UsageError(f"at most {MAX_GROUPS} groups")
    condition, params = where(extent)
    source = _source(matching, condition, "id, time, host_name, user_name, source_ip")
    sql = (
        f"SELECT toUnixTimestamp64Micro(toDateTime64(toStartOfDay(time), 6, 'UTC')) AS day, "
        "toString(host_name) AS host, toString(user_name) AS user, toString(source_ip) AS source, count() AS number, "
        "toUnixTimestamp64Micro(min(time)), toUnixTimestamp64Micro(max(time)), groupArraySorted(5)((time, id)) "
        f"FROM {source} WHERE {matching.sql} GROUP BY day, host, user, source "
        f"ORDER BY number DESC, day, host, user, source LIMIT {{x_limit:UInt64}} {_SETTINGS}"
    )
    rows = connection.rows(sql, _params(matching, {**params, "x_limit": limit}))
    return [
        Tally(day, host, user, source, number, first, last, tuple(pair[1] for pair in ids))
        for day, host, user, source, number, first, last, ids in rows
    ]


def applied(connection: Connection, after_seq: int) -> list[Applied]:
    """Return the rule sets under which events after a `seq` were stored."""
    rows = connection.rows(
        f"SELECT ruleset, max(seq) FROM {EVENTS} WHERE seq > {{after:UInt64}} GROUP BY ruleset ORDER BY ruleset",
        {"after": after_seq},
    )
    return [Applied(ruleset, int(seq)) for ruleset, seq in rows]


def rules_of(connection: Connection, ruleset: str) -> frozenset[str]:
    """Return the rules of a rule set; none where it was never noted."""
    sql = f"SELECT DISTINCT rule FROM {RULESETS} WHERE ruleset = {{ruleset:String}}"
    return frozenset(row[0] for row in connection.rows(sql, {"ruleset": ruleset}))


def known_since(connection: Connection) -> dict[str, int]:
    """Return for each rule ever noted the `seq` after which it was first known."""
    rows = connection.rows(f"SELECT rule, min(since) FROM {RULESETS} GROUP BY rule")
    return {rule: int(seq) for rule, seq in rows}


def retro_statement(
    matching: Matching, conditions: Sequence[str], rule_ids: Sequence[str], extent: Extent, seq: int
) -> tuple[str, Bound]:
    """Return the INSERT that keeps each match as a signal unless the event or an earlier run has it already."""
    condition, params = where(extent)
    hits = f"[{', '.join(f'toUInt8({one})' for one in conditions)}]"
    columns = ", ".join(f"`{FIELDS[name].column}`" for name in SIGNAL_FIELDS)
    sql = (
        f"INSERT INTO {RETRO} (seq, tenant, id, time, rule, {columns}) "
        f"SELECT {seq:d}, tenant, id, time, rule, {columns} FROM ("
        f"SELECT tenant, id, time, {columns}, "
        f"arrayJoin(arrayFilter((r, h) -> h AND NOT has(rules, r), {{x_rules:Array(String)}}, {hits})) AS rule "
        f"FROM {_source(matching, condition, f'tenant, id, time, rules, {columns}')} WHERE {matching.sql}) "
        f"WHERE (id, rule) NOT IN (SELECT id, rule FROM {RETRO} WHERE rule IN {{x_rules:Array(String)}}) {_SETTINGS}"
    )
    return sql, _params(matching, {**params, "x_rules": list(rule_ids)})


def retro_count(connection: Connection, seq: int) -> int:
    """Return how many signals were kept under this `seq`."""
    rows: list[list[Any]] = connection.rows(f"SELECT count() FROM {RETRO} WHERE seq = {{seq:UInt64}}", {"seq": seq})
    return int(rows[0][0])
