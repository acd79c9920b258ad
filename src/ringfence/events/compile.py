"""From the tree of a query to a ClickHouse condition with bound parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_network
from typing import assert_never

import orjson

from ringfence.ecs.fields import FIELDS, Kind
from ringfence.ecs.query.ast import (
    And,
    Compare,
    Comparison,
    Everything,
    Exists,
    Free,
    InNetwork,
    Last,
    Match,
    Moment,
    Native,
    Node,
    Not,
    Or,
    Pattern,
    Regex,
    Target,
    Wild,
)
from ringfence.ecs.query.names import SPECIAL, kind_of
from ringfence.ecs.query.times import span_of
from ringfence.events.arrow import MARKER

_SPECIAL_COLUMNS = {
    "rules": "rules",
    "id": "id",
    "batch": "batch",
    "parser": "parser",
    "source": "source",
    "logsource.product": "logsource_product",
    "logsource.category": "logsource_categories",
    "logsource.service": "logsource_service",
    "raw": "raw",
}
assert _SPECIAL_COLUMNS.keys() == SPECIAL.keys()
_TIME_COLUMNS = {"@timestamp": "time", "received": "received"}
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in SQL and the values of its parameters."""

    sql: str
    params: dict[str, str | int | float]


def condition(node: Node, now_us: int, prefix: str = "q") -> Condition:
    """Return the condition that holds for exactly the events that the query means; never null.

    Parameter names start with `prefix`; `now` in the query is `now_us`.
    """
    compiler = _Compiler(now_us, prefix)
    return Condition(compiler.node(node), compiler.params)


def column_of(target: str) -> str:
    """Return the column of an ECS or special field."""
    return f"`{FIELDS[target].column}`" if target in FIELDS else _SPECIAL_COLUMNS[target]


def elements(value: str) -> str:
    """Return the SQL for the texts that a native value holds: the items of a list, none of a null, or itself."""
    rest = f"substring({value}, 2)"
    doubled = f"startsWith({rest}, '{_MARK}')"
    items = f"multiIf({doubled}, [{rest}], {rest} = 'null', [], JSONExtract({rest}, 'Array(String)'))"
    return f"if(startsWith({value}, '{_MARK}'), {items}, [{value}])"


_MARK = "".join(f"\\x{byte:02x}" for byte in MARKER.encode())


