"""Read-only SQL over one's own events, for those who may."""

from __future__ import annotations

from ringfence.console.event_view import as_text
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, tag
from ringfence.console.search.page import modes
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import card, cell, empty, error_note, table
from ringfence.core.actor import Permission
from ringfence.core.errors import RingfenceError
from ringfence.core.i18n import N_
from ringfence.events.model import Table

MAX_ROWS = 500
MAX_CELL = 500
EXAMPLE = "SELECT host_name, count() AS events FROM events GROUP BY host_name ORDER BY events DESC LIMIT 20"


def add_sql_page(services: Services) -> None:
    """Serve `/search/sql`."""
    expert = Permission.READ_RAW_SQL
    add_page(services, "/search/sql", title=N_("SQL for experts"), section="search", permission=expert, build=_build)


async def _build(visit: Visit) -> None:
    tr, text = visit.tr, visit.asked("sql")
    html(heading(visit, tr("Search"), tr("One SELECT over your own events; it may read, never change.")))
    html(modes(visit, "sql"))
    html(_form(visit, text))
    if not text.strip():
        return
    try:
        result = await visit.services.events.sql(visit.actor, text, limit=MAX_ROWS)
    except RingfenceError as error:
        html(error_note(error, tr))
        return
    html(_result(visit, result))


def _form(visit: Visit, text: str) -> Content:
    area = tag(
        "textarea",
        text or EXAMPLE,
        name="sql",
        rows=5,
        maxlength=4000,
        class_="in",
        spellcheck="false",
        aria_label="SQL",
    )
    run = tag("button", visit.tr("Run"), type="submit", class_="btn primary")
    return tag("form", area, tag("div", run), method="get", action="/search/sql", class_="stack tight")


def _result(visit: Visit, result: Table) -> Content:
    tr = visit.tr
    if not result.rows:
        return tag("div", empty("search", tr("No rows"), tr("The query ran and found nothing.")), class_="card")
    rows = [
        [cell(as_text(value)[:MAX_CELL], name) for name, value in zip(result.columns, row, strict=True)]
        for row in result.rows
    ]
    count = visit.msg("{count} rows in {took} ms", count=len(result.rows), took=round(result.took_ms))
    more = visit.msg("cut at {limit} rows", limit=MAX_ROWS) if result.truncated else None
    return card(count, table(result.columns, rows, stackable=False), more=more, flush=True)
