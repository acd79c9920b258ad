from __future__ import annotations

import pytest
from tests.detect.signals import HOUR, MINUTE, NOON, RULES, signal

from ringfence.core.actor import Actor, Role
from ringfence.core.errors import DeniedError, NotFoundError, UsageError
from ringfence.core.severity import Severity
from ringfence.detect import (
    AlertFilter,
    AlertSort,
    AlertStatus,
    LevelBucket,
    TopEntity,
    TopRule,
    Verdict,
    alert_counts,
    alerts_about,
    alerts_of_incident,
    alerts_over_time,
    apply_signals,
    assign_alert,
    close_alert,
    get_alert,
    list_alerts,
    move_alerts,
    note_alert,
    put_into_incident,
    reopen_alert,
    set_verdict,
    top_entities,
    top_rules,
)
from ringfence.runtime.database import Database


@pytest.fixture
async def four(database: Database) -> Database:
    """PowerShell on ws1 (2 signals) and ws2, guessing from two addresses (5 and 1 signals), some minutes apart."""
    signals = [
        signal(1, NOON, "ps", host_name="ws1", user_name="m.chen"),
        signal(2, NOON + MINUTE, "ps", host_name="ws1", user_name="e.berg"),
        signal(3, NOON + 70 * MINUTE, "ps", host_name="ws2"),
        *(signal(n, NOON + n * MINUTE, "ssh", host_name="ws1", source_ip="203.0.113.7") for n in range(4, 9)),
        signal(9, NOON + 80 * MINUTE, "ssh", host_name="db_1", source_ip="203.0.113.8"),
    ]
    async with database.session() as session:
        await apply_signals(session, signals, RULES)
        await apply_signals(session, [signal(10, NOON, "ps", host_name="ws1", tenant="other")], RULES)
    return database


async def test_lists_are_filtered_sorted_and_paged(four, analyst):
    async with four.session() as session:

        async def names(wanted: AlertFilter | None = None, **how: object) -> tuple[list[str], int]:
            alerts, total = await list_alerts(analyst, session, wanted, **how)  # type: ignore[arg-type]
            return [alert.entity for alert in alerts], total

        assert await names() == (["203.0.113.8", "ws2", "203.0.113.7", "ws1"], 4)
        assert await names(sort=AlertSort.LEVEL) == (["ws2", "ws1", "203.0.113.8", "203.0.113.7"], 4)
        assert await names(sort=AlertSort.COUNT, limit=2) == (["203.0.113.7", "ws1"], 4)
        assert await names(sort=AlertSort.OLDEST, limit=2, offset=3) == (["203.0.113.8"], 4)
        assert await names(AlertFilter(entity="WS1")) == (["203.0.113.7", "ws1"], 2)
        assert await names(AlertFilter(text="powershell")) == (["ws2", "ws1"], 2)
        assert await names(AlertFilter(text="_")) == ([], 0)
        assert await names(AlertFilter(level=frozenset({Severity.LOW}), since=NOON + HOUR)) == (["203.0.113.8"], 1)
        assert await names(AlertFilter(until=NOON + 2 * MINUTE)) == (["ws1"], 1)
        assert await names(AlertFilter(tactic="execution", rule_id="ps", in_incident=False)) == (["ws2", "ws1"], 2)
        assert await names(AlertFilter(tactic='execution"')) == ([], 0)
        assert await names(AlertFilter(assignee="")) == (await names())


async def test_numbers_for_the_overview(four, analyst):
    async with four.session() as session:
        levels, states = await alert_counts(analyst, session)
        assert levels == {
            Severity.INFORMATIONAL: 0,
            Severity.LOW: 2,
            Severity.MEDIUM: 0,
            Severity.HIGH: 2,
            Severity.CRITICAL: 0,
        }
        assert states == {AlertStatus.NEW: 4, AlertStatus.OPEN: 0, AlertStatus.CLOSED: 0}
        none = dict.fromkeys(Severity, 0)
        assert await alerts_over_time(analyst, session, NOON, NOON + 3 * HOUR, buckets=3) == [
            LevelBucket(NOON, {**none, Severity.HIGH: 1, Severity.LOW: 1}),
            LevelBucket(NOON + HOUR, {**none, Severity.HIGH: 1, Severity.LOW: 1}),
            LevelBucket(NOON + 2 * HOUR, none),
        ]
        assert await top_rules(analyst, session) == [
            TopRule("ssh", "SSH login with wrong password", Severity.LOW, 2, 6),
            TopRule("ps", "Encoded PowerShell", Severity.HIGH, 2, 3),
        ]
        assert await top_entities(analyst, session, limit=2) == [
            TopEntity("ws1", 2, Severity.HIGH),
            TopEntity("ws2", 1, Severity.HIGH),
        ]
        assert await top_entities(analyst, session, "user") == [
            TopEntity("e.berg", 1, Severity.HIGH),
            TopEntity("m.chen", 1, Severity.HIGH),
        ]
        for start, end, buckets in ((NOON, NOON, 1), (NOON, NOON + 1, 0), (NOON, NOON + 1, 1001)):
            with pytest.raises(UsageError):
                await alerts_over_time(analyst, session, start, end, buckets=buckets)


