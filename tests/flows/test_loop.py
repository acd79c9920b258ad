from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from tests.flows.conftest import failed

import ringfence.tables  # noqa: F401
from ringfence.assets import list_assets
from ringfence.collect.batch import RawBatch
from ringfence.core.actor import Actor, Role
from ringfence.core.clock import ManualClock
from ringfence.detect import RuleInfo, list_alerts
from ringfence.events.arrow import to_table
from ringfence.events.chdb_store import ChdbStore
from ringfence.flows.loop import SignalLoop
from ringfence.flows.process import Processor
from ringfence.runtime.database import Database
from ringfence.sigma import RuleSet

LEE = Actor("lee", "Lee", "default", frozenset({Role.L3}))
OTHER = Actor("o", "Other", "other", frozenset({Role.L3}))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    database = Database.sqlite(tmp_path / "state.db")
    await database.create_all()
    yield database
    await database.close()


@pytest.fixture
def loop(store: ChdbStore, database: Database, ruleset: RuleSet, clock: ManualClock) -> SignalLoop:
    infos = {
        rule.id: RuleInfo(rule.id, rule.title, rule.level, rule.tactics, rule.techniques) for rule in ruleset.rules
    }
    return SignalLoop(store, database, lambda: infos, clock)


async def put(store: ChdbStore, loop: SignalLoop, processor: Processor, batch: RawBatch) -> None:
    table = to_table(processor.process(batch).events)
    await store.insert_table(table)
    loop.stored(table)


async def drain(loop: SignalLoop) -> None:
    while await loop.step():
        pass


async def test_signals_become_one_alert_with_a_count(
    store: ChdbStore, database: Database, loop: SignalLoop, processor: Processor, batch: Callable[..., RawBatch]
) -> None:
    for number in range(3):
        await put(store, loop, processor, batch(number, failed("ana"), failed("bob"), failed("ana")))
        await drain(loop)
    async with database.reading() as session:
        alerts, total = await list_alerts(LEE, session)
    assert (total, alerts[0].title, alerts[0].count) == (1, "Password Wrong", 9)
    assert set(alerts[0].entities["user"]) == {"ana", "bob"}


async def test_a_loop_that_was_away_catches_up_and_doubles_nothing(
    store: ChdbStore, database: Database, loop: SignalLoop, processor: Processor, batch: Callable[..., RawBatch]
) -> None:
    for number in range(5):
        await put(store, loop, processor, batch(number, failed("ana")))
    await drain(loop)
    again = SignalLoop(store, database, loop._rules, loop._clock)
    await drain(again)
    async with database.reading() as session:
        alerts, total = await list_alerts(LEE, session)
    assert (total, alerts[0].count) == (1, 5)


async def test_tenants_get_their_own_alerts(
    store: ChdbStore, database: Database, loop: SignalLoop, processor: Processor, batch: Callable[..., RawBatch]
) -> None:
    await put(store, loop, processor, batch(1, failed("ana")))
    await put(store, loop, processor, batch(2, failed("eve"), tenant="other"))
    await drain(loop)
    async with database.reading() as session:
        ours, _ = await list_alerts(LEE, session)
        theirs, _ = await list_alerts(OTHER, session)
    assert ([a.entities["user"] for a in ours], [a.entities["user"] for a in theirs]) == ([["ana"]], [["eve"]])


async def test_hosts_in_events_become_assets(
    store: ChdbStore, database: Database, loop: SignalLoop, processor: Processor, batch: Callable[..., RawBatch]
) -> None:
    await put(store, loop, processor, batch(1, failed("ana", "web01"), failed("ana", "web02")))
    await drain(loop)
    async with database.reading() as session:
        assets, _ = await list_assets(LEE, session)
    assert sorted(asset.name for asset in assets) == ["web01", "web02"]
