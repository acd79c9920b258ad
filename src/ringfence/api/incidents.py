"""Incidents over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ringfence import incidents
from ringfence.api.context import Caller, Context
from ringfence.core.message import Message
from ringfence.core.severity import Level, Severity
from ringfence.detect import Alert, Verdict
from ringfence.incidents import (
    Category,
    Incident,
    IncidentDetail,
    IncidentFilter,
    IncidentSort,
    IncidentStatus,
    Override,
    TouchedAsset,
)

router = APIRouter(tags=["incidents"])


class IncidentOut(BaseModel):
    """An incident; sentences are in English, times are µs since 1970 UTC."""

    id: str
    title: str
    category: Category
    level: Level
    graded: Level
    reasons: list[str]
    override: Override | None
    status: IncidentStatus
    verdict: Verdict
    assignee: str | None
    tactics: list[str]
    techniques: list[str]
    first_event: int
    last_event: int
    detected_at: int
    updated_at: int
    closed_at: int | None
    alert_count: int
    signal_count: int
    entities: dict[str, list[str]]
    assets: list[TouchedAsset]
    merged_into: str | None


class IncidentPage(BaseModel):
    """A page of incidents and the number of all that match."""

    total: int
    incidents: list[IncidentOut]


class TimelineOut(BaseModel):
    """One alert in the story."""

    time: int
    until: int
    alert_id: str
    level: Severity
    tactic: str
    what: str


class JoinOut(BaseModel):
    """Why an alert is in the incident; `score` is 0 to 1."""

    alert_id: str
    at: int
    score: float
    reasons: list[str]


class ChangeOut(BaseModel):
    """One line of the audit trail."""

    at: int
    who: str
    what: str


class IncidentDetailOut(IncidentOut):
    """An incident with its story."""

    alerts: list[Alert]
    timeline: list[TimelineOut]
    joins: list[JoinOut]
    changes: list[ChangeOut]


class NewStatus(BaseModel):
    """Where the incident stands now."""

    status: IncidentStatus


class NewLevel(BaseModel):
    """A level set by a person, with the reason."""

    level: Level
    reason: str = Field(min_length=1, max_length=2_000)


class Closing(BaseModel):
    """How the incident is closed."""

    verdict: Verdict
    note: str = Field(default="", max_length=2_000)


class Assignment(BaseModel):
    """Who works on it; null: nobody."""

    assignee: str | None = Field(default=None, max_length=128)


class Comment(BaseModel):
    """A remark for the trail."""

    text: str = Field(min_length=1, max_length=2_000)


@router.get("/incidents")
async def list_incidents(
    context: Context,
    caller: Caller,
    text: Annotated[str, Query(max_length=256)] = "",
    level: Annotated[list[Level] | None, Query()] = None,
    status: Annotated[list[IncidentStatus] | None, Query()] = None,
    category: Annotated[list[Category] | None, Query()] = None,
    assignee: Annotated[str | None, Query(max_length=128)] = None,
    open_only: bool = False,
    since: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    until: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    sort: IncidentSort = IncidentSort.NEWEST,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> IncidentPage:
    """List incidents."""
    wanted = IncidentFilter(
        text=text,
        level=frozenset(level or ()),
        status=frozenset(status or ()),
        category=frozenset(category or ()),
        assignee=assignee,
        open_only=open_only,
        since=since,
        until=until,
    )
    async with context.database.reading() as session:
        found, total = await incidents.list_incidents(caller, session, wanted, limit=limit, offset=offset, sort=sort)
    return IncidentPage(total=total, incidents=[_out(incident) for incident in found])


@router.get("/incidents/{incident_id}")
async def show_incident(context: Context, caller: Caller, incident_id: str) -> IncidentDetailOut:
    """Return one incident with alerts, timeline, joins and trail."""
    async with context.database.reading() as session:
        return _detail(await incidents.show_incident(caller, session, incident_id))


@router.post("/incidents/{incident_id}/status")
async def set_status(context: Context, caller: Caller, incident_id: str, body: NewStatus) -> IncidentOut:
    """Move an incident along; a closed one is opened again."""
    async with context.database.session() as session:
        return _out(await incidents.set_status(caller, session, incident_id, body.status, now=context.clock.now_us()))


@router.post("/incidents/{incident_id}/level")
async def override_level(context: Context, caller: Caller, incident_id: str, body: NewLevel) -> IncidentOut:
    """Set the level by hand; it stays until cleared."""
    async with context.database.session() as session:
        return _out(
            await incidents.override_level(
                caller, session, incident_id, body.level, body.reason, now=context.clock.now_us()
            )
        )


@router.delete("/incidents/{incident_id}/level")
async def clear_override(context: Context, caller: Caller, incident_id: str) -> IncidentOut:
    """Let the evidence set the level again."""
    async with context.database.session() as session:
        return _out(await incidents.clear_override(caller, session, incident_id, now=context.clock.now_us()))


@router.post("/incidents/{incident_id}/assign")
async def assign_incident(context: Context, caller: Caller, incident_id: str, body: Assignment) -> IncidentOut:
    """Give an incident to somebody."""
    async with context.database.session() as session:
        return _out(
            await incidents.assign_incident(caller, session, incident_id, body.assignee, now=context.clock.now_us())
        )


@router.post("/incidents/{incident_id}/comments")
async def comment_incident(context: Context, caller: Caller, incident_id: str, body: Comment) -> IncidentOut:
    """Put a remark into the trail."""
    async with context.database.session() as session:
        return _out(
            await incidents.comment_incident(caller, session, incident_id, body.text, now=context.clock.now_us())
        )


@router.post("/incidents/{incident_id}/close")
async def close_incident(context: Context, caller: Caller, incident_id: str, body: Closing) -> IncidentOut:
    """Close an incident and its open alerts with a verdict."""
    async with context.database.session() as session:
        now = context.clock.now_us()
        return _out(await incidents.close_incident(caller, session, incident_id, body.verdict, now=now, note=body.note))


def _english(messages: tuple[Message, ...]) -> list[str]:
    return [message.english() for message in messages]


def _values(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "title": incident.title.english(),
        "category": incident.category,
        "level": incident.level,
        "graded": incident.graded,
        "reasons": _english(incident.reasons),
        "override": incident.override,
        "status": incident.status,
        "verdict": incident.verdict,
        "assignee": incident.assignee,
        "tactics": list(incident.tactics),
        "techniques": list(incident.techniques),
        "first_event": incident.first_event,
        "last_event": incident.last_event,
        "detected_at": incident.detected_at,
        "updated_at": incident.updated_at,
        "closed_at": incident.closed_at,
        "alert_count": incident.alert_count,
        "signal_count": incident.signal_count,
        "entities": incident.entities,
        "assets": list(incident.assets),
        "merged_into": incident.merged_into,
    }


def _out(incident: Incident) -> IncidentOut:
    return IncidentOut.model_validate(_values(incident))


def _detail(detail: IncidentDetail) -> IncidentDetailOut:
    return IncidentDetailOut.model_validate(
        {
            **_values(detail.incident),
            "alerts": list(detail.alerts),
            "timeline": [
                TimelineOut(
                    time=entry.time,
                    until=entry.until,
                    alert_id=entry.alert_id,
                    level=entry.level,
                    tactic=entry.tactic,
                    what=entry.what.english(),
                )
                for entry in detail.timeline
            ],
            "joins": [
                JoinOut(alert_id=join.alert_id, at=join.at, score=join.score, reasons=_english(join.reasons))
                for join in detail.joins
            ],
            "changes": [ChangeOut(at=one.at, who=one.who, what=one.what.english()) for one in detail.changes],
        }
    )
