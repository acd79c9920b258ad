"""Work on an alert: verdict, close, reopen, assign, notes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import NotFoundError, UsageError
from ringfence.detect.alerts import row_of
from ringfence.detect.model import Alert, AlertStatus, Verdict
from ringfence.detect.store import AlertRow, to_alert
from ringfence.runtime.database import mine

MAX_NOTES = 10_000
MAX_NAME = 128


async def set_verdict(actor: Actor, session: AsyncSession, alert_id: str, verdict: Verdict) -> Alert:
    """Return the alert with the verdict set; a new alert becomes open."""
    row = await _row(actor, session, alert_id)
    row.verdict = verdict.value
    _touch(row)
    return await _done(session, row)


async def close_alert(
    actor: Actor, session: AsyncSession, alert_id: str, verdict: Verdict, *, notes: str | None = None
) -> Alert:
    """Return the alert, closed with a verdict; raises `UsageError` for the verdict `none`."""
    row = await _row(actor, session, alert_id)
    if verdict is Verdict.NONE:
        raise UsageError("an alert is closed with a verdict")
    row.verdict = verdict.value
    row.status = AlertStatus.CLOSED.value
    if notes is not None:
        row.notes = _bounded(notes)
    return await _done(session, row)


async def reopen_alert(actor: Actor, session: AsyncSession, alert_id: str) -> Alert:
    """Return the alert, open again and without a verdict."""
    row = await _row(actor, session, alert_id)
    row.status = AlertStatus.OPEN.value
    row.verdict = Verdict.NONE.value
    return await _done(session, row)


async def assign_alert(actor: Actor, session: AsyncSession, alert_id: str, assignee: str | None) -> Alert:
    """Return the alert, given to somebody (None: to nobody)."""
    row = await _row(actor, session, alert_id)
    if assignee is not None and not 0 < len(assignee) <= MAX_NAME:
        raise UsageError(f"an assignee has 1 to {MAX_NAME} characters")
    row.assignee = assignee
    _touch(row)
    return await _done(session, row)


async def note_alert(actor: Actor, session: AsyncSession, alert_id: str, notes: str) -> Alert:
    """Return the alert with its notes replaced."""
    row = await _row(actor, session, alert_id)
    row.notes = _bounded(notes)
    return await _done(session, row)


async def put_into_incident(
    actor: Actor, session: AsyncSession, alert_ids: Collection[str], incident_id: str | None
) -> None:
    """Note the incident that the alerts belong to (None: none); raises `NotFoundError` for an id that is not there."""
    actor.require(Permission.TRIAGE_ALERTS)
    wanted = sorted(set(alert_ids))
    for start in range(0, len(wanted), 4000):
        part = wanted[start : start + 4000]
        statement = mine(select(AlertRow).where(AlertRow.id.in_(part)), actor, AlertRow)
        rows = list(await session.scalars(statement))
        if len(rows) != len(part):
            raise NotFoundError("an alert does not exist")
        for row in rows:
            row.incident_id = incident_id
    await session.flush()


async def move_alerts(actor: Actor, session: AsyncSession, old: str, new: str) -> None:
    """Move every alert of an incident to another one."""
    actor.require(Permission.TRIAGE_ALERTS)
    statement = update(AlertRow).where(AlertRow.tenant == actor.tenant, AlertRow.incident_id == old)
    await session.execute(statement.values(incident_id=new))


async def _row(actor: Actor, session: AsyncSession, alert_id: str) -> AlertRow:
    actor.require(Permission.TRIAGE_ALERTS)
    return await row_of(actor, session, alert_id)


def _touch(row: AlertRow) -> None:
    if row.status == AlertStatus.NEW.value:
        row.status = AlertStatus.OPEN.value


async def _done(session: AsyncSession, row: AlertRow) -> Alert:
    await session.flush()
    return to_alert(row)


def _bounded(notes: str) -> str:
    if len(notes) > MAX_NOTES:
        raise UsageError(f"notes have at most {MAX_NOTES} characters")
    return notes
