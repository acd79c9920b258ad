"""The alert queue: a grid fed page by page from a JSON endpoint, filtered and sorted by the server."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from nicegui import ui

from ringfence.console.actions import add_action, done_note
from ringfence.console.alerts.bulk import QUERY, bulk_bar, decide_many
from ringfence.console.alerts.words import STATUS_WORDS, VERDICT_WORDS
from ringfence.console.filters import chip, chooser, filter_form
from ringfence.console.grid import Column, grid
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, tag
from ringfence.console.services import Services
from ringfence.console.session import Visit, guarded
from ringfence.console.widgets import SEVERITY_WORDS, empty, words
from ringfence.core.actor import Actor, Permission
from ringfence.core.i18n import N_
from ringfence.core.severity import Severity
from ringfence.detect import Alert, AlertFilter, AlertSort, AlertStatus, Verdict, list_alerts

ROWS = "/console/data/alerts"

_DAY = 86_400_000_000
_SPANS = {"": N_("Any time"), "1": N_("Last 24 hours"), "7": N_("Last 7 days"), "30": N_("Last 30 days")}
_SORTS = {
    ("last", "asc"): AlertSort.OLDEST,
    ("level", "desc"): AlertSort.LEVEL,
    ("count", "desc"): AlertSort.COUNT,
    ("title", "asc"): AlertSort.TITLE,
}


def add_queue(services: Services, router: APIRouter) -> None:
    """Serve `/alerts` and its rows."""
    add_page(services, "/alerts", title=N_("Alerts"), section="alerts", permission=Permission.READ_ALERTS, build=_build)
    add_action(router, services, "/console/bulk/alerts", permission=Permission.TRIAGE_ALERTS, action=decide_many)
    reader = guarded(services, Permission.READ_ALERTS)

    @router.get(ROWS)
    async def rows(
        actor: Actor = reader,
        text: Annotated[str, Query(max_length=200)] = "",
        level: Annotated[list[Severity], Query(max_length=5)] = [],  # noqa: B006
        status: Annotated[list[AlertStatus], Query(max_length=3)] = [],  # noqa: B006
        verdict: Annotated[list[Verdict], Query(max_length=5)] = [],  # noqa: B006
        entity: Annotated[str, Query(max_length=200)] = "",
        incident: Annotated[str, Query(max_length=32)] = "",
        rule: Annotated[str, Query(max_length=200)] = "",
        tactic: Annotated[str, Query(max_length=64)] = "",
        mine: bool = False,
        days: Annotated[str, Query(pattern=r"^\d{0,4}$")] = "",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        sort: str = "",
        order: str = "",
    ) -> dict[str, Any]:
        wanted = AlertFilter(
            text=text, level=frozenset(level), status=frozenset(status), verdict=frozenset(verdict), entity=entity,
            rule_id=rule, incident_id=incident or None, tactic=tactic, assignee=actor.name if mine else None,
            since=services.clock.now_us() - int(days) * _DAY if days else None,
        )  # fmt: skip
        order_by = _SORTS.get((sort, order), AlertSort.NEWEST)
        async with services.database.reading() as session:
            alerts, total = await list_alerts(actor, session, wanted, limit=limit, offset=offset, sort=order_by)
        return {"rows": [row_of(alert) for alert in alerts], "total": total}


def row_of(alert: Alert) -> dict[str, Any]:
    """Return an alert as a row of the grid."""
    return {
        "id": alert.id,
        "level": alert.level.value,
        "title": alert.title,
        "entity": alert.entity,
        "count": alert.count,
        "first": alert.first,
        "last": alert.last,
        "status": alert.status.value,
        "verdict": alert.verdict.value,
        "assignee": alert.assignee or "",
        "logsource": alert.logsource,
    }


async def _build(visit: Visit) -> None:
    tr = visit.tr
    html(heading(visit, tr("Alerts"), tr("One alert per rule, entity and hour, however many events matched.")))
    html(done_note(visit))
    html(_filters(visit))
    may = visit.actor.may(Permission.TRIAGE_ALERTS)
    if may:
        html(await bulk_bar(visit, _asked(visit)))
    verdicts = json.dumps({key: word for key, word in words(VERDICT_WORDS, tr).items() if key != "none"})
    states, severities = json.dumps(words(STATUS_WORDS, tr)), json.dumps(words(SEVERITY_WORDS, tr))
    columns = [
        Column("level", tr("Level"), f"rf.cells.severity({severities})", width=142, sort=("desc",)),
        Column("title", tr("Alert"), "rf.cells.link('/alerts/')", flex=3, width=240, sort=("asc",)),
        Column("entity", tr("Entity"), "rf.cells.text()", flex=1.4, width=150),
        Column("count", tr("Events"), "rf.cells.text()", width=85, sort=("desc",), kind="number"),
        Column("last", tr("Last seen"), "rf.cells.time()", width=175, sort=("desc", "asc")),
        Column("status", tr("Status"), f"rf.cells.state({states}, {verdicts})", width=170),
        Column("assignee", tr("Assigned to"), "rf.cells.text()", width=120),
    ]
    grid(
        visit, "alerts", f"{ROWS}?{_asked(visit)}", columns, open_at="/alerts/",
        card=Column("title", tr("Alert"), f"rf.cells.alertCard({severities}, {states})"), pick=may,
    )  # fmt: skip
    advice = tr("Widen the filter, or send logs: the page “Log sources” shows how.")
    with ui.element("div").classes("card hidden").props("id=alerts-empty"):
        html(empty("alerts", tr("No alerts here"), advice, tag("a", tr("Log sources"), href="/sources", class_="btn")))


def _asked(visit: Visit) -> str:
    given = visit.request.query_params.multi_items()
    pairs = [(name, value[:200]) for name, value in given if name in QUERY and value]
    return urlencode(pairs[:40])


def _filters(visit: Visit) -> Content:
    tr = visit.tr
    levels = [chip(visit, "level", key, tr(word)) for key, word in SEVERITY_WORDS.items()]
    states = [chip(visit, "status", key, tr(word)) for key, word in STATUS_WORDS.items()]
    states.append(chip(visit, "mine", "true", tr("Mine")))
    spans = chooser(visit, "days", tr("Time range"), words(_SPANS, tr))
    groups = [(tr("Level"), levels), (tr("Status"), states)]
    kept = ("entity", "rule", "incident", "tactic")
    return filter_form(visit, "/alerts", tr("Title, entity or rule"), groups, more=spans, kept=kept)
