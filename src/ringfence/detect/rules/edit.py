"""Decide about rules: states, levels, thresholds, exclusions. Every change is in the audit log."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.access import record
from ringfence.core.actor import Actor, Permission
from ringfence.core.clock import to_iso
from ringfence.core.errors import ConflictError, NotFoundError, UsageError
from ringfence.core.severity import Severity
from ringfence.detect.rules.condition import compile_condition
from ringfence.detect.rules.model import (
    DAY,
    EVERY_RULE,
    MAX_SPAN,
    Ended,
    Exclusion,
    Outcome,
    RuleLife,
    RuleState,
    Tally,
)
from ringfence.detect.rules.store import (
    ExclusionRow,
    RuleLifeRow,
    TallyRow,
    to_exclusion,
    to_life,
    to_tally,
)
from ringfence.runtime.database import mine

MAX_OPEN = 1000
"""Exclusions of one tenant that hold at once: each costs time for every match of its rule."""

_MAX_REASON = 2000
_MAX_NAME = 128


async def get_life(actor: Actor, session: AsyncSession, rule_id: str) -> RuleLife:
    """Return what the tenant decided about the rule; production as written where nothing was."""
    actor.require(Permission.READ_RULES)
    row = await _life_row(actor, session, rule_id)
    return RuleLife(rule_id) if row is None else to_life(row)


async def list_lives(actor: Actor, session: AsyncSession) -> list[RuleLife]:
    """Return every decision of the tenant, by rule id."""
    actor.require(Permission.READ_RULES)
    statement = mine(select(RuleLifeRow), actor, RuleLifeRow).order_by(RuleLifeRow.rule_id)
    return [to_life(row) for row in await session.scalars(statement)]


async def set_state(
    actor: Actor, session: AsyncSession, rule_id: str, state: RuleState, *, now: int, reason: str = ""
) -> RuleLife:
    """Return the rule's life with the new state, which holds from the next match on."""
    return await _decide(actor, session, rule_id, now, reason, state=state)


async def set_level(
    actor: Actor, session: AsyncSession, rule_id: str, level: Severity | None, *, now: int, reason: str = ""
) -> RuleLife:
    """Return the rule's life with another level for alerts opened from now on; None: the rule's own."""
    return await _decide(actor, session, rule_id, now, reason, level=level)


async def set_threshold(
    actor: Actor, session: AsyncSession, rule_id: str, threshold: float | None, *, now: int, reason: str = ""
) -> RuleLife:
    """Return the rule's life with another limit for a rule that counts; None: the rule's own."""
    if threshold is not None and not 0 < threshold < float("inf"):
        raise UsageError("a threshold is a number above 0")
    return await _decide(actor, session, rule_id, now, reason, threshold=threshold)


async def add_exclusion(
    actor: Actor,
    session: AsyncSession,
    *,
    rule_id: str,
    condition: str,
    reason: str,
    expires: int,
    now: int,
    owner: str = "",
    proposal_id: str = "",
) -> Exclusion:
    """Return the new exclusion, which holds from the next match on; `owner` is the actor where none is named.

    Raises `ContentError` with the place of a mistake in the condition, `UsageError` for the rest.
    """
    actor.require(Permission.RULES_EDIT)
    _check_id(rule_id)
    _check_span(now, expires)
    if not reason.strip():
        raise UsageError("an exclusion needs a reason")
    compile_condition(condition)
    if await _open_count(actor, session) >= MAX_OPEN:
        raise UsageError(f"{MAX_OPEN} exclusions hold already", remedy="end those that are not needed any more")
    row = ExclusionRow(
        id=secrets.token_hex(16),
        tenant=actor.tenant,
        rule_id=rule_id,
        condition=condition,
        owner=_bounded("owner", owner or actor.name, _MAX_NAME),
        reason=_bounded("reason", reason, _MAX_REASON),
        created=now,
        created_by=actor.name[:_MAX_NAME],
        expires=expires,
        enabled=True,
        proposal_id=proposal_id,
        hits=0,
        last_hit=None,
        ended=None,
        ended_by="",
        ended_why=None,
    )
    session.add(row)
    await session.flush()
    await _audit(
        actor, session, now, "rule.exclusion.added", row.id,
        rule=rule_id, condition=condition, reason=row.reason, owner=row.owner, expires=to_iso(expires),
    )  # fmt: skip
    return to_exclusion(row)


async def change_exclusion(
    actor: Actor,
    session: AsyncSession,
    exclusion_id: str,
    *,
    now: int,
    condition: str | None = None,
    owner: str | None = None,
    reason: str | None = None,
    expires: int | None = None,
    enabled: bool | None = None,
) -> Exclusion:
    """Return the exclusion with the given parts replaced; raises `ConflictError` for one that has ended."""
    actor.require(Permission.RULES_EDIT)
    row = await _exclusion_row(actor, session, exclusion_id)
    if row.ended is not None:
        raise ConflictError("this exclusion has ended", remedy="make a new one")
    before = to_exclusion(row)
    if condition is not None:
        compile_condition(condition)
        row.condition = condition
    if owner is not None:
        row.owner = _bounded("owner", owner, _MAX_NAME)
    if reason is not None:
        row.reason = _bounded("reason", reason, _MAX_REASON)
    if expires is not None:
        _check_span(now, expires)
        row.expires = expires
    if enabled is not None:
        row.enabled = enabled
    await session.flush()
    after = to_exclusion(row)
    names = ("condition", "owner", "reason", "expires", "enabled")
    changes = {
        name: [getattr(before, name), getattr(after, name)]
        for name in names
        if getattr(before, name) != getattr(after, name)
    }
    if changes:
        await _audit(actor, session, now, "rule.exclusion.changed", row.id, rule=row.rule_id, changes=changes)
    return after


