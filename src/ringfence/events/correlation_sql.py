# ruff: noqa: S608  Only names of this package's own tables and columns stand in the SQL text; values are bound.
"""SQL for correlation rules: which places an event has in a rule, and which windows over them satisfy it.

The plain engine `ringfence.sigma.correlate` says the same in Python; a test holds them together.

How sliding windows stay linear. A thing (an event, a value, a rule) is in the window from its time until `span` after
it. So each row gives two edges, +1 at its time and -1 just after its time plus the span, and the running sum over the
edges is the count in the window that ends there. Of equal values only the first edge in and the last edge out of an
unbroken presence count. A percentile is compared by counting the numbers below the bound. An ordered chain carries,
rule by rule, the latest start of a chain of each length.

Everything is computed twice in one pass over the rows: as the store is now and as it was before the new rows
(`seq` above the checkpoint). The difference is what is new, whatever came late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ringfence.ecs.fields import FIELDS, Kind
from ringfence.events.compile import elements
from ringfence.events.schema import CORRELATION, EVENTS
from ringfence.sigma.correlation import Correlation, CorrelationType, Op
from ringfence.sigma.grouping import MAX_ITEMS, MAX_LENGTH, NUMBER, Sources, sources
from ringfence.sigma.values import loose

HOUR = 3_600_000_000
_OPS = {Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<=", Op.EQ: "=", Op.NEQ: "!="}
_NEVER = "toInt64(-4611686018427387904)"
_ALWAYS = "toInt64(4611686018427387904)"
_DECIMAL = "toDecimal256({}, 9)"

Params = dict[str, str | int | float]


@dataclass(slots=True)
class Statement:
    """SQL under construction and the values bound in it."""

    params: Params = field(default_factory=Params)

    def bind(self, value: str | int, kind: str = "String") -> str:
        """Return the placeholder of a value."""
        name = f"c{len(self.params)}"
        self.params[name] = value
        return f"{{{name}:{kind}}}"


def places_of(
    statement: Statement, correlation: Correlation, correlations: Mapping[str, Correlation], slot: int, where: str
) -> str:
    """Return the SELECT of (tenant, grp, us, id, slot, value, seq) for the events that match a referenced rule."""
    groups = [_texts(statement, sources(correlations, correlation, slot, name)) for name in correlation.group_by]
    counted = [
        _texts(statement, sources(correlations, correlation, slot, name)) for name in correlation.condition.field
    ]
    grp = _joined([f"arrayJoin({_folded(texts)})" for texts in groups])
    if correlation.type.is_numeric:
        number = f"arrayFirst(x -> match(x, {statement.bind(NUMBER)}), {counted[0]})"
        value = f"arrayJoin(if({number} = '', [], [toString(toDecimal256OrZero({number}, 9))]))"
    else:
        value = _joined([f"arrayJoin({_folded(texts)})" for texts in counted])
    return (
        f"SELECT tenant, {grp} AS grp, toUnixTimestamp64Micro(time) AS us, id, toUInt8({slot:d}) AS slot, "
        f"{value} AS value, seq FROM {EVENTS} WHERE {where}"
    )


def _joined(parts: list[str]) -> str:
    return f"arrayStringConcat([{', '.join(parts)}], '\\x1f')" if parts else "''"


def _folded(texts: str) -> str:
    one = f"leftUTF8(replaceAll(caseFoldUTF8(x), '\\x1f', ''), {MAX_LENGTH:d})"
    return f"arraySlice(arrayDistinct(arrayMap(x -> {one}, {texts})), 1, {MAX_ITEMS:d})"


def _texts(statement: Statement, found: Sources) -> str:
    """The texts of a name: of the field that belongs to the first of the rules that the event matched."""
    names = {name for _, name in found}
    if len(names) == 1:
        return _read(statement, names.pop())
    cases = [f"has(rules, {statement.bind(rule)}), {_read(statement, name)}" for rule, name in found]
    return f"multiIf({', '.join(cases)}, [])"


def _read(statement: Statement, name: str) -> str:
    native = f"fields[{statement.bind(name)}]"
    key = f"arrayFirst(k -> lower(replaceRegexpAll(k, '[ \\t]', '')) = {statement.bind(loose(name))}, mapKeys(fields))"
    found = [_said(f"if({native} = '', [], {elements(native)})")]
    if name in FIELDS:
        kind, column = FIELDS[name].kind, f"`{FIELDS[name].column}`"
        listed = (
            f"arrayMap(x -> toString(x), {column})" if kind is Kind.KEYWORDS else f"[ifNull(toString({column}), '')]"
        )
        found.append(_said(listed))
    other = f"fields[{key}]"
    found.append(_said(f"if({other} = '', [], {elements(other)})"))
    return f"arrayFirst(a -> notEmpty(a), [{', '.join(found)}])"


def _said(texts: str) -> str:
    return f"arrayFilter(x -> x NOT IN ('', '-'), {texts})"


def candidates(correlation: Correlation) -> str:
    """Return the SELECT of the segments (see `found`) in which there is enough for the condition to hold at all."""
    counted = {
        CorrelationType.VALUE_COUNT: "uniqExact(i.value)",
        CorrelationType.TEMPORAL: "uniqExact(i.slot)",
        CorrelationType.TEMPORAL_ORDERED: "uniqExact(i.slot)",
    }.get(correlation.type, "count()")
    return (
        f"SELECT tenant, grp, t.seg AS seg, t.low AS low, t.high AS high {_ROWS} "
        "AND i.us >= t.low + {span:Int64} AND i.us <= t.high - {span:Int64} "
        f"GROUP BY tenant, grp, seg, low, high HAVING {counted} >= {{need:UInt64}}"
    )


_ROWS = (
    f"FROM {CORRELATION} AS i INNER JOIN Python(incoming) AS t ON i.tenant = t.tenant AND i.grp = t.grp "
    "WHERE i.rule = {rule:String} AND i.hour >= {from:UInt32} AND i.hour <= {to:UInt32} "
    "AND (i.tenant, i.grp) IN (SELECT tenant, grp FROM Python(incoming)) AND i.seq <= {upto:UInt64}"
)


def found(statement: Statement, correlation: Correlation) -> str:
    """Return the SELECT of what is new: by tenant, group and hour the events that became covered, and the new hits.

    It reads `Python(incoming)` with columns tenant, grp, seg, low, high: segments are spans of time of a group that
    hold new rows, with twice the timespan on both sides, and never touch.
    """
    rows = _passes(correlation)
    if correlation.type is CorrelationType.TEMPORAL_ORDERED:
        levels = _ordered(correlation, rows)
        hit = _condition(statement, correlation, "arrayCount(x -> x >= us - {span:Int64}, starts)")
    else:
        levels = _running(statement, correlation, rows)
        hit = _condition(statement, correlation, "n")
    return _difference(f"SELECT pass, tenant, grp, seg, us, id, {hit} AS hit FROM ({levels})")


def _passes(correlation: Correlation) -> str:
    """Rows of the segments, each thing once, for the pass over all rows (0) and over the old rows alone (1)."""
    kind = correlation.type
    thing = "''"
    if kind.is_numeric or kind is CorrelationType.VALUE_COUNT:
        thing = "i.value"
    elif kind.is_temporal:
        thing = "toString(i.slot)"
    return (
        "SELECT tenant, grp, seg, us, id, thing, arrayJoin(if(first > {after:UInt64}, [0], [0, 1])) AS pass FROM ("
        f"SELECT i.tenant AS tenant, i.grp AS grp, t.seg AS seg, i.us AS us, i.id AS id, {thing} AS thing, "
        f"min(i.seq) AS first {_ROWS} AND i.us >= t.low AND i.us <= t.high "
        "GROUP BY tenant, grp, seg, us, id, thing)"
    )


_GROUP = "pass, tenant, grp, seg"


def _running(statement: Statement, correlation: Correlation, rows: str) -> str:
    enters = leaves = "1"
    if correlation.type in (CorrelationType.VALUE_COUNT, CorrelationType.TEMPORAL):
        window = f"(PARTITION BY {_GROUP}, thing ORDER BY us ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
        rows = (
            f"SELECT *, lagInFrame(toNullable(us)) OVER {window} AS before, "
            f"leadInFrame(toNullable(us)) OVER {window} AS behind FROM ({rows})"
        )
        enters = "ifNull(us - before > {span:Int64}, 1)"
        leaves = "ifNull(behind - us > {span:Int64}, 1)"
    measures = {"n": "1", **dict(_measures(statement, correlation))}
    edge = "arrayJoin([(us * 2, 1), ((us + {span:Int64}) * 2 + 1, -1)])"
    edges = (
        f"SELECT pass, tenant, grp, seg, us, id, {edge} AS edge, edge.1 AS at, edge.2 AS sign, "
        f"toInt64(if(sign > 0, {enters}, {leaves})) AS weight, "
        + ", ".join(f"{value} * sign * weight AS {name}_part" for name, value in measures.items())
        + f" FROM ({rows})"
    )
    sums = ", ".join(f"sum({name}_part) OVER w AS {name}" for name in measures)
    return (
        f"SELECT * FROM (SELECT pass, tenant, grp, seg, us, id, sign, {sums} FROM ({edges}) "
        f"WINDOW w AS (PARTITION BY {_GROUP} ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) "
        "WHERE sign > 0"
    )


def _measures(statement: Statement, correlation: Correlation) -> Iterator[tuple[str, str]]:
    kind = correlation.type
    if kind in (CorrelationType.VALUE_SUM, CorrelationType.VALUE_AVG):
        yield "total", _DECIMAL.format("thing")
    elif kind.is_numeric:
        for number, (_, bound) in enumerate(correlation.condition.bounds):
            value = _DECIMAL.format(statement.bind(_plain(bound)))
            yield f"below{number}", f"toInt64({_DECIMAL.format('thing')} < {value})"
            yield f"upto{number}", f"toInt64({_DECIMAL.format('thing')} <= {value})"


def _ordered(correlation: Correlation, rows: str) -> str:
    """Stage by stage, one a rule: the latest start of a chain of each length over the rules so far."""
    length = len(correlation.refs)
    none = f"arrayWithConstant({length:d}, {_NEVER})"
    made = f"SELECT *, {none} AS starts FROM ({rows})"
    for slot in range(length):
        step = f"if(thing = '{slot:d}', arrayConcat([us], arrayPopBack(starts)), {none})"
        best = (
            f"maxForEach(step) OVER (PARTITION BY {_GROUP} ORDER BY us "
            "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        )
        made = f"SELECT *, {step} AS step FROM ({made})"
        made = f"SELECT *, {best} AS best FROM ({made})"
        made = (
            f"SELECT {_GROUP}, us, id, thing, arrayMap((x, y) -> greatest(x, y), starts, best) AS starts FROM ({made})"
        )
    return made


def _condition(statement: Statement, correlation: Correlation, count: str) -> str:
    kind = correlation.type
    tests: list[str] = []
    for number, (op, bound) in enumerate(correlation.condition.bounds):
        value = _DECIMAL.format(statement.bind(_plain(bound)))
        if kind is CorrelationType.VALUE_SUM:
            tests.append(f"total {_OPS[op]} {value}")
        elif kind is CorrelationType.VALUE_AVG:
            tests.append(f"total {_OPS[op]} {value} * n")
        elif kind.is_numeric:
            rank = f"greatest(1, intDiv({correlation.condition.percentile:d} * n + 99, 100))"
            gte, gt = f"below{number} < {rank}", f"upto{number} < {rank}"
            tests.append(
                {
                    Op.GTE: gte,
                    Op.GT: gt,
                    Op.LT: f"NOT ({gte})",
                    Op.LTE: f"NOT ({gt})",
                    Op.EQ: f"{gte} AND NOT ({gt})",
                    Op.NEQ: f"NOT ({gte}) OR {gt}",
                }[op]
            )
        else:
            tests.append(f"{_DECIMAL.format(count)} {_OPS[op]} {value}")
    return "(" + " AND ".join(f"({test})" for test in tests) + ")"


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _difference(hits: str) -> str:
    """From hits of both passes to what is new: covered events by hour, and the new hits themselves."""
    covered = (
        f"SELECT pass, tenant, grp, us, id, hit, min(if(hit, us, {_ALWAYS})) OVER (PARTITION BY {_GROUP} "
        "ORDER BY us DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) <= us + {span:Int64} AS covered "
        f"FROM ({hits})"
    )
    events = (
        "SELECT tenant, grp, us, id, maxIf(covered, pass = 0) AND NOT maxIf(covered, pass = 1) AS fresh, "
        "maxIf(hit, pass = 0) AND NOT maxIf(hit, pass = 1) AS decides "
        f"FROM ({covered}) GROUP BY tenant, grp, us, id HAVING fresh OR decides"
    )
    return (
        "SELECT tenant, grp, countIf(fresh) AS number, minIf(us, fresh) AS first, maxIf(us, fresh) AS last, "
        "arraySort(groupArrayIf((us, id), decides)) AS deciding "
        f"FROM ({events}) GROUP BY tenant, grp, intDiv(us, {HOUR:d}) AS hour ORDER BY tenant, grp, hour"
    )
