"""Between stored matches and alerts: what the tenants decided about rules is applied here.

Why here and not where events are matched. A match stays with its event whatever is decided later, so nothing is
hidden from a search, a hunt or a backtest, and an excluded match can be told from no match. A decision holds from
the next match on, in every worker process, without a restart. Exclusions look at the whole event, which is read from
the store for those matches alone whose rule has an exclusion. What is kept back is counted in the transaction that
moves the checkpoint: exactly once, like the alerts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor, Permission, robot
from ringfence.core.errors import RingfenceError
from ringfence.core.severity import Severity
from ringfence.detect.rules.condition import covers
from ringfence.detect.rules.model import DAY, Exclusion, Fate, Outcome, Policy, RuleState, Tally
from ringfence.detect.rules.store import ExclusionRow, RuleLifeRow, TallyRow, to_exclusion, to_life
from ringfence.ecs.event import Event
from ringfence.events.model import Signal
from ringfence.runtime.database import mine

log = structlog.get_logger()

MAX_SAMPLES = 10
_CHUNK = 500

Fetch = Callable[[str, Sequence[str]], Awaitable[list[Event]]]
"""Returns the stored events of a tenant with these ids."""


@dataclass(slots=True)
class Sifted:
    """What is left of the signals, and by (tenant, rule, outcome, exclusion, day) what was kept back."""

    signals: list[Signal]
    kept_back: dict[tuple[str, str, Outcome, str, int], Tally] = field(
        default_factory=dict[tuple[str, str, Outcome, str, int], Tally]
    )

    def keep_back(self, signal: Signal, rule_id: str, outcome: Outcome, exclusion_id: str = "") -> None:
        """Count one match."""
        day = signal.time // DAY * DAY
        key = (signal.tenant, rule_id, outcome, exclusion_id, day)
        tally = self.kept_back.get(key)
        if tally is None:
            tally = Tally(rule_id, outcome, exclusion_id, day, 0, signal.time, signal.time)
        self.kept_back[key] = replace(
            tally,
            count=tally.count + 1,
            first=min(tally.first, signal.time),
            last=max(tally.last, signal.time),
            samples=(*tally.samples, signal.event_id)[:MAX_SAMPLES],
        )


async def read_policy(session: AsyncSession, *, now: int) -> Policy:
    """Return the decisions of all tenants that hold now; for the one reader of all tenants' signals."""
    lives = await session.scalars(select(RuleLifeRow))  # tenant-wide on purpose: signals of all tenants come at once
    open_ = select(ExclusionRow).where(ExclusionRow.ended.is_(None), ExclusionRow.enabled, ExclusionRow.expires > now)
    exclusions: dict[tuple[str, str], list[Exclusion]] = {}
    for row in await session.scalars(open_.order_by(ExclusionRow.created, ExclusionRow.id)):
        exclusions.setdefault((row.tenant, row.rule_id), []).append(to_exclusion(row))
    return Policy(
        {(row.tenant, row.rule_id): to_life(row) for row in lives},
        {key: tuple(found) for key, found in exclusions.items()},
    )


async def sift(signals: Sequence[Signal], policy: Policy, fetch: Fetch) -> Sifted:
    """Return the signals with the rules that may raise alerts, in their order; those without any are left out.

    A match whose event cannot be read, or whose exclusion cannot be evaluated, raises its alert: in doubt one alert
    too many.
    """
    if not policy.lives and not policy.exclusions:
        return Sifted(list(signals))
    events = await _events(signals, policy, fetch)
    return await asyncio.to_thread(_apply, signals, policy, events)


def _apply(signals: Sequence[Signal], policy: Policy, events: Mapping[str, Event]) -> Sifted:
    sifted = Sifted([])
    for signal in signals:
        rules = tuple(rule for rule in signal.rules if _raises(signal, rule, policy, events, sifted))
        if rules:
            sifted.signals.append(signal if len(rules) == len(signal.rules) else replace(signal, rules=rules))
    return sifted


def levels_of(policy: Policy) -> dict[tuple[str, str], Severity]:
    """Return the levels that tenants gave to rules, by tenant and rule id."""
    return {key: life.level for key, life in policy.lives.items() if life.level is not None}


async def record_kept_back(session: AsyncSession, sifted: Sifted, *, now: int) -> None:
    """Add what was kept back to the counts of its day and to its exclusion; in the checkpoint's transaction."""
    for (tenant, rule_id, outcome, exclusion_id, day), tally in sifted.kept_back.items():
        key = (tenant, rule_id, outcome.value, exclusion_id, day)
        row = await session.get(TallyRow, key)
        if row is None:
            row = TallyRow(tenant=tenant, rule_id=rule_id, outcome=outcome.value, exclusion_id=exclusion_id, day=day)
            row.count, row.first, row.last, row.samples = 0, tally.first, tally.last, []
            session.add(row)
        row.count += tally.count
        row.first, row.last = min(row.first, tally.first), max(row.last, tally.last)
        row.samples = [*row.samples, *tally.samples][:MAX_SAMPLES]
        if exclusion_id:
            statement = select(ExclusionRow).where(ExclusionRow.id == exclusion_id)
            exclusion = await session.scalar(mine(statement, robot(tenant), ExclusionRow))
            if exclusion is not None:
                exclusion.hits += tally.count
                # The clock's time, not the event's: an exclusion that swallows old logs is in use today.
                exclusion.last_hit = max(now, exclusion.last_hit or 0)
    await session.flush()


async def fates_of(actor: Actor, session: AsyncSession, event: Event, *, now: int) -> list[Fate]:
    """Return, for each rule that matched the event, whether such a match raises an alert today, and else why not."""
    actor.require(Permission.READ_RULES)
    policy = await read_policy(session, now=now)
    return [
        Fate(rule, policy.state(actor.tenant, rule), excluded_by(event, policy.about(actor.tenant, rule)))
        for rule in event.rules
    ]


def excluded_by(event: Event, exclusions: Sequence[Exclusion]) -> Exclusion | None:
    """Return the first exclusion that covers the event, None where none does."""
    for exclusion in exclusions:
        try:
            if covers(exclusion.condition, event):
                return exclusion
        except RingfenceError as error:
            log.warning("exclusion.not_evaluated", exclusion=exclusion.id, reason=str(error))
    return None


async def _events(signals: Sequence[Signal], policy: Policy, fetch: Fetch) -> dict[str, Event]:
    wanted: dict[str, list[str]] = {}
    for signal in signals:
        if any(policy.about(signal.tenant, rule) for rule in signal.rules):
            wanted.setdefault(signal.tenant, []).append(signal.event_id)
    events: dict[str, Event] = {}
    for tenant, ids in wanted.items():
        for start in range(0, len(ids), _CHUNK):
            events |= {event.id: event for event in await fetch(tenant, ids[start : start + _CHUNK])}
    return events


def _raises(signal: Signal, rule_id: str, policy: Policy, events: Mapping[str, Event], sifted: Sifted) -> bool:
    state = policy.state(signal.tenant, rule_id)
    if state in {RuleState.DRAFT, RuleState.DEPRECATED}:
        return False
    event = events.get(signal.event_id)
    if event is not None:
        exclusion = excluded_by(event, policy.about(signal.tenant, rule_id))
        if exclusion is not None:
            sifted.keep_back(signal, rule_id, Outcome.EXCLUDED, exclusion.id)
            return False
    if state is RuleState.TESTING:
        sifted.keep_back(signal, rule_id, Outcome.TESTING)
        return False
    return True
