"""The life of rules over HTTP: states, levels, exclusions, counts of quiet matches, proposals from verdicts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ringfence import detect
from ringfence.api.context import ApiContext, Caller, Context
from ringfence.core.actor import Permission
from ringfence.core.errors import NotFoundError
from ringfence.core.severity import Severity
from ringfence.detect import AlertFilter, AlertStatus, Verdict, rules
from ringfence.detect.rules import (
    Backtest,
    Exclusion,
    Outcome,
    Proposal,
    ProposalKind,
    ProposalState,
    RuleLife,
    RuleState,
    RuleVersion,
    Tally,
)
from ringfence.sigma import Correlation, Rule

router = APIRouter(tags=["rule life"])

_RULES_AT_ONCE = 50
"""Rules with the most false positives for which proposals are looked for in one call."""

Text = Annotated[str, Field(max_length=2000)]
Moment = Annotated[int, Field(ge=0, le=2**62, description="Microseconds since 1970-01-01 UTC")]
RuleId = Annotated[str, Query(max_length=128)]


class LifeChange(BaseModel):
    """What to decide about a rule; a part that is left out stays, null for level or threshold means the rule's own."""

    state: RuleState | None = None
    level: Severity | None = None
    threshold: float | None = None
    reason: Text = ""


class NewExclusion(BaseModel):
    """An exclusion to make. `condition` is the detection part of a Sigma rule as YAML; rule `*` means every rule."""

    rule_id: Annotated[str, Field(min_length=1, max_length=128)]
    condition: Annotated[str, Field(max_length=16_384)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    expires: Moment
    owner: Annotated[str, Field(max_length=128)] = ""


class ExclusionChange(BaseModel):
    """What to change; a part that is left out stays."""

    condition: Annotated[str, Field(max_length=16_384)] | None = None
    reason: Text | None = None
    expires: Moment | None = None
    owner: Annotated[str, Field(max_length=128)] | None = None
    enabled: bool | None = None


class ExclusionPage(BaseModel):
    """A page of exclusions and the number of all."""

    total: int
    exclusions: list[Exclusion]


class ProposalOut(BaseModel):
    """A proposal with the title of its rule."""

    id: str
    rule_id: str
    title: str
    kind: ProposalKind
    state: ProposalState
    condition: str
    items: list[tuple[str, str]]
    threshold: float | None
    backtest: Backtest
    created: int
    decided: int | None
    decided_by: str
    exclusion_id: str


class ProposalList(BaseModel):
    """Proposals, best first of each rule."""

    proposals: list[ProposalOut]


class Wanted(BaseModel):
    """For which rule; null: for every rule with false positives."""

    rule_id: Annotated[str, Field(max_length=128)] | None = None


class Approval(BaseModel):
    """Why, until when (an exclusion lasts at most a year), and who answers for it."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    expires: Moment
    owner: Annotated[str, Field(max_length=128)] = ""


class Rejection(BaseModel):
    """Why."""

    reason: Text = ""


class FateOut(BaseModel):
    """What a match of this rule does today: `raises` an alert, or not, with the exclusion that covers the event."""

    rule_id: str
    state: RuleState
    raises: bool
    exclusion: Exclusion | None


@router.get("/rule-lives")
async def list_lives(context: Context, caller: Caller) -> list[RuleLife]:
    """List what was decided about rules; a rule that is not named is in production as written."""
    async with context.database.reading() as session:
        return await rules.list_lives(caller, session)


@router.get("/rules/{rule_id}/life")
async def get_life(context: Context, caller: Caller, rule_id: str) -> RuleLife:
    """Return what was decided about one rule."""
    async with context.database.reading() as session:
        return await rules.get_life(caller, session, rule_id)


@router.patch("/rules/{rule_id}/life")
async def change_life(context: Context, caller: Caller, rule_id: str, body: LifeChange) -> RuleLife:
    """Change state, level or threshold of a rule; it holds from the next match on."""
    caller.require(Permission.RULES_EDIT)
    if _rule(context, rule_id) is None:
        raise NotFoundError(f"there is no rule {rule_id!r}")
    now = context.clock.now_us()
    async with context.database.session() as session:
        life = await rules.get_life(caller, session, rule_id)
        given = body.model_fields_set
        if body.state is not None:
            life = await rules.set_state(caller, session, rule_id, body.state, now=now, reason=body.reason)
        if "level" in given:
            life = await rules.set_level(caller, session, rule_id, body.level, now=now, reason=body.reason)
        if "threshold" in given:
            life = await rules.set_threshold(caller, session, rule_id, body.threshold, now=now, reason=body.reason)
    return life


@router.get("/rules/{rule_id}/versions")
async def list_versions(
    context: Context,
    caller: Caller,
    rule_id: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[RuleVersion]:
    """List the texts that a rule had, newest first, with author and difference."""
    async with context.database.reading() as session:
        return await rules.list_versions(caller, session, rule_id, limit=limit, offset=offset)


@router.get("/exclusions")
async def list_exclusions(
    context: Context,
    caller: Caller,
    rule_id: RuleId = "",
    ended: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> ExclusionPage:
    """List exclusions, newest first; with `ended` also those that no longer hold."""
    async with context.database.reading() as session:
        found, total = await rules.list_exclusions(
            caller, session, rule_id=rule_id, ended=ended, limit=limit, offset=offset
        )
    return ExclusionPage(total=total, exclusions=found)


@router.post("/exclusions", status_code=201)
async def add_exclusion(context: Context, caller: Caller, body: NewExclusion) -> Exclusion:
    """Make an exclusion; it holds from the next match on."""
    async with context.database.session() as session:
        return await rules.add_exclusion(caller, session, now=context.clock.now_us(), **body.model_dump())


@router.get("/exclusions/{exclusion_id}")
async def get_exclusion(context: Context, caller: Caller, exclusion_id: str) -> Exclusion:
    """Return one exclusion."""
    async with context.database.reading() as session:
        return await rules.get_exclusion(caller, session, exclusion_id)


@router.patch("/exclusions/{exclusion_id}")
async def change_exclusion(context: Context, caller: Caller, exclusion_id: str, body: ExclusionChange) -> Exclusion:
    """Change an exclusion that still holds."""
    now = context.clock.now_us()
    async with context.database.session() as session:
        return await rules.change_exclusion(caller, session, exclusion_id, now=now, **body.model_dump())


@router.delete("/exclusions/{exclusion_id}")
async def end_exclusion(context: Context, caller: Caller, exclusion_id: str) -> Exclusion:
    """End an exclusion; it is kept, and keeps nothing quiet any more."""
    async with context.database.session() as session:
        return await rules.end_exclusion(caller, session, exclusion_id, now=context.clock.now_us())


@router.get("/quiet-matches")
async def list_tallies(
    context: Context,
    caller: Caller,
    rule_id: RuleId = "",
    exclusion_id: Annotated[str, Query(max_length=32)] = "",
    outcome: Outcome | None = None,
    since: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> list[Tally]:
    """Count by day the matches that raised no alert, because their rule is in testing or an exclusion covers them."""
    async with context.database.reading() as session:
        return await rules.list_tallies(
            caller, session, rule_id=rule_id, exclusion_id=exclusion_id, outcome=outcome, since=since
        )


@router.get("/events/{event_id}/fates")
async def list_fates(context: Context, caller: Caller, event_id: str) -> list[FateOut]:
    """Say for each rule that matched an event whether that raises an alert today, and else why not."""
    found = await context.events.get(caller, [event_id])
    if not found:
        raise NotFoundError(f"there is no event {event_id[:64]!r}")
    async with context.database.reading() as session:
        fates = await rules.fates_of(caller, session, found[0], now=context.clock.now_us())
    return [FateOut(rule_id=f.rule_id, state=f.state, raises=f.raises, exclusion=f.exclusion) for f in fates]


@router.post("/rule-proposals")
async def propose(context: Context, caller: Caller, body: Wanted) -> ProposalList:
    """Look for what today's false positives suggest; proposals stay until they are decided or superseded."""
    caller.require(Permission.RULES_EDIT)
    now = context.clock.now_us()
    kept: list[Proposal] = []
    for rule_id in [body.rule_id] if body.rule_id else await _with_false_positives(context, caller):
        async with context.database.reading() as session:  # the past is read without holding the lock
            found = await rules.find_proposals(
                caller, session, context.events, rule_id, now=now, rule=_rule(context, rule_id)
            )
        async with context.database.session() as session:
            kept += await rules.keep_proposals(caller, session, rule_id, found)
    return ProposalList(proposals=[_out(context, one) for one in kept])


@router.get("/rule-proposals")
async def list_proposals(
    context: Context, caller: Caller, rule_id: RuleId = "", state: ProposalState = ProposalState.OPEN
) -> ProposalList:
    """List proposals in one state, newest first."""
    async with context.database.reading() as session:
        found = await rules.list_proposals(caller, session, rule_id=rule_id, state=state)
    return ProposalList(proposals=[_out(context, one) for one in found])


@router.post("/rule-proposals/{proposal_id}/approve")
async def approve(context: Context, caller: Caller, proposal_id: str, body: Approval) -> ProposalOut:
    """Approve a proposal: its exclusion or threshold holds from the next match on."""
    async with context.database.session() as session:
        known = await rules.get_proposal(caller, session, proposal_id)
        rule = _rule(context, known.rule_id)
        done = await rules.approve(
            caller, session, context.events, proposal_id, now=context.clock.now_us(), expires=body.expires,
            reason=body.reason, owner=body.owner, rule=rule if isinstance(rule, Rule) else None,
        )  # fmt: skip
    return _out(context, done)


@router.post("/rule-proposals/{proposal_id}/reject")
async def reject(context: Context, caller: Caller, proposal_id: str, body: Rejection) -> ProposalOut:
    """Reject a proposal; it is not made again."""
    async with context.database.session() as session:
        done = await rules.reject(caller, session, proposal_id, now=context.clock.now_us(), reason=body.reason)
    return _out(context, done)


async def _with_false_positives(context: ApiContext, caller: Caller) -> list[str]:
    wanted = AlertFilter(verdict=frozenset({Verdict.FALSE_POSITIVE}), status=frozenset({AlertStatus.CLOSED}))
    async with context.database.reading() as session:
        found = await detect.top_rules(caller, session, wanted, limit=_RULES_AT_ONCE)
    return [rule.rule_id for rule in found]


def _rule(context: ApiContext, rule_id: str) -> Rule | Correlation | None:
    loaded = context.rules()
    return loaded.by_id.get(rule_id) or next((one for one in loaded.correlations if one.id == rule_id), None)


def _out(context: ApiContext, proposal: Proposal) -> ProposalOut:
    rule = _rule(context, proposal.rule_id)
    values: dict[str, Any] = asdict(proposal)
    values.pop("tenant")
    return ProposalOut(title=rule.title if rule else proposal.rule_id, **values)
