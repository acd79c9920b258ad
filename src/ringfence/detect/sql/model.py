"""What a rule finds in stored events, and what became of running it over them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ringfence.detect.model import Verdict
from ringfence.events.model import Tally, TimeRange, TopValue

MAX_SAMPLES = 20
MAX_VALUES = 1_000
"""Values counted of one kind of entity; what comes on top is counted in `hits` alone."""


@dataclass(frozen=True, slots=True)
class Day:
    """Matches on one day; `start` in microseconds UTC."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Touched:
    """An alert with a verdict about an entity that the rule would have pointed at, in the same time."""

    alert_id: str
    rule_id: str
    title: str
    entity: str
    verdict: Verdict
    last: int


class Findings(msgspec.Struct):
    """Matches counted so far; built in place, slice by slice."""

    hits: int = 0
    days: dict[int, int] = {}
    hosts: dict[str, int] = {}
    users: dict[str, int] = {}
    sources: dict[str, int] = {}
    samples: list[str] = []
    first: int | None = None
    last: int | None = None

    def add(self, tally: Tally) -> None:
        """Count a group of matches in."""
        self.hits += tally.count
        self.days[tally.day] = self.days.get(tally.day, 0) + tally.count
        for counts, value in ((self.hosts, tally.host), (self.users, tally.user), (self.sources, tally.source)):
            if value and (value in counts or len(counts) < MAX_VALUES):
                counts[value] = counts.get(value, 0) + tally.count
        self.samples.extend(tally.ids[: MAX_SAMPLES - len(self.samples)])
        self.first = tally.first if self.first is None else min(self.first, tally.first)
        self.last = tally.last if self.last is None else max(self.last, tally.last)

    def per_day(self) -> list[Day]:
        """Return the days with matches, in order."""
        return [Day(start, count) for start, count in sorted(self.days.items())]

    def top(self, counts: dict[str, int], limit: int = 20) -> list[TopValue]:
        """Return the most frequent values of one kind of entity."""
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [TopValue(value, count) for value, count in ordered[:limit]]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have found in a span of stored events.

    `events`: how many were looked through. `samples`: ids of first matches of days and entities. `touched`: alerts
    with a verdict that speak of the same entities in the same time.
    """

    rule_id: str
    title: str
    span: TimeRange
    events: int
    hits: int
    per_day: list[Day]
    hosts: list[TopValue]
    users: list[TopValue]
    sources: list[TopValue]
    samples: list[str]
    touched: list[Touched]
    took_ms: float


class Retro(msgspec.Struct):
    """Where a rule's way through the history stands; kept as JSON, it is what the way is taken up again with.

    `reached`: everything before this moment (microseconds UTC) is done. `written`: signals that were new.
    """

    rule_id: str
    key: str
    start: int | None
    end: int | None
    reached: int | None = None
    done: bool = False
    written: int = 0
    findings: Findings = msgspec.field(default_factory=Findings)
