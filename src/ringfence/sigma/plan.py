"""One pass over events that names the few rules worth evaluating.

A plan serves one set of rules. Of each rule it looks for up to three sets of texts, of each of which one must be in an
event that the rule matches. Events come many at a time, so that one search goes over all their values of a field. What
is found sets bits: one for each rule in each of three planes; a rule whose bit is set in all of them is a candidate.

Which texts are rare is learned from a sample of the events themselves, three times: soon, after a while, and once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from ringfence.sigma.choice import PLANES, Sample, masks_of, needle_of
from ringfence.sigma.column import Column
from ringfence.sigma.judge import Judge
from ringfence.sigma.keywords import Keywords
from ringfence.sigma.layout import Names, Values
from ringfence.sigma.necessary import Atoms, Kind
from ringfence.sigma.rows import Budget, Rows
from ringfence.sigma.rule import Rule
from ringfence.sigma.tree import read_by

_LESSONS = ((2_000, 256), (30_000, 512))
"""When the plan learns again: from which event on, and from how many. At first it learns from the events at hand."""

_FIRST = 128

_MAX_RESULTS = 4096

Matches = tuple[Rule, ...]
_NONE: Matches = ()

_Placed = tuple[Column, bool, Any]
"""A column, whether its values are native, and how to get them."""


class _Layout:
    """How events with the same keys are looked at: the rows of their steady fields, then the columns of the others."""

    __slots__ = ("columns", "known", "rows")

    def __init__(self, rows: Rows, known: frozenset[str], columns: Sequence[_Placed]) -> None:
        """`known` are the fields that a row says all about."""
        self.rows = rows
        self.known = known
        self.columns = tuple(columns)


class Plan:
    """Decides about a set of rules for events with the same keys."""

    def __init__(self, judge: Judge, indexes: Sequence[int], budget: Budget) -> None:
        """`indexes` are positions in `judge.rules` of the rules to serve, in order."""
        self._judge = judge
        self._indexes = tuple(indexes)
        self._budget = budget
        self._conditions = [judge.rules[index].condition for index in indexes]
        self._reads = [read_by(condition) for condition in self._conditions]
        self._fields = tuple(dict.fromkeys(str(name) for names in self._reads for name in names if name is not None))
        self._seen = 0
        self._lessons = list(_LESSONS)
        self._sample = Sample(self._conditions)
        self._layouts: dict[Names, _Layout] = {}
        self._unsteady: dict[Names, set[tuple[bool, str]]] = {}
        self._results: dict[int, Matches] = {0: _NONE}
        self._size = len(self._conditions)
        self._columns: dict[str, Column] = {}
        self._keywords: Keywords | None = None

    def forget(self) -> None:
        """Drop what is remembered about shapes of events and about values."""
        self._layouts.clear()
        self._unsteady.clear()
        if self._keywords is not None:
            self._keywords.forget()
        self.forget_values()

    def forget_values(self) -> None:
        """Drop what is remembered about values."""
        for column in self._columns.values():
            column.forget()
        for layout in self._layouts.values():
            layout.rows.forget()

    def match(
        self, names: Names, fields: Sequence[Values], ecs: Sequence[Values], raws: Sequence[str]
    ) -> list[Matches]:
        """Return the matching rules of each event."""
        # First of all, because it may replace all that follows.
        if not self._seen:
            self._take(names, fields[:_FIRST], ecs, raws)
        if self._lessons:
            self._learn(names, fields, ecs, raws)
        layout = self._layouts.get(names) or self._lay_out(names)

        def decide(place: int, bits: int) -> int:
            return self._judge.decide(self._indexes, bits, names, fields[place], ecs[place], raws[place])

        def weigh(place: int, bits: int) -> int:
            event = (names, fields[place], ecs[place], "")
            return self._judge.possible(self._indexes, bits, layout.known, *event)

        answers = layout.rows.answers(fields, ecs, decide, weigh)
        totals = [answer.total for answer in answers]
        for column, is_native, get in layout.columns:
            column.add(list(map(get, fields if is_native else ecs)), totals)
        if self._keywords is not None:
            self._keywords.add(names, fields, raws, totals)
        size, double, results = self._size, 2 * self._size, self._results
        matches: list[Matches] = []
        for place, (before, candidates, matched) in enumerate(answers):
            total = totals[place]
            if total is not before:  # something more was found
                candidates = total & total >> size & total >> double
            if candidates:
                matched |= decide(place, candidates)
            found = results.get(matched)
            matches.append(self._result(matched) if found is None else found)
        if unsteady := layout.rows.unsteady():
            self._unsteady.setdefault(names, set()).update(unsteady)
            del self._layouts[names]
        return matches

    def _result(self, bits: int) -> Matches:
        rules = self._judge.rules
        if len(self._results) >= _MAX_RESULTS:
            self._results = {0: _NONE}
        found = tuple([rules[index] for bit, index in enumerate(self._indexes) if bits >> bit & 1])
        self._results[bits] = found
        return found

    def _lay_out(self, names: Names) -> _Layout:
        base = self._base
        for field, bits in self._present.items():
            if names[field] is not None:
                base |= bits
        unsteady = self._unsteady.get(names, ())
        places = dict.fromkeys(place for field in self._fields if (place := names[field]) and place not in unsteady)
        steady: list[_Placed] = []
        others: list[_Placed] = []
        for field, column in self._columns.items():
            place = names[field]
            if place is not None:
                (steady if place in places else others).append((column, place[0], itemgetter(place[1])))
        known = frozenset(field for field in self._fields if names[field] is None or names[field] in places)
        final = sum(1 << bit for bit, reads in enumerate(self._reads) if reads <= known)
        rows = Rows(tuple(places), steady, base, self._size, final, self._budget)
        layout = self._layouts[names] = _Layout(rows, known, others)
        return layout

    def _choose(self) -> None:
        """Take the cheapest necessary atoms of each rule and build the searches for them."""
        chosen: dict[int, list[Atoms]] = {
            bit: self._sample.choose(condition) for bit, condition in enumerate(self._conditions)
        }
        size = self._size
        self._base = sum(
            1 << (size * plane + bit) for bit, sets in chosen.items() for plane in range(len(sets), PLANES)
        )
        self._present: dict[str, int] = {}
        texts: dict[str | None, dict[bytes, int]] = {}
        for atom, bit, plane in masks_of(chosen):
            mask = 1 << (size * plane + bit)
            if atom.kind is Kind.PRESENT:
                self._present[str(atom.field)] = self._present.get(str(atom.field), 0) | mask
            else:
                masks = texts.setdefault(atom.field, {})
                needle = needle_of(atom)
                masks[needle] = masks.get(needle, 0) | mask
        keywords = texts.pop(None, None)
        self._keywords = Keywords(keywords) if keywords else None
        self._columns = {str(field): Column(masks) for field, masks in texts.items()}
        self._layouts.clear()

    def _take(self, names: Names, fields: Sequence[Values], ecs: Sequence[Values], raws: Sequence[str]) -> None:
        for place, values in enumerate(fields):
            self._sample.take(names, values, ecs[place], raws[place])
        self._sample.measure()
        self._choose()

    def _learn(self, names: Names, fields: Sequence[Values], ecs: Sequence[Values], raws: Sequence[str]) -> None:
        start, count = self._lessons[0]
        first = max(0, start - self._seen)
        self._seen += len(fields)
        for place in range(first, len(fields)):
            self._sample.take(names, fields[place], ecs[place], raws[place])
            if len(self._sample) >= count:
                self._sample.measure()
                self._choose()
                self._lessons.pop(0)
                return
