"""Health, who am I, how the pipeline is doing."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from ringfence import __version__
from ringfence.api.context import Caller, Context
from ringfence.core.actor import Permission

router = APIRouter(tags=["status"])
open_router = APIRouter(tags=["status"])
"""What answers without authentication: the health check alone."""


class Health(BaseModel):
    """The process answers."""

    status: str
    version: str


class Me(BaseModel):
    """The caller."""

    name: str
    tenant: str
    permissions: list[Permission]


class Pipeline(BaseModel):
    """Counters since the process started, in records; `events_per_second` over the last ten seconds."""

    received: int
    stored: int
    repeated: int
    rejected: int
    matched: int
    refused: int
    failed: int
    waiting: int
    events_per_second: float
    events: int


@open_router.get("/health")
async def health() -> Health:
    """Tell that the process answers."""
    return Health(status="ok", version=__version__)


@router.get("/me")
async def me(caller: Caller) -> Me:
    """Return the caller's name, tenant and permissions."""
    return Me(name=caller.name, tenant=caller.tenant, permissions=[p for p in Permission if caller.may(p)])


@router.get("/pipeline")
async def pipeline(context: Context, caller: Caller) -> Pipeline:
    """Tell how collection is doing."""
    caller.require(Permission.READ_EVENTS)
    stats = context.ingest()
    return Pipeline(
        received=stats.received,
        stored=stats.stored,
        repeated=stats.repeated,
        rejected=stats.rejected,
        matched=stats.matched,
        refused=stats.refused,
        failed=stats.failed,
        waiting=stats.waiting,
        events_per_second=stats.per_second(),
        events=await context.events.count(caller),
    )


@router.get("/metrics", response_class=Response)
async def metrics(context: Context, caller: Caller) -> Response:
    """Return the counters in the Prometheus text format."""
    caller.require(Permission.READ_EVENTS)
    stats = context.ingest()
    lines: list[str] = []
    for name in ("received", "stored", "repeated", "rejected", "matched", "refused", "failed"):
        lines += [
            f"# TYPE ringfence_records_{name}_total counter",
            f"ringfence_records_{name}_total {getattr(stats, name)}",
        ]
    lines += ["# TYPE ringfence_records_waiting gauge", f"ringfence_records_waiting {stats.waiting}", ""]
    return Response("\n".join(lines), media_type="text/plain; version=0.0.4")
