"""Run the tests of a rule with the kernel and the parsers that run live, and say why one fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record, Rejected
from ringfence.detect.model import WINDOW
from ringfence.detect.rules.casefile import CaseEvent, CaseFile, CaseSequence
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource
from ringfence.sigma import Correlation, Matcher, Rule, RuleSet, explain
from ringfence.sigma.correlate import Entry, evaluate
from ringfence.sigma.grouping import places
from ringfence.sigma.reference import describe, holds
from ringfence.sigma.tree import And, Leaf, Node, Not, Or
from ringfence.sigma.values import MISSING, View, text_of

_START = 1_772_352_000_000_000
"""2026-03-01T08:00:00Z: when sequences begin, in microseconds."""

_MAX_REASONS = 5


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that failed: where it stands in its file (`must.0`), what was wrong, and why."""

    place: str
    message: str
    reasons: tuple[str, ...] = ()


class Trial:
    """Runs tests against the rules of one set; correlations see the rules that they refer to."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._rules = ruleset.by_id
        self._correlations = {item.id: item for item in ruleset.correlations}
        self._normaliser = Normaliser()
        self._matchers: dict[frozenset[str], Matcher] = {}

    def run(self, rule: Rule | Correlation, cases: CaseFile) -> list[Failure]:
        """Return the tests that failed, in the order of the file; empty where all hold."""
        failures: list[Failure] = []
        for wanted, name, events in ((True, "must", cases.must), (False, "must_not", cases.must_not)):
            for number, event in enumerate(events):
                place = f"{name}.{number}"
                if isinstance(rule, Correlation):
                    failures.append(Failure(place, "a rule that counts is tested by sequences"))
                    continue
                failure = self._single(rule, event, wanted, place)
                failures += [failure] if failure else []
        for number, sequence in enumerate(cases.sequences):
            failure = self._sequence(rule, sequence, f"sequences.{number}")
            failures += [failure] if failure else []
        return failures

    def _single(self, rule: Rule, case: CaseEvent, wanted: bool, place: str) -> Failure | None:
        event = self._event(case, rule)
        if isinstance(event, Rejected):
            return Failure(place, f"the record is not understood: {event.reason}")
        raw = case.record if case.record is not None else case.raw
        matched = bool(self._matcher({rule.id}).match(event.logsource, event.fields, event.ecs, raw))
        if matched == wanted:
            return None
        if matched:
            hits = explain(rule, event.logsource, event.fields, event.ecs, raw)
            reasons = [f"{hit.field} is {_short(hit.value)}: {hit.pattern}" for hit in hits]
            return Failure(place, "matches, and must not", tuple(reasons[:_MAX_REASONS]))
        return Failure(place, "does not match, and must", tuple(self._why_not(rule, event, raw)))

    def _why_not(self, rule: Rule, event: Parsed, raw: str) -> list[str]:
        source = event.logsource
        if not source.covers(rule.product, rule.category, rule.service):
            given = "/".join([source.product or "-", ",".join(source.categories) or "-", source.service or "-"])
            return [f"the log source is {given} (product/category/service)"]
        view = View(event.fields, event.ecs, raw)
        return list(dict.fromkeys(missing(rule.condition, view)))[:_MAX_REASONS]

    def fired(
        self, times: Sequence[int], events: Sequence[Parsed], raws: Sequence[str], ids: set[str] | None = None
    ) -> tuple[list[set[str]], dict[str, int]]:
        """Return the ids of rules that each event made fire, and how many alerts each rule would raise.

        Events are in order of time (microseconds). A correlation fires at the events that complete it. `ids` are the
        rules and correlations to run; default: all.
        """
        rules = self._rules.keys() if ids is None else ids & self._rules.keys()
        found = self._matcher(set(rules)).match_batch(events, raws)
        matched = [{rule.id for rule in one} for one in found]
        by_rule: dict[str, list[int]] = {}
        for time, one in zip(times, matched, strict=True):
            for rule_id in one:
                by_rule.setdefault(rule_id, []).append(time)
        alerts = {rule_id: _runs(hits) for rule_id, hits in by_rule.items()}
        for item in self._correlations.values():  # inner ones come first
            if ids is None or item.id in ids:
                alerts[item.id] = self._evaluate(item, times, events, matched)
        return matched, alerts

    def _sequence(self, rule: Rule | Correlation, sequence: CaseSequence, place: str) -> Failure | None:
        needed = self._needed(rule)
        rules = sorted(needed & self._rules.keys())
        times: list[int] = []
        events: list[Parsed] = []
        raws: list[str] = []
        for time, case in sorted(sequence.moments(), key=lambda pair: pair[0]):
            event = self._event(case, self._rules[rules[0]] if rules else None)
            if isinstance(event, Rejected):
                return Failure(place, f"a record is not understood: {event.reason}")
            times.append(_START + time)
            events.append(event)
            raws.append(case.record if case.record is not None else case.raw)
        matched, counts = self.fired(times, events, raws, needed)
        alerts = counts.get(rule.id, 0)
        if alerts == sequence.alerts:
            return None
        firing = [f"{self._rules[one].title}: {sum(one in found for found in matched)} events" for one in rules]
        return Failure(place, f"raises {alerts} alerts, and must raise {sequence.alerts}", tuple(firing))

    def _evaluate(
        self, item: Correlation, times: Sequence[int], events: Sequence[Parsed], matched: list[set[str]]
    ) -> int:
        """Add the correlation to what its completing events matched; return how many alerts it raises."""
        groups: dict[tuple[str, ...], list[Entry]] = {}
        for number, (time, event) in enumerate(zip(times, events, strict=True)):
            for slot, ref in enumerate(item.refs):
                if ref in matched[number]:
                    known: Mapping[str, Correlation] = self._correlations
                    for group, value in places(item, known, slot, matched[number], event.fields, event.ecs):
                        groups.setdefault(group, []).append(Entry(time, str(number), slot, value))
        alerts = 0
        for entries in groups.values():
            hits = [int(key) for key in evaluate(item, entries).hits]
            alerts += _runs([times[number] for number in hits])
            for number in hits:
                matched[number].add(item.id)
        return alerts

    def _needed(self, rule: Rule | Correlation) -> set[str]:
        found: set[str] = set()
        todo: list[str] = [rule.id]
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                item = self._correlations.get(one)
                todo += item.refs if item else ()
        return found

    def _matcher(self, ids: set[str]) -> Matcher:
        key = frozenset(ids)
        if key not in self._matchers:
            self._matchers[key] = Matcher([self._rules[one] for one in sorted(ids)])
        return self._matchers[key]

    def _event(self, case: CaseEvent, rule: Rule | None) -> Parsed | Rejected:
        if case.record is not None:
            return self._normaliser.parse(Record(raw=case.record, meta={"received": _START, **case.meta}))
        source = case.logsource
        if source is None and rule is not None:
            parts = rule.product or "", (rule.category,) if rule.category else (), rule.service or ""
            return Parsed("case", logsource(*parts), _START, dict(case.ecs), dict(case.fields))
        given = source or {}
        category = given.get("category", [])
        categories = (category,) if isinstance(category, str) else tuple(category)
        made = logsource(str(given.get("product", "")), categories, str(given.get("service", "")))
        return Parsed("case", made, _START, dict(case.ecs), dict(case.fields))


def missing(node: Node, view: View) -> Iterator[str]:
    """Yield why a condition does not hold: each test that fails and what the event has there instead."""
    if holds(node, view):
        return
    match node:
        case And(items):
            for item in items:
                yield from missing(item, view)
        case Or(items):
            for item in items:
                yield from missing(item, view)
        case Not(item):
            yield from (f"it is excluded: {text}" for text in _present(item, view))
        case Leaf(None, pattern):
            yield f"no value holds {describe(pattern)}"
        case Leaf(field, pattern):
            value: Any = view.get(field or "")
            has = "is missing" if value is MISSING else f"is {_short(text_of(value))}"
            yield f"{field} {has}, not {describe(pattern)}"


def _present(node: Node, view: View) -> Iterator[str]:
    match node:
        case And(items) | Or(items):
            for item in items:
                if holds(item, view):
                    yield from _present(item, view)
        case Leaf(field, pattern):
            yield f"{field or 'a value'} {describe(pattern)}"
        case Not():
            return


def _runs(times: Sequence[int]) -> int:
    """How many alerts hits at these times raise: within an hour of each other they are one."""
    ordered = sorted(times)
    return sum(1 for n, time in enumerate(ordered) if n == 0 or time - ordered[n - 1] > WINDOW)


def _short(text: str) -> str:
    return repr(text if len(text) <= 120 else text[:117] + "...")
