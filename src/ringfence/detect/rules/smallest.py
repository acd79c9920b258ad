"""The smallest exclusion that removes false positives: a search over facts, without I/O.

An exclusion is a conjunction of few `field = value` facts. It is admissible when it
1. covers no event of those that must be kept (true positives, and whatever else concerns their hosts and people),
2. tells the false positives from other matches of the rule; where fewer than five of those are known, it holds at
   least one fact that the rule does not ask for itself (else it would switch the rule off),
3. covers at most `max_background` of other events of the same kind, and
4. covers at most `max_blind` of the rule's events that nobody judged.
Of the admissible ones the cheapest is taken: each fact costs one, its weakness, and one more where the rule looks at
it; so what was done is preferred to who did it, and both to where. Where one conjunction cannot cover all false
positives, several are found, each for as many alerts as possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from ringfence.detect.rules.facts import Fact, Weakness, facts_of, weakness
from ringfence.ecs.event import Event
from ringfence.sigma.values import fold

MAX_FACTS = 4
"""Facts in one exclusion."""

_TRIED = 16
_SEEDS = 40
_ENOUGH = 5
"""Other matches of the rule that are needed to learn from them that a fact tells matches apart."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known. `false` maps the id of an alert to its events.

    Values, case folded: `asked` are those in which the rule found what it asks for, `said` those of them that say no
    more than the rule does.
    """

    false: Mapping[str, Sequence[Event]]
    keep: Sequence[Event] = ()
    unjudged: Sequence[Event] = ()
    background: Sequence[Event] = ()
    asked: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an exclusion may go; shares are between 0 and 1."""

    min_alerts: int = 2
    max_blind: float = 0.5
    max_background: float = 0.1
    max_proposals: int = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """An exclusion that was found: its facts with values as the events spell them, and the alerts that it removes."""

    items: tuple[tuple[str, str], ...]
    alerts: frozenset[str]
    cost: int


Confirm = Callable[[tuple[tuple[str, str], ...]], bool]
"""Tells whether a conjunction, evaluated exactly, covers nothing that must be kept."""


def smallest_exclusions(past: Past, limits: Limits | None = None, *, confirm: Confirm | None = None) -> list[Candidate]:
    """Return admissible exclusions, the one that removes most alerts first; empty where there is none.

    `confirm` has the last word on each: facts are compared as plain texts here, a rule sees lists and loosely written
    names too.
    """
    bounds = limits or Limits()
    table = _Table(past, bounds, confirm)
    left = {alert for alert, events in past.false.items() if events}
    found: list[Candidate] = []
    while len(left) >= bounds.min_alerts and len(found) < bounds.max_proposals:
        best = table.best(left)
        if best is None:
            break
        found.append(best)
        left -= best.alerts
    return found


