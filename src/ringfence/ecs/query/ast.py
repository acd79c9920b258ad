"""What a search expression means, free of any store: a tree of frozen nodes.

Names are as the parser resolved them: an ECS name, one of `names.SPECIAL`, `@timestamp`, or a native name (`Native`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class Wild(Enum):
    """A wildcard: `MANY` is any text (also none), `ONE` a single character.

    No StrEnum: a literal `*` must not equal the wildcard.
    """

    MANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text with wildcards. Two neighbours are never both text; letters compare without case."""

    parts: tuple[str | Wild, ...] = ()

    @property
    def literal(self) -> str | None:
        """The text when there is no wildcard, else None."""
        if not self.parts:
            return ""
        first = self.parts[0]
        return first if len(self.parts) == 1 and not isinstance(first, Wild) else None


@dataclass(frozen=True, slots=True)
class Native:
    """A field of the source itself, spelled as the source spells it."""

    name: str


Target = str | Native
"""A field: text is an ECS or special name."""


class Comparison(StrEnum):
    """Order of numbers or times."""

    GT = ">"
    GTE = ">="
    LT = "<"
    LTE = "<="


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches all events: the empty query and a lone `*`."""


@dataclass(frozen=True, slots=True)
class Free:
    """The untouched record contains the pattern."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Match:
    """The field (for a list: one of its values) is the pattern, from its first to its last character.

    The empty pattern finds a native field that is there and empty, and an ECS field that is empty or missing.
    """

    field: Target
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there and neither null nor, for an ECS field, empty."""

    field: Target


@dataclass(frozen=True, slots=True)
class Compare:
    """The field, read as a number, compares so with `value`."""

    field: Target
    op: Comparison
    value: int | float


@dataclass(frozen=True, slots=True)
class InNetwork:
    """The field is an address inside the network, or is spelled exactly like it."""

    field: Target
    network: str


@dataclass(frozen=True, slots=True)
class Regex:
    """The field contains a match of the RE2 expression, without case, `.` matches line ends too."""

    field: Target
    expression: str


@dataclass(frozen=True, slots=True)
class Moment:
    """`@timestamp` or `received` against a point of time in the words of the query (`now-1h`, `2026-03-01`).

    `op` None: inside the span that the words name (a day, a minute, a second, a microsecond).
    """

    field: str
    op: Comparison | None
    value: str


@dataclass(frozen=True, slots=True)
class Last:
    """The event happened at most `seconds` before now."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; an event without the field satisfies it."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of at least two nodes, none of them an `And`."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of at least two nodes, none of them an `Or`."""

    nodes: tuple[Node, ...]


Node = Everything | Free | Match | Exists | Compare | InNetwork | Regex | Moment | Last | Not | And | Or


def both(nodes: list[Node]) -> Node:
    """Return the conjunction, flattened; one node stays itself."""
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, And) else (node,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(nodes: list[Node]) -> Node:
    """Return the disjunction, flattened; one node stays itself."""
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, Or) else (node,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
