"""Which events complete a correlation: the plain engine. SQL over the event store must say the same.

A window ends at an event and reaches `span` back, both ends included. A hit is an event whose window satisfies the
condition; the events in the window of a hit are covered by it. All events of one time are in each other's windows.

What is counted in a window: event_count the events, value_count the distinct values, temporal the rules that matched,
temporal_ordered the most rules that matched in the order of the correlation (of equal times every order is possible);
value_sum, value_avg and value_percentile the numbers of the field (percentile: nearest rank, so that it is always a
value that occurred; median: the 50th).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from ringfence.sigma.correlation import Condition, Correlation, CorrelationType


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in a group: time in microseconds, its key, the number of the rule that it matched, the value counted."""

    time: int
    key: str
    slot: int = 0
    value: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Keys of events in order of time: `hits` complete a window, `covered` are in a window that was completed."""

    hits: tuple[str, ...]
    covered: tuple[str, ...]


def evaluate(correlation: Correlation, entries: Iterable[Entry]) -> Outcome:
    """Return what the correlation finds among the entries of one group, in any order of them."""
    window = _window(correlation)
    ordered = sorted(entries, key=lambda entry: (entry.time, entry.key, entry.slot, entry.value))
    hits: dict[str, None] = {}
    moments: list[int] = []
    first = 0
    last = 0
    for time, peers in groupby(ordered, key=lambda entry: entry.time):
        now = list(peers)
        for entry in now:
            window.enter(entry)
        last += len(now)
        while ordered[first].time < time - correlation.span:
            window.leave(ordered[first])
            first += 1
        if window.holds(time - correlation.span):
            hits.update(dict.fromkeys(entry.key for entry in now))
            moments.append(time)
    return Outcome(tuple(hits), tuple(_covered(ordered, moments, correlation.span)))


def _covered(ordered: Sequence[Entry], moments: Sequence[int], span: int) -> dict[str, None]:
    covered: dict[str, None] = {}
    at = 0
    for entry in ordered:
        while at < len(moments) and moments[at] < entry.time:
            at += 1
        if at < len(moments) and moments[at] <= entry.time + span:
            covered[entry.key] = None
    return covered


class _Counting:
    """Windows in which distinct things are counted."""

    def __init__(self, correlation: Correlation) -> None:
        self.condition = correlation.condition
        self.type = correlation.type
        self.seen: Counter[str | int] = Counter()

    def enter(self, entry: Entry) -> None:
        self.seen[self.thing(entry)] += 1

    def leave(self, entry: Entry) -> None:
        thing = self.thing(entry)
        self.seen[thing] -= 1
        if not self.seen[thing]:
            del self.seen[thing]

    def thing(self, entry: Entry) -> str | int:
        if self.type is CorrelationType.EVENT_COUNT:
            return entry.key
        return entry.value if self.type is CorrelationType.VALUE_COUNT else entry.slot

    def holds(self, since: int) -> bool:
        return _satisfies(self.condition, len(self.seen))


class _Ordered:
    """The latest start of chains by length and last rule; a chain is in the window if it starts in it."""

    def __init__(self, correlation: Correlation) -> None:
        self.condition = correlation.condition
        self.rules = len(correlation.refs)
        self.starts = [[_NEVER] * self.rules for _ in range(self.rules)]
        self.now: list[Entry] = []

    def enter(self, entry: Entry) -> None:
        self.now.append(entry)

    def leave(self, entry: Entry) -> None:
        """Starts that are too old are passed over by `holds`."""

    def holds(self, since: int) -> bool:
        for entry in sorted(self.now, key=lambda entry: entry.slot):
            own = self.starts[entry.slot]
            own[0] = entry.time
            for length in range(1, entry.slot + 1):
                before = max(self.starts[slot][length - 1] for slot in range(entry.slot))
                own[length] = max(own[length], before)
        self.now.clear()
        best = [max(column) for column in zip(*self.starts, strict=True)]
        return _satisfies(self.condition, sum(1 for start in best if start >= since))


_NEVER = -(2**62)


class _Numbers:
    """Windows over numbers, as whole billionths so that sums are exact; each entry has a number."""

    def __init__(self, correlation: Correlation) -> None:
        self.condition = correlation.condition
        self.type = correlation.type
        self.seen: Counter[tuple[str, int]] = Counter()
        self.numbers: list[int] = []
        self.total = 0

    def enter(self, entry: Entry) -> None:
        thing = entry.key, _billionths(entry.value)
        self.seen[thing] += 1
        if self.seen[thing] == 1:
            insort(self.numbers, thing[1])
            self.total += thing[1]

    def leave(self, entry: Entry) -> None:
        thing = entry.key, _billionths(entry.value)
        self.seen[thing] -= 1
        if not self.seen[thing]:
            del self.seen[thing], self.numbers[bisect_left(self.numbers, thing[1])]
            self.total -= thing[1]

    def holds(self, since: int) -> bool:
        count = len(self.numbers)
        value = Fraction(self.total, 10**9)
        if self.type is CorrelationType.VALUE_AVG:
            value /= count
        elif self.type is not CorrelationType.VALUE_SUM:
            rank = max(1, -(-self.condition.percentile * count // 100))
            value = Fraction(self.numbers[rank - 1], 10**9)
        return _satisfies(self.condition, value)


def _billionths(text: str) -> int:
    return int(Decimal(text).scaleb(9))


def _window(correlation: Correlation) -> _Counting | _Ordered | _Numbers:
    if correlation.type is CorrelationType.TEMPORAL_ORDERED:
        return _Ordered(correlation)
    return _Numbers(correlation) if correlation.type.is_numeric else _Counting(correlation)


def _satisfies(condition: Condition, value: Fraction | int) -> bool:
    return all(op.holds(value, number) for op, number in condition.bounds)
