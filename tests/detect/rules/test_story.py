"""The story of a false positive: ten alerts, verdicts, a proposal, approval, the eleventh stays quiet."""

from __future__ import annotations

import pytest
from tests.detect.rules.conftest import COPIES, HOUR, NOW, Bench, attack, backup, ordinary
from tests.detect.rules.people import LEE, OTHER

from ringfence.access import entries
from ringfence.core.errors import ConflictError
from ringfence.detect import Verdict, close_alert, set_verdict
from ringfence.detect.rules import (
    Ended,
    Outcome,
    Proposal,
    ProposalState,
    add_exclusion,
    approve,
    covers,
    fates_of,
    find_proposals,
    get_exclusion,
    list_proposals,
    list_tallies,
    propose,
    reject,
)

DAY = 24 * HOUR
START = NOW - 12 * DAY


async def ten_false_alerts(bench: Bench) -> None:
    for day in range(10):
        await bench.send(backup(START + day * DAY, f"SRV{day % 5}"), *(ordinary(START + n, "PC1") for n in range(20)))
    alerts = await bench.alerts()
    assert len(alerts) == 10
    async with bench.database.session() as session:
        for alert in alerts:
            await close_alert(LEE, session, alert.id, Verdict.FALSE_POSITIVE)


async def one_true_alert(bench: Bench, host: str = "PC7") -> None:
    await bench.send(attack(START + 3 * HOUR, host))
    found = next(alert for alert in await bench.alerts(entity=host) if alert.verdict is Verdict.NONE)
    async with bench.database.session() as session:
        await set_verdict(LEE, session, found.id, Verdict.TRUE_POSITIVE)


async def test_the_eleventh_stays_quiet_and_the_true_positive_still_fires(bench: Bench) -> None:
    await ten_false_alerts(bench)
    await one_true_alert(bench)
    rule = bench.ruleset.by_id[COPIES]
    async with bench.database.session() as session:
        first, *_ = await propose(LEE, session, bench.store, COPIES, now=NOW, rule=rule)
    assert first.items == (("ParentImage", "C:\\Program Files\\Keeper\\keeper.exe"),)
    assert first.condition == (
        "selection:\n  ParentImage: C:\\Program Files\\Keeper\\keeper.exe\ncondition: selection\n"
    )
    test = first.backtest
    assert (test.false_removed, test.false_total, test.true_kept, test.true_total) == (10, 10, 1, 1)
    assert (test.blind_events, test.blind_total, test.background, test.incomplete) == (0, 0, 0.0, False)

    async with bench.database.session() as session:
        done = await approve(
            LEE, session, bench.store, first.id, now=NOW, expires=NOW + 90 * DAY, reason="nightly backup", rule=rule
        )
    assert done.state is ProposalState.APPROVED

    bench.clock.advance(3600)
    quiet, _ = await bench.send(backup(NOW, "SRV2"), ordinary(NOW, "PC1"))
    assert len(await bench.alerts()) == 11  # the ten and the true one
    loud = (await bench.send(attack(NOW + HOUR, "PC8")))[0]
    alerts = await bench.alerts(entity="PC8.example.com")
    assert [(alert.rule_id, alert.samples) for alert in alerts] == [(COPIES, (loud,))]

    async with bench.database.reading() as session:
        exclusion = await get_exclusion(LEE, session, done.exclusion_id)
        tallies = await list_tallies(LEE, session, exclusion_id=exclusion.id)
        audited = [entry.action for entry in await entries(LEE, session)]
        event = (await bench.store.get(LEE, [quiet]))[0]
        fates = await fates_of(LEE, session, event, now=bench.clock.now_us())
    assert (exclusion.hits, exclusion.last_hit) == (1, NOW + HOUR)
    assert [(t.outcome, t.count, t.samples) for t in tallies] == [(Outcome.EXCLUDED, 1, (quiet,))]
    assert audited == ["rule.proposal.approved", "rule.exclusion.added"]
    assert event.rules == (COPIES,)  # the match stays with its event
    assert [(fate.raises, fate.exclusion and fate.exclusion.id) for fate in fates] == [(False, exclusion.id)]

    bench.clock.advance(31 * 24 * 3600)
    await bench.send(ordinary(NOW, "PC1"))  # the loop tidies by itself
    async with bench.database.reading() as session:
        assert (await get_exclusion(LEE, session, exclusion.id)).ended_why is Ended.STALE
    await bench.send(backup(NOW + 32 * DAY, "SRV3"))
    assert len(await bench.alerts()) == 13


