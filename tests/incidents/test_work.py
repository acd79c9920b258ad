from __future__ import annotations

import pytest
from tests.detect.signals import HOUR, MINUTE, NOON, signal

from ringfence.core.actor import Actor, Role, robot
from ringfence.core.errors import ConflictError, DeniedError, NotFoundError, UsageError
from ringfence.core.severity import Level, Severity
from ringfence.detect import AlertFilter, AlertStatus, RuleInfo, Verdict, apply_signals, list_alerts
from ringfence.incidents import (
    IncidentFilter,
    IncidentSort,
    IncidentStatus,
    absorb_alerts,
    assign_incident,
    clear_override,
    close_incident,
    comment_incident,
    get_incident,
    incident_counts,
    list_incidents,
    override_level,
    set_status,
    show_incident,
)
from ringfence.incidents.find import row_of
from ringfence.runtime.database import Database

RULES = {
    "dump": RuleInfo("dump", "LSASS dumped", Severity.CRITICAL, ("credential-access",), ("T1003.001",), "windows"),
    "odd": RuleInfo("odd", "Odd login hour", Severity.MEDIUM, (), (), "windows"),
    "note": RuleInfo("note", "Ransom note", Severity.HIGH, ("impact",), ("T1486",), "windows"),
}
ONE = "INC-2026-0001"


@pytest.fixture
async def three(database: Database) -> Database:
    """Three incidents: LSASS on pc1, odd hour on pc2, ransom note on pc3, an hour apart."""
    for n, rule in enumerate(("dump", "odd", "note"), 1):
        async with database.session() as session:
            found = signal(n, NOON + n * HOUR, rule, host_name=f"pc{n}", user_name=f"user{n}")
            alerts = await apply_signals(session, [found], RULES)
            await absorb_alerts(robot(), session, alerts, now=NOON + n * HOUR + MINUTE)
    return database


async def trail(database: Database, actor: Actor) -> list[tuple[int, str, str]]:
    async with database.session() as session:
        changes = (await show_incident(actor, session, ONE)).changes
    return [(change.at, change.who, change.what.english()) for change in changes[1:]]


async def test_the_trail_says_who_did_what_and_when(three, analyst):
    async with three.session() as session:
        await assign_incident(analyst, session, ONE, "Bo", now=1)
        await set_status(analyst, session, ONE, IncidentStatus.INVESTIGATING, now=2)
        await override_level(analyst, session, ONE, Level.P1, " the laptop is the CEO's ", now=3)
        await clear_override(analyst, session, ONE, now=4)
        await comment_incident(analyst, session, ONE, "called {who}", now=5)
        await assign_incident(analyst, session, ONE, None, now=6)
        incident = await close_incident(analyst, session, ONE, Verdict.BENIGN_TRUE_POSITIVE, now=7, note="a drill")
    assert (incident.status, incident.verdict, incident.closed_at, incident.level) == (
        IncidentStatus.CLOSED,
        Verdict.BENIGN_TRUE_POSITIVE,
        7,
        Level.P3,
    )
    assert await trail(three, analyst) == [
        (1, "Ana", "Assigned to Bo"),
        (2, "Ana", "Status set from new to investigating"),
        (3, "Ana", "Level set from P3 to P1: the laptop is the CEO's"),
        (4, "Ana", "Level back to P3 by the evidence"),
        (5, "Ana", "Remark: called {who}"),
        (6, "Ana", "Assigned to nobody"),
        (7, "Ana", "Closed as benign_true_positive: a drill"),
    ]


async def test_closing_closes_the_alerts_and_opening_again_clears_the_verdict(three, analyst):
    async with three.session() as session:
        await close_incident(analyst, session, ONE, Verdict.FALSE_POSITIVE, now=7)
        (alert,), _ = await list_alerts(analyst, session, AlertFilter(incident_id=ONE))
        assert (alert.status, alert.verdict) == (AlertStatus.CLOSED, Verdict.FALSE_POSITIVE)
        incident = await set_status(analyst, session, ONE, IncidentStatus.TRIAGE, now=8)
    assert (incident.status, incident.verdict, incident.closed_at) == ("triage", "none", None)


