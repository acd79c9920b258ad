"""The overview: open incidents by level, alerts over time, what fires most and where, and the stream itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup
from nicegui import ui

from ringfence.console.charts import levels_chart
from ringfence.console.incidents.words import LEVEL_WORDS, STATUS_WORDS, sentence
from ringfence.console.layout import add_page, attempt_often, heading, html
from ringfence.console.markup import join, tag
from ringfence.console.services import LiveStats, Services
from ringfence.console.session import Visit
from ringfence.console.widgets import card, card_parts, cell, empty, moment, severity, table
from ringfence.core.actor import Permission
from ringfence.core.i18n import N_
from ringfence.core.severity import Level, Severity
from ringfence.detect import (
    AlertFilter,
    AlertStatus,
    LevelBucket,
    TopEntity,
    TopRule,
    alert_counts,
    alerts_over_time,
    top_entities,
    top_rules,
)
from ringfence.incidents import Incident, IncidentFilter, IncidentSort, incident_counts, list_incidents

_HOUR = 3_600_000_000
_SPANS = {"24h": (24, N_("24 hours")), "7d": (168, N_("7 days")), "30d": (720, N_("30 days"))}
_BUCKETS = 48


@dataclass(frozen=True, slots=True)
class Picture:
    """All numbers of the overview at one moment."""

    levels: dict[Level, int]
    alerts: dict[AlertStatus, int]
    buckets: list[LevelBucket]
    rules: list[TopRule]
    hosts: list[TopEntity]
    incidents: list[Incident]


def add_overview(services: Services) -> None:
    """Serve `/`."""
    add_page(services, "/", title=N_("Overview"), section="overview", permission=Permission.READ_ALERTS, build=_build)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    span = visit.asked("span") if visit.asked("span") in _SPANS else "24h"
    links = [
        tag("a", tr(word), href=f"/?span={key}", aria_current="true" if key == span else None)
        for key, (_, word) in _SPANS.items()
    ]
    html(heading(visit, tr("Overview"), None, tag("nav", *links, class_="tabs plain", aria_label=tr("Time range"))))
    picture = await _paint(visit, _SPANS[span][0])
    with ui.element("div").classes("tiles"):
        html(_tiles(visit, picture), "contents")
        live = html(_live(visit, visit.services.live_stats()), "contents")
    with ui.element("section").classes("card"):
        _chart(visit, picture)
    html(tag("div", tag("div", _incidents(visit, picture), class_="w12"), class_="cols"))
    halves = [tag("div", part, class_="w6") for part in (_rules(visit, picture), _hosts(visit, picture))]
    html(tag("div", *halves, class_="cols"))

    async def refresh() -> None:
        await visit.confirm()
        live.set_content(str(_live(visit, visit.services.live_stats())))

    ui.timer(5.0, attempt_often(visit, refresh), immediate=False)


async def _paint(visit: Visit, hours: int) -> Picture:
    now = visit.services.clock.now_us()
    since = now - hours * _HOUR
    width = hours * _HOUR // _BUCKETS
    end = (now // width + 1) * width  # whole buckets, so that bars do not move with every look
    wanted = AlertFilter(since=since)
    actor = visit.actor
    async with visit.services.database.reading() as session:
        _, states = await alert_counts(actor, session, AlertFilter())
        levels: dict[Level, int] = dict.fromkeys(Level, 0)
        incidents: list[Incident] = []
        if actor.may(Permission.READ_INCIDENTS):
            levels, _ = await incident_counts(actor, session, IncidentFilter(open_only=True))
            incidents, _ = await list_incidents(
                actor, session, IncidentFilter(open_only=True), limit=8, sort=IncidentSort.LEVEL
            )
        return Picture(
            levels,
            states,
            await alerts_over_time(actor, session, end - hours * _HOUR, end, buckets=_BUCKETS),
            await top_rules(actor, session, wanted, limit=8),
            await top_entities(actor, session, "host", wanted, limit=8),
            incidents,
        )


def _tiles(visit: Visit, picture: Picture) -> Markup:
    tr = visit.tr
    tiles = [
        tag(
            "a",
            tag("span", f"{level.value} · {tr(LEVEL_WORDS[level.value])}", class_="k"),
            tag("span", picture.levels[level], class_="v"),
            tag("span", tr("open incidents"), class_="n"),
            href=f"/incidents?level={level.value}&open_only=true",
            class_=f"tile {level.value}",
        )
        for level in Level
    ]
    tiles.append(
        tag(
            "a",
            tag("span", tr("New alerts"), class_="k"),
            tag("span", f"{picture.alerts[AlertStatus.NEW]:,}", class_="v"),
            tag("span", visit.msg("{count} in work", count=picture.alerts[AlertStatus.OPEN]), class_="n"),
            href="/alerts?status=new",
            class_="tile",
        )
    )
    return join(tiles)


def _live(visit: Visit, stats: LiveStats) -> Markup:
    rate = stats.events_per_second
    shown = f"{rate:,.1f}" if rate < 10 else f"{rate:,.0f}"
    queued = visit.msg("{count} waiting", count=f"{stats.queued:,}")
    return tag(
        "div",
        tag("span", visit.tr("Events per second"), class_="k"),
        tag("span", shown, class_="v"),
        tag("span", queued, " · ", visit.msg("{count} since start", count=f"{stats.stored_total:,}"), class_="n"),
        class_="tile live",
    )


def _chart(visit: Visit, picture: Picture) -> None:
    tr = visit.tr
    title, _ = card_parts(tr("Alerts over time"))
    html(title, "contents")
    if any(any(bucket.counts.values()) for bucket in picture.buckets):
        with ui.element("div").classes("body"):
            levels_chart(picture.buckets, tr)
        return
    advice = tr("Alerts appear here as soon as an event matches a rule. Send logs: the page shows how.")
    link = tag("a", tr("Log sources"), href="/sources", class_="btn")
    html(empty("alerts", tr("No alerts in this time"), advice, link))


def _incidents(visit: Visit, picture: Picture) -> Markup:
    tr = visit.tr
    more = tag("a", tr("All incidents"), href="/incidents")
    if not picture.incidents:
        advice = tr("Incidents open by themselves when alerts arrive.")
        return card(tr("Open incidents, worst first"), empty("good", tr("No open incidents"), advice), more=more)
    rows = [
        [
            cell(tag("span", item.level.value, class_=f"lvl {item.level.value}"), tr("Level")),
            cell(tag("a", sentence(visit, item.title), href=f"/incidents/{item.id}"), tr("Incident"), "long"),
            cell(", ".join((item.entities.get("host") or item.entities.get("user") or [])[:3]), tr("Entities"), "long"),
            cell(item.alert_count, tr("Alerts"), "num"),
            cell(moment(item.last_event, "ago"), tr("Last seen")),
            cell(tag("span", tr(STATUS_WORDS[item.status.value]), class_=f"state {item.status.value}"), tr("Status")),
        ]
        for item in picture.incidents
    ]
    heads = [tr("Level"), tr("Incident"), tr("Entities"), tr("Alerts"), tr("Last seen"), tr("Status")]
    return card(tr("Open incidents, worst first"), table(heads, rows, numbers=(3,)), more=more, flush=True)


def _rules(visit: Visit, picture: Picture) -> Markup:
    rows = [
        (severity_mark(visit, rule.level), rule.title, f"/alerts?rule={quote(rule.rule_id)}", rule.alerts)
        for rule in picture.rules
    ]
    return _ranking(visit, visit.tr("Top rules"), rows)


def _hosts(visit: Visit, picture: Picture) -> Markup:
    rows = [
        (severity_mark(visit, host.level), host.value, f"/alerts?entity={quote(host.value)}", host.alerts)
        for host in picture.hosts
    ]
    return _ranking(visit, visit.tr("Top assets"), rows)


def severity_mark(visit: Visit, level: Severity) -> Markup:
    """Return the severity for a ranking."""
    return severity(level.value, visit.tr)


def _ranking(visit: Visit, title: str, rows: list[tuple[Markup, str, str, int]]) -> Markup:
    if not rows:
        return card(title, empty("empty", visit.tr("No alerts in this time"), ""))
    most = max(count for *_, count in rows)
    items = [
        tag(
            "li",
            tag("span", mark, tag("a", name, href=href)),
            tag("span", f"{count:,}"),
            tag("span", tag("i", style=f"width:{max(2, 100 * count // most)}%"), class_="meter"),
        )
        for mark, name, href, count in rows
    ]
    return card(title, tag("ol", *items, class_="rank"), more=visit.tr("Alerts"), flush=True)
