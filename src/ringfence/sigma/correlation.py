"""A correlation rule as the product uses it: how many, or which, matches of rules within a span of time.

Sigma correlation rules specification 2.0.2, and what pySigma adds to it: `neq`, the numeric types, weeks, months and
years. Ranges (`gt: 100` with `lte: 200`) are in the specification and unknown to pySigma, so they are read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

from ringfence.core.severity import Severity

MAX_RULES = 32
"""Rules that one correlation may refer to."""

MAX_GROUP_BY = 8
MAX_SPAN_DAYS = 92
"""Longest timespan: windows must stay small against what is stored."""

_SECOND = 1_000_000
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
_SPAN = re.compile(r"(\d{1,9})([smhdwMy])")


class CorrelationType(StrEnum):
    """What is counted. `value_median` is `value_percentile` of 50."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_PERCENTILE = "value_percentile"
    VALUE_MEDIAN = "value_median"

    @property
    def is_temporal(self) -> bool:
        """Whether rules are counted, so that a condition may be left out: then all must be there."""
        return self in (CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED)

    @property
    def is_numeric(self) -> bool:
        """Whether the values of the field are read as numbers."""
        return self not in _PLAIN


_PLAIN = frozenset(
    (
        CorrelationType.EVENT_COUNT,
        CorrelationType.VALUE_COUNT,
        CorrelationType.TEMPORAL,
        CorrelationType.TEMPORAL_ORDERED,
    )
)


class Op(StrEnum):
    """How a number is compared."""

    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    EQ = "eq"
    NEQ = "neq"

    def holds(self, left: Decimal | Fraction | int, right: Decimal | int) -> bool:
        """Tell whether the comparison is true."""
        return {
            Op.GT: left > right,
            Op.GTE: left >= right,
            Op.LT: left < right,
            Op.LTE: left <= right,
            Op.EQ: left == right,
            Op.NEQ: left != right,
        }[self]


_OPS = frozenset(Op)


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons that must all hold; `field` is what value types count, `percentile` 0 to 100."""

    bounds: tuple[tuple[Op, Decimal], ...]
    field: tuple[str, ...] = ()
    percentile: int = 50

    @property
    def at_least(self) -> int:
        """The smallest count with which the condition can hold; 1 where nothing is known."""
        needed = [1]
        for op, number in self.bounds:
            if op in (Op.GTE, Op.EQ):
                needed.append(ceil(number))
            elif op is Op.GT:
                needed.append(floor(number) + 1)
        return max(needed)


@dataclass(frozen=True, slots=True)
class Correlation:
    """One Sigma correlation rule.

    `rules` are ids or names as written, `refs` the ids that they resolve to (rules or correlations), in the same
    order. `span` is in microseconds. `aliases` maps an alias to the field that it stands for in each rule, by its id.
    `definition` is the `correlation` mapping as written.
    """

    id: str
    title: str
    level: Severity
    type: CorrelationType
    rules: tuple[str, ...]
    definition: Mapping[str, Any] = field(repr=False, hash=False)
    refs: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    span: int = 0
    condition: Condition = Condition(((Op.GTE, Decimal(1)),))
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]], hash=False)
    generate: bool = False
    status: str = ""
    description: str = field(default="", repr=False)
    author: str = field(default="", repr=False)
    date: str = ""
    modified: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    references: tuple[str, ...] = field(default=(), repr=False)
    falsepositives: tuple[str, ...] = field(default=(), repr=False)
    path: Path = Path()
    line: int = 1
    text: str = field(default="", repr=False)

    # What a detection rule has and a correlation has not, so that both can be shown and raise alerts alike.
    product: None = None
    category: None = None
    service: None = None


class CorrelationError(Exception):
    """The `correlation` mapping is wrong at the keys `at`."""

    def __init__(self, message: str, *at: str, remedy: str = "") -> None:
        super().__init__(message)
        self.at = at
        self.remedy = remedy


_KEYS = frozenset(("type", "rules", "group-by", "timespan", "condition", "aliases", "generate"))


def read_correlation(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a `Correlation` that stand in its mapping, by field; raises `CorrelationError`."""
    for key in data:
        if key not in _KEYS:
            raise CorrelationError(f"'{key}' is no part of a correlation", str(key))
    kind = _type(data.get("type"))
    rules = _names(data.get("rules"), "rules", MAX_RULES)
    if not rules:
        raise CorrelationError("Sigma correlation rule without rule references", "rules")
    generate = data.get("generate", False)
    if not isinstance(generate, bool):
        raise CorrelationError("Sigma correlation generate definition must be a boolean", "generate")
    return {
        "type": kind,
        "rules": rules,
        "group_by": _names(data.get("group-by"), "group-by", MAX_GROUP_BY),
        "span": read_span(data.get("timespan")),
        "condition": _condition(kind, data.get("condition"), len(rules)),
        "aliases": _aliases(data.get("aliases")),
        "generate": generate,
    }


