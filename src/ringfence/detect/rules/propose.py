"""From verdicts to proposals, and from an approved proposal to an exclusion or a threshold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.access import record
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import ConflictError, NotFoundError
from ringfence.core.ids import digest
from ringfence.detect.model import Alert
from ringfence.detect.rules.condition import covers, write_condition
from ringfence.detect.rules.edit import add_exclusion, list_exclusions, set_threshold
from ringfence.detect.rules.history import History, gather, judged_alerts
from ringfence.detect.rules.model import Backtest, Proposal, ProposalKind, ProposalState
from ringfence.detect.rules.smallest import Limits, smallest_exclusions, smallest_threshold
from ringfence.detect.rules.store import ProposalRow, to_proposal
from ringfence.events.ports import EventStore
from ringfence.runtime.database import mine
from ringfence.sigma import Correlation, Rule

_EXAMPLES = 5


def alert_count(alert: Alert) -> float:
    """Return what an alert of a rule that counts reached: its number of events."""
    return float(alert.count)


async def propose(
    actor: Actor,
    session: AsyncSession,
    store: EventStore,
    rule_id: str,
    *,
    now: int,
    rule: Rule | Correlation | None = None,
    limits: Limits | None = None,
    reached: Callable[[Alert], float] = alert_count,
) -> list[Proposal]:
    """Return the open proposals for the rule from the verdicts of today, best first; they are stored.

    For a rule that counts (a correlation) a threshold is proposed, for any other one exclusions. Reading the past can
    take seconds: where others wait for the session's lock, `find_proposals` and `keep_proposals` do it in two steps.
    """
    found = await find_proposals(actor, session, store, rule_id, now=now, rule=rule, limits=limits, reached=reached)
    return await keep_proposals(actor, session, rule_id, found)


async def find_proposals(
    actor: Actor,
    session: AsyncSession,
    store: EventStore,
    rule_id: str,
    *,
    now: int,
    rule: Rule | Correlation | None = None,
    limits: Limits | None = None,
    reached: Callable[[Alert], float] = alert_count,
) -> list[Proposal]:
    """Return what today's verdicts lead to, best first; nothing is written."""
    actor.require(Permission.RULES_EDIT)
    if isinstance(rule, Correlation):
        return await _threshold(actor, session, rule, now, reached)
    return await _exclusions(actor, session, store, rule_id, rule, now, limits)


async def keep_proposals(
    actor: Actor, session: AsyncSession, rule_id: str, found: Sequence[Proposal]
) -> list[Proposal]:
    """Return those that are open, which are stored.

    What was decided once is not proposed again; open proposals of the rule that are not among `found` become
    `superseded`.
    """
    actor.require(Permission.RULES_EDIT)
    known = {row.id: row for row in await session.scalars(_rows(actor, rule_id))}
    kept: list[Proposal] = []
    for proposal in found:
        row = known.get(proposal.id)
        if row is None:
            session.add(_row(proposal))
        elif row.state in {ProposalState.OPEN.value, ProposalState.SUPERSEDED.value}:
            row.state, row.backtest = ProposalState.OPEN.value, asdict(proposal.backtest)
        else:
            continue
        kept.append(proposal)
    for row in known.values():
        if row.state == ProposalState.OPEN.value and row.id not in {one.id for one in kept}:
            row.state = ProposalState.SUPERSEDED.value
    await session.flush()
    return kept


async def approve(
    actor: Actor,
    session: AsyncSession,
    store: EventStore,
    proposal_id: str,
    *,
    now: int,
    expires: int,
    reason: str,
    owner: str = "",
    rule: Rule | None = None,
) -> Proposal:
    """Return the proposal, approved: its exclusion or threshold holds from the next match on.

    Verdicts may have come since it was made, so it is tested again: raises `ConflictError` where it would hide what
    must be kept today, or was decided already.
    """
    actor.require(Permission.RULES_EDIT)
    row = await _open_row(actor, session, proposal_id)
    if row.kind == ProposalKind.EXCLUSION.value:
        history = await gather(actor, session, store, row.rule_id, rule, with_background=False)
        if any(covers(row.condition, event) for event in history.past.keep):
            raise ConflictError(
                "this exclusion would hide a true positive by now", remedy="look for proposals again, or reject it"
            )
        exclusion = await add_exclusion(
            actor, session, rule_id=row.rule_id, condition=row.condition, reason=reason, expires=expires, now=now,
            owner=owner, proposal_id=row.id,
        )  # fmt: skip
        row.exclusion_id = exclusion.id
    else:
        await set_threshold(actor, session, row.rule_id, row.threshold, now=now, reason=reason)
    return await _decided(actor, session, row, ProposalState.APPROVED, now, reason)


async def reject(actor: Actor, session: AsyncSession, proposal_id: str, *, now: int, reason: str = "") -> Proposal:
    """Return the proposal, rejected: it is not made again."""
    actor.require(Permission.RULES_EDIT)
    row = await _open_row(actor, session, proposal_id)
    return await _decided(actor, session, row, ProposalState.REJECTED, now, reason)


async def get_proposal(actor: Actor, session: AsyncSession, proposal_id: str) -> Proposal:
    """Return the proposal; raises `NotFoundError`, also for one of another tenant."""
    actor.require(Permission.READ_RULES)
    return to_proposal(await _proposal_row(actor, session, proposal_id))


