"""Read the incidents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import NotFoundError
from ringfence.core.message import Message
from ringfence.core.severity import Level
from ringfence.detect import Alert, alerts_of_incident
from ringfence.incidents.model import (
    OPEN_STATUSES,
    Incident,
    IncidentDetail,
    IncidentFilter,
    IncidentSort,
    IncidentStatus,
    TimelineEntry,
)
from ringfence.incidents.store import ChangeRow, IncidentRow, JoinRow, to_change, to_incident, to_join
from ringfence.incidents.tactics import in_order
from ringfence.runtime.database import mine

MAX_PAGE = 1000
MAX_DETAILS = 2000


async def list_incidents(
    actor: Actor,
    session: AsyncSession,
    wanted: IncidentFilter | None = None,
    *,
    limit: int = 100,
    offset: int = 0,
    sort: IncidentSort = IncidentSort.LEVEL,
) -> tuple[list[Incident], int]:
    """Return a page of incidents (at most 1,000) and the number of all that match."""
    actor.require(Permission.READ_INCIDENTS)
    conditions = _conditions(wanted or IncidentFilter())
    total = await session.scalar(mine(select(func.count()).where(*conditions), actor, IncidentRow))
    statement = mine(select(IncidentRow).where(*conditions), actor, IncidentRow).order_by(*_order(sort))
    page = statement.limit(min(max(limit, 0), MAX_PAGE)).offset(max(offset, 0))
    return [to_incident(row) for row in await session.scalars(page)], total or 0


async def get_incident(actor: Actor, session: AsyncSession, incident_id: str) -> Incident:
    """Return the incident; raises `NotFoundError`, also for one of another tenant."""
    actor.require(Permission.READ_INCIDENTS)
    return to_incident(await row_of(actor, session, incident_id))


async def show_incident(actor: Actor, session: AsyncSession, incident_id: str) -> IncidentDetail:
    """Return the incident with its alerts, timeline, joins and audit trail."""
    incident = await get_incident(actor, session, incident_id)
    alerts = await alerts_of_incident(actor, session, incident_id, limit=MAX_DETAILS)
    joins = select(JoinRow).where(JoinRow.incident_id == incident_id).order_by(JoinRow.at, JoinRow.alert_id)
    changes = select(ChangeRow).where(ChangeRow.incident_id == incident_id).order_by(ChangeRow.number)
    return IncidentDetail(
        incident,
        tuple(alerts),
        tuple(timeline_of(alerts)),
        tuple(to_join(row) for row in await session.scalars(mine(joins, actor, JoinRow).limit(MAX_DETAILS))),
        tuple(to_change(row) for row in await session.scalars(mine(changes, actor, ChangeRow).limit(MAX_DETAILS))),
    )


async def incident_counts(
    actor: Actor, session: AsyncSession, wanted: IncidentFilter | None = None
) -> tuple[dict[Level, int], dict[IncidentStatus, int]]:
    """Return the number of incidents by level and by status; every level and status is there."""
    actor.require(Permission.READ_INCIDENTS)
    statement = (
        select(IncidentRow.level, IncidentRow.status, func.count())
        .where(*_conditions(wanted or IncidentFilter()))
        .group_by(IncidentRow.level, IncidentRow.status)
    )
    levels = dict.fromkeys(Level, 0)
    states = dict.fromkeys(IncidentStatus, 0)
    for level, status, count in await session.execute(mine(statement, actor, IncidentRow)):
        levels[Level(level)] += count
        states[IncidentStatus(status)] += count
    return levels, states


def timeline_of(alerts: list[Alert]) -> list[TimelineEntry]:
    """Return one entry per alert, in order of time."""
    entries: list[TimelineEntry] = []
    for alert in sorted(alerts, key=lambda item: (item.first, item.id)):
        key = "{title} on {entity}" if alert.count == 1 else "{title} on {entity} ({count} events)"
        what = Message(key, {"title": alert.title, "entity": alert.entity or "?", "count": alert.count})
        tactic = next(iter(in_order(alert.tactics)), "")
        entries.append(TimelineEntry(alert.first, alert.last, alert.id, alert.level, tactic, what))
    return entries


async def row_of(actor: Actor, session: AsyncSession, incident_id: str) -> IncidentRow:
    """Return the row of the incident; for this room only."""
    row = await session.scalar(mine(select(IncidentRow).where(IncidentRow.id == incident_id), actor, IncidentRow))
    if row is None:
        raise NotFoundError(f"there is no incident {incident_id}")
    return row


def _conditions(wanted: IncidentFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        columns = (IncidentRow.id, IncidentRow.title_text)
        conditions.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    if wanted.level:
        conditions.append(IncidentRow.level.in_(sorted(item.value for item in wanted.level)))
    if wanted.category:
        conditions.append(IncidentRow.category.in_(sorted(item.value for item in wanted.category)))
    states = wanted.status or set(IncidentStatus) - {IncidentStatus.MERGED}
    if wanted.open_only:
        states = states & OPEN_STATUSES
    conditions.append(IncidentRow.status.in_(sorted(item.value for item in states)))
    if wanted.assignee is not None:
        named = IncidentRow.assignee == wanted.assignee
        conditions.append(named if wanted.assignee else IncidentRow.assignee.is_(None))
    if wanted.since is not None:
        conditions.append(IncidentRow.last_event >= wanted.since)
    if wanted.until is not None:
        conditions.append(IncidentRow.last_event < wanted.until)
    return conditions


def _order(sort: IncidentSort) -> tuple[Any, ...]:
    newest = (IncidentRow.last_event.desc(), IncidentRow.id)
    if sort is IncidentSort.LEVEL:
        return IncidentRow.level, *newest
    if sort is IncidentSort.OLDEST:
        return IncidentRow.first_event, IncidentRow.id
    if sort is IncidentSort.UPDATED:
        return IncidentRow.updated_at.desc(), IncidentRow.id
    if sort is IncidentSort.ALERTS:
        return IncidentRow.alert_count.desc(), *newest
    return newest
