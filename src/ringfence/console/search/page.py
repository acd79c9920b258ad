"""The search page: a query, its time, a histogram, the fields, the events, and the details of one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fastapi import APIRouter
from nicegui import events as ui_events
from nicegui import ui

from ringfence.console.charts import histogram_chart
from ringfence.console.event_view import event_details, hits_of, summary, term
from ringfence.console.grid import Column, grid
from ringfence.console.layout import add_page, attempt, button, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.search.rows import ROWS, add_rows
from ringfence.console.search.spans import CUSTOM, SPANS, Span, read_span
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import SEVERITY_WORDS, card, empty, error_note, moment, one_line, words
from ringfence.core.actor import Permission
from ringfence.core.errors import RingfenceError
from ringfence.core.i18n import N_
from ringfence.ecs.event import Event
from ringfence.events.model import Bucket, TopValue

_BUCKETS = 60
_LOOKED_AT = 200
"""Events that the list of fields is made from."""

_FIELD_CLICKED = """(event) => {
    const button = event.target.closest("button");
    if (button) emit({field: button.dataset.field, native: button.dataset.native});
}"""

_FIRST = ("event.action", "event.outcome", "host.name", "user.name", "source.ip", "destination.ip", "process.name")


@dataclass(slots=True)
class Finder:
    """The state of one open search page."""

    visit: Visit
    query: str
    span: Span
    buckets: list[Bucket] = field(default_factory=list[Bucket])
    total: int = 0
    exact: bool = True
    took_ms: float = 0.0
    looked_at: list[Event] = field(default_factory=list[Event])

    def address(self, path: str = "/search", query: str | None = None, span: Span | None = None) -> str:
        """Return the address of this search, or of one that differs in query or span."""
        params = {"q": self.query if query is None else query, **(span or self.span).params()}
        return f"{path}?{urlencode(params)}"

    async def look(self) -> None:
        """Ask the store; raises `QueryError` with the wrong place."""
        actor = await self.visit.confirm(Permission.READ_EVENTS)
        events, query = self.visit.services.events, self.query.strip() or "*"
        now = self.visit.services.clock.now_us()
        span = self.span.range(now)
        page = await events.search(actor, query, span, limit=_LOOKED_AT)
        self.looked_at, self.total, self.took_ms, self.exact = (
            page.events,
            page.total,
            page.took_ms,
            page.total_is_exact,
        )
        self.buckets = await events.histogram(actor, query, span, buckets=_BUCKETS) if page.events else []

    async def top(self, name: str) -> list[TopValue]:
        """Return the most frequent values of a field."""
        actor = await self.visit.confirm(Permission.READ_EVENTS)
        span = self.span.range(self.visit.services.clock.now_us())
        return await self.visit.services.events.top(actor, self.query.strip() or "*", span, name, limit=10)

    def narrowed(self, name: str, value: str, *, native: bool, without: bool = False) -> str:
        """Return the address of this search with one more term."""
        more = ("NOT " if without else "") + term(name, value, native=native)
        query = self.query.strip()
        return self.address(query=f"({query}) AND {more}" if query not in {"", "*"} else more)


def add_search_page(services: Services, router: APIRouter) -> None:
    """Serve `/search` and its rows."""
    reading = Permission.READ_EVENTS
    add_page(services, "/search", title=N_("Search"), section="search", permission=reading, build=_build)
    add_rows(services, router)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    finder = Finder(visit, visit.asked("q"), read_span(visit.asked("r"), visit.asked("from"), visit.asked("to")))
    html(heading(visit, tr("Search")))
    html(modes(visit, "search"))
    html(_form(finder))
    try:
        await finder.look()
    except RingfenceError as error:
        html(error_note(error, tr))
        html(_help(visit))
        return
    if not finder.looked_at:
        advice = tr("Widen the time range or take a term out of the query.")
        html(tag("div", empty("search", tr("No event fits"), advice), class_="card"))
        html(_help(visit))
        return
    _histogram(finder)
    with ui.element("div").classes("searchcols"):
        _fields(finder)
        with ui.element("div").classes("stack"):
            _results(finder)


def modes(visit: Visit, current: str) -> Content:
    """Return the tabs between query and SQL, None for who may not use SQL."""
    if not visit.actor.may(Permission.READ_RAW_SQL):
        return None
    tabs = [("search", "/search", visit.tr("Query")), ("sql", "/search/sql", visit.tr("SQL for experts"))]
    links = [tag("a", word, href=path, aria_current="true" if key == current else None) for key, path, word in tabs]
    return tag("nav", *links, class_="tabs", aria_label=visit.tr("Way to search"))


def _form(finder: Finder) -> Content:
    tr = finder.visit.tr
    options = [tag("option", tr(word), value=key, selected=key == finder.span.key) for key, (_, word) in SPANS.items()]
    kept: list[Content] = []
    if finder.span.key == CUSTOM:
        options.append(tag("option", tr("Chosen span"), value=CUSTOM, selected=True))
    options.append(tag("option", tr("From … to …"), value="pick"))
    kept = [
        tag("input", type="hidden", name="from", value=finder.span.start),
        tag("input", type="hidden", name="to", value=finder.span.end),
    ]
    picker = tag(
        "div",
        _end(tr("From"), "from"),
        _end(tr("To"), "to"),
        class_="bar picker hidden",
    )  # fmt: skip
    chosen = None
    if finder.span.key == CUSTOM:
        chosen = tag("p", moment(finder.span.start), " – ", moment(finder.span.end), class_="quiet")
    return tag(
        "form",
        tag("label", tr("Query"), for_="q", class_="sr"),
        tag("input", id="q", name="q", value=finder.query, class_="in grow mono", autocomplete="off",
            spellcheck="false", placeholder='user.name:"alice" AND event.outcome:failure', autofocus=not finder.query),
        tag("label", tr("Time range"), for_="r", class_="sr"),
        tag("select", *options, id="r", name="r", class_="in", data_span=True),
        tag("button", tr("Search"), type="submit", class_="btn primary"),
        picker, *kept, chosen,
        method="get", action="/search", class_="bar searchform",
    )  # fmt: skip


def _end(label: str, name: str) -> Content:
    box = tag("input", type="datetime-local", step=1, class_="in", data_end=name)
    return tag("label", label, box, class_="field")


def _histogram(finder: Finder) -> None:
    tr = finder.visit.tr
    count = f"{finder.total:,}" if finder.exact else f"> {finder.total:,}"
    took = finder.visit.msg("{count} events in {took} ms", count=count, took=round(finder.took_ms))

    def pick(start: int, end: int) -> None:
        if end - start >= 1_000_000:
            ui.navigate.to(finder.address(span=Span(CUSTOM, start, end)))

    with ui.element("section").classes("card"):
        hint = tr("Click a bar or drag over a span to zoom")
        html(tag("div", tag("h2", took), tag("span", hint, class_="more quiet"), class_="title"), "contents")
        with ui.element("div").classes("body"):
            if finder.buckets:
                histogram_chart(finder.buckets, tr("Events"), pick)


def _fields(finder: Finder) -> None:
    tr = finder.visit.tr
    counts: dict[tuple[bool, str], int] = {}
    for event in finder.looked_at:
        for name in event.ecs:
            counts[False, name] = counts.get((False, name), 0) + 1
        for name in event.fields:
            if name not in event.ecs:
                counts[True, name] = counts.get((True, name), 0) + 1
    order = {name: place for place, name in enumerate(_FIRST)}
    names = sorted(counts, key=lambda key: (key[0], order.get(key[1], 99), -counts[key], key[1]))[:150]
    with ui.element("section").classes("card"):
        html(tag("div", tag("h2", tr("Fields")), class_="title"), "contents")
        with ui.element("div").classes("body flush"):
            values = ui.element("div").classes("topvalues").props("aria-live=polite")
            listed = [
                tag("li", tag("button", name, tag("span", counts[native, name]), type="button", data_field=name,
                    data_native="1" if native else "0"))
                for native, name in names
            ]  # fmt: skip
            listing = html(tag("ul", *listed, class_="fieldlist"))

    async def show(event: ui_events.GenericEventArguments) -> None:
        name, native = str(event.args.get("field", ""))[:200], event.args.get("native") == "1"
        if not name:
            return
        found = await finder.top(f"fields.{name}" if native else name)
        values.clear()
        with values:
            html(_top_values(finder, name, found, native=native))

    listing.on(
        "click",
        attempt(finder.visit, show),
        js_handler=_FIELD_CLICKED,
    )


def _top_values(finder: Finder, name: str, found: list[TopValue], *, native: bool) -> Content:
    tr = finder.visit.tr
    most = max((top.count for top in found), default=1)
    items = [
        tag(
            "li",
            tag("a", top.value or "∅", href=finder.narrowed(name, top.value, native=native), class_="mono"),
            tag("span", f"{top.count:,} ", tag("a", "−", title=tr("Exclude this value"),
                aria_label=tr("Exclude this value"),
                href=finder.narrowed(name, top.value, native=native, without=True))),
            tag("span", tag("i", style=f"width:{max(2, 100 * top.count // most)}%"), class_="meter"),
        )
        for top in found
    ]  # fmt: skip
    return join([tag("h3", name, class_="mono pad"), tag("ol", *items, class_="rank")])


def _results(finder: Finder) -> None:
    tr = finder.visit.tr
    severities = json.dumps(words(SEVERITY_WORDS, tr))
    columns = [
        Column("time", tr("Time"), "rf.cells.time()", width=155, sort=("desc", "asc")),
        Column("level", tr("Rules"), f"rf.cells.severity({severities})", width=142),
        Column("host", tr("Host"), "rf.cells.text()", width=120),
        Column("user", tr("User"), "rf.cells.text()", width=105),
        Column("address", tr("Address"), "rf.cells.text()", width=118),
        Column("action", tr("Action"), "rf.cells.text()", width=120),
        Column("summary", tr("Summary"), "rf.cells.mono()", flex=1, width=220),
    ]
    card_column = Column("summary", tr("Event"), "rf.cells.eventCard()")
    table = grid(finder.visit, "events", finder.address(ROWS), columns, card=card_column)
    drawer = ui.element("aside").classes("drawer hidden").props(f'aria-label="{tr("Event")}" tabindex=-1')

    async def open_event(event: ui_events.GenericEventArguments) -> None:
        event_id = str((event.args.get("data") or {}).get("id", ""))
        actor = await finder.visit.confirm(Permission.READ_EVENTS)
        found = await finder.visit.services.events.get(actor, [event_id])
        drawer.clear()
        drawer.classes(remove="hidden")
        with drawer:
            _drawer(finder, drawer, found)
        ui.run_javascript("document.querySelector('.drawer .dclose')?.focus()")

    table.on("cellClicked", attempt(finder.visit, open_event), ["data"])


def _drawer(finder: Finder, drawer: ui.element, found: list[Event]) -> None:
    visit = finder.visit
    title = one_line(summary(found[0]))[:160] if found else visit.tr("This event is not there any more")
    with ui.element("div").classes("dhead"):
        html(tag("h2", title), "grow")
        button(visit.tr("Close"), lambda: drawer.classes("hidden"), "quiet dclose")
    with ui.element("div").classes("dbody"):
        if found:
            known = visit.services.rules().by_id
            hits = hits_of(found[0], [known[rule] for rule in found[0].rules if rule in known])
            html(event_details(visit, found[0], hits))


def _help(visit: Visit) -> Content:
    tr = visit.tr
    rows = [
        ("mimikatz", tr("the record contains this text")),
        ('"failed password"', tr("the record contains this phrase")),
        ("user.name:alice", tr("the field has this value")),
        ("process.name:*shell*", tr("with wildcards")),
        ("destination.port:>=1024", tr("greater or equal")),
        ("source.ip:10.0.0.0/8", tr("an address in this network")),
        ("user.name:*", tr("the field is there")),
        ("a AND (b OR NOT c)", tr("combined; AND stands between terms by itself")),
        ("fields.EventID:4625", tr("a field as the source names it")),
    ]
    lines = [tag("tr", tag("td", example), tag("td", tag("span", meaning))) for example, meaning in rows]
    table = tag("table", tag("tbody", *lines), class_="t fields plainwords")
    return card(tr("How to ask"), table)
