"""The list of incidents, worst first."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from nicegui import ui

from ringfence.console.filters import chip, filter_form
from ringfence.console.grid import Column, grid
from ringfence.console.incidents.words import CATEGORY_WORDS, LEVEL_WORDS, STATUS_WORDS
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, tag
from ringfence.console.services import Services
from ringfence.console.session import Visit, guarded, tastes_of
from ringfence.console.widgets import empty, tactic, words
from ringfence.core.actor import Actor, Permission
from ringfence.core.i18n import N_, Translate, say
from ringfence.core.severity import Level
from ringfence.incidents import Incident, IncidentFilter, IncidentSort, IncidentStatus, list_incidents

ROWS = "/console/data/incidents"

_SORTS = {
    ("level", "asc"): IncidentSort.LEVEL,
    ("last", "desc"): IncidentSort.NEWEST,
    ("last", "asc"): IncidentSort.OLDEST,
    ("alerts", "desc"): IncidentSort.ALERTS,
}


def add_incident_queue(services: Services, router: APIRouter) -> None:
    """Serve `/incidents` and its rows."""
    add_page(
        services, "/incidents", title=N_("Incidents"), section="incidents",
        permission=Permission.READ_INCIDENTS, build=_build,
    )  # fmt: skip
    reader = guarded(services, Permission.READ_INCIDENTS)

    @router.get(ROWS)
    async def rows(
        request: Request,
        actor: Actor = reader,
        text: Annotated[str, Query(max_length=200)] = "",
        level: Annotated[list[Level], Query(max_length=4)] = [],  # noqa: B006
        status: Annotated[list[IncidentStatus], Query(max_length=8)] = [],  # noqa: B006
        open_only: bool = False,
        mine: bool = False,
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        sort: str = "",
        order: str = "",
    ) -> dict[str, Any]:
        wanted = IncidentFilter(
            text=text, level=frozenset(level), status=frozenset(status), open_only=open_only,
            assignee=actor.name if mine else None,
        )  # fmt: skip
        order_by = _SORTS.get((sort, order), IncidentSort.LEVEL)
        async with services.database.reading() as session:
            found, total = await list_incidents(actor, session, wanted, limit=limit, offset=offset, sort=order_by)
        tr = tastes_of(request).tr
        return {"rows": [row_of(incident, tr) for incident in found], "total": total}


def row_of(incident: Incident, tr: Translate) -> dict[str, Any]:
    """Return an incident as a row of the grid, in words of the visitor's language."""
    hosts = incident.entities.get("host", []) or incident.entities.get("user", [])
    return {
        "id": incident.id,
        "level": incident.level.value,
        "title": say(tr, incident.title),
        "category": tr(CATEGORY_WORDS[incident.category.value]),
        "tactics": " → ".join(tactic(name, tr) for name in incident.tactics),
        "entities": ", ".join(hosts[:3]),
        "alerts": incident.alert_count,
        "first": incident.first_event,
        "last": incident.last_event,
        "status": incident.status.value,
        "assignee": incident.assignee or "",
    }


async def _build(visit: Visit) -> None:
    tr = visit.tr
    html(heading(visit, tr("Incidents"), tr("Alerts of one attack, tied together and graded by GB/T 20986-2023.")))
    html(_filters(visit))
    states = json.dumps(words(STATUS_WORDS, tr))
    columns = [
        Column("level", tr("Level"), "rf.cells.level()", width=90, sort=("asc",)),
        Column("title", tr("Incident"), "rf.cells.link('/incidents/')", flex=2.4, width=240),
        Column("tactics", tr("Tactics"), "rf.cells.text()", flex=1.6, width=180),
        Column("entities", tr("Entities"), "rf.cells.text()", flex=1, width=140),
        Column("alerts", tr("Alerts"), "rf.cells.text()", width=90, sort=("desc",), kind="number"),
        Column("last", tr("Last seen"), "rf.cells.time()", width=175, sort=("desc", "asc")),
        Column("status", tr("Status"), f"rf.cells.state({states})", width=130),
        Column("assignee", tr("Assigned to"), "rf.cells.text()", width=120),
    ]
    names = ("text", "level", "status", "open_only", "mine")
    asked = [(name, value[:200]) for name, value in visit.request.query_params.multi_items() if name in names]
    grid(
        visit, "incidents", f"{ROWS}?{urlencode(asked[:40])}", columns, open_at="/incidents/",
        card=Column("title", tr("Incident"), f"rf.cells.incidentCard({states})"),
    )  # fmt: skip
    with ui.element("div").classes("card hidden").props("id=incidents-empty"):
        advice = tr("Incidents open by themselves when alerts arrive. Widen the filter, or look at the alerts.")
        html(empty("incidents", tr("No incidents here"), advice, tag("a", tr("Alerts"), href="/alerts", class_="btn")))


def _filters(visit: Visit) -> Content:
    tr = visit.tr
    levels = [chip(visit, "level", key, f"{key} {tr(word)}") for key, word in LEVEL_WORDS.items()]
    states = [chip(visit, "open_only", "true", tr("Not closed")), chip(visit, "mine", "true", tr("Mine"))]
    return filter_form(visit, "/incidents", tr("Title or id"), [(tr("Level"), levels), (tr("Status"), states)])