@dataclass(slots=True)
class _Table:
    """Facts by event, as bit masks: bit n of a mask is the n-th event of its list."""

    past: Past
    limits: Limits
    confirm: Confirm | None
    by_alert: dict[str, list[dict[str, str]]] = field(init=False)
    keep: dict[Fact, int] = field(init=False)
    unjudged: dict[Fact, int] = field(init=False)
    background: dict[Fact, int] = field(init=False)

    def __post_init__(self) -> None:
        self.by_alert = {alert: [facts_of(event) for event in events] for alert, events in self.past.false.items()}
        self.keep = _masks(self.past.keep)
        self.unjudged = _masks(self.past.unjudged)
        self.background = _masks(self.past.background)

    def best(self, left: Iterable[str]) -> Candidate | None:
        """Return the candidate that removes most of these alerts, the cheapest of those."""
        common = {alert: _common(self.by_alert[alert]) for alert in sorted(left)}
        counts = Counter(fact for facts in common.values() for fact in facts)
        tried: set[frozenset[str]] = set()
        best: Candidate | None = None
        for fact, count in sorted(counts.items(), key=lambda pair: (-pair[1], weakness(pair[0][0]), pair[0])):
            if count < self.limits.min_alerts or len(tried) >= _SEEDS or (best and count < len(best.alerts)):
                break
            alerts = frozenset(alert for alert, facts in common.items() if fact in facts)
            if alerts in tried:
                continue
            tried.add(alerts)
            made = self._cheapest(alerts, common)
            if made is not None and (best is None or (-len(made.alerts), made.cost) < (-len(best.alerts), best.cost)):
                best = made
        return best

    def _cheapest(self, alerts: frozenset[str], common: Mapping[str, Mapping[Fact, str]]) -> Candidate | None:
        first, *others = sorted(alerts)
        shared = [fact for fact in common[first] if all(fact in common[other] for other in others)]
        facts = self._distinct(shared)
        for smallest, largest in ((1, 2), (3, 3), (4, MAX_FACTS)):
            ranked = sorted(
                (self._rank(chosen), chosen)
                for size in range(smallest, largest + 1)
                for chosen in combinations(facts, size)
                if self._is_admissible(chosen)
            )
            for rank, chosen in ranked[:50]:
                items = tuple((name, common[first][name, value]) for name, value in chosen)
                if self.confirm is None or self.confirm(items):
                    return Candidate(items, alerts, rank[0])
        return None

    def _distinct(self, facts: Iterable[Fact]) -> list[Fact]:
        """The best facts to try; of fields that say the same in every event only one is taken."""
        ranked = sorted(facts, key=lambda fact: (weakness(fact[0]), *self._counts((fact,)), fact))
        taken: dict[tuple[str, int, int, int], Fact] = {}
        for fact in ranked:
            masks = self.keep.get(fact, 0), self.unjudged.get(fact, 0), self.background.get(fact, 0)
            taken.setdefault((fact[1], *masks), fact)
        return list(taken.values())[:_TRIED]

    def _counts(self, chosen: Sequence[Fact]) -> tuple[int, int]:
        return _cover(self.unjudged, chosen).bit_count(), _cover(self.background, chosen).bit_count()

    def _rank(self, chosen: Sequence[Fact]) -> tuple[int, int, int, int]:
        cost = sum(1 + weakness(name) + (value in self.past.asked) for name, value in chosen)
        # At the same price a path is better than a command line: it changes less often.
        return cost, sum("command" in fold(name) for name, _ in chosen), *self._counts(chosen)

    def _is_admissible(self, chosen: Sequence[Fact]) -> bool:
        if _cover(self.keep, chosen):
            return False
        blind, background = self._counts(chosen)
        return (
            self._says_more(chosen, blind)
            and blind <= self.limits.max_blind * len(self.past.unjudged)
            and background <= self.limits.max_background * len(self.past.background)
        )

    def _says_more(self, chosen: Sequence[Fact], blind: int) -> bool:
        """Tell whether the facts tell the false positives from other matches of the rule."""
        others = len(self.past.keep) + len(self.past.unjudged)
        if others >= _ENOUGH:
            return blind <= others / 2
        return any(self._is_more(fact) for fact in chosen)

    def _is_more(self, fact: Fact) -> bool:
        if fact[1] in self.past.said:
            return False
        # Nothing to compare with: only facts whose meaning is known may carry an exclusion.
        return bool(self.past.background) or weakness(fact[0]) is not Weakness.OTHER


def smallest_threshold(false: Sequence[float], true: Sequence[float], current: float) -> float | None:
    """Return the smallest round limit above the false positives that still lets every true positive through.

    A rule that counts raises an alert when it reaches its limit. Values are what the alerts reached. Where a true
    positive lies among the false ones, the limit stands at the lowest true one, so some false ones stay. None where
    nothing would be gained, or where the limit would be more than ten times what it is.
    """
    if not false:
        return None
    lowest = min(true, default=float("inf"))
    wanted = _round_up(max(false))
    limit = min(wanted, lowest)
    removed = sum(1 for value in false if value < limit)
    return limit if removed and current < limit <= 10 * current else None


def _round_up(value: float) -> float:
    """Return the next number above the value with one or two leading digits (123 -> 130, 7 -> 8, 4999 -> 5000)."""
    step = 1.0
    while value / step >= 100:
        step *= 10
    return (value // step + 1) * step


def _masks(events: Sequence[Event]) -> dict[Fact, int]:
    masks: dict[Fact, int] = {}
    for place, event in enumerate(events):
        for name, text in facts_of(event).items():
            fact = (name, fold(text))
            masks[fact] = masks.get(fact, 0) | 1 << place
    return masks


def _common(events: Sequence[Mapping[str, str]]) -> dict[Fact, str]:
    """Facts that every event of an alert has, with the value as it is written."""
    first, *others = events
    facts = {(name, fold(text)): text for name, text in first.items()}
    return {
        (name, value): text
        for (name, value), text in facts.items()
        if all(fold(other.get(name, "")) == value for other in others)
    }


def _cover(masks: Mapping[Fact, int], chosen: Sequence[Fact]) -> int:
    mask = -1
    for fact in chosen:
        mask &= masks.get(fact, 0)
    return mask if chosen else 0
