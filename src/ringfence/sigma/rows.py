"""Answers about the fields of an event whose values come again and again.

Programs, their parents, publishers, levels and types repeat even where command lines never do. For a row of such values
it is remembered which texts were found in them and which of the rules that read nothing else match, so that all this is
one look-up for the next event with the same row. Where all fields that rules read repeat, it is the whole answer.

It begins with all fields and drops those that turn out to be new too often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ringfence.sigma.column import Column
from ringfence.sigma.layout import Values, getter, nothing

_MAX_VALUE = 512
"""Rows with longer texts are not remembered."""

_MAX_LONG = 64
_LONG_SHARE = 0.25
"""Number and share of events in which a field must be longer for it to be given up."""

_MAX_ROWS = 8192
_WARM_UP = 2048
_WINDOW = 2048
_WORTHWHILE = 0.5
"""Share of rows that must be known, in a window after the warm-up."""

Decide = Callable[[int, int], int]
"""Place of an event and bits of candidates to bits of matches."""


class Answer(NamedTuple):
    """What a row says."""

    total: int
    """Bits found, without those of rules that the row decides."""
    candidates: int
    """Rules that may match if nothing more is found."""
    matched: int
    """Rules that match for sure."""


class Budget:
    """Counts what is remembered by all that share it."""

    def __init__(self) -> None:
        self.used = 0


class Rows:
    """Remembered answers for events with the same keys. `places` are (is native, key) of the fields of a row."""

    def __init__(
        self,
        places: Sequence[tuple[bool, str]],
        columns: Sequence[tuple[Column, bool, Any]],
        base: int,
        size: int,
        final: int,
        budget: Budget,
    ) -> None:
        """`columns` of these fields; `base` bits before any is asked; `final` bits of rules that read them alone."""
        self.places = tuple(sorted(places, reverse=True))
        self._native = getter([key for is_native, key in self.places if is_native])
        self._ecs = getter([key for is_native, key in self.places if not is_native])
        self._columns = tuple(columns)
        self._base, self._size, self._final = base, size, final
        self._others = ((1 << 3 * size) - 1) & ~(final | final << size | final << 2 * size)
        self._budget = budget
        self._known: dict[tuple[Any, ...], Answer] = {}
        self._kinds: tuple[type, ...] | None = None
        self._strict: tuple[tuple[int, frozenset[type]], ...] = ()
        self._looked = self._missed = 0
        self._unfit_places: list[tuple[bool, str]] = []
        self._long: Counter[int] = Counter()

    def forget(self) -> None:
        """Drop all answers."""
        self._known = {}

    def answers(self, fields: Sequence[Values], ecs: Sequence[Values], decide: Decide, weigh: Decide) -> list[Answer]:
        """Return the answer for each event. `weigh` gives those of the candidates that the row does not rule out."""
        rows = list(map(self._native, fields))
        if self._ecs is not nothing:
            rows = [row + more for row, more in zip(rows, map(self._ecs, ecs), strict=True)]
        if self._kinds is None:
            self._fit(rows[0])
        known = self._known
        try:
            found: list[Any] = list(map(known.get, rows)) if self._are_exact(rows) else []
        except TypeError:
            self._unfit(rows)
            found = []
        if not found:
            return self._work(range(len(rows)), fields, ecs, decide, weigh)
        self._looked += len(rows)
        if None in found:
            self._meet(rows, found, fields, ecs, decide, weigh)
        return found

    def _meet(
        self,
        rows: list[tuple[Any, ...]],
        found: list[Any],
        fields: Sequence[Values],
        ecs: Sequence[Values],
        decide: Decide,
        weigh: Decide,
    ) -> None:
        """Work out the answers that are not known, each once, and remember them."""
        kinds = self._kinds or ()
        firsts: dict[tuple[Any, ...], int] = {}
        alone: list[int] = []
        again: list[int] = []
        for place, answer in enumerate(found):
            if answer is None:
                row = rows[place]
                if row in firsts:
                    again.append(place)
                elif all(map(_is_short, row, kinds)):
                    firsts[row] = place
                else:
                    alone.append(place)
        self._missed += len(firsts) + len(alone)
        if alone:
            self._count_long([rows[place] for place in alone])
        places = [*firsts.values(), *alone]
        for place, answer in zip(places, self._work(places, fields, ecs, decide, weigh), strict=True):
            found[place] = answer
        for place in again:
            found[place] = found[firsts[rows[place]]]
        if len(self._known) + len(firsts) > _MAX_ROWS:
            self._known = {}
        self._known.update((row, found[place]) for row, place in firsts.items())
        self._budget.used += len(firsts)

    def unsteady(self) -> list[tuple[bool, str]]:
        """Places of fields that are new too often for rows to be met again; none while it is not known or not so."""
        if self._unfit_places:
            return self._unfit_places
        if self._looked < _WARM_UP + _WINDOW:
            if self._looked < _WARM_UP:
                self._missed = 0
            return []
        seen = self._looked - _WARM_UP
        is_worthwhile = self._missed <= (1 - _WORTHWHILE) * seen
        rows = list(self._known)
        self._looked, self._missed = _WARM_UP, 0
        if is_worthwhile or not rows:
            return []
        counts = [len({row[number] for row in rows}) for number in range(len(self.places))]
        limit = min(len(rows) // 4, max(counts) - 1)
        return [place for place, count in zip(self.places, counts, strict=True) if count > limit]

    def _fit(self, row: tuple[Any, ...]) -> None:
        """Settle what kind of value each field has. Texts equal only texts, but 1 equals True and 1.0."""
        self._kinds = tuple(kind if kind in (int, bool) else str for kind in map(type, row))
        self._strict = tuple((number, frozenset({kind})) for number, kind in enumerate(self._kinds) if kind is not str)

    def _are_exact(self, rows: Sequence[tuple[Any, ...]]) -> bool:
        """Tell whether rows that are equal hold the same texts."""
        return all(kinds.issuperset([type(row[number]) for row in rows]) for number, kinds in self._strict)

    def _unfit(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._unfit_places = [
            place
            for number, place in enumerate(self.places)
            if any(isinstance(row[number], (list, tuple, dict)) for row in rows)
        ]

    def _count_long(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Give up fields that are too long to be remembered in many events."""
        self._long.update(number for row in rows for number, value in enumerate(row) if _is_long(value))
        limit = max(_MAX_LONG, self._looked * _LONG_SHARE)
        self._unfit_places += [self.places[number] for number, count in self._long.items() if count > limit]

    def _work(
        self, places: Sequence[int], fields: Sequence[Values], ecs: Sequence[Values], decide: Decide, weigh: Decide
    ) -> list[Answer]:
        totals = [self._base] * len(places)
        for column, is_native, get in self._columns:
            values = fields if is_native else ecs
            column.add([get(values[place]) for place in places], totals)
        size, final, others = self._size, self._final, self._others
        answers: list[Answer] = []
        for place, total in zip(places, totals, strict=True):
            candidates = total & total >> size & total >> 2 * size
            own = candidates & final
            rest = candidates ^ own
            if rest and (refuted := rest ^ weigh(place, rest)):
                rest ^= refuted
                total &= ~(refuted | refuted << size | refuted << 2 * size)
            answers.append(Answer(total & others, rest, decide(place, own) if own else 0))
        return answers


def _is_long(value: Any) -> bool:
    return type(value) is str and len(value) > _MAX_VALUE


def _is_short(value: Any, kind: type) -> bool:
    if kind is str:
        return value is None or (type(value) is str and len(value) <= _MAX_VALUE)
    return type(value) is bool or -(1 << 64) < value < 1 << 64
