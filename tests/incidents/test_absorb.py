from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.detect.signals import HOUR, MINUTE, NOON, signal

from ringfence.assets import import_assets
from ringfence.core.actor import Actor, Role, robot
from ringfence.core.errors import DeniedError, NotFoundError
from ringfence.core.severity import Level, Severity
from ringfence.detect import AlertFilter, RuleInfo, Verdict, apply_signals, list_alerts, set_verdict
from ringfence.events.model import Signal
from ringfence.incidents import (
    IncidentSort,
    IncidentStatus,
    absorb_alerts,
    close_incident,
    list_incidents,
    override_level,
    show_incident,
)
from ringfence.runtime.database import Database

RULES = {
    rule.id: rule
    for rule in (
        RuleInfo(
            "tried", "SSH login failed", Severity.LOW, ("credential-access",), ("T1110.001",), "linux", "", "sshd"
        ),
        RuleInfo("login", "SSH login", Severity.MEDIUM, ("initial-access",), ("T1078.003",), "linux", "", "sshd"),
        RuleInfo("sudo", "Root shell by sudo", Severity.MEDIUM, ("privilege-escalation",), ("T1548.003",), "linux"),
        RuleInfo("cron", "Cron job calls home", Severity.HIGH, ("persistence",), ("T1053.003",), "linux"),
        RuleInfo("dump", "LSASS dumped", Severity.CRITICAL, ("credential-access",), ("T1003.001",), "windows"),
        RuleInfo("share", "Admin share opened", Severity.MEDIUM, ("lateral-movement",), ("T1021.002",), "windows"),
        RuleInfo("note", "Ransom note", Severity.HIGH, ("impact",), ("T1486",), "windows"),
    )
}
INVENTORY = b"""name,addresses,importance,business_system,department,owner
bastion01,192.0.2.50,important,Remote administration,IT,e.berg
ws-17,192.0.2.17,general,,,
fs01,192.0.2.20,special,Office files,IT,e.berg
"""


def attack(tenant: str = "default") -> list[Signal]:
    outside = {"host_name": "bastion01", "source_ip": "203.0.113.7", "tenant": tenant}
    signals = [
        signal(n, NOON + n * 1_000_000, "tried", user_name="deploy", event_outcome="failure", **outside)
        for n in range(1, 61)
    ]
    login = signal(61, NOON + 2 * MINUTE, "login", user_name="deploy", event_outcome="success", **outside)
    sudo = signal(62, NOON + 5 * MINUTE, "sudo", host_name="bastion01", user_name="deploy", tenant=tenant)
    cron = signal(63, NOON + 9 * MINUTE, "cron", host_name="bastion01", user_name="root", tenant=tenant)
    return [*signals, login, sudo, cron]


async def feed(database: Database, signals: Sequence[Signal], *, now: int = NOON + HOUR) -> list[str]:
    async with database.session() as session:
        alerts = await apply_signals(session, signals, RULES)
        touched: list[str] = []
        for tenant in sorted({alert.tenant for alert in alerts}):
            touched += await absorb_alerts(robot(tenant), session, alerts, now=now)
        return touched


@pytest.fixture
async def inventory(database: Database, analyst: Actor) -> Database:
    async with database.session() as session:
        await import_assets(analyst, session, INVENTORY)
    return database