async def end_exclusion(
    actor: Actor, session: AsyncSession, exclusion_id: str, *, now: int, why: Ended = Ended.BY_HAND
) -> Exclusion:
    """Return the exclusion, ended: it is kept, and keeps nothing quiet from the next match on."""
    actor.require(Permission.RULES_EDIT)
    row = await _exclusion_row(actor, session, exclusion_id)
    if row.ended is None:
        row.ended, row.ended_by, row.ended_why = now, actor.name[:_MAX_NAME], why.value
        await session.flush()
        await _audit(
            actor, session, now, "rule.exclusion.ended", row.id, rule=row.rule_id, why=why.value, hits=row.hits
        )
    return to_exclusion(row)


async def get_exclusion(actor: Actor, session: AsyncSession, exclusion_id: str) -> Exclusion:
    """Return the exclusion; raises `NotFoundError`, also for one of another tenant."""
    actor.require(Permission.READ_RULES)
    return to_exclusion(await _exclusion_row(actor, session, exclusion_id))


async def list_exclusions(
    actor: Actor, session: AsyncSession, *, rule_id: str = "", ended: bool = False, limit: int = 1000, offset: int = 0
) -> tuple[list[Exclusion], int]:
    """Return a page of exclusions, newest first, and the number of all; with `ended` also those that have ended.

    With `rule_id` those of the rule and those for every rule.
    """
    actor.require(Permission.READ_RULES)
    statement = mine(select(ExclusionRow), actor, ExclusionRow)
    if rule_id:
        statement = statement.where(ExclusionRow.rule_id.in_((rule_id, EVERY_RULE)))
    if not ended:
        statement = statement.where(ExclusionRow.ended.is_(None))
    total = await session.scalar(select(func.count()).select_from(statement.subquery()))
    page = statement.order_by(ExclusionRow.created.desc(), ExclusionRow.id).limit(min(limit, 1000)).offset(offset)
    return [to_exclusion(row) for row in await session.scalars(page)], total or 0


async def list_tallies(
    actor: Actor,
    session: AsyncSession,
    *,
    rule_id: str = "",
    exclusion_id: str = "",
    outcome: Outcome | None = None,
    since: int = 0,
) -> list[Tally]:
    """Return the matches by day that raised no alert, newest day first (at most 1,000)."""
    actor.require(Permission.READ_RULES)
    statement = mine(select(TallyRow), actor, TallyRow).where(TallyRow.day >= since // DAY * DAY)
    if rule_id:
        statement = statement.where(TallyRow.rule_id == rule_id)
    if exclusion_id:
        statement = statement.where(TallyRow.exclusion_id == exclusion_id)
    if outcome is not None:
        statement = statement.where(TallyRow.outcome == outcome.value)
    page = statement.order_by(TallyRow.day.desc(), TallyRow.rule_id, TallyRow.exclusion_id).limit(1000)
    return [to_tally(row) for row in await session.scalars(page)]


async def _decide(
    actor: Actor,
    session: AsyncSession,
    rule_id: str,
    now: int,
    reason: str,
    **changes: Any,
) -> RuleLife:
    actor.require(Permission.RULES_EDIT)
    _check_id(rule_id, also_every=False)
    row = await _life_row(actor, session, rule_id)
    before = RuleLife(rule_id) if row is None else to_life(row)
    told_reason = _bounded("reason", reason, _MAX_REASON)
    after = replace(before, changed=now, changed_by=actor.name[:_MAX_NAME], reason=told_reason, **changes)
    if row is None:
        row = RuleLifeRow(tenant=actor.tenant, rule_id=rule_id)
        session.add(row)
    row.state = after.state.value
    row.level = None if after.level is None else after.level.value
    row.threshold = after.threshold
    row.changed, row.changed_by, row.reason = after.changed, after.changed_by, after.reason
    await session.flush()
    told = {name: [getattr(before, name), getattr(after, name)] for name in changes}
    await _audit(actor, session, now, "rule.changed", rule_id, changes=told, reason=after.reason)
    return after


async def _life_row(actor: Actor, session: AsyncSession, rule_id: str) -> RuleLifeRow | None:
    statement = mine(select(RuleLifeRow).where(RuleLifeRow.rule_id == rule_id), actor, RuleLifeRow)
    return await session.scalar(statement)


async def _exclusion_row(actor: Actor, session: AsyncSession, exclusion_id: str) -> ExclusionRow:
    statement = mine(select(ExclusionRow).where(ExclusionRow.id == exclusion_id), actor, ExclusionRow)
    row = await session.scalar(statement)
    if row is None:
        raise NotFoundError(f"there is no exclusion {exclusion_id}")
    return row


async def _open_count(actor: Actor, session: AsyncSession) -> int:
    counting = select(func.count(ExclusionRow.id)).where(ExclusionRow.ended.is_(None))
    return await session.scalar(mine(counting, actor, ExclusionRow)) or 0


def _check_id(rule_id: str, *, also_every: bool = True) -> None:
    if not 0 < len(rule_id) <= _MAX_NAME or (rule_id == EVERY_RULE and not also_every):
        raise UsageError(f"{rule_id[:40]!r} is no id of a rule")


def _check_span(now: int, expires: int) -> None:
    if expires <= now:
        raise UsageError("an exclusion ends in the future")
    if expires > now + MAX_SPAN:
        raise UsageError("an exclusion lasts at most a year", remedy="it can be renewed")


def _bounded(name: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise UsageError(f"{name} has more than {limit} characters")
    return text


async def _audit(actor: Actor, session: AsyncSession, now: int, action: str, object_: str, **details: object) -> None:
    await record(session, now=now, tenant=actor.tenant, actor=actor.name, action=action, object_=object_, **details)
