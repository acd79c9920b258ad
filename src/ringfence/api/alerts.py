"""Alerts over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ringfence import detect
from ringfence.api.context import Caller, Context
from ringfence.core.severity import Severity
from ringfence.detect import Alert, AlertFilter, AlertSort, AlertStatus, Verdict

router = APIRouter(tags=["alerts"])


class AlertPage(BaseModel):
    """A page of alerts and the number of all that match."""

    total: int
    alerts: list[Alert]


class Closing(BaseModel):
    """How an alert is closed."""

    verdict: Verdict
    notes: str | None = Field(default=None, max_length=10_000)


class Assignment(BaseModel):
    """Who works on it; null: nobody."""

    assignee: str | None = Field(default=None, max_length=128)


@router.get("/alerts")
async def list_alerts(
    context: Context,
    caller: Caller,
    text: Annotated[str, Query(max_length=256)] = "",
    level: Annotated[list[Severity] | None, Query()] = None,
    status: Annotated[list[AlertStatus] | None, Query()] = None,
    entity: Annotated[str, Query(max_length=256)] = "",
    rule_id: Annotated[str, Query(max_length=128)] = "",
    since: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    until: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    sort: AlertSort = AlertSort.NEWEST,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> AlertPage:
    """List alerts."""
    wanted = AlertFilter(
        text=text,
        level=frozenset(level or ()),
        status=frozenset(status or ()),
        entity=entity,
        rule_id=rule_id,
        since=since,
        until=until,
    )
    async with context.database.reading() as session:
        alerts, total = await detect.list_alerts(caller, session, wanted, limit=limit, offset=offset, sort=sort)
    return AlertPage(total=total, alerts=alerts)


@router.get("/alerts/{alert_id}")
async def get_alert(context: Context, caller: Caller, alert_id: str) -> Alert:
    """Return one alert; the first characters of its id are enough (four at least), where no other id begins so."""
    async with context.database.reading() as session:
        return await detect.find_alert(caller, session, alert_id)


@router.post("/alerts/{alert_id}/close")
async def close_alert(context: Context, caller: Caller, alert_id: str, body: Closing) -> Alert:
    """Close an alert with a verdict."""
    async with context.database.session() as session:
        return await detect.close_alert(caller, session, alert_id, body.verdict, notes=body.notes)


@router.post("/alerts/{alert_id}/reopen")
async def reopen_alert(context: Context, caller: Caller, alert_id: str) -> Alert:
    """Open a closed alert again."""
    async with context.database.session() as session:
        return await detect.reopen_alert(caller, session, alert_id)


@router.post("/alerts/{alert_id}/assign")
async def assign_alert(context: Context, caller: Caller, alert_id: str, body: Assignment) -> Alert:
    """Give an alert to somebody."""
    async with context.database.session() as session:
        return await detect.assign_alert(caller, session, alert_id, body.assignee)