@dataclass(slots=True)
class _Compiler:
    now_us: int
    prefix: str
    params: dict[str, str | int | float] = field(default_factory=dict)

    def node(self, node: Node) -> str:
        match node:
            case Everything():
                return "1"
            case And(nodes):
                return "(" + " AND ".join(self.node(part) for part in nodes) + ")"
            case Or(nodes):
                return "(" + " OR ".join(self.node(part) for part in nodes) + ")"
            case Not(inner):
                return f"(NOT {self.node(inner)})"
            case Free(pattern):
                return self._free(pattern)
            case Match(target, pattern):
                return self._match(target, pattern)
            case Exists(target):
                return self._exists(target)
            case Compare(target, op, value):
                return self._compare(target, op, value)
            case InNetwork(target, network):
                return self._network(target, network)
            case Regex(target, expression):
                bound = self._bind("(?si)" + expression)
                return self._any(target, lambda x: f"match({x}, {bound})")
            case Moment(name, op, value):
                return self._moment(_TIME_COLUMNS[name], op, value)
            case Last(seconds):
                return f"(time >= {self._instant(self.now_us - seconds * 1_000_000)})"
            case _:
                assert_never(node)

    def _bind(self, value: str | int | float, kind: str = "String") -> str:
        name = f"{self.prefix}{len(self.params)}"
        self.params[name] = value
        return f"{{{name}:{kind}}}"

    def _instant(self, us: int) -> str:
        return f"fromUnixTimestamp64Micro({self._bind(max(min(us, _MAX_US), _MIN_US), 'Int64')}, 'UTC')"

    def _any(self, target: Target, test: Callable[[str], str]) -> str:
        """The test on the field's text, on each item where the field is a list; false where the field is missing."""
        if isinstance(target, Native):
            # No mapContains: it reads the keys of all fields and doubles the time. Empty text never satisfies a test.
            value = f"fields[{self._bind(target.name)}]"
            items = f"arrayExists(x -> {test('x')}, {elements(value)})"
            return f"({value} != '' AND if(startsWith({value}, '{_MARK}'), {items}, {test(value)}))"
        kind, column = kind_of(target), column_of(target)
        if kind is Kind.KEYWORDS:
            return f"arrayExists(x -> {test('x')}, {column})"
        if kind in (Kind.LONG, Kind.DOUBLE):
            return f"ifNull({test(f'toString({column})')}, 0)"
        return f"({column} != '' AND {test(column)})"

    def _match(self, target: Target, pattern: Pattern) -> str:
        kind, literal = kind_of(target), pattern.literal
        if kind in (Kind.LONG, Kind.DOUBLE) and literal is not None and isinstance(target, str):
            return f"ifNull({column_of(target)} = {self._number(float(literal), literal)}, 0)"
        if literal == "":
            return self._empty(target)
        if target in ("id", "batch") and literal is not None:
            # Spelled as it is, so that the bloom filters of these columns serve.
            return f"({target} = {self._bind(literal)})"
        return self._any(target, self._test(pattern))

    def _empty(self, target: Target) -> str:
        if isinstance(target, Native):
            name = self._bind(target.name)
            return f"(fields[{name}] = '' AND mapContains(fields, {name}))"
        column = column_of(target)
        return f"empty({column})" if kind_of(target) is Kind.KEYWORDS else f"({column} = '')"

    def _test(self, pattern: Pattern) -> Callable[[str], str]:
        fold, letters = _folding(pattern)
        if pattern.literal is not None:
            bound = self._bind(letters(pattern.literal))
            return lambda x: f"{fold}({x}) = {_folded(fold, bound)}"
        bound = self._bind(_like(pattern, letters))
        return lambda x: f"{fold}({x}) LIKE {_folded(fold, bound)}"

    def _free(self, pattern: Pattern) -> str:
        found = [self._contains(pattern)]
        escaped = Pattern(tuple(p if isinstance(p, Wild) else _as_json(p) for p in pattern.parts))
        if escaped != pattern:
            # A record that is JSON holds backslashes, quotes and line ends in their escaped form.
            found.append(self._contains(escaped))
        return "(" + " OR ".join(found) + ")"

    def _contains(self, pattern: Pattern) -> str:
        fold, letters = _folding(pattern)
        bound = self._bind(f"%{_like(pattern, letters)}%")
        return f"{fold}(raw) LIKE {_folded(fold, bound)}"

    def _exists(self, target: Target) -> str:
        if isinstance(target, Native):
            name = self._bind(target.name)
            return f"if(fields[{name}] = '', mapContains(fields, {name}), fields[{name}] != '{_MARK}null')"
        if target in _TIME_COLUMNS:
            return "1"
        kind, column = kind_of(target), column_of(target)
        if kind is Kind.KEYWORDS:
            return f"notEmpty({column})"
        return f"isNotNull({column})" if kind in (Kind.LONG, Kind.DOUBLE) else f"({column} != '')"

    def _number(self, value: int | float, literal: str = "") -> str:
        whole = int(literal) if literal.lstrip("-").isdecimal() else value
        if isinstance(whole, int) and whole in _INT64:
            return self._bind(whole, "Int64")
        return self._bind(float(whole), "Float64")

    def _compare(self, target: Target, op: Comparison, value: int | float) -> str:
        if isinstance(target, str) and kind_of(target) in (Kind.LONG, Kind.DOUBLE):
            return f"ifNull({column_of(target)} {op.value} {self._number(value)}, 0)"
        bound = self._bind(float(value), "Float64")
        return self._any(target, lambda x: f"ifNull(toFloat64OrNull({x}) {op.value} {bound}, 0)")

    def _network(self, target: Target, network: str) -> str:
        # All as IPv6, with IPv4 mapped into it: one comparison for both, and text that is no address is simply null.
        net = ip_network(network, strict=False)
        mapped = "::ffff:" if isinstance(net, IPv4Network) else ""
        low = self._bind(f"{mapped}{net.network_address}")
        high = self._bind(f"{mapped}{net.broadcast_address}")
        same = self._bind(network.lower())

        def inside(x: str) -> str:
            address = f"toIPv6OrNull({x})"
            between = f"{address} >= toIPv6({low}) AND {address} <= toIPv6({high})"
            family = "" if mapped else f" AND NOT isIPv4String({x})"
            return f"(ifNull({between}{family}, 0) OR lower({x}) = {same})"

        return self._any(target, inside)

    def _moment(self, column: str, op: Comparison | None, words: str) -> str:
        span = span_of(words, self.now_us)
        if span is None:
            raise ValueError(f"{words!r} is no time: the tree was not made by parse")
        start, end = span
        match op:
            case Comparison.GTE:
                return f"({column} >= {self._instant(start)})"
            case Comparison.GT:
                return f"({column} >= {self._instant(end)})"
            case Comparison.LT:
                return f"({column} < {self._instant(start)})"
            case Comparison.LTE:
                return f"({column} < {self._instant(end)})"
            case None:
                return f"({column} >= {self._instant(start)} AND {column} < {self._instant(end)})"


_MIN_US = 0
_MAX_US = 10_413_791_999_999_999  # 2299-12-31T23:59:59.999999Z, the last that DateTime64 holds


def _folding(pattern: Pattern) -> tuple[str, Callable[[str], str]]:
    """How letters lose their case: ASCII only where the pattern is ASCII, which is fast and what indexes hold."""
    ascii_only = all(isinstance(part, Wild) or part.isascii() for part in pattern.parts)
    return ("lower", str.lower) if ascii_only else ("lowerUTF8", str)


def _folded(fold: str, bound: str) -> str:
    return bound if fold == "lower" else f"lowerUTF8({bound})"


def _like(pattern: Pattern, letters: Callable[[str], str]) -> str:
    made: list[str] = []
    for part in pattern.parts:
        if isinstance(part, Wild):
            made.append("%" if part is Wild.MANY else "_")
        else:
            made.append(letters(part).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))
    return "".join(made)


def _as_json(text: str) -> str:
    return orjson.dumps(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")).decode()[1:-1]
