"""Work on an incident: level, status, assignment, closing. Each change leaves a line in the audit trail."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import ConflictError, UsageError
from ringfence.core.message import Message
from ringfence.core.severity import Level
from ringfence.detect import AlertStatus, Verdict, alerts_of_incident, close_alert
from ringfence.incidents.find import row_of
from ringfence.incidents.model import Incident, IncidentStatus, Override
from ringfence.incidents.store import ChangeRow, IncidentRow, override_json, to_incident

MAX_TEXT = 2000
MAX_NAME = 128


async def override_level(
    actor: Actor, session: AsyncSession, incident_id: str, level: Level, reason: str, *, now: int
) -> Incident:
    """Return the incident at a level set by the actor; it stays through later grading until cleared."""
    row = await _row(actor, session, incident_id)
    reason = _text(reason, "a reason")
    what = Message(
        "Level set from {before} to {after}: {reason}", {"before": row.level, "after": level.value, "reason": reason}
    )
    row.override = override_json(Override(level, reason, actor.name, now))
    row.level = level.value
    return await _done(actor, session, row, what, now)


async def clear_override(actor: Actor, session: AsyncSession, incident_id: str, *, now: int) -> Incident:
    """Return the incident at the level that the evidence gives."""
    row = await _row(actor, session, incident_id)
    row.override = None
    row.level = row.graded
    return await _done(actor, session, row, Message("Level back to {after} by the evidence", {"after": row.level}), now)


async def set_status(
    actor: Actor, session: AsyncSession, incident_id: str, status: IncidentStatus, *, now: int
) -> Incident:
    """Return the incident in another open status; a closed one is opened again. Close with `close_incident`."""
    row = await _row(actor, session, incident_id)
    if status in (IncidentStatus.CLOSED, IncidentStatus.MERGED):
        raise UsageError("an incident is closed with a verdict, and merged by merging")
    what = Message("Status set from {before} to {after}", {"before": row.status, "after": status.value})
    if row.status == IncidentStatus.CLOSED.value:
        row.verdict = Verdict.NONE.value
        row.closed_at = None
    row.status = status.value
    return await _done(actor, session, row, what, now)


async def assign_incident(
    actor: Actor, session: AsyncSession, incident_id: str, assignee: str | None, *, now: int
) -> Incident:
    """Return the incident, given to somebody (None: to nobody)."""
    row = await _row(actor, session, incident_id)
    if assignee is not None and not 0 < len(assignee) <= MAX_NAME:
        raise UsageError(f"an assignee has 1 to {MAX_NAME} characters")
    row.assignee = assignee
    what = Message("Assigned to {who}", {"who": assignee}) if assignee else Message("Assigned to nobody")
    return await _done(actor, session, row, what, now)


async def close_incident(
    actor: Actor, session: AsyncSession, incident_id: str, verdict: Verdict, *, now: int, note: str = ""
) -> Incident:
    """Return the incident, closed with a verdict, and its open alerts closed with the same one."""
    row = await _row(actor, session, incident_id)
    if verdict is Verdict.NONE:
        raise UsageError("an incident is closed with a verdict")
    if len(note) > MAX_TEXT:
        raise UsageError(f"a note has at most {MAX_TEXT} characters")
    for alert in await alerts_of_incident(actor, session, incident_id, limit=1_000_000):
        if alert.status is not AlertStatus.CLOSED:
            await close_alert(actor, session, alert.id, verdict)
    row.status = IncidentStatus.CLOSED.value
    row.verdict = verdict.value
    row.closed_at = now
    key = "Closed as {verdict}: {note}" if note else "Closed as {verdict}"
    return await _done(actor, session, row, Message(key, {"verdict": verdict.value, "note": note}), now)


async def comment_incident(actor: Actor, session: AsyncSession, incident_id: str, text: str, *, now: int) -> Incident:
    """Return the incident after a remark was put into its trail."""
    row = await _row(actor, session, incident_id)
    return await _done(actor, session, row, Message("Remark: {text}", {"text": _text(text, "a remark")}), now)


def record(session: AsyncSession, actor: Actor, incident_id: str, what: Message, now: int) -> None:
    """Add a line to the trail of an incident; for this room only."""
    line = ChangeRow(tenant=actor.tenant, incident_id=incident_id, at=now, who=actor.name, what=what.to_json())
    session.add(line)


async def _row(actor: Actor, session: AsyncSession, incident_id: str) -> IncidentRow:
    actor.require(Permission.WORK_INCIDENTS)
    row = await row_of(actor, session, incident_id)
    if row.status == IncidentStatus.MERGED.value:
        raise ConflictError(f"{incident_id} was merged into {row.merged_into}")
    return row


async def _done(actor: Actor, session: AsyncSession, row: IncidentRow, what: Message, now: int) -> Incident:
    row.updated_at = now
    record(session, actor, row.id, what, now)
    await session.flush()
    return to_incident(row)


def _text(text: str, name: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= MAX_TEXT:
        raise UsageError(f"{name} has 1 to {MAX_TEXT} characters")
    return text