def read_span(spec: Any) -> int:
    """Return a timespan (`90m`) in microseconds; raises `CorrelationError`."""
    if spec is None:
        raise CorrelationError("Sigma correlation rule without timespan", "timespan")
    found = _SPAN.fullmatch(spec) if isinstance(spec, str) else None
    if found is None:
        raise CorrelationError(
            f"Timespan '{spec}' is invalid", "timespan", remedy="a number and one of s, m, h, d: 90m"
        )
    seconds = int(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= MAX_SPAN_DAYS * 86_400:
        raise CorrelationError(f"Timespan '{spec}' is not between 1s and {MAX_SPAN_DAYS}d", "timespan")
    return seconds * _SECOND


def _type(value: Any) -> CorrelationType:
    if value is None:
        raise CorrelationError("Sigma correlation rule without type", "type")
    try:
        return CorrelationType(str(value))
    except ValueError:
        raise CorrelationError(f"'{value}' is no valid Sigma correlation type", "type") from None


def _names(value: Any, key: str, most: int) -> tuple[str, ...]:
    items: Sequence[Any] = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
        raise CorrelationError(f"'{key}' must be a text or a list of texts", key)
    if len(items) > most:
        raise CorrelationError(f"'{key}' has more than {most} entries", key)
    if len(set(items)) < len(items):
        raise CorrelationError(f"'{key}' names the same twice", key)
    return tuple(items)


def _aliases(value: Any) -> dict[str, dict[str, str]]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CorrelationError("Sigma correlation aliases definition must be a mapping", "aliases")
    for alias, mapping in value.items():
        if not isinstance(mapping, dict) or not mapping:
            raise CorrelationError("an alias maps rule names to field names", "aliases", str(alias))
        for rule, name in mapping.items():
            if not isinstance(rule, str) or not isinstance(name, str) or not name:
                raise CorrelationError("an alias maps rule names to field names", "aliases", str(alias), str(rule))
    return {str(alias): dict(mapping) for alias, mapping in value.items()}


def _condition(kind: CorrelationType, value: Any, rules: int) -> Condition:
    if value is None:
        if kind.is_temporal:
            return Condition(((Op.GTE, Decimal(rules)),))
        raise CorrelationError("Non-temporal Sigma correlation rule without condition", "condition")
    if isinstance(value, str):
        raise CorrelationError(
            "conditions over rule names ('a and not b') are not evaluated", "condition", remedy="chain correlations"
        )
    if not isinstance(value, dict):
        raise CorrelationError("Sigma correlation condition definition must be a mapping", "condition")
    bounds: list[tuple[Op, Decimal]] = []
    for key, number in value.items():
        if key in ("field", "percentile"):
            continue
        if key not in _OPS:
            raise CorrelationError(f"'{key}' is no part of a correlation condition", "condition", str(key))
        bounds.append((Op(key), _number(number, str(key))))
    if not bounds:
        raise CorrelationError("a condition needs one of " + ", ".join(Op), "condition")
    return Condition(tuple(bounds), _fields(kind, value.get("field")), _percentile(kind, value))


def _number(value: Any, key: str) -> Decimal:
    try:
        number = Decimal(str(value))  # of a boolean or a list: no number
        # Nine places, which is what the numbers of events are kept with.
        if not number.is_finite() or abs(number) > Decimal(10) ** 30 or number != round(number, 9):
            raise ValueError
    except (ValueError, InvalidOperation):
        raise CorrelationError(f"'{value}' is no valid Sigma correlation condition count", "condition", key) from None
    return number


def _fields(kind: CorrelationType, value: Any) -> tuple[str, ...]:
    fields = _names(value, "field", MAX_GROUP_BY)
    needs = kind is CorrelationType.VALUE_COUNT or kind.is_numeric
    if needs and not fields:
        raise CorrelationError(f"a {kind.value} correlation needs a field in its condition", "condition")
    if not needs and fields:
        raise CorrelationError(f"a {kind.value} correlation counts no field", "condition", "field")
    if kind.is_numeric and len(fields) > 1:
        raise CorrelationError(f"a {kind.value} correlation takes one field", "condition", "field")
    return fields


def _percentile(kind: CorrelationType, value: Mapping[str, Any]) -> int:
    given = value.get("percentile")
    if kind is not CorrelationType.VALUE_PERCENTILE:
        if given is not None:
            raise CorrelationError(f"a {kind.value} correlation takes no percentile", "condition", "percentile")
        return 50
    if given is None:
        raise CorrelationError("a value_percentile correlation needs a percentile in its condition", "condition")
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 100:
        raise CorrelationError(f"'{given}' is no percentile from 0 to 100", "condition", "percentile")
    return given
