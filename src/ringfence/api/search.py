"""Search, read-only SQL and quarantine."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ringfence.api.context import Caller, Context
from ringfence.core.clock import to_iso
from ringfence.ecs.event import Event
from ringfence.events.model import Bucket, Quarantined, QuarantineState, Table, TimeRange, TopValue
from ringfence.flows.replay import Replayed

router = APIRouter(tags=["events"])

Expression = Annotated[str, Query(description="Search expression; empty: everything.", max_length=8_192)]
Start = Annotated[int | None, Query(description="First moment, µs since 1970 UTC.", ge=0, le=2**62)]
End = Annotated[int | None, Query(description="Moment after the last, µs since 1970 UTC.", ge=0, le=2**62)]


class EventOut(BaseModel):
    """A stored event. Times are ISO 8601 UTC."""

    id: str
    timestamp: str = Field(serialization_alias="@timestamp")
    received: str
    source: str
    parser: str
    logsource: dict[str, Any]
    rules: list[str]
    ecs: dict[str, Any]
    fields: dict[str, Any]
    raw: str


class Found(BaseModel):
    """A page of events and the number of all that match."""

    total: int
    total_is_exact: bool
    took_ms: float
    events: list[EventOut]


class QuarantinePage(BaseModel):
    """A page of records that were not understood."""

    total: int
    records: list[Quarantined]


class Ids(BaseModel):
    """Which records."""

    ids: list[str] = Field(min_length=1, max_length=1_000)


class Sql(BaseModel):
    """One SELECT."""

    sql: str = Field(min_length=1, max_length=32_768)
    limit: int = Field(default=1_000, ge=1, le=10_000)


def event_out(event: Event) -> EventOut:
    """Return the event as the API shows it."""
    source = event.logsource
    return EventOut(
        id=event.id,
        timestamp=to_iso(event.time),
        received=to_iso(event.received),
        source=event.source,
        parser=event.parser,
        logsource={"product": source.product, "category": list(source.categories), "service": source.service},
        rules=list(event.rules),
        ecs=dict(event.ecs),
        fields=dict(event.fields),
        raw=event.raw,
    )


@router.get("/events")
async def search(
    context: Context,
    caller: Caller,
    q: Expression = "",
    start: Start = None,
    end: End = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    order: Literal["newest", "oldest"] = "newest",
) -> Found:
    """Find events."""
    page = await context.events.search(
        caller, q, TimeRange(start, end), limit=limit, offset=offset, newest_first=order == "newest"
    )
    return Found(
        total=page.total,
        total_is_exact=page.total_is_exact,
        took_ms=page.took_ms,
        events=[event_out(event) for event in page.events],
    )


@router.get("/events/histogram")
async def histogram(
    context: Context,
    caller: Caller,
    q: Expression = "",
    start: Start = None,
    end: End = None,
    buckets: Annotated[int, Query(ge=1, le=500)] = 60,
) -> list[Bucket]:
    """Count events over time."""
    return await context.events.histogram(caller, q, TimeRange(start, end), buckets=buckets)


@router.get("/events/top")
async def top(
    context: Context,
    caller: Caller,
    field: Annotated[str, Query(max_length=256)],
    q: Expression = "",
    start: Start = None,
    end: End = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 10,
) -> list[TopValue]:
    """Return the most frequent values of a field."""
    return await context.events.top(caller, q, TimeRange(start, end), field, limit=limit)


@router.post("/events/sql")
async def sql(context: Context, caller: Caller, body: Sql) -> Table:
    """Run one read-only SELECT over one's own events."""
    return await context.events.sql(caller, body.sql, limit=body.limit)


@router.get("/quarantine")
async def quarantine(
    context: Context,
    caller: Caller,
    state: QuarantineState = QuarantineState.WAITING,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> QuarantinePage:
    """List records that were not understood, each with its reason."""
    records, total = await context.events.quarantined(caller, state=state, limit=limit, offset=offset)
    return QuarantinePage(total=total, records=records)


@router.post("/quarantine/replay")
async def replay(context: Context, caller: Caller, body: Ids) -> Replayed:
    """Run records through today's parsers again."""
    return await context.replay(caller, body.ids)


@router.post("/quarantine/discard", status_code=204)
async def discard(context: Context, caller: Caller, body: Ids) -> None:
    """Take records out of the waiting list; they stay readable."""
    await context.events.mark_quarantined(caller, body.ids, QuarantineState.DISCARDED)
