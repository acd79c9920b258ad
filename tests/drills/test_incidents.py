"""The demo's day to the end: each attack becomes an incident of the level that its ground truth expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from ringfence.assets import import_assets
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.core.actor import DEFAULT_TENANT, Actor, Role, robot
from ringfence.detect import RuleInfo, apply_signals
from ringfence.drills import ALL, DemoRecord, LiveDemo, LivePlan, company, day, scenario
from ringfence.ecs.event import Parsed
from ringfence.ecs.fields import ENTITY_FIELDS
from ringfence.events.model import Signal
from ringfence.flows.demo import inventory
from ringfence.incidents import absorb_alerts, list_incidents, show_incident
from ringfence.runtime.database import Database
from ringfence.sigma import Matcher, Rule, load_rules

RULES = Path(__file__).resolve().parents[2] / "content" / "rules"
DAY = 1_772_323_200_000_000
SECOND = 1_000_000
PAGE = 200
_KEPT = (*ENTITY_FIELDS, "event.action", "event.outcome")


def _live() -> list[DemoRecord]:
    start = DAY + 36_000 * SECOND
    demo = LiveDemo(company(1), start, plan=LivePlan(per_second=8))
    return [record for tick in range(1, 780) for record in demo.due(start + tick * SECOND // 4)]


def _signals(records: Iterable[DemoRecord], rules: tuple[Rule, ...]) -> tuple[list[Signal], dict[str, str | None]]:
    """Signals as the event store gives them, and the scenario of each event."""
    normaliser, matcher = Normaliser(), Matcher(rules)
    signals: list[Signal] = []
    scenarios: dict[str, str | None] = {}
    for number, record in enumerate(records, 1):
        meta = {"host": record.source, "sourcetype": record.sourcetype, "received": record.time_us + SECOND}
        parsed = normaliser.parse(Record(raw=record.raw, meta=meta))
        assert isinstance(parsed, Parsed)
        matched = tuple(rule.id for rule in matcher.match(parsed.logsource, parsed.fields, parsed.ecs, record.raw))
        if matched:
            ecs = {name: parsed.ecs[name] for name in _KEPT if name in parsed.ecs}
            event = f"e{number}"
            signals.append(Signal(number, event, DEFAULT_TENANT, parsed.time or record.time_us, matched, ecs))
            scenarios[event] = record.scenario
    return signals, scenarios


@pytest.mark.parametrize("kind", ["day", "live"])
async def test_each_attack_becomes_an_incident_of_its_level(kind: str, tmp_path: Path) -> None:
    made, rules = company(1), load_rules([RULES]).rules
    records = list(day(made, DAY, seed=1, rate=0.05)) if kind == "day" else _live()
    signals, scenarios = _signals(records, rules)
    infos = {rule.id: RuleInfo.of(rule) for rule in rules}
    database = Database.sqlite(tmp_path / "state.db")
    await database.create_all()
    async with database.session() as session:
        admin = Actor("a", "Ada", DEFAULT_TENANT, frozenset({Role.ADMIN}))
        await import_assets(admin, session, inventory(made))
    for first in range(0, len(signals), PAGE):
        page = signals[first : first + PAGE]
        async with database.session() as session:
            alerts = await apply_signals(session, page, infos)
            await absorb_alerts(robot(), session, alerts, now=page[-1].time)
    found = await _levels(database, scenarios)
    await database.close()
    expected = [(name, scenario(name).expected_level, scenario(name).category) for name in ALL]
    main = [next(one for one in found if one[0] == name) for name in ALL]
    assert main == expected
    assert {name for name, _, _ in found} == set(ALL), "the background alone opens no incident"


async def _levels(database: Database, scenarios: dict[str, str | None]) -> list[tuple[str | None, str, str]]:
    """Scenario that most samples of an incident belong to, level, category; worst level first."""
    analyst = Actor("b", "Bo", DEFAULT_TENANT, frozenset({Role.L2}))
    rows: list[tuple[str | None, str, str]] = []
    async with database.reading() as session:
        incidents, _ = await list_incidents(analyst, session)
        for incident in incidents:
            detail = await show_incident(analyst, session, incident.id)
            samples = Counter(scenarios[sample] for alert in detail.alerts for sample in alert.samples)
            attacks = {name for name in samples if name is not None}
            assert len(attacks) <= 1, "two attacks in one incident"
            rows.append((samples.most_common(1)[0][0], incident.level.value, incident.category.value))
    return sorted(rows, key=lambda row: row[1])