async def test_where_an_attacker_was_nothing_is_made_quiet(bench: Bench) -> None:
    for day in range(6):
        await bench.send(backup(START + day * DAY, "SRV1"))
    async with bench.database.session() as session:
        for alert in await bench.alerts():
            await close_alert(LEE, session, alert.id, Verdict.FALSE_POSITIVE)
    rule = bench.ruleset.by_id[COPIES]
    async with bench.database.session() as session:
        (proposal,) = await propose(LEE, session, bench.store, COPIES, now=NOW, rule=rule)
    await one_true_alert(bench, "SRV1")
    async with bench.database.session() as session:
        with pytest.raises(ConflictError, match="would hide a true positive by now"):
            await approve(
                LEE, session, bench.store, proposal.id, now=NOW, expires=NOW + DAY, reason="backup", rule=rule
            )
        assert await propose(LEE, session, bench.store, COPIES, now=NOW, rule=rule) == []
        assert [one.state for one in await list_proposals(LEE, session, state=None)] == [ProposalState.SUPERSEDED]


async def test_what_was_rejected_is_not_proposed_again_and_is_of_its_tenant_alone(bench: Bench) -> None:
    await ten_false_alerts(bench)
    rule = bench.ruleset.by_id[COPIES]
    async with bench.database.session() as session:
        (proposal,) = await propose(LEE, session, bench.store, COPIES, now=NOW, rule=rule)
        assert await propose(OTHER, session, bench.store, COPIES, now=NOW, rule=rule) == []
        assert await list_proposals(OTHER, session) == []
        assert (await reject(LEE, session, proposal.id, now=NOW)).state is ProposalState.REJECTED
        assert await propose(LEE, session, bench.store, COPIES, now=NOW, rule=rule) == []


async def proposals(bench: Bench) -> list[Proposal]:
    rule = bench.ruleset.by_id[COPIES]
    async with bench.database.reading() as session:
        return await find_proposals(LEE, session, bench.store, COPIES, now=NOW, rule=rule)


async def test_a_match_that_nobody_judged_about_an_attacked_host_must_not_be_hidden(bench: Bench) -> None:
    await ten_false_alerts(bench)
    assert len(await proposals(bench)) == 1
    await one_true_alert(bench, "PC7")
    assert len(await proposals(bench)) == 1
    there, *_ = await bench.send(backup(NOW - DAY, "PC7"), attack(NOW - DAY, "PC8"), attack(NOW - DAY, "PC9"))
    (event,) = await bench.store.get(LEE, [there])
    found = await proposals(bench)
    assert [proposal.items[0][0] for proposal in found] == ["CommandLine"] * 3  # those of other drives alone
    assert [proposal for proposal in found if covers(proposal.condition, event)] == []


async def test_a_benign_true_positive_is_kept_too(bench: Bench) -> None:
    await ten_false_alerts(bench)
    alerts = await bench.alerts()
    async with bench.database.session() as session:
        await set_verdict(LEE, session, alerts[0].id, Verdict.BENIGN_TRUE_POSITIVE)
    found = await proposals(bench)
    assert all(proposal.backtest.true_kept == proposal.backtest.true_total == 1 for proposal in found)
    assert [proposal.items for proposal in found if proposal.items[0][0] == "ParentImage"] == []


async def test_what_an_exclusion_covers_already_leads_to_nothing(bench: Bench) -> None:
    await ten_false_alerts(bench)
    (proposal,) = await proposals(bench)
    async with bench.database.session() as session:
        await add_exclusion(
            LEE, session, rule_id=COPIES, condition=proposal.condition, reason="by hand", expires=NOW + DAY, now=NOW
        )
    assert await proposals(bench) == []
