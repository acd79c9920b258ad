from __future__ import annotations

import pytest
from tests.detect.signals import NOON, RULES, signal

from ringfence.core.actor import Actor
from ringfence.detect import AlertFilter, TopEntity, alerts_about, apply_signals, list_alerts, top_entities
from ringfence.runtime.database import Database


@pytest.fixture
async def namesakes(database: Database) -> Database:
    """A host whose user has the same name, and another host."""
    signals = [
        signal(1, NOON, "ps", host_name="build", user_name="build"),
        signal(2, NOON + 1, "ps", host_name="ws2", user_name="m.chen"),
    ]
    async with database.session() as session:
        await apply_signals(session, signals, RULES)
    return database


async def test_an_alert_that_names_a_value_twice_is_found_once(namesakes: Database, analyst: Actor) -> None:
    async with namesakes.reading() as session:
        found, total = await list_alerts(analyst, session, AlertFilter(entity="BUILD"))
        assert (len(found), total) == (1, 1)
        about = await alerts_about(analyst, session, {"build"}, since=NOON, until=NOON + 1)
        assert [alert.id for alert in about] == [found[0].id]


async def test_top_entities_are_those_of_the_time_asked_for(namesakes: Database, analyst: Actor) -> None:
    async with namesakes.reading() as session:
        early = await top_entities(analyst, session, "host", AlertFilter(until=NOON + 1))
        late = await top_entities(analyst, session, "host", AlertFilter(since=NOON + 1))
    assert [top.value for top in early] == ["build"]
    assert [top.value for top in late] == ["ws2"]
    assert all(isinstance(top, TopEntity) and top.alerts == 1 for top in [*early, *late])
