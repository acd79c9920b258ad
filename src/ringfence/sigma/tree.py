"""The neutral form of a rule's condition: a small tree that the matcher, the explainer and a SQL compiler can read.

All texts are held as the rule's author meant them, escapes and modifiers already applied. Semantics of every node are
written down once, executable, in `ringfence.sigma.reference`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec


class Place(StrEnum):
    """Where a text has to stand in a value."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    ENDSWITH = "endswith"


class Comparison(StrEnum):
    """Numeric comparison: the value of the event stands on the left."""

    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    EQ = "eq"


class TimePart(StrEnum):
    """Part of a moment, in UTC; weeks are those of ISO 8601."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Wildcard(StrEnum):
    """`*` (any run of characters, also none) and `?` (exactly one)."""

    ANY = "*"
    ONE = "?"


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A text without wildcards at a place of the value; case is folded unless `cased`."""

    text: str
    place: Place = Place.EQUALS
    cased: bool = False


class Glob(msgspec.Struct, frozen=True, tag="glob"):
    """Texts and wildcards over the whole value.

    `texts` has one entry more than `wildcards`: `a*b?` is texts ("a", "b", "") and wildcards ("*", "?").
    """

    texts: tuple[str, ...]
    wildcards: tuple[Wildcard, ...]
    cased: bool = False


class Regex(msgspec.Struct, frozen=True, tag="regex"):
    """A regular expression of RE2's dialect, found anywhere in the value; `flags` is a sorted subset of "ims"."""

    pattern: str
    flags: str = ""


class Cidr(msgspec.Struct, frozen=True, tag="cidr"):
    """The value is an address inside `network` (an IPv4-mapped IPv6 address counts as the IPv4 address)."""

    network: str


class Null(msgspec.Struct, frozen=True, tag="null"):
    """The field is missing, null or empty."""


class Exists(msgspec.Struct, frozen=True, tag="exists"):
    """The field is there (`wanted`) or not, whatever its value."""

    wanted: bool


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """The value is a number (or a decimal text) that compares so with `number`."""

    comparison: Comparison
    number: float


class Moment(msgspec.Struct, frozen=True, tag="moment"):
    """A part of the value, read as a time in UTC, compares so with `number`."""

    part: TimePart
    comparison: Comparison
    number: float


class FieldRef(msgspec.Struct, frozen=True, tag="fieldref"):
    """The value equals, contains, starts or ends with a value of another field of the event."""

    field: str
    place: Place = Place.EQUALS
    cased: bool = False


Pattern = Text | Glob | Regex | Cidr | Null | Exists | Compare | Moment | FieldRef


class Leaf(msgspec.Struct, frozen=True, tag="leaf"):
    """One pattern on one field; `field` None means keywords: any value of the event, or its raw text."""

    field: str | None
    pattern: Pattern


class And(msgspec.Struct, frozen=True, tag="and"):
    """All items hold."""

    items: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, tag="or"):
    """At least one item holds."""

    items: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """The item does not hold. Two-valued: a test on a missing field is plainly false."""

    item: Node


Node = Leaf | And | Or | Not


def leaves(node: Node) -> Iterator[Leaf]:
    """Every test in the tree, left to right."""
    match node:
        case Leaf():
            yield node
        case Not(item):
            yield from leaves(item)
        case And(items) | Or(items):
            for item in items:
                yield from leaves(item)


def both(items: list[Node]) -> Node:
    """Conjunction of the items, flat and without repetition; an empty list holds always (`And(())`)."""
    flat = _flatten(items, And)
    return flat[0] if len(flat) == 1 else And(flat)


def either(items: list[Node]) -> Node:
    """Disjunction of the items, flat and without repetition; an empty list never holds (`Or(())`)."""
    flat = _flatten(items, Or)
    return flat[0] if len(flat) == 1 else Or(flat)


def _flatten(items: list[Node], kind: type[And] | type[Or]) -> tuple[Node, ...]:
    flat: dict[Node, None] = {}
    for item in items:
        if isinstance(item, kind):
            flat.update(dict.fromkeys(item.items))
        else:
            flat[item] = None
    return tuple(flat)


def read_by(node: Node) -> frozenset[str | None]:
    """Names of all fields that a condition reads; None stands for keywords."""
    found: set[str | None] = set()
    for leaf in leaves(node):
        found.add(leaf.field)
        if isinstance(leaf.pattern, FieldRef):
            found.add(leaf.pattern.field)
    return frozenset(found)


def weakened(node: Node, known: frozenset[str], *, positive: bool = True) -> Node:
    """Return a condition that reads the known fields only and holds wherever the given one does.

    Every test on another field is taken to come out in favour.
    """
    match node:
        case And(items):
            return And(tuple([weakened(item, known, positive=positive) for item in items]))
        case Or(items):
            return Or(tuple([weakened(item, known, positive=positive) for item in items]))
        case Not(item):
            return Not(weakened(item, known, positive=not positive))
        case Leaf():
            return node if read_by(node) <= known else And(()) if positive else Or(())
