"""What an event must hold for a rule to match: sets of texts, of each of which at least one is there.

A rule is a candidate only for events in which every chosen set of its atoms fires. An atom may fire where the rule does
not match; a rule never matches where none of a set fires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from ringfence.sigma.literals import all_needed
from ringfence.sigma.tree import And, Exists, Glob, Leaf, Node, Not, Null, Or, Pattern, Place, Regex, Text
from ringfence.sigma.values import fold


class Kind(IntEnum):
    """How an atom stands in a field."""

    PRESENT = 0
    EQUALS = 1
    STARTSWITH = 2
    ENDSWITH = 3
    CONTAINS = 4


class Atom(NamedTuple):
    """A folded text in a field (None: anywhere in the event), or the mere presence of the field."""

    field: str | None
    kind: Kind
    text: str = ""


Cost = Callable[[Atom], float]
Atoms = tuple[Atom, ...]
"""A clause: where the condition holds, one of them at least fires."""

MAX_CLAUSES = 8
_MANY_BRANCHES = 24

_KINDS = {
    Place.EQUALS: Kind.EQUALS,
    Place.STARTSWITH: Kind.STARTSWITH,
    Place.ENDSWITH: Kind.ENDSWITH,
    Place.CONTAINS: Kind.CONTAINS,
}


_Priced = tuple[float, Atoms]


def clauses(node: Node, cost: Cost) -> list[Atoms]:
    """Return sets of atoms of each of which one must fire, those of least total cost first.

    Nothing where nothing must be there; an empty set means that the condition can never hold.
    """
    return [atoms for _, atoms in _clauses(node, cost)]


def _clauses(node: Node, cost: Cost) -> list[_Priced]:
    match node:
        case Leaf(field, pattern):
            options = _options(field, pattern)
            if len(options) > 1 and options[-1][0].kind is Kind.PRESENT:
                options = options[:-1]  # a text says more than that the field is there
            if len(options) == 1:
                return [(sum(map(cost, options[0])), options[0])]
            return _cheapest((sum(map(cost, option)), option) for option in options)
        case And(items):
            return _cheapest(priced for item in items for priced in _clauses(item, cost))
        case Or(items):
            return _cheapest(_merged([_clauses(item, cost) for item in items]))
        case Not(Not(item)):
            return _clauses(item, cost)
        case Not(Leaf(str(field), Null() | Exists(False))):
            atom = Atom(field, Kind.PRESENT)
            return [(cost(atom), (atom,))]
        case Not():
            return []


def _merged(choices: list[list[_Priced]]) -> Iterable[_Priced]:
    """Clauses of an alternative: the cheapest of every branch in one set, the second cheapest in another."""
    if not all(choices):
        return
    ranks = max(map(len, choices), default=1)
    for rank in range(ranks if len(choices) <= _MANY_BRANCHES else min(2, ranks)):
        atoms: dict[Atom, float] = {}
        for branch in choices:
            price, found = branch[min(rank, len(branch) - 1)]
            if len(found) == 1:
                atoms[found[0]] = price
            else:
                atoms.update(dict.fromkeys(found, price / max(1, len(found))))
        yield sum(atoms.values()), tuple(atoms)


def _cheapest(priced: Iterable[_Priced]) -> list[_Priced]:
    found = {atoms: price for price, atoms in priced}
    if len(found) < 2:
        return [(price, atoms) for atoms, price in found.items()]
    return sorted(((price, atoms) for atoms, price in found.items()), key=itemgetter(0))[:MAX_CLAUSES]


@lru_cache(maxsize=65536)
def _options(field: str | None, pattern: Pattern) -> tuple[Atoms, ...]:
    """Sets of atoms of which any one set will do."""
    return tuple(_find_options(field, pattern))


def _find_options(field: str | None, pattern: Pattern) -> Iterable[Atoms]:
    present: Atoms | None = None if field is None else (Atom(field, Kind.PRESENT),)
    match pattern:
        case Null() | Exists(False):
            return
        case Text(text, place, _) if text:
            yield (Atom(field, Kind.CONTAINS if field is None else _KINDS[place], fold(text)),)
        case Glob(texts):
            yield from ((atom,) for atom in _glob_atoms(field, texts))
        case Regex(expression):
            for choice in all_needed(expression):
                yield tuple(Atom(field, Kind.CONTAINS, text) for text in choice)
        case _:
            pass
    if present is not None:
        yield present


def _glob_atoms(field: str | None, texts: tuple[str, ...]) -> Iterable[Atom]:
    last = len(texts) - 1
    for index, text in enumerate(texts):
        if not text:
            continue
        kind = Kind.CONTAINS
        if field is not None and index in (0, last):
            kind = Kind.STARTSWITH if index == 0 else Kind.ENDSWITH
        yield Atom(field, kind, fold(text))


def every(node: Node) -> Iterable[Atom]:
    """All atoms that `clauses` could choose for this condition, whatever the costs."""
    match node:
        case Leaf(field, pattern):
            for option in _options(field, pattern):
                yield from option
        case And(items) | Or(items):
            for item in items:
                yield from every(item)
        case Not(Not(item)):
            yield from every(item)
        case Not(Leaf(str(field), Null() | Exists(False))):
            yield Atom(field, Kind.PRESENT)
        case Not():
            return


def fixed(node: Node) -> dict[str, frozenset[str]]:
    """Fields that must equal one of some folded texts for the condition to hold, with those texts."""
    match node:
        case Leaf(str(field), Text(text, Place.EQUALS, _)):
            return {field: frozenset({fold(text)})}
        case And(items):
            merged: dict[str, frozenset[str]] = {}
            for item in items:
                for field, texts in fixed(item).items():
                    merged[field] = merged[field] & texts if field in merged else texts
            return merged
        case Or(items) if items:
            first, *rest = map(fixed, items)
            for other in rest:
                first = {field: texts | other[field] for field, texts in first.items() if field in other}
            return first
        case _:
            return {}