async def list_proposals(
    actor: Actor, session: AsyncSession, *, rule_id: str = "", state: ProposalState | None = ProposalState.OPEN
) -> list[Proposal]:
    """Return proposals, newest first (at most 1,000)."""
    actor.require(Permission.READ_RULES)
    statement = mine(select(ProposalRow), actor, ProposalRow)
    if rule_id:
        statement = statement.where(ProposalRow.rule_id == rule_id)
    if state is not None:
        statement = statement.where(ProposalRow.state == state.value)
    page = statement.order_by(ProposalRow.created.desc(), ProposalRow.id).limit(1000)
    return [to_proposal(row) for row in await session.scalars(page)]


def backtest(history: History, condition: str) -> Backtest:
    """Return what the condition would have done to the past, evaluated as it would be live."""
    past = history.past
    removed = [one for one, events in past.false.items() if all(covers(condition, event) for event in events)]
    kept = [
        alert.id
        for alert in history.true_alerts
        if not any(covers(condition, event) for event in history.true.get(alert.id, ()))
    ]
    blind = [event.id for event in past.unjudged if covers(condition, event)]
    other = sum(1 for event in past.background if covers(condition, event))
    return Backtest(
        false_removed=len(removed),
        false_total=len(past.false),
        true_kept=len(kept),
        true_total=len(history.true_alerts),
        blind_events=len(blind),
        blind_total=len(past.unjudged),
        background=other / len(past.background) if past.background else 0.0,
        blind_examples=tuple(blind[:_EXAMPLES]),
        incomplete=history.incomplete,
    )


async def _exclusions(
    actor: Actor,
    session: AsyncSession,
    store: EventStore,
    rule_id: str,
    rule: Rule | None,
    now: int,
    limits: Limits | None,
) -> list[Proposal]:
    active, _ = await list_exclusions(actor, session, rule_id=rule_id)
    history = await gather(actor, session, store, rule_id, rule, [one for one in active if one.holds_at(now)])
    keep = history.past.keep

    def confirm(items: Sequence[tuple[str, str]]) -> bool:
        condition = write_condition(items)
        return not any(covers(condition, event) for event in keep)

    proposals: list[Proposal] = []
    for found in smallest_exclusions(history.past, limits, confirm=confirm):
        condition = write_condition(found.items)
        proposals.append(
            Proposal(
                id=digest("proposal", actor.tenant, rule_id, condition),
                tenant=actor.tenant,
                rule_id=rule_id,
                kind=ProposalKind.EXCLUSION,
                backtest=backtest(history, condition),
                created=now,
                condition=condition,
                items=found.items,
            )
        )
    return proposals


async def _threshold(
    actor: Actor, session: AsyncSession, rule: Correlation, now: int, reached: Callable[[Alert], float]
) -> list[Proposal]:
    current = limit_of(rule)
    if current is None:
        return []
    false, true = await judged_alerts(actor, session, rule.id)
    low, high = [reached(alert) for alert in false], [reached(alert) for alert in true]
    limit = smallest_threshold(low, high, current)
    if limit is None:
        return []
    test = Backtest(
        false_removed=sum(1 for value in low if value < limit),
        false_total=len(low),
        true_kept=sum(1 for value in high if value >= limit),
        true_total=len(high),
        blind_events=0,
        blind_total=0,
        background=0.0,
    )
    mark = digest("proposal", actor.tenant, rule.id, f"{limit:g}")
    return [Proposal(mark, actor.tenant, rule.id, ProposalKind.THRESHOLD, test, now, threshold=limit)]


def limit_of(rule: Correlation) -> float | None:
    """Return the lower limit that a correlation asks for (`gte`, or `gt` plus one); None where it has none."""
    condition = rule.definition.get("condition")
    if not isinstance(condition, dict):
        return None
    for name, extra in (("gte", 0), ("gt", 1)):
        value = condition.get(name)
        if isinstance(value, (int, float)):
            return float(value) + extra
    return None


def _rows(actor: Actor, rule_id: str) -> Select[ProposalRow]:
    return mine(select(ProposalRow).where(ProposalRow.rule_id == rule_id), actor, ProposalRow)


async def _proposal_row(actor: Actor, session: AsyncSession, proposal_id: str) -> ProposalRow:
    statement = mine(select(ProposalRow).where(ProposalRow.id == proposal_id), actor, ProposalRow)
    row = await session.scalar(statement)
    if row is None:
        raise NotFoundError(f"there is no proposal {proposal_id}")
    return row


async def _open_row(actor: Actor, session: AsyncSession, proposal_id: str) -> ProposalRow:
    row = await _proposal_row(actor, session, proposal_id)
    if row.state != ProposalState.OPEN.value:
        raise ConflictError(f"this proposal is {row.state} already")
    return row


async def _decided(
    actor: Actor, session: AsyncSession, row: ProposalRow, state: ProposalState, now: int, reason: str
) -> Proposal:
    row.state, row.decided, row.decided_by = state.value, now, actor.name[:128]
    await session.flush()
    await record(
        session, now=now, tenant=actor.tenant, actor=actor.name, action=f"rule.proposal.{state.value}", object_=row.id,
        rule=row.rule_id, condition=row.condition, threshold=row.threshold, reason=reason, backtest=row.backtest,
    )  # fmt: skip
    return to_proposal(row)


def _row(proposal: Proposal) -> ProposalRow:
    return ProposalRow(
        id=proposal.id,
        tenant=proposal.tenant,
        rule_id=proposal.rule_id,
        kind=proposal.kind.value,
        condition=proposal.condition,
        items=[list(item) for item in proposal.items],
        threshold=proposal.threshold,
        backtest=asdict(proposal.backtest),
        created=proposal.created,
        state=proposal.state.value,
        decided=None,
        decided_by="",
        exclusion_id="",
    )
