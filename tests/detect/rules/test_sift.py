"""States, levels and exclusions at work, through the real loop."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.detect.rules.conftest import COPIES, NOW, Bench, attack
from tests.detect.rules.people import LEE, OTHER

from ringfence.core.actor import Actor
from ringfence.core.severity import Severity
from ringfence.detect import list_alerts
from ringfence.detect.rules import (
    EVERY_RULE,
    Exclusion,
    Outcome,
    Policy,
    RuleState,
    add_exclusion,
    change_exclusion,
    end_exclusion,
    list_tallies,
    read_policy,
    set_level,
    set_state,
    sift,
)
from ringfence.ecs.event import Event
from ringfence.events.model import Signal

DAY = 86_400_000_000
MIA = "selection:\n  User|endswith: '\\mia'\ncondition: selection\n"


async def add(bench: Bench, actor: Actor = LEE, rule_id: str = COPIES, condition: str = MIA) -> Exclusion:
    async with bench.database.session() as session:
        return await add_exclusion(
            actor, session, rule_id=rule_id, condition=condition, reason="test", expires=NOW + DAY, now=NOW
        )


@pytest.mark.parametrize("state", [RuleState.DRAFT, RuleState.DEPRECATED, RuleState.TESTING])
async def test_only_production_raises_and_testing_is_counted(bench: Bench, state: RuleState) -> None:
    async with bench.database.session() as session:
        await set_state(LEE, session, COPIES, state, now=NOW)
    first, second = await bench.send(attack(NOW, "PC1"), attack(NOW + 5, "PC2"))
    assert await bench.alerts() == []
    async with bench.database.reading() as session:
        tallies = await list_tallies(LEE, session)
    counted = [(t.rule_id, t.outcome, t.exclusion_id, t.day, t.count, t.samples) for t in tallies]
    expected = [(COPIES, Outcome.TESTING, "", NOW // DAY * DAY, 2, (first, second))]
    assert counted == (expected if state is RuleState.TESTING else [])
    assert [event.rules for event in await bench.store.get(LEE, [first])] == [(COPIES,)]
    async with bench.database.session() as session:
        await set_state(LEE, session, COPIES, RuleState.PRODUCTION, now=NOW)
    await bench.send(attack(NOW, "PC3"))
    assert len(await bench.alerts()) == 1


async def test_decisions_are_those_of_one_tenant(bench: Bench) -> None:
    async with bench.database.session() as session:
        await set_state(OTHER, session, COPIES, RuleState.TESTING, now=NOW)
    await add(bench, OTHER)
    await bench.send(attack(NOW, "PC1"))
    await bench.send(attack(NOW, "PC1"), tenant="other")
    assert len(await bench.alerts()) == 1
    async with bench.database.reading() as session:
        assert (await list_alerts(OTHER, session))[1] == 0
        assert [t.outcome for t in await list_tallies(OTHER, session)] == [Outcome.EXCLUDED]
        assert await list_tallies(LEE, session) == []


async def test_a_tenants_level_holds_for_alerts_opened_from_then_on(bench: Bench) -> None:
    await bench.send(attack(NOW, "PC1"))
    async with bench.database.session() as session:
        await set_level(LEE, session, COPIES, Severity.LOW, now=NOW)
    await bench.send(attack(NOW, "PC1"), attack(NOW, "PC2"))
    await bench.send(attack(NOW, "PC1"), tenant="other")
    levels = {alert.entity: (alert.level, alert.count) for alert in await bench.alerts()}
    assert levels == {"pc1.example.com": (Severity.HIGH, 2), "pc2.example.com": (Severity.LOW, 1)}
    async with bench.database.reading() as session:
        assert [alert.level for alert in (await list_alerts(OTHER, session))[0]] == [Severity.HIGH]


async def test_an_exclusion_holds_while_it_is_enabled_and_not_ended_or_expired(bench: Bench) -> None:
    exclusion = await add(bench, rule_id=EVERY_RULE)
    await bench.send(attack(NOW, "PC1"))
    assert await bench.alerts() == []
    async with bench.database.session() as session:
        await change_exclusion(LEE, session, exclusion.id, now=NOW, enabled=False)
    await bench.send(attack(NOW, "PC2"))
    async with bench.database.session() as session:
        await change_exclusion(LEE, session, exclusion.id, now=NOW, enabled=True)
    await bench.send(attack(NOW, "PC3"))
    async with bench.database.session() as session:
        await end_exclusion(LEE, session, exclusion.id, now=NOW)
    await bench.send(attack(NOW, "PC4"))
    assert sorted(alert.entity for alert in await bench.alerts()) == ["pc2.example.com", "pc4.example.com"]
    await add(bench)
    bench.clock.advance(25 * 3600)
    await bench.send(attack(NOW, "PC5"))
    assert len(await bench.alerts()) == 3


async def test_an_exclusion_that_has_run_out_is_no_part_of_the_policy(bench: Bench) -> None:
    made = await add(bench)
    async with bench.database.reading() as session:
        assert (await read_policy(session, now=made.expires - 1)).about("default", COPIES) == (made,)
        assert (await read_policy(session, now=made.expires)).exclusions == {}


async def test_an_exclusion_may_read_what_signals_do_not_carry(bench: Bench) -> None:
    await add(bench, condition="selection:\n  ParentCommandLine: invoice.exe\ncondition: selection\n")
    await bench.send(attack(NOW, "PC1"))
    assert await bench.alerts() == []


SIGNAL = Signal(1, "e1", "default", NOW, ("a", "b"), {})


def exclusion(rule_id: str, condition: str = MIA) -> Exclusion:
    return Exclusion("x", "default", rule_id, condition, "o", "r", NOW, "o", NOW + DAY)


async def test_in_doubt_the_alert_is_raised() -> None:
    async def nothing(_tenant: str, _ids: object) -> list[Event]:
        return []

    policy = Policy({}, {("default", "a"): (exclusion("a"),)})
    sifted = await sift([SIGNAL], policy, nothing)
    assert (sifted.signals, sifted.kept_back) == ([SIGNAL], {})


async def test_other_rules_of_the_same_event_still_raise() -> None:
    event = Event("e1", "default", NOW, NOW, "b", "s", "p", None, {}, {"User": "X\\mia"}, "")  # type: ignore[arg-type]

    async def fetch(_tenant: str, _ids: object) -> list[Event]:
        return [event]

    policy = Policy({}, {("default", "a"): (exclusion("a", "broken"), exclusion("a"))})
    sifted = await sift([SIGNAL], policy, fetch)
    assert sifted.signals == [replace(SIGNAL, rules=("b",))]
    assert [key[1:4] for key in sifted.kept_back] == [("a", Outcome.EXCLUDED, "x")]
