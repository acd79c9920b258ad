"""Offline triage: run the same parsers and rules over a folder of logs, without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ringfence.collect.inputs.files import FileProblem, read_path
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record, Rejected
from ringfence.core.clock import to_iso
from ringfence.core.severity import Severity
from ringfence.ecs.event import Parsed
from ringfence.flows.scan_correlate import Finding, Sighting, Spotter
from ringfence.sigma import Matcher, Rule, RuleSet

CHUNK = 2_000
"""Records that are matched together."""


class Match(msgspec.Struct):
    """One rule that matched one record; times are ISO 8601 UTC, `record` is the number in the file from 1.

    Of a correlation it is the record that completed its window; `fields` then hold the group, and `count`, `first`
    and `last` of the records in its windows.
    """

    rule_id: str
    title: str
    level: str
    path: str
    record: int
    time: str | None = msgspec.field(name="@timestamp")
    logsource: dict[str, Any]
    tags: list[str]
    host: str
    fields: dict[str, Any]


@dataclass(slots=True)
class RuleLine:
    """One line of the summary."""

    rule_id: str
    title: str
    level: Severity
    count: int = 0
    first: str | None = None
    last: str | None = None
    hosts: set[str] = field(default_factory=set[str])

    def add(self, match: Match) -> None:
        """Count one match in."""
        self.count += 1
        if match.time is not None:
            self.first = match.time if self.first is None else min(self.first, match.time)
            self.last = match.time if self.last is None else max(self.last, match.time)
        if match.host and len(self.hosts) < 1_000:
            self.hosts.add(match.host)


@dataclass(slots=True)
class Summary:
    """What a scan saw: records by parser, what was not understood (first reasons), files that could not be read.

    `uncorrelated` counts matches that correlations could not take: records without a time, or too many of them.
    """

    files: int = 0
    unread: list[FileProblem] = field(default_factory=list[FileProblem])
    records: int = 0
    events: int = 0
    matched: int = 0
    matches: int = 0
    rejected: int = 0
    uncorrelated: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    parsers: dict[str, int] = field(default_factory=dict[str, int])
    rules: dict[str, RuleLine] = field(default_factory=dict[str, RuleLine])

    def add(self, other: Summary) -> None:
        """Add what another process saw."""
        for name in ("files", "records", "events", "matched", "matches", "rejected", "uncorrelated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unread.extend(other.unread)
        for mine, theirs in ((self.reasons, other.reasons), (self.parsers, other.parsers)):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count

    def by_weight(self) -> list[RuleLine]:
        """Return the rules, worst level first, then by count."""
        return sorted(self.rules.values(), key=lambda line: (-line.level.rank, -line.count, line.title))


class Scanner:
    """Scans files one after the other; `summary` grows as the matches are read.

    With a `ruleset` that has correlations, records that count in them go to `sighted`, and rules that only serve
    correlations give no matches.
    """

    def __init__(
        self,
        matcher: Matcher,
        normaliser: Normaliser,
        *,
        min_level: Severity = Severity.INFORMATIONAL,
        ruleset: RuleSet | None = None,
        sighted: Callable[[Sighting], None] | None = None,
    ) -> None:
        self.summary = Summary()
        self._silent = ruleset.silent if ruleset is not None else frozenset[str]()
        self._spotter = Spotter(ruleset) if ruleset is not None and ruleset.correlations else None
        self._sighted = sighted
        self._matcher = matcher
        self._normaliser = normaliser
        self._rank = min_level.rank

    def scan(self, path: Path) -> Iterator[Match]:
        """Yield the matches in one file in order of its records; what cannot be read is noted in the summary."""
        summary = self.summary
        summary.files += 1
        kept: list[Record] = []
        parsed: list[Parsed] = []
        for item in read_path(path):
            if isinstance(item, FileProblem):
                summary.unread.append(item)
                continue
            summary.records += 1
            outcome = item if isinstance(item, Rejected) else self._normaliser.parse(item)
            if isinstance(outcome, Rejected):
                self._reject(outcome)
                continue
            kept.append(item)  # pyright: ignore[reportArgumentType] - a Record here, or the line above had returned
            parsed.append(outcome)
            if len(kept) >= CHUNK:
                yield from self._match(path, kept, parsed)
                kept, parsed = [], []
        yield from self._match(path, kept, parsed)

    def _reject(self, item: Rejected) -> None:
        self.summary.rejected += 1
        if item.reason in self.summary.reasons or len(self.summary.reasons) < 1_000:
            self.summary.reasons[item.reason] = self.summary.reasons.get(item.reason, 0) + 1

    def _match(self, path: Path, records: list[Record], parsed: list[Parsed]) -> Iterator[Match]:
        summary = self.summary
        summary.events += len(parsed)
        for outcome in parsed:
            summary.parsers[outcome.parser] = summary.parsers.get(outcome.parser, 0) + 1
        found = self._matcher.match_batch(parsed, [record.raw for record in records])
        for record, outcome, rules in zip(records, parsed, found, strict=True):
            if rules and self._spotter is not None:
                self._spot(self._spotter, rules, record, outcome, path)
            hits = [rule for rule in rules if rule.level.rank >= self._rank and rule.id not in self._silent]
            if not hits:
                continue
            summary.matched += 1
            for rule in hits:
                match = _match(rule, record, outcome, path)
                summary.matches += 1
                count(summary, match)
                yield match

    def _spot(self, spotter: Spotter, rules: tuple[Rule, ...], record: Record, outcome: Parsed, path: Path) -> None:
        ids = [rule.id for rule in rules]
        if outcome.time is None:
            self.summary.uncorrelated += bool(spotter.wants(ids))
        elif self._sighted is not None:
            at = str(record.meta.get("path", path)), record.number
            for sighting in spotter.spot(ids, outcome.time, outcome.fields, outcome.ecs, at):
                self._sighted(sighting)


def count(summary: Summary, match: Match) -> None:
    """Count one match in the line of its rule."""
    line = summary.rules.get(match.rule_id)
    if line is None:
        line = summary.rules[match.rule_id] = RuleLine(match.rule_id, match.title, Severity(match.level))
    line.add(match)


def match_of(finding: Finding) -> Match:
    """Return what a correlation found as a match of the record that completed it."""
    rule, seen = finding.correlation, finding.sighting
    nowhere: dict[str, Any] = {"product": "", "category": [], "service": ""}
    return Match(
        rule.id, rule.title, rule.level.value, seen.path, seen.record, to_iso(seen.time), nowhere, list(rule.tags),
        seen.host, finding.fields,
    )  # fmt: skip


def _match(rule: Rule, record: Record, outcome: Parsed, path: Path) -> Match:
    source = outcome.logsource
    return Match(
        rule_id=rule.id,
        title=rule.title,
        level=rule.level.value,
        path=str(record.meta.get("path", path)),
        record=record.number,
        time=None if outcome.time is None else to_iso(outcome.time),
        logsource={"product": source.product, "category": list(source.categories), "service": source.service},
        tags=list(rule.tags),
        host=str(outcome.ecs.get("host.name", "")),
        fields=outcome.fields,
    )


def sizes(paths: Iterable[Path]) -> dict[Path, int]:
    """Return the size of each file in bytes (0 where it cannot be told), for a progress bar."""
    result: dict[Path, int] = {}
    for path in paths:
        try:
            result[path] = path.stat().st_size
        except OSError:
            result[path] = 0
    return result
