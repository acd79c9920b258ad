"""Tenants and permissions: each call sees its own tenant and asks for its permission."""

from __future__ import annotations

import pytest

from ringfence.core.actor import Actor, Permission, Role
from ringfence.core.errors import DeniedError, UsageError
from ringfence.events.chdb_store import ChdbStore
from ringfence.events.model import Quarantined, QuarantineState, TimeRange, TopValue

EVER = TimeRange()
STRANGE = "x' OR tenant != '\\"


@pytest.fixture
async def two(store, make):
    """Two tenants with the same kind of events, and one whose name tries to break out."""
    await store.insert(
        [
            make(1, ecs={"user.name": "ada"}),
            make(2, ecs={"user.name": "ada"}),
            make(3, tenant="other", ecs={"user.name": "bob"}, rules=("r1",)),
            make(4, tenant=STRANGE, ecs={"user.name": "eve"}),
        ]
    )
    await store.quarantine(
        [
            Quarantined(id="q1", tenant="default", received=make().received, source="s", reason="r", raw="mine"),
            Quarantined(id="q2", tenant="other", received=make().received, source="s", reason="r", raw="theirs"),
        ]
    )
    return store


async def test_search(two, lee, ada):
    assert [e.tenant for e in (await two.search(lee, "", EVER)).events] == ["default", "default"]
    assert [e.tenant for e in (await two.search(ada, "user.name:ada OR user.name:bob", EVER)).events] == ["other"]
    assert (await two.search(ada, "ada OR NOT ada OR *", EVER)).total == 1


async def test_histogram_top_and_count(two, lee, ada):
    assert sum(bucket.count for bucket in await two.histogram(lee, "", EVER)) == 2
    assert sum(bucket.count for bucket in await two.histogram(ada, "", EVER)) == 1
    assert await two.top(lee, "", EVER, "user.name") == [TopValue("ada", 2)]
    assert await two.top(ada, "", EVER, "user.name") == [TopValue("bob", 1)]
    assert (await two.count(lee), await two.count(ada)) == (2, 1)


async def test_get(two, make, lee, ada):
    mine, theirs = make(1).id, make(3, tenant="other").id
    assert [e.id for e in await two.get(lee, [mine, theirs])] == [mine]
    assert [e.id for e in await two.get(ada, [mine, theirs])] == [theirs]


async def test_sql(two, lee, ada):
    query = "SELECT tenant, count() FROM events GROUP BY tenant"
    assert (await two.sql(lee, query)).rows == [["default", 2]]
    assert (await two.sql(ada, query)).rows == [["other", 1]]
    assert (await two.sql(lee, "SELECT raw FROM quarantine FINAL")).rows == [["mine"]]


async def test_quarantine(two, lee, ada):
    items, total = await two.quarantined(ada)
    assert ([item.raw for item in items], total) == (["theirs"], 1)
    await two.mark_quarantined(lee, ["q1", "q2"], QuarantineState.DISCARDED)
    assert (await two.quarantined(lee))[1] == 0
    assert (await two.quarantined(ada))[1] == 1


async def test_a_tenant_whose_name_is_an_attack(two, make, lee):
    eve = Actor(id="e", name="Eve", tenant=STRANGE, roles=frozenset({Role.L3}))
    assert await two.count(eve) == 1
    assert (await two.sql(eve, "SELECT user_name FROM events")).rows == [["eve"]]
    assert (await two.search(eve, "", EVER)).total == 1


async def test_each_call_asks_for_its_permission(store):
    nobody = Actor(id="n", name="Nemo", tenant="default", roles=frozenset({Role.ASSET_OWNER}))
    calls = {
        Permission.READ_EVENTS: [
            lambda: store.search(nobody, "", EVER),
            lambda: store.histogram(nobody, "", EVER),
            lambda: store.top(nobody, "", EVER, "user.name"),
            lambda: store.get(nobody, ["x"]),
            lambda: store.count(nobody),
        ],
        Permission.READ_RAW_SQL: [lambda: store.sql(nobody, "SELECT 1")],
        Permission.READ_QUARANTINE: [lambda: store.quarantined(nobody)],
        Permission.REPLAY_QUARANTINE: [lambda: store.mark_quarantined(nobody, ["x"], QuarantineState.REPLAYED)],
    }
    for permission, attempts in calls.items():
        for attempt in attempts:
            with pytest.raises(DeniedError, match=permission.value):
                await attempt()


async def test_sql_on_quarantine_needs_both_permissions(store):
    token = Actor("t", "token", "default", frozenset({Role.L3}), frozenset({Permission.READ_RAW_SQL}))
    assert (await store.sql(token, "SELECT count() FROM events")).rows == [[0]]
    with pytest.raises(DeniedError, match=r"quarantine\.read"):
        await store.sql(token, "SELECT count() FROM quarantine")


async def test_a_read_takes_no_more_time_than_allowed(tmp_path, clock, make, lee):
    store = ChdbStore(tmp_path, clock=clock, read_seconds=1)
    try:
        await store.insert([make(n) for n in range(100)])
        many = ", ".join(f"events AS e{n}" for n in range(6))
        with pytest.raises(UsageError, match=r"(?i)timeout|memory"):
            await store.sql(lee, f"SELECT sum(cityHash64(e0.id, e5.id)) FROM {many}")
    finally:
        store.close()
