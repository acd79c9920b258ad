"""The demo's day through the real normaliser and matcher: all of it understood, every attack seen, no false alarm."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ringfence.collect.normalise import FALLBACKS, Normaliser
from ringfence.collect.record import Record
from ringfence.core.severity import Severity
from ringfence.drills import ALL, DemoRecord, company, day, scenario
from ringfence.ecs.event import Parsed
from ringfence.sigma import Matcher, Rule, load_rules

RULES = Path(__file__).resolve().parents[2] / "content" / "rules"
DAY = 1_772_323_200_000_000
SECOND = 1_000_000


@dataclass
class Outcome:
    """What came of the day."""

    records: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    parsers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    late: Counter[str] = field(default_factory=Counter)
    nameless: Counter[str] = field(default_factory=Counter)
    attacks: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    background: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in load_rules([RULES]).rules}


@pytest.fixture(scope="module")
def outcome(rules: dict[str, Rule]) -> Outcome:
    result, normaliser, matcher = Outcome(), Normaliser(), Matcher(tuple(rules.values()))
    for record in day(company(1), DAY, seed=1, rate=0.08):
        _take(record, normaliser, matcher, result)
    return result


def _take(record: DemoRecord, normaliser: Normaliser, matcher: Matcher, result: Outcome) -> None:
    meta = {"host": record.source, "sourcetype": record.sourcetype, "received": record.time_us + SECOND}
    parsed = normaliser.parse(Record(raw=record.raw, meta=meta))
    result.records += 1
    if not isinstance(parsed, Parsed):
        result.rejected[f"{record.sourcetype}: {parsed.reason}"] += 1
        return
    result.parsers[record.sourcetype][parsed.parser] += 1
    if parsed.time is None or not -SECOND < parsed.time - record.time_us <= 0:
        result.late[record.sourcetype] += 1
    if not any(name in parsed.ecs for name in ("host.name", "user.name", "user.email", "observer.name", "source.ip")):
        result.nameless[record.sourcetype] += 1
    for rule in matcher.match(parsed.logsource, parsed.fields, parsed.ecs, record.raw):
        if record.scenario is None:
            result.background[rule.id] += 1
        else:
            result.attacks[record.scenario][rule.id] += 1


def test_every_record_is_understood_by_the_parser_of_its_format(outcome: Outcome) -> None:
    assert dict(outcome.rejected) == {}
    generic = {
        f"{kind}: {parser}": count
        for kind, parsers in outcome.parsers.items()
        for parser, count in parsers.items()
        if parser in FALLBACKS
    }
    assert generic == {}
    assert sum(count for parsers in outcome.parsers.values() for count in parsers.values()) == outcome.records > 8_000


def test_every_event_has_the_time_of_its_record_and_somebody_it_speaks_of(outcome: Outcome) -> None:
    assert dict(outcome.late) == {}
    assert dict(outcome.nameless) == {}


@pytest.mark.parametrize("name", ALL)
def test_every_expected_rule_fires_on_the_attack(name: str, outcome: Outcome, rules: dict[str, Rule]) -> None:
    silent = [rules[found].path.stem for found in scenario(name).expected_rules if not outcome.attacks[name][found]]
    assert silent == []


def test_the_background_raises_nothing_high_and_little_at_all(outcome: Outcome, rules: dict[str, Rule]) -> None:
    loud = {rules[name].path.stem for name in outcome.background if rules[name].level.rank >= Severity.HIGH.rank}
    assert loud == set()
    medium = {rules[name].path.stem for name in outcome.background if rules[name].level is Severity.MEDIUM}
    assert medium == {"psexec_service"}


def test_the_table_for_people(outcome: Outcome, rules: dict[str, Rule], capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{outcome.records} records, {sum(outcome.rejected.values())} rejected"]
    for kind, parsers in sorted(outcome.parsers.items()):
        lines.append(f"  {kind:16} {dict(parsers)}")
    for name, hits in [*outcome.attacks.items(), ("background", outcome.background)]:
        lines.append(name)
        lines += [f"  {count:5} {rules[rule].level.value:13} {rules[rule].path.stem}" for rule, count in hits.items()]
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert set(outcome.attacks) == set(ALL)
