"""From stored signals through correlations to alerts and incidents, with everything real."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

import ringfence.tables  # noqa: F401
from ringfence.core.actor import Actor, Role
from ringfence.core.clock import ManualClock
from ringfence.core.ids import digest
from ringfence.detect import Alert, EntityType, RuleInfo, close_alert, list_alerts
from ringfence.detect.model import Verdict
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource
from ringfence.events.chdb_store import ChdbStore
from ringfence.flows.loop import SignalLoop
from ringfence.incidents import list_incidents
from ringfence.runtime.database import Database
from ringfence.sigma import RuleSet, load_rules

LEE = Actor("lee", "Lee", "default", frozenset({Role.L3}))
OTHER = Actor("o", "Other", "other", frozenset({Role.L3}))
MINUTE = 60_000_000
T0 = 1_790_000_000_000_000 // 3_600_000_000 * 3_600_000_000

RULES = """
title: Failed
name: failed
id: 0c0ffee0-0000-4000-8000-00000000000a
logsource: {product: linux}
detection: {s: {event.outcome: failure}, condition: s}
---
title: Worked
name: worked
id: 0c0ffee0-0000-4000-8000-00000000000b
logsource: {product: linux}
detection: {s: {event.outcome: success}, condition: s}
---
title: Many Failed
name: many
id: 0c0ffee0-0000-4000-8000-00000000000c
level: high
tags: [attack.credential-access, attack.t1110]
correlation:
  {type: event_count, rules: [failed], group-by: [source.ip, user.name], timespan: 5m, condition: {gte: 3}}
