"""From the tree back to text: what `parse` reads as the same tree again."""

from __future__ import annotations

from ringfence.ecs.query.ast import (
    And,
    Compare,
    Everything,
    Exists,
    Free,
    InNetwork,
    Last,
    Match,
    Moment,
    Node,
    Not,
    Or,
    Pattern,
    Regex,
    Target,
    Wild,
)
from ringfence.ecs.query.names import spell


def write(node: Node) -> str:
    """Return the query text of a tree that `parse` made or could have made."""
    match node:
        case And(nodes):
            return " AND ".join(_inner(part) for part in nodes)
        case Or(nodes):
            return " OR ".join(_inner(part) for part in nodes)
        case Not(inner):
            return "NOT " + _inner(inner)
        case _:
            return _leaf(node)


def _inner(node: Node) -> str:
    return f"({write(node)})" if isinstance(node, And | Or) else write(node)


def _leaf(node: Node) -> str:
    match node:
        case Everything():
            return "*"
        case Free(pattern):
            return _quoted(pattern)
        case Match(field, pattern):
            return f"{_name(field)}:{_quoted(pattern)}"
        case Exists(field):
            return f"{_name(field)}:*"
        case Compare(field, op, value):
            return f"{_name(field)}:{op}{value!r}"
        case InNetwork(field, network):
            return f"{_name(field)}:{network}"
        case Regex(field, expression):
            return f"{_name(field)}:/{expression.replace('/', chr(92) + '/')}/"
        case Moment(field, op, value):
            return f'{_name(field)}:{op or ""}"{value}"'
        case Last(seconds):
            return f"last:{seconds}s"
        case And() | Or() | Not():
            return write(node)


def _name(field: Target) -> str:
    name = spell(field)
    plain = all(c.isalnum() or c in "._-@" for c in name) and name[0] != "-"
    return name if plain else _phrase(name)


def _quoted(pattern: Pattern) -> str:
    """Text in quotes, wildcards between the quotes."""
    return "".join(part.value if isinstance(part, Wild) else _phrase(part) for part in pattern.parts) or '""'


def _phrase(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