async def test_an_attack_becomes_one_whole_incident(inventory, analyst):
    assert await feed(inventory, attack()) == ["INC-2026-0001"]
    async with inventory.session() as session:
        detail = await show_incident(analyst, session, "INC-2026-0001")
    incident = detail.incident
    assert incident.title.english() == "SSH brute force from 203.0.113.7 against bastion01, then a login as deploy"
    assert (incident.category, incident.level, incident.graded) == ("network_attack", "P1", "P1")
    assert [reason.english() for reason in incident.reasons] == [
        "The important system bastion01 was attacked many times"
    ]
    assert incident.tactics == ("initial-access", "persistence", "privilege-escalation", "credential-access")
    assert incident.techniques == ("T1110.001", "T1078.003", "T1548.003", "T1053.003")
    assert (incident.first_event - NOON, incident.last_event - NOON) == (1_000_000, 9 * MINUTE)
    assert (incident.detected_at, incident.status) == (NOON + HOUR, IncidentStatus.NEW)
    assert (incident.alert_count, incident.signal_count) == (4, 63)
    assert incident.entities == {"host": ["bastion01"], "source": ["203.0.113.7"], "user": ["deploy", "root"]}
    assert [(a.name, a.importance, a.business_system, a.owner) for a in incident.assets] == [
        ("bastion01", "important", "Remote administration", "e.berg")
    ]
    assert [(e.time - NOON, e.tactic, e.what.english()) for e in detail.timeline] == [
        (1_000_000, "credential-access", "SSH login failed on 203.0.113.7 (60 events)"),
        (2 * MINUTE, "initial-access", "SSH login on 203.0.113.7"),
        (5 * MINUTE, "privilege-escalation", "Root shell by sudo on bastion01"),
        (9 * MINUTE, "persistence", "Cron job calls home on bastion01"),
    ]
    assert {join.alert_id for join in detail.joins} == {alert.id for alert in detail.alerts}
    why = {join.alert_id: [r.english() for r in join.reasons] for join in detail.joins}
    assert [why[alert.id] for alert in detail.alerts] == [
        ["First alert: SSH login failed"],
        ["Same source address 203.0.113.7", "bastion01 was attacked before", "deploy was attacked before"],
        ["Same host bastion01", "Same user deploy"],
        ["Same host bastion01"],
    ]
    assert [(change.who, change.what.english()) for change in detail.changes] == [("robot", "Opened")]


async def test_the_split_of_the_signals_does_not_matter(inventory, analyst):
    signals = attack()
    for n in range(0, len(signals), 7):
        await feed(inventory, signals[n : n + 7])
    async with inventory.session() as session:
        incidents, total = await list_incidents(analyst, session)
    assert total == 1
    assert (incidents[0].alert_count, incidents[0].signal_count, incidents[0].level) == (4, 63, "P1")


async def test_the_same_signals_again_change_nothing(inventory, analyst):
    await feed(inventory, attack())
    async with inventory.session() as session:
        before = await show_incident(analyst, session, "INC-2026-0001")
    assert await feed(inventory, attack()) == []
    async with inventory.session() as session:
        alerts, _ = await list_alerts(analyst, session)
        assert await absorb_alerts(robot(), session, alerts, now=before.incident.updated_at) == ["INC-2026-0001"]
    async with inventory.session() as session:
        assert await show_incident(analyst, session, "INC-2026-0001") == before


async def test_tenants_have_their_own_incidents_with_their_own_numbers(inventory, analyst, stranger):
    both = [one for pair in zip(attack(), attack("other"), strict=True) for one in pair]
    assert await feed(inventory, both) == ["INC-2026-0001", "INC-2026-0001"]
    async with inventory.session() as session:
        ours = await show_incident(analyst, session, "INC-2026-0001")
        theirs = await show_incident(stranger, session, "INC-2026-0001")
        assert {alert.tenant for alert in ours.alerts} == {"default"}
        assert {alert.tenant for alert in theirs.alerts} == {"other"}
        assert (len(ours.joins), len(theirs.joins), len(theirs.changes)) == (4, 4, 1)
        # The other tenant has no inventory: its bastion is general.
        assert (ours.incident.level, theirs.incident.level) == ("P1", "P2")


