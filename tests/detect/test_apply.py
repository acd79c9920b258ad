import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.detect.signals import HOUR, MINUTE, NOON, RULES, signal

from ringfence.core.actor import Actor, Role
from ringfence.core.severity import Severity
from ringfence.detect import (
    Alert,
    EntityType,
    alerts_about,
    apply_signals,
    close_alert,
    list_alerts,
    read_checkpoint,
    reopen_alert,
)
from ringfence.detect import aggregate as aggregate_function
from ringfence.detect.aggregation import alert_id
from ringfence.detect.model import AlertSort, Verdict
from ringfence.detect.store import AlertEntityRow
from ringfence.events.model import Signal
from ringfence.runtime.database import Database

ANALYST = Actor("a", "Ana", "default", frozenset({Role.L2}))


async def everything(database: Database, actor: Actor = ANALYST) -> list[Alert]:
    async with database.session() as session:
        return (await list_alerts(actor, session, limit=1000, sort=AlertSort.OLDEST))[0]


async def apply_in(database: Database, batches: Sequence[Sequence[Signal]]) -> None:
    for batch in batches:
        async with database.session() as session:
            await apply_signals(session, batch, RULES)


async def test_signals_become_a_whole_alert(database):
    signals = [
        signal(1, NOON + MINUTE, "ps", host_name="WS1.example.com", user_name="EXAMPLE\\m.chen", event_action="start"),
        signal(2, NOON + 3 * MINUTE, "ps", host_name="ws1.example.com", process_name="powershell.exe"),
    ]
    async with database.session() as session:
        returned = await apply_signals(session, signals, RULES)
    expected = Alert(
        id=alert_id(("default", "ps", EntityType.HOST, "ws1.example.com"), NOON),
        tenant="default",
        rule_id="ps",
        title="Encoded PowerShell",
        level=Severity.HIGH,
        entity_type=EntityType.HOST,
        entity="ws1.example.com",
        window_start=NOON,
        first=NOON + MINUTE,
        last=NOON + 3 * MINUTE,
        count=2,
        samples=(signals[0].event_id, signals[1].event_id),
        tactics=("execution",),
        techniques=("T1059.001",),
        entities={
            "host": ["WS1.example.com", "ws1.example.com"],
            "user": ["EXAMPLE\\m.chen"],
            "action": ["start"],
            "process": ["powershell.exe"],
        },
        logsource="windows/process_creation",
    )
    assert returned == [expected]
    assert await everything(database) == [expected]
    async with database.session() as session:
        for spelling in ("WS1", "ws1.EXAMPLE.com", "m.chen", "example\\M.Chen"):
            assert await alerts_about(ANALYST, session, [spelling], since=NOON, until=NOON + HOUR) == [expected]
        assert await alerts_about(ANALYST, session, ["powershell.exe"], since=NOON, until=NOON + HOUR) == []
        assert await alerts_about(ANALYST, session, ["ws1"], since=NOON + HOUR, until=NOON + 2 * HOUR) == []


async def test_the_same_signals_again_change_nothing(database):
    signals = [signal(n, NOON + n, "ps", host_name="ws1") for n in range(1, 6)]
    await apply_in(database, [signals])
    before = await everything(database)
    await apply_in(database, [signals, signals[2:]])
    assert await everything(database) == before
    async with database.session() as session:
        assert await read_checkpoint(session) == 5


async def test_a_crash_before_the_commit_loses_and_doubles_nothing(database):
    first = [signal(n, NOON + n, "ps", host_name="ws1") for n in range(1, 4)]
    second = [signal(n, NOON + n, "ps", host_name="ws1") for n in range(4, 9)]
    await apply_in(database, [first])

    async def cut_short() -> None:
        async with database.session() as session:
            await apply_signals(session, second, RULES)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power"):
        await cut_short()
    async with database.session() as session:
        assert await read_checkpoint(session) == 3
    await apply_in(database, [second])
    (alert,) = await everything(database)
    assert (alert.count, alert.last) == (8, NOON + 8)


async def test_the_checkpoint_moves_without_signals_and_never_back(database):
    async with database.session() as session:
        assert await apply_signals(session, [], RULES, checkpoint=40) == []
    async with database.session() as session:
        await apply_signals(session, [signal(39, NOON, "ps", host_name="ws1")], RULES, checkpoint=39)
    async with database.session() as session:
        assert await read_checkpoint(session) == 40
    assert await everything(database) == []


