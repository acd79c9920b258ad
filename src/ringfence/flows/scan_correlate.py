"""Correlation rules over a scan: what each file adds is collected, at the end the plain engine decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from ringfence.core.clock import to_iso
from ringfence.core.severity import Severity
from ringfence.sigma import Correlation, RuleSet
from ringfence.sigma.correlate import Entry, Outcome, evaluate
from ringfence.sigma.grouping import places

MAX_SIGHTINGS = 1_000_000
"""Places of records in correlations that are kept, about 300 bytes each; what is beyond is counted and left out."""


class Sighting(msgspec.Struct):
    """A record that has a place in a correlation: number of the correlation and of the rule in it."""

    correlation: int
    slot: int
    group: tuple[str, ...]
    value: str
    time: int
    path: str
    record: int
    host: str


class Finding(msgspec.Struct):
    """One run of windows that a correlation found in a group; `sighting` is the record that completed the first."""

    correlation: Correlation
    sighting: Sighting
    fields: dict[str, Any]


class Spotter:
    """Finds the places that matched records have in correlations."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._by_id = {item.id: item for item in ruleset.correlations}
        self._slots: dict[str, list[tuple[int, int]]] = {}
        self._correlations = ruleset.correlations
        for number, item in enumerate(ruleset.correlations):
            for slot, ref in enumerate(item.refs):
                for leaf in self._leaves(ref):
                    self._slots.setdefault(leaf, []).append((number, slot))

    def _leaves(self, ref: str) -> set[str]:
        inner = self._by_id.get(ref)
        return {ref} if inner is None else {leaf for below in inner.refs for leaf in self._leaves(below)}

    def wants(self, rules: Iterable[str]) -> set[tuple[int, int]]:
        """Return the correlations and slots for which the matched rules count."""
        return {place for rule in rules for place in self._slots.get(rule, ())}

    def spot(
        self, rules: Sequence[str], time: int, fields: dict[str, Any], ecs: dict[str, Any], at: tuple[str, int]
    ) -> Iterator[Sighting]:
        """Yield the places of a record with its time, at a path and record number."""
        host = str(ecs.get("host.name", ""))
        for number, slot in sorted(self.wants(rules)):
            for group, value in places(self._correlations[number], self._by_id, slot, rules, fields, ecs):
                yield Sighting(number, slot, group, value, time, *at, host)


class Collector:
    """Holds sightings, of at most `limit` places, and evaluates them."""

    def __init__(self, ruleset: RuleSet, limit: int = MAX_SIGHTINGS) -> None:
        self._ruleset = ruleset
        self._limit = limit
        self._groups: list[dict[tuple[str, ...], list[Sighting]]] = [{} for _ in ruleset.correlations]
        self._kept = 0
        self.left_out = 0

    def add(self, sighting: Sighting) -> None:
        """Keep one, while there is room."""
        if self._kept >= self._limit:
            self.left_out += 1
            return
        self._kept += 1
        self._groups[sighting.correlation].setdefault(sighting.group, []).append(sighting)

    def findings(self, min_level: Severity) -> Iterator[Finding]:
        """Yield what the correlations find, rule by rule; those that only serve others are left out."""
        hits: dict[str, set[str]] = {}
        for item, groups in zip(self._ruleset.correlations, self._groups, strict=True):
            found = hits[item.id] = set[str]()
            for group, seen in groups.items():
                counted = [s for s in seen if item.refs[s.slot] not in hits or _key(s) in hits[item.refs[s.slot]]]
                outcome = evaluate(item, [Entry(s.time, _key(s), s.slot, s.value) for s in counted])
                found.update(outcome.hits)
                if item.id not in self._ruleset.silent and item.level.rank >= min_level.rank:
                    yield from _runs(item, group, counted, outcome)


def _key(sighting: Sighting) -> str:
    return f"{sighting.record}:{sighting.path}"


def _runs(item: Correlation, group: tuple[str, ...], seen: Sequence[Sighting], outcome: Outcome) -> Iterator[Finding]:
    """The covered records, split where more than the timespan lies between two of them."""
    by_key = {_key(sighting): sighting for sighting in seen}
    hits = frozenset(outcome.hits)
    run: list[Sighting] = []
    for sighting in (*(by_key[key] for key in outcome.covered), None):
        if run and (sighting is None or sighting.time - run[-1].time > item.span):
            deciding = next((one for one in run if _key(one) in hits), run[-1])
            named: dict[str, Any] = dict(zip(item.group_by, group, strict=True))
            spread = {"count": len(run), "first": to_iso(run[0].time), "last": to_iso(run[-1].time)}
            yield Finding(item, deciding, {**named, **spread})
            run = []
        if sighting is not None:
            run.append(sighting)
