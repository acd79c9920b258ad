"""Read the alerts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import ConflictError, NotFoundError
from ringfence.detect.model import Alert, AlertFilter, AlertSort
from ringfence.detect.store import AlertEntityRow, AlertRow, to_alert
from ringfence.runtime.database import mine

_S = TypeVar("_S", bound=Select[*tuple[Any, ...]])

MAX_PAGE = 1000
MIN_PREFIX = 4
"""Characters of an id that may stand for the whole."""


async def get_alert(actor: Actor, session: AsyncSession, alert_id: str) -> Alert:
    """Return the alert; raises `NotFoundError`, also for one of another tenant."""
    actor.require(Permission.READ_ALERTS)
    return to_alert(await row_of(actor, session, alert_id))


async def find_alert(actor: Actor, session: AsyncSession, start_of_id: str) -> Alert:
    """Return the one alert whose id is or begins with the text (at least four characters).

    Raises: NotFoundError, ConflictError where several begin so.
    """
    actor.require(Permission.READ_ALERTS)
    if len(start_of_id) < MIN_PREFIX:
        return await get_alert(actor, session, start_of_id)
    statement = mine(select(AlertRow).where(AlertRow.id.startswith(start_of_id, autoescape=True)), actor, AlertRow)
    rows = list(await session.scalars(statement.order_by(AlertRow.id).limit(2)))
    if not rows:
        raise NotFoundError(f"there is no alert {start_of_id[:64]!r}")
    if len(rows) > 1 and rows[0].id != start_of_id:
        raise ConflictError(f"several alerts begin with {start_of_id!r}", remedy="give more characters of the id")
    return to_alert(rows[0])


async def list_alerts(
    actor: Actor,
    session: AsyncSession,
    wanted: AlertFilter | None = None,
    *,
    limit: int = 100,
    offset: int = 0,
    sort: AlertSort = AlertSort.NEWEST,
) -> tuple[list[Alert], int]:
    """Return a page of alerts (at most 1,000) and the number of all that match."""
    actor.require(Permission.READ_ALERTS)
    conditions = conditions_of(actor, wanted or AlertFilter())
    total = await session.scalar(mine(select(func.count()).select_from(AlertRow).where(*conditions), actor, AlertRow))
    statement = mine(select(AlertRow).where(*conditions), actor, AlertRow).order_by(*_order(sort))
    page = statement.limit(min(max(limit, 0), MAX_PAGE)).offset(max(offset, 0))
    return [to_alert(row) for row in await session.scalars(page)], total or 0


async def alerts_of_incident(
    actor: Actor, session: AsyncSession, incident_id: str, *, limit: int = 2000
) -> list[Alert]:
    """Return the alerts of an incident, in order of their first event; the worst `limit` of them where more."""
    actor.require(Permission.READ_ALERTS)
    statement = mine(select(AlertRow).where(AlertRow.incident_id == incident_id), actor, AlertRow)
    worst = statement.order_by(AlertRow.rank.desc(), AlertRow.first, AlertRow.id).limit(limit)
    alerts = [to_alert(row) for row in await session.scalars(worst)]
    return sorted(alerts, key=lambda alert: (alert.first, alert.id))


async def alerts_about(
    actor: Actor, session: AsyncSession, values: Collection[str], *, since: int, until: int, limit: int = 5000
) -> list[Alert]:
    """Return alerts that name any of the values (host, user, address, domain, ...) and overlap [since, until].

    Case does not count; newest first, at most `limit`.
    """
    actor.require(Permission.READ_ALERTS)
    lowered = sorted({value.lower() for value in values})
    found: dict[str, Alert] = {}
    for start in range(0, len(lowered), 4000):
        named = select(AlertEntityRow.alert_id).where(
            AlertEntityRow.value.in_(lowered[start : start + 4000]), AlertEntityRow.last >= since
        )
        statement = select(AlertRow).where(AlertRow.id == _few(named, actor), AlertRow.first <= until)
        statement = mine(statement, actor, AlertRow).order_by(AlertRow.last.desc(), AlertRow.id).limit(limit)
        found |= {row.id: to_alert(row) for row in await session.scalars(statement)}
    return sorted(found.values(), key=lambda alert: (-alert.last, alert.id))[:limit]


async def row_of(actor: Actor, session: AsyncSession, alert_id: str) -> AlertRow:
    """Return the row of the alert; for this room only."""
    row = await session.scalar(mine(select(AlertRow).where(AlertRow.id == alert_id), actor, AlertRow))
    if row is None:
        raise NotFoundError(f"there is no alert {alert_id}")
    return row


def conditions_of(actor: Actor, wanted: AlertFilter) -> Sequence[ColumnElement[bool]]:
    """Return the SQL conditions of a filter (without the tenant); for this room only."""
    conditions: list[ColumnElement[bool]] = []
    for column, values in (
        (AlertRow.status, wanted.status),
        (AlertRow.verdict, wanted.verdict),
        (AlertRow.level, wanted.level),
    ):
        if values:
            conditions.append(column.in_(sorted(item.value for item in values)))
    for column, value in ((AlertRow.rule_id, wanted.rule_id), (AlertRow.incident_id, wanted.incident_id)):
        if value:
            conditions.append(column == value)
    if wanted.text:
        columns = (AlertRow.title, AlertRow.entity, AlertRow.rule_id)
        conditions.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    if wanted.entity:
        named = select(AlertEntityRow.alert_id).where(AlertEntityRow.value == wanted.entity.lower())
        conditions.append(AlertRow.id == _few(named, actor))
    if wanted.assignee is not None:
        conditions.append(AlertRow.assignee == wanted.assignee if wanted.assignee else AlertRow.assignee.is_(None))
    if wanted.in_incident is not None:
        conditions.append(AlertRow.incident_id.is_not(None) if wanted.in_incident else AlertRow.incident_id.is_(None))
    if wanted.tactic:
        conditions.append(cast(AlertRow.tactics, String).contains(f'"{wanted.tactic}"', autoescape=True))
    if wanted.since is not None:
        conditions.append(AlertRow.last >= wanted.since)
    if wanted.until is not None:
        conditions.append(AlertRow.last < wanted.until)
    return conditions


def _few(named: Select[str], actor: Actor) -> ColumnElement[str]:
    """Return the ids as a column to join on.

    With `id IN (...)` SQLite walks all alerts of the tenant and looks each up among the ids; joined, it starts with
    the few ids.
    """
    return mine(named, actor, AlertEntityRow).distinct().subquery().c.alert_id


def narrowed(statement: _S, actor: Actor, wanted: AlertFilter) -> _S:
    """Return the statement over alerts with the filter and the tenant; for this room only."""
    return mine(statement.where(*conditions_of(actor, wanted)), actor, AlertRow)


def _order(sort: AlertSort) -> tuple[Any, ...]:
    newest = (AlertRow.last.desc(), AlertRow.id)
    if sort is AlertSort.OLDEST:
        return AlertRow.last, AlertRow.id
    if sort is AlertSort.LEVEL:
        return AlertRow.rank.desc(), *newest
    if sort is AlertSort.COUNT:
        return AlertRow.count.desc(), *newest
    if sort is AlertSort.TITLE:
        return AlertRow.title, *newest
    return newest