async def test_lateral_movement_merges_two_incidents_and_the_grade_is_redone(inventory, analyst):
    dump = signal(1, NOON, "dump", host_name="WS-17.example.com", user_name="EXAMPLE\\m.chen")
    note = signal(2, NOON + 30 * MINUTE, "note", host_name="FS01", user_name="SYSTEM")
    assert await feed(inventory, [dump]) == ["INC-2026-0001"]
    assert await feed(inventory, [note]) == ["INC-2026-0002"]
    share = signal(3, NOON + 20 * MINUTE, "share", host_name="fs01", user_name="e.berg", source_ip="192.0.2.17")
    assert await feed(inventory, [share]) == ["INC-2026-0001"]
    async with inventory.session() as session:
        (incident,), total = await list_incidents(analyst, session)
        merged = await show_incident(analyst, session, "INC-2026-0002")
        kept = await show_incident(analyst, session, "INC-2026-0001")
    assert (total, incident.alert_count, incident.level, incident.category) == (1, 3, "P0", "malware")
    assert incident.title.english() == "Ransomware on FS01 (2 hosts)"
    assert (merged.incident.status, merged.incident.merged_into, merged.alerts) == ("merged", "INC-2026-0001", ())
    assert {join.alert_id for join in kept.joins} == {alert.id for alert in kept.alerts}
    assert [change.what.english() for change in kept.changes] == [
        "Opened",
        "Took in INC-2026-0002: Same host fs01",
        "Graded P0 (before: P3)",
    ]
    assert merged.changes[-1].what.english() == "Merged into INC-2026-0001: Same host fs01"


async def test_an_override_stays_when_evidence_comes(inventory, analyst):
    signals = attack()
    await feed(inventory, signals[:60])
    async with inventory.session() as session:
        await override_level(analyst, session, "INC-2026-0001", Level.P0, "the board asked", now=NOON)
    await feed(inventory, signals[60:])
    async with inventory.session() as session:
        incident = (await show_incident(analyst, session, "INC-2026-0001")).incident
    assert (incident.level, incident.graded, incident.override.reason) == ("P0", "P1", "the board asked")


async def test_news_after_closing_open_a_new_incident(inventory, analyst):
    signals = attack()
    await feed(inventory, signals[:62])
    async with inventory.session() as session:
        await close_incident(analyst, session, "INC-2026-0001", Verdict.TRUE_POSITIVE, now=NOON)
    assert await feed(inventory, signals[62:]) == ["INC-2026-0002"]
    async with inventory.session() as session:
        incidents, _ = await list_incidents(analyst, session, sort=IncidentSort.OLDEST)
    assert [(i.id, i.status, i.alert_count) for i in incidents] == [
        ("INC-2026-0001", "closed", 3),
        ("INC-2026-0002", "new", 1),
    ]


async def test_weak_alerts_wait_and_are_taken_in_when_the_attack_shows(inventory, analyst):
    signals = attack()
    assert await feed(inventory, signals[:10]) == []
    assert await feed(inventory, signals[60:]) == ["INC-2026-0001"]
    async with inventory.session() as session:
        assert (await list_alerts(analyst, session, AlertFilter(in_incident=False)))[1] == 0
        detail = await show_incident(analyst, session, "INC-2026-0001")
    assert [alert.rule_id for alert in detail.alerts] == ["tried", "login", "sudo", "cron"]


async def test_a_crash_leaves_no_half_incident(inventory, analyst):
    async def cut_short() -> None:
        async with inventory.session() as session:
            alerts = await apply_signals(session, attack(), RULES)
            await absorb_alerts(robot(), session, alerts, now=NOON)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power"):
        await cut_short()
    async with inventory.session() as session:
        assert (await list_incidents(analyst, session))[1] == 0
    assert await feed(inventory, attack()) == ["INC-2026-0001"]


async def test_only_those_who_work_on_incidents_may_correlate(database):
    auditor = Actor("x", "Aud", "default", frozenset({Role.AUDITOR}))
    async with database.session() as session:
        with pytest.raises(DeniedError):
            await absorb_alerts(auditor, session, [], now=NOON)


async def test_an_analyst_of_another_tenant_cannot_touch_an_alert(inventory, analyst, stranger):
    await feed(inventory, attack())
    async with inventory.session() as session:
        alerts, _ = await list_alerts(analyst, session)
        with pytest.raises(NotFoundError):
            await set_verdict(stranger, session, alerts[0].id, Verdict.FALSE_POSITIVE)
