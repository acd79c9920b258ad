"""Which texts a plan looks for: learned from a sample of the events themselves."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from ringfence.sigma.column import as_text, join, starts_of
from ringfence.sigma.layout import Names, Values
from ringfence.sigma.necessary import Atom, Atoms, Kind, clauses, every
from ringfence.sigma.search import MAX_NEEDLE, SEPARATOR, Search, buffer, needle
from ringfence.sigma.tree import Node

PLANES = 3
"""How many sets of atoms of one rule are looked for at most."""

_MAX_SAMPLE_LENGTH = 4096
_SHORT = 5
"""Bytes from which on a text is fast to search for."""

_SHORT_COST = 0.02
_HIT_COST = 0.3
"""Cost of one text found, in units of one rule evaluated."""


def needle_of(atom: Atom) -> bytes:
    """Bytes that a value which the atom fires for holds, between its separators; never empty."""
    match atom.kind:
        case Kind.EQUALS:
            text = SEPARATOR + atom.text + SEPARATOR
        case Kind.STARTSWITH:
            text = SEPARATOR + atom.text
        case Kind.ENDSWITH:
            return needle((atom.text + SEPARATOR)[-MAX_NEEDLE:])
        case _:
            text = atom.text
    return needle(text[:MAX_NEEDLE])


class Sample:
    """Texts of some events by field (None: all values), and how often atoms fire in them."""

    def __init__(self, conditions: Iterable[Node]) -> None:
        atoms = [atom for condition in conditions for atom in every(condition)]
        self._uses = Counter(atoms)
        self._fields = tuple(dict.fromkeys(atom.field for atom in atoms))
        self._texts: list[dict[str | None, str]] = []
        self._fires: dict[Atom, int] = {}
        self._hits: dict[Atom, float] = {}
        self._costs: dict[Atom, float] = {atom: self._guess(atom) for atom in self._uses}
        self.size = 0

    def __len__(self) -> int:
        return len(self._texts)

    def take(self, names: Names, fields: Values, ecs: Values, raw: str) -> None:
        """Remember the texts of one event, cut to a sane length."""
        texts: dict[str | None, str] = {}
        for field in self._fields:
            if field is None:
                texts[None] = SEPARATOR.join([*map(as_text, fields.values()), raw])[:_MAX_SAMPLE_LENGTH]
            elif (place := names[field]) is not None:
                value = fields[place[1]] if place[0] else ecs[place[1]]
                texts[field] = as_text(value)[:_MAX_SAMPLE_LENGTH]
        self._texts.append(texts)

    def measure(self) -> None:
        """Work out how often atoms fire in the events taken since, and forget these."""
        self.size = len(self._texts)
        hits: Counter[Atom] = Counter()
        self._fires = dict.fromkeys(self._uses, 0)
        repeats: dict[str | None, float] = {}
        for field in self._fields:
            events = [event for event, texts in enumerate(self._texts) if field in texts]
            texts = [self._texts[event][field] for event in events]
            repeats[field] = len(set(texts)) / max(1, len(texts))
            self._measure([atom for atom in self._uses if atom.field == field], events, texts, hits)
        for atom in self._uses:
            hit_cost = _HIT_COST * repeats[atom.field] * hits[atom]
            self._hits[atom] = hit_cost
            fires = self._fires[atom].bit_count() + hit_cost + self._guess(atom)
            self._costs[atom] = fires / (self.size + 1) + self._short(atom)
        self._texts = []

    def _measure(self, atoms: list[Atom], events: Sequence[int], texts: Sequence[str], hits: Counter[Atom]) -> None:
        fires = self._fires
        there = sum(1 << event for event in events)
        owners: dict[bytes, list[Atom]] = {}
        for atom in atoms:
            if atom.kind is Kind.PRESENT:
                fires[atom] = there
            else:
                owners.setdefault(needle_of(atom), []).append(atom)
        if not owners or not texts:
            return
        order = tuple(owners.values())
        joined, texts = join(texts)
        starts = starts_of(texts)
        for number, end in Search(tuple(owners)).find(buffer(f"{SEPARATOR}{joined}{SEPARATOR}")):
            bit = 1 << events[bisect_right(starts, end - 1) - 1]
            for atom in order[number]:
                fires[atom] |= bit
                hits[atom] += 1

    def _guess(self, atom: Atom) -> float:
        """Guess how often an atom fires: short texts and those that many rules name are common."""
        if atom.kind is Kind.PRESENT:
            return 0.6
        if not atom.text.isascii():
            return 0.001  # searched in the few values only that are not ASCII either
        anchors = {Kind.EQUALS: 4, Kind.CONTAINS: 0}.get(atom.kind, 2)
        return min(0.5, (1 + self._uses[atom] ** 0.5) / (2 + len(atom.text) + anchors) ** 2)

    @staticmethod
    def _short(atom: Atom) -> float:
        if atom.kind is Kind.PRESENT or not atom.text.isascii() or len(needle_of(atom)) >= _SHORT:
            return 0.0
        return _SHORT_COST

    def choose(self, condition: Node) -> list[Atoms]:
        """Sets of atoms worth looking for; none where the condition has to be evaluated always."""
        options = clauses(condition, self._costs.__getitem__)
        if not options:
            return []
        first, *others = options
        chosen = [first]
        if not self.size:  # nothing is known yet: take what speaks of other fields
            fields = {atom.field for atom in first}
            return chosen + [other for other in others if fields.isdisjoint(atom.field for atom in other)][: PLANES - 1]
        left = self._events(first)
        while left and others and len(chosen) < PLANES:
            gains = [self._gain(left, other) for other in others]
            best = max(range(len(others)), key=gains.__getitem__)
            if gains[best] <= 0:
                break
            chosen.append(others.pop(best))
            left &= self._events(chosen[-1])
        return chosen

    def _events(self, atoms: Atoms) -> int:
        found = 0
        for atom in atoms:
            found |= self._fires[atom]
        return found

    def _gain(self, left: int, atoms: Atoms) -> float:
        """Evaluations of a rule that looking for these atoms too would save, less what that costs."""
        saved = (left & ~self._events(atoms)).bit_count()
        return saved - sum([self._hits[atom] for atom in atoms]) if saved else 0.0


def masks_of(chosen: Mapping[int, Sequence[Atoms]]) -> Iterable[tuple[Atom, int, int]]:
    """Each atom with the bit of the rule and the plane that it belongs to."""
    return chain.from_iterable(
        ((atom, rule, plane) for plane, atoms in enumerate(sets) for atom in atoms) for rule, sets in chosen.items()
    )
