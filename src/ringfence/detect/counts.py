"""Numbers over alerts for overview pages."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import UsageError
from ringfence.core.severity import Severity
from ringfence.detect.alerts import narrowed
from ringfence.detect.model import AlertFilter, AlertStatus, LevelBucket, TopEntity, TopRule
from ringfence.detect.store import AlertEntityRow, AlertRow
from ringfence.runtime.database import mine

_MAX_BUCKETS = 1000
_BY_RANK = list(Severity)


async def alert_counts(
    actor: Actor, session: AsyncSession, wanted: AlertFilter | None = None
) -> tuple[dict[Severity, int], dict[AlertStatus, int]]:
    """Return the number of alerts by level and by status; every level and status is there."""
    actor.require(Permission.READ_ALERTS)
    statement = select(AlertRow.level, AlertRow.status, func.count()).group_by(AlertRow.level, AlertRow.status)
    levels = dict.fromkeys(Severity, 0)
    states = dict.fromkeys(AlertStatus, 0)
    for level, status, count in await session.execute(narrowed(statement, actor, wanted or AlertFilter())):
        levels[Severity(level)] += count
        states[AlertStatus(status)] += count
    return levels, states


async def alerts_over_time(
    actor: Actor, session: AsyncSession, start: int, end: int, *, buckets: int = 60
) -> list[LevelBucket]:
    """Return alerts by level in equal buckets over [start, end) by their first event; empty buckets are there."""
    actor.require(Permission.READ_ALERTS)
    if end <= start or not 0 < buckets <= _MAX_BUCKETS:
        raise UsageError(f"a span ends after it starts and has 1 to {_MAX_BUCKETS} buckets")
    width = -(-(end - start) // buckets)
    bucket = ((AlertRow.first - start) // width).label("bucket")
    statement = (
        select(bucket, AlertRow.level, func.count())
        .where(AlertRow.first >= start, AlertRow.first < end)
        .group_by(bucket, AlertRow.level)
    )
    result = [LevelBucket(start + number * width, dict.fromkeys(Severity, 0)) for number in range(buckets)]
    for number, level, count in await session.execute(mine(statement, actor, AlertRow)):
        result[int(number)].counts[Severity(level)] = count
    return result


async def top_rules(
    actor: Actor, session: AsyncSession, wanted: AlertFilter | None = None, *, limit: int = 10
) -> list[TopRule]:
    """Return the rules with the most alerts, then the most signals."""
    actor.require(Permission.READ_ALERTS)
    alerts, signals = func.count(), func.sum(AlertRow.count)
    statement = (
        select(AlertRow.rule_id, func.max(AlertRow.title), func.max(AlertRow.rank), alerts, signals)
        .group_by(AlertRow.rule_id)
        .order_by(alerts.desc(), signals.desc(), AlertRow.rule_id)
        .limit(limit)
    )
    rows = await session.execute(narrowed(statement, actor, wanted or AlertFilter()))
    return [TopRule(rule, title, _BY_RANK[rank], count, int(total)) for rule, title, rank, count, total in rows]


async def top_entities(
    actor: Actor, session: AsyncSession, kind: str = "host", wanted: AlertFilter | None = None, *, limit: int = 10
) -> list[TopEntity]:
    """Return the hosts (or users, sources, ...) named by the most alerts, the worst level first among equals."""
    actor.require(Permission.READ_ALERTS)
    alerts, worst = func.count(), func.max(AlertRow.rank)
    statement = (
        select(AlertEntityRow.value, alerts, worst)
        .join(AlertRow, AlertRow.id == AlertEntityRow.alert_id)
        .where(AlertEntityRow.kind == kind)
        .group_by(AlertEntityRow.value)
        .order_by(alerts.desc(), worst.desc(), AlertEntityRow.value)
        .limit(limit)
    )
    wanted = wanted or AlertFilter()
    # An entity's `last` is that of its alert: asked for here too, an index leads to the few that are young enough.
    if wanted.since is not None:
        statement = statement.where(AlertEntityRow.last >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AlertEntityRow.last < wanted.until)
    rows = await session.execute(mine(narrowed(statement, actor, wanted), actor, AlertEntityRow))
    return [TopEntity(value, count, _BY_RANK[rank]) for value, count, rank in rows]
