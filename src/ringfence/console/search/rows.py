"""The rows of search results, page by page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request

from ringfence.console.event_view import summary
from ringfence.console.search.spans import read_span
from ringfence.console.services import Services
from ringfence.console.session import guarded, tastes_of
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import RingfenceError
from ringfence.core.i18n import N_, say
from ringfence.core.message import Message
from ringfence.core.severity import Severity
from ringfence.ecs.event import Event
from ringfence.sigma import RuleSet

ROWS = "/console/data/events"
MAX_OFFSET = 10_000
"""How deep one can scroll; beyond it a narrower query finds more than a longer list."""

DEEP = N_("The list ends after {shown} events and more exist: narrow the query or the time.")


def add_rows(services: Services, router: APIRouter) -> None:
    """Serve the rows."""
    reader = guarded(services, Permission.READ_EVENTS)

    @router.get(ROWS)
    async def rows(
        request: Request,
        actor: Actor = reader,
        q: Annotated[str, Query(max_length=4000)] = "*",
        r: Annotated[str, Query(max_length=10)] = "",
        start: Annotated[str, Query(alias="from", max_length=16)] = "",
        end: Annotated[str, Query(alias="to", max_length=16)] = "",
        offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        order: str = "",
    ) -> dict[str, Any]:
        span = read_span(r, start, end).range(services.clock.now_us())
        try:
            page = await services.events.search(
                actor, q or "*", span, limit=limit, offset=offset, newest_first=order != "asc"
            )
        except RingfenceError as error:
            raise HTTPException(400, str(error)) from error
        rules = services.rules()
        total = min(page.total, MAX_OFFSET)
        found: dict[str, Any] = {"rows": [row_of(event, rules) for event in page.events], "total": total}
        if page.total > MAX_OFFSET:
            found["note"] = say(tastes_of(request).tr, Message(DEEP, {"shown": f"{MAX_OFFSET:,}"}))
        return found


def row_of(event: Event, rules: RuleSet) -> dict[str, Any]:
    """Return an event as a row of the grid."""
    matched = [rules.by_id[rule].level for rule in event.rules if rule in rules.by_id]
    worst = max(matched, key=lambda level: level.rank, default=None)
    return {
        "id": event.id,
        "time": event.time,
        "level": worst.value if isinstance(worst, Severity) else "",
        "host": _text(event, "host.name", "observer.name"),
        "user": _text(event, "user.name", "user.target.name"),
        "address": _text(event, "source.ip", "destination.ip"),
        "action": _text(event, "event.action", "event.code"),
        "summary": summary(event),
    }


def _text(event: Event, *names: str) -> str:
    return next((str(event.ecs[name]) for name in names if event.ecs.get(name)), "")