async def test_the_life_of_an_alert(four, analyst):
    async with four.session() as session:
        (alert,), _ = await list_alerts(analyst, session, limit=1)

        def state(found):
            return found.status, found.verdict, found.assignee, found.notes

        assert state(await assign_alert(analyst, session, alert.id, "Ana")) == ("open", "none", "Ana", "")
        assert state(await note_alert(analyst, session, alert.id, "looked")) == ("open", "none", "Ana", "looked")
        closed = await close_alert(analyst, session, alert.id, Verdict.FALSE_POSITIVE, notes="backup")
        assert state(closed) == ("closed", "false_positive", "Ana", "backup")
        assert state(await reopen_alert(analyst, session, alert.id)) == ("open", "none", "Ana", "backup")
        final = await set_verdict(analyst, session, alert.id, Verdict.TRUE_POSITIVE)
        assert state(final) == ("open", "true_positive", "Ana", "backup")
    async with four.session() as session:
        assert await get_alert(analyst, session, alert.id) == final
        for call in (
            close_alert(analyst, session, alert.id, Verdict.NONE),
            assign_alert(analyst, session, alert.id, "x" * 129),
            note_alert(analyst, session, alert.id, "x" * 10_001),
        ):
            with pytest.raises(UsageError):
                await call


async def test_alerts_go_into_an_incident_and_move_with_it(four, analyst, stranger):
    async with four.session() as session:
        alerts, _ = await list_alerts(analyst, session, sort=AlertSort.OLDEST)
        (foreign,), _ = await list_alerts(stranger, session)
        await put_into_incident(analyst, session, [alerts[2].id, alerts[0].id], "INC-2026-0001")
        with pytest.raises(NotFoundError):
            await put_into_incident(analyst, session, [foreign.id], "INC-2026-0001")
        await put_into_incident(stranger, session, [foreign.id], "INC-2026-0001")
        await move_alerts(analyst, session, "INC-2026-0001", "INC-2026-0002")
        moved = await alerts_of_incident(analyst, session, "INC-2026-0002")
        assert [alert.id for alert in moved] == [alerts[0].id, alerts[2].id]
        assert [alert.rule_id for alert in await alerts_of_incident(analyst, session, "INC-2026-0002", limit=1)] == [
            "ps"
        ]
        assert (await get_alert(stranger, session, foreign.id)).incident_id == "INC-2026-0001"


async def test_tenants_and_permissions(four, analyst, stranger):
    auditor = Actor("x", "Aud", "default", frozenset({Role.AUDITOR}))
    owner = Actor("o", "Own", "default", frozenset({Role.ASSET_OWNER}))
    async with four.session() as session:
        (alert, *_), _ = await list_alerts(analyst, session)
        assert (await list_alerts(stranger, session))[1] == 1
        assert (await list_alerts(stranger, session, AlertFilter(entity="203.0.113.7")))[1] == 0
        assert [top.alerts for top in await top_rules(stranger, session)] == [1]
        assert [top.alerts for top in await top_entities(stranger, session)] == [1]
        for call in (
            get_alert(stranger, session, alert.id),
            set_verdict(stranger, session, alert.id, Verdict.DUPLICATE),
            close_alert(stranger, session, alert.id, Verdict.DUPLICATE),
            assign_alert(stranger, session, alert.id, "x"),
        ):
            with pytest.raises(NotFoundError):
                await call
        assert (await get_alert(auditor, session, alert.id)).id == alert.id
        for call in (
            set_verdict(auditor, session, alert.id, Verdict.DUPLICATE),
            close_alert(auditor, session, alert.id, Verdict.DUPLICATE),
            reopen_alert(auditor, session, alert.id),
            assign_alert(auditor, session, alert.id, "x"),
            note_alert(auditor, session, alert.id, "x"),
            put_into_incident(auditor, session, [alert.id], "x"),
            move_alerts(auditor, session, "x", "y"),
            list_alerts(owner, session),
            get_alert(owner, session, alert.id),
            alert_counts(owner, session),
            alerts_over_time(owner, session, 0, 1),
            top_rules(owner, session),
            top_entities(owner, session),
            alerts_about(owner, session, ["x"], since=0, until=1),
            alerts_of_incident(owner, session, "x"),
        ):
            with pytest.raises(DeniedError):
                await call
