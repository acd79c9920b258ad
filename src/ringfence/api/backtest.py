"""What a rule would have found, over HTTP: before it goes live."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ringfence.api.context import Caller, Context
from ringfence.core.actor import Permission
from ringfence.detect.model import Verdict
from ringfence.detect.sql import backtest, read_rule
from ringfence.events.model import TimeRange

router = APIRouter(tags=["rules"])

Moment = Annotated[int, Field(ge=0, le=2**62, description="Microseconds since 1970-01-01 UTC")]


class BacktestOrder(BaseModel):
    """A Sigma rule as YAML and the span [start, end) to try it on; without a start from the first event on."""

    rule: Annotated[str, Field(min_length=1, max_length=1 << 18)]
    start: Moment | None = None
    end: Moment | None = None


class DayOut(BaseModel):
    """Matches on one day; `start` in microseconds UTC."""

    start: int
    count: int


class ValueOut(BaseModel):
    """A value and how many matches name it."""

    value: str
    count: int


class TouchedOut(BaseModel):
    """An alert with a verdict about the same entity in the same time."""

    alert_id: str
    rule_id: str
    title: str
    entity: str
    verdict: Verdict
    last: int


class BacktestOut(BaseModel):
    """What the rule would have found; `events` is how many were looked through, `samples` are ids of events."""

    rule_id: str
    title: str
    events: int
    hits: int
    per_day: list[DayOut]
    hosts: list[ValueOut]
    users: list[ValueOut]
    sources: list[ValueOut]
    samples: list[str]
    touched: list[TouchedOut]
    took_ms: float


@router.post("/rules/backtest")
async def backtest_rule(context: Context, caller: Caller, body: BacktestOrder) -> BacktestOut:
    """Run one rule over the stored events of a span and count what it finds; nothing is written."""
    caller.require(Permission.READ_RULES)
    caller.require(Permission.READ_EVENTS)
    caller.require(Permission.READ_ALERTS)
    rule = await asyncio.to_thread(read_rule, body.rule)
    async with context.database.reading() as session:
        found = await backtest(caller, context.events, rule, TimeRange(body.start, body.end), session)
    return BacktestOut.model_validate(found, from_attributes=True)
