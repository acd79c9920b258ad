"""A rule over the history: a backtest before it goes live, retro-detection after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import ConflictError
from ringfence.detect.alerts import alerts_about
from ringfence.detect.model import Verdict
from ringfence.detect.sql.compile import matching_any
from ringfence.detect.sql.model import Backtest, Findings, Retro, Touched
from ringfence.events.model import Extent, Matching, TimeRange
from ringfence.events.ports import EventStore
from ringfence.sigma import Rule
from ringfence.sigma.version import rule_key

SLICE_EVENTS = 400_000
"""Events that one statement looks through at the most, as far as time can be cut so: some hundred milliseconds."""

_CUTS = 1_000
_GROUPS = 100_000


async def slices(actor: Actor, store: EventStore, span: TimeRange) -> list[tuple[TimeRange, int]]:
    """Return parts of the span in order of time, with their numbers of events; time without events is left out."""
    bars = await store.histogram(actor, "", span, buckets=_CUTS)
    made: list[tuple[TimeRange, int]] = []
    begin, count = None, 0
    for place, bar in enumerate(bars):
        end = bars[place + 1].start if place + 1 < len(bars) else span.end
        if bar.count and begin is None:
            begin = max(bar.start, span.start or 0)
        count += bar.count
        if begin is not None and (count >= SLICE_EVENTS or place + 1 == len(bars)):
            made.append((TimeRange(begin, end), count))
            begin, count = None, 0
    return made


async def backtest(
    actor: Actor, store: EventStore, rule: Rule, span: TimeRange, session: AsyncSession | None = None
) -> Backtest:
    """Return what the rule would have found in the actor's stored events of the span.

    With a session, alerts with a verdict about the same entities are told too. Nothing is written.
    """
    actor.require(Permission.READ_RULES)
    started = time.perf_counter()
    findings, events = Findings(), 0
    for part, count in await slices(actor, store, span):
        matching, _ = matching_any([rule], await store.field_names(actor, part))
        await _count(actor, store, matching, part, findings)
        events += count
    touched = await _touched(actor, session, findings) if session is not None and findings.hits else []
    return Backtest(
        rule_id=rule.id,
        title=rule.title,
        span=span,
        events=events,
        hits=findings.hits,
        per_day=findings.per_day(),
        hosts=findings.top(findings.hosts),
        users=findings.top(findings.users),
        sources=findings.top(findings.sources),
        samples=findings.samples,
        touched=touched,
        took_ms=(time.perf_counter() - started) * 1000,
    )


async def _count(actor: Actor, store: EventStore, matching: Matching, part: TimeRange, findings: Findings) -> None:
    for tally in await store.tally(actor, matching, part, limit=_GROUPS):
        findings.add(tally)


async def _touched(actor: Actor, session: AsyncSession, findings: Findings) -> list[Touched]:
    values: list[str] = []
    for counts in (findings.hosts, findings.users, findings.sources):
        values += [top.value for top in findings.top(counts, 200)]
    alerts = await alerts_about(actor, session, values, since=findings.first or 0, until=findings.last or 0)
    return [
        Touched(alert.id, alert.rule_id, alert.title, alert.entity, alert.verdict, alert.last)
        for alert in alerts
        if alert.verdict is not Verdict.NONE
    ]


async def retro_detect(
    actor: Actor,
    store: EventStore,
    rule: Rule,
    span: TimeRange,
    *,
    write: bool = False,
    resume: Retro | None = None,
    saved: Callable[[Retro], Awaitable[None]] | None = None,
    rest: float = 0.0,
) -> Retro:
    """Run a rule over the actor's history slice by slice and return what it found.

    `saved` is called after each slice; what it was given can be handed in again as `resume`, and the way goes on from
    there. With `write` each match that the event does not have yet becomes a signal, and so an alert; running it again
    doubles nothing. `rest` seconds are slept between slices, so that people's searches go first.
    """
    actor.require(Permission.READ_RULES)
    if write:
        actor.require(Permission.TRIAGE_ALERTS)
    retro = resume or Retro(rule.id, rule_key(rule), span.start, span.end)
    if (retro.key, retro.start, retro.end) != (rule_key(rule), span.start, span.end):
        raise ConflictError("this checkpoint is of another rule, version or span", remedy="start from the beginning")
    if retro.done:
        return retro
    todo = TimeRange(retro.reached if retro.reached is not None else span.start, span.end)
    for part, _ in await slices(actor, store, todo):
        matching, conditions = matching_any([rule], await store.field_names(actor, part))
        await _count(actor, store, matching, part, retro.findings)
        if write:
            retro.written += await store.add_signals(matching, conditions, [rule.id], Extent(actor.tenant, part))
        retro.reached = part.end
        if saved is not None:
            await saved(retro)
        await asyncio.sleep(rest)
    retro.done = True
    if saved is not None:
        await saved(retro)
    return retro