"""
CHAIN = """
---
title: Many Failed, Then One Worked
id: 0c0ffee0-0000-4000-8000-00000000000d
level: critical
correlation: {type: temporal_ordered, rules: [many, worked], group-by: [user.name], timespan: 10m}
"""
FAILED, WORKED, MANY, BROKEN = (f"0c0ffee0-0000-4000-8000-00000000000{x}" for x in "abcd")


@dataclass
class Site:
    folder: Path
    store: ChdbStore
    database: Database
    ruleset: RuleSet
    clock: ManualClock
    number: int = 0

    def __post_init__(self) -> None:
        self.loop = self.new_loop()

    def new_loop(self) -> SignalLoop:
        infos = {rule.id: RuleInfo.of(rule) for rule in (*self.ruleset.rules, *self.ruleset.correlations)}
        return SignalLoop(self.store, self.database, lambda: infos, self.clock, ruleset=lambda: self.ruleset)

    async def put(self, *minutes: float, rule: str = FAILED, user: str = "Ana", tenant: str = "default") -> list[str]:
        """Store one event a minute given, in one insert; returns their ids."""
        events: list[Event] = []
        for minute in minutes:
            self.number += 1
            ecs = {"source.ip": "203.0.113.9", "user.name": user, "host.name": "ws1"}
            events.append(
                Event(
                    f"e{self.number:04d}", tenant, T0 + round(minute * MINUTE), T0, digest(str(self.number)), "s", "p",
                    logsource("linux"), {**ecs}, {}, "raw", (rule,),
                )
            )  # fmt: skip
        await self.store.insert(events)
        return [event.id for event in events]

    async def drain(self) -> None:
        while await self.loop.step():
            pass

    async def alerts(self, actor: Actor = LEE) -> list[Alert]:
        async with self.database.reading() as session:
            return sorted((await list_alerts(actor, session))[0], key=lambda alert: (alert.first, alert.rule_id))

    async def reopen(self) -> None:
        self.store.close()
        self.store = ChdbStore(self.folder / "events", clock=self.clock)
        self.loop = self.new_loop()


async def made(folder: Path, text: str) -> Site:
    folder.mkdir()
    (folder / "rules.yml").write_text(text)
    database = Database.sqlite(folder / "state.db")
    await database.create_all()
    clock = ManualClock(T0)
    ruleset = load_rules([folder / "rules.yml"])
    assert ruleset.problems == ()
    return Site(folder, ChdbStore(folder / "events", clock=clock), database, ruleset, clock)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncGenerator[Site]:
    site = await made(tmp_path / "site", RULES)
    yield site
    await site.database.close()
    site.store.close()


@pytest.fixture
async def chain(tmp_path: Path) -> AsyncGenerator[Site]:
    site = await made(tmp_path / "chain", RULES + CHAIN)
    yield site
    await site.database.close()
    site.store.close()


async def test_a_window_becomes_one_alert_and_the_rule_below_none(site: Site) -> None:
    ids = await site.put(1, 2, 3)
    await site.drain()
    (alert,) = await site.alerts()
    assert (alert.rule_id, alert.title, alert.level, alert.count) == (MANY, "Many Failed", "high", 3)
    assert (alert.entity_type, alert.entity) == (EntityType.SOURCE, "203.0.113.9")
    assert (alert.first, alert.last, alert.samples) == (T0 + MINUTE, T0 + 3 * MINUTE, (ids[2],))
    assert (alert.tactics, alert.techniques) == (("credential-access",), ("T1110",))
    assert alert.entities["user"] == ["ana", "Ana"]
    assert alert.entities["host"] == ["ws1"]
    async with site.database.reading() as session:
        incidents, _ = await list_incidents(LEE, session)
    assert len(incidents) == 1


async def test_a_rule_to_which_nobody_refers_still_alerts(site: Site) -> None:
    await site.put(1, rule=WORKED)
    await site.drain()
    assert [alert.rule_id for alert in await site.alerts()] == [WORKED]


async def test_an_attack_that_goes_on_extends_its_alert(site: Site) -> None:
    await site.put(1, 2, 3)
    await site.drain()
    (before,) = await site.alerts()
    for minute in range(4, 120):
        await site.put(minute)
        if minute % 10 == 0:
            await site.drain()
    await site.drain()
    (after,) = await site.alerts()
    assert (after.id, after.count, after.last) == (before.id, 119, T0 + 119 * MINUTE)


async def test_the_split_into_steps_does_not_decide(site: Site, tmp_path: Path) -> None:
    minutes = [1, 2, 2.5, 30, 30.1, 30.2, 58, 59, 61, 62, 200, 201, 202, 203, 1500, 1501, 1502]
    for minute in minutes:
        await site.put(minute)
        await site.drain()
    steps = [(a.id, a.first, a.last, a.count) for a in await site.alerts()]
    await site.reopen()
    await site.database.close()
    site.database = Database.sqlite(tmp_path / "anew.db")
    await site.database.create_all()
    site.loop = site.new_loop()
    await site.drain()
    assert [(a.id, a.first, a.last, a.count) for a in await site.alerts()] == steps
    assert [count for *_, count in steps] == [10, 4, 3]


async def test_groups_with_one_entity_have_their_own_alerts(site: Site) -> None:
    await site.put(1, 2, 3, user="ana")
    await site.put(1, 2, 3, user="ben")
    await site.drain()
    alerts = await site.alerts()
    assert [(alert.entity, alert.count) for alert in alerts] == [("203.0.113.9", 3)] * 2
    assert alerts[0].id != alerts[1].id


async def test_a_step_that_was_killed_before_its_end_is_done_again(site: Site) -> None:
    await site.put(1, 2)
    await site.drain()
    await site.put(3, 4)
    upto = await site.store.last_seq()
    pulses = await site.store.correlate(site.ruleset.correlations, upto - 1, upto)
    assert [pulse.count for pulse in pulses] == [4]
    await site.reopen()
    await site.put(5)
    await site.drain()
    assert [alert.count for alert in await site.alerts()] == [5]


async def test_a_late_event_completes_its_window(site: Site) -> None:
    ids = await site.put(1, 3)
    await site.put(300, 400)
    await site.drain()
    assert await site.alerts() == []
    await site.put(2)
    await site.drain()
    (alert,) = await site.alerts()
    assert (alert.count, alert.first, alert.last, alert.samples) == (3, T0 + MINUTE, T0 + 3 * MINUTE, (ids[1],))


async def test_tenants_are_never_mixed(site: Site) -> None:
    await site.put(1, 2)
    await site.put(3, 4, 5, tenant="other")
    await site.drain()
    assert await site.alerts() == []
    assert [alert.count for alert in await site.alerts(OTHER)] == [3]


async def test_a_closed_alert_is_left_alone(site: Site) -> None:
    await site.put(1, 2, 3)
    await site.drain()
    (alert,) = await site.alerts()
    async with site.database.session() as session:
        await close_alert(LEE, session, alert.id, Verdict.FALSE_POSITIVE)
    await site.put(62, 63, 64)
    await site.drain()
    assert [(a.count, a.status) for a in await site.alerts()] == [(3, "closed"), (3, "new")]


async def test_a_chain_alerts_at_its_end_alone(chain: Site) -> None:
    assert chain.ruleset.silent == {FAILED, WORKED, MANY}
    await chain.put(1, 2, 3)
    await chain.drain()
    assert await chain.alerts() == []
    (ok,) = await chain.put(9, rule=WORKED)
    await chain.put(9, rule=WORKED, user="ben")
    await chain.drain()
    (alert,) = await chain.alerts()
    assert (alert.rule_id, alert.count, alert.entity_type, alert.entity) == (BROKEN, 2, EntityType.USER, "ana")
    assert (alert.first, alert.last, alert.samples) == (T0 + 3 * MINUTE, T0 + 9 * MINUTE, (ok,))