async def test_what_makes_no_sense_is_refused(three, analyst):
    async with three.session() as session:
        for call in (
            close_incident(analyst, session, ONE, Verdict.NONE, now=1),
            set_status(analyst, session, ONE, IncidentStatus.CLOSED, now=1),
            set_status(analyst, session, ONE, IncidentStatus.MERGED, now=1),
            override_level(analyst, session, ONE, Level.P0, "  ", now=1),
            override_level(analyst, session, ONE, Level.P0, "x" * 2001, now=1),
            assign_incident(analyst, session, ONE, "", now=1),
            comment_incident(analyst, session, ONE, "", now=1),
        ):
            with pytest.raises(UsageError):
                await call


async def test_a_merged_incident_is_not_worked_on(three, analyst):
    async with three.session() as session:
        row = await row_of(analyst, session, ONE)
        row.status, row.merged_into = "merged", "INC-2026-0002"
        await session.flush()
        with pytest.raises(ConflictError, match="merged into INC-2026-0002"):
            await assign_incident(analyst, session, ONE, "Bo", now=1)
        assert (await list_incidents(analyst, session))[1] == 2
        merged = IncidentFilter(status=frozenset({IncidentStatus.MERGED}))
        assert [i.id for i in (await list_incidents(analyst, session, merged))[0]] == [ONE]


async def test_lists_are_filtered_sorted_and_paged(three, analyst):
    async with three.session() as session:
        await assign_incident(analyst, session, ONE, "Bo", now=NOON + 9 * HOUR)
        await close_incident(analyst, session, "INC-2026-0002", Verdict.FALSE_POSITIVE, now=NOON)

        async def ids(wanted: IncidentFilter | None = None, **how: object) -> tuple[str, int]:
            incidents, total = await list_incidents(analyst, session, wanted, **how)  # type: ignore[arg-type]
            return "".join(incident.id[-1] for incident in incidents), total

        assert await ids() == ("321", 3)
        assert await ids(sort=IncidentSort.OLDEST) == ("123", 3)
        assert await ids(sort=IncidentSort.UPDATED) == ("132", 3)
        assert await ids(sort=IncidentSort.NEWEST, limit=1, offset=1) == ("2", 3)
        assert await ids(IncidentFilter(open_only=True)) == ("31", 2)
        assert await ids(IncidentFilter(assignee="Bo")) == ("1", 1)
        assert await ids(IncidentFilter(assignee="")) == ("32", 2)
        assert await ids(IncidentFilter(text="ransom")) == ("3", 1)
        assert await ids(IncidentFilter(text="%")) == ("", 0)
        assert await ids(IncidentFilter(level=frozenset({Level.P1}))) == ("3", 1)
        assert await ids(IncidentFilter(since=NOON + 2 * HOUR, until=NOON + 3 * HOUR)) == ("2", 1)
        levels, states = await incident_counts(analyst, session, IncidentFilter(open_only=True))
    assert levels == {Level.P0: 0, Level.P1: 1, Level.P2: 0, Level.P3: 1}
    assert {status: count for status, count in states.items() if count} == {IncidentStatus.NEW: 2}


async def test_tenants_and_permissions(three, stranger):
    auditor = Actor("x", "Aud", "default", frozenset({Role.AUDITOR}))
    owner = Actor("o", "Own", "default", frozenset({Role.ASSET_OWNER}))
    async with three.session() as session:
        assert await list_incidents(stranger, session) == ([], 0)
        for call in (
            get_incident(stranger, session, ONE),
            show_incident(stranger, session, ONE),
            assign_incident(stranger, session, ONE, "x", now=1),
            close_incident(stranger, session, ONE, Verdict.DUPLICATE, now=1),
        ):
            with pytest.raises(NotFoundError):
                await call
        assert (await get_incident(auditor, session, ONE)).id == ONE
        for call in (
            assign_incident(auditor, session, ONE, "x", now=1),
            override_level(auditor, session, ONE, Level.P0, "x", now=1),
            set_status(auditor, session, ONE, IncidentStatus.TRIAGE, now=1),
            close_incident(auditor, session, ONE, Verdict.DUPLICATE, now=1),
            comment_incident(auditor, session, ONE, "x", now=1),
            list_incidents(owner, session),
            get_incident(owner, session, ONE),
            incident_counts(owner, session),
        ):
            with pytest.raises(DeniedError):
                await call