async def test_tenants_never_mix(database, stranger):
    mixed = [
        signal(1, NOON, "ps", host_name="ws1"),
        signal(2, NOON, "ps", host_name="ws1", tenant="other"),
        signal(3, NOON, "ps", host_name="ws1"),
    ]
    await apply_in(database, [mixed])
    assert [(a.tenant, a.count) for a in await everything(database)] == [("default", 2)]
    assert [(a.tenant, a.count) for a in await everything(database, stranger)] == [("other", 1)]
    async with database.session() as session:
        found = await alerts_about(stranger, session, ["ws1"], since=NOON, until=NOON)
    assert [a.tenant for a in found] == ["other"]


async def test_a_rule_that_is_gone_still_gives_an_alert(database):
    await apply_in(database, [[signal(1, NOON, "gone", host_name="ws1")]])
    assert [(a.title, a.level) for a in await everything(database)] == [("gone", Severity.LOW)]


async def test_a_closed_alert_stays_closed_and_news_open_another(database):
    await apply_in(database, [[signal(1, NOON, "ps", host_name="ws1")]])
    (alert,) = await everything(database)
    async with database.session() as session:
        await close_alert(ANALYST, session, alert.id, Verdict.FALSE_POSITIVE)
    later = [signal(2, NOON + 30 * MINUTE, "ps", host_name="ws1"), signal(3, NOON + HOUR, "ps", host_name="ws1")]
    await apply_in(database, [later])
    found = [(a.status, a.count, a.window_start - NOON) for a in await everything(database)]
    assert found == [("closed", 2, 0), ("new", 1, HOUR)]
    async with database.session() as session:
        await reopen_alert(ANALYST, session, alert.id)


async def test_a_million_signals_would_not_need_a_million_rows(database):
    signals = [signal(n, NOON + n * 1000, "ps", host_name="ws1", user_name=f"u{n}") for n in range(1, 20_001)]
    await apply_in(database, [signals])
    (alert,) = await everything(database)
    assert (alert.count, len(alert.samples), len(alert.entities["user"])) == (20_000, 10, 20)
    async with database.session() as session:
        assert await session.scalar(select(func.count()).select_from(AlertEntityRow)) == 21


async def test_the_bound_counts_alerts_of_the_whole_hour(database, monkeypatch):
    monkeypatch.setattr("ringfence.detect.aggregation.MAX_ENTITIES_PER_RULE", 2)
    hosts = [signal(n, NOON + n * MINUTE, "ps", host_name=f"ws{n}") for n in range(1, 5)]
    await apply_in(database, [[host] for host in hosts])
    found = [(alert.entity, alert.count) for alert in await everything(database)]
    assert found == [("ws1", 1), ("ws2", 1), ("*", 2)]


_SIGNALS = st.lists(
    st.tuples(
        st.integers(0, 60 * 8),
        st.sampled_from(["ws1", "ws2", "ws3", "ws4"]),
        st.sampled_from(["ps", "ssh"]),
        st.sampled_from(["default", "other"]),
        st.sampled_from(["u1", "u2", None]),
    ),
    min_size=1,
    max_size=30,
)


async def alerts_after(batches: Sequence[Sequence[Signal]]) -> list[Alert]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.sqlite(Path(folder) / "state.db")
        await database.create_all()
        await apply_in(database, batches)
        actors = [Actor("a", "A", tenant, frozenset({Role.L2})) for tenant in ("default", "other")]
        alerts = [alert for actor in actors for alert in await everything(database, actor)]
        await database.close()
    return sorted(alerts, key=lambda alert: alert.id)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_SIGNALS, st.lists(st.integers(0, 30), max_size=6))
async def test_any_split_into_batches_gives_the_same_alerts(rows, cuts):
    signals = [
        signal(n, NOON + minute * MINUTE, rule, tenant=tenant, host_name=host, user_name=user)
        for n, (minute, host, rule, tenant, user) in enumerate(rows, 1)
    ]
    edges = sorted({0, len(signals), *(min(cut, len(signals)) for cut in cuts)})
    batches = [signals[a:b] for a, b in pairwise(edges)]
    # A bound of two entities per hour, so that the property walks through the collapse too.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ringfence.detect.aggregation.MAX_ENTITIES_PER_RULE", 2)
        results = [await alerts_after([signals]), await alerts_after(batches)]
    assert results[0] == results[1]
    assert sum(alert.count for alert in results[0]) == len(signals)


def test_aggregate_alone_agrees_with_the_total():
    signals = [signal(n, NOON + n * MINUTE, "ps", host_name=f"ws{n % 7}") for n in range(500)]
    assert sum(delta.count for delta in aggregate_function(signals, RULES)) == 500
