"""The page that shows how to send logs: addresses, tokens, configurations to copy, and what arrives."""

from __future__ import annotations

from markupsafe import Markup

from ringfence.console.event_view import search_link, term
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.services import IngestInfo, Services
from ringfence.console.session import Visit
from ringfence.console.sources.recipes import Recipe, recipes
from ringfence.console.widgets import card, cell, copyable, empty, note, pairs, table
from ringfence.core.actor import Permission
from ringfence.core.i18n import N_
from ringfence.events.model import TimeRange, TopValue

_DAY = 86_400_000_000


def add_sources_page(services: Services) -> None:
    """Serve `/sources`."""
    reading = Permission.READ_EVENTS
    add_page(services, "/sources", title=N_("Log sources"), section="sources", permission=reading, build=_build)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    info = visit.services.ingest_info(visit.actor)
    now = visit.services.clock.now_us()
    span = TimeRange(now - _DAY, now + _DAY)
    parsers = await visit.services.events.top(visit.actor, "*", span, "parser", limit=20)
    html(
        heading(
            visit, tr("Log sources"), tr("Point your senders here. They work unchanged: no agent of ours is needed.")
        )
    )
    shown = recipes(info)
    wanted = visit.asked("sender", shown[0].key)
    chosen = next((recipe for recipe in shown if recipe.key == wanted), shown[0])
    left = join([_senders(visit, shown, chosen), _arriving(visit, parsers)])
    right = join([_addresses(visit, info), _token(visit)])
    html(tag("div", tag("div", left, class_="stack w8"), tag("div", right, class_="stack w4"), class_="cols"))


def _senders(visit: Visit, shown: list[Recipe], chosen: Recipe) -> Markup:
    tr = visit.tr
    tabs = [
        tag("a", recipe.name, href=f"/sources?sender={recipe.key}", aria_current="true" if recipe is chosen else None)
        for recipe in shown
    ]
    where = tag("p", tr("File"), ": ", tag("code", chosen.file), class_="quiet") if chosen.file else None
    return card(
        tr("Configuration to copy"),
        tag("nav", *tabs, class_="tabs", aria_label=tr("Sender")),
        where,
        copyable(chosen.text, tr("Copy"), tr("Copied")),
    )


def _arriving(visit: Visit, parsers: list[TopValue]) -> Markup:
    tr = visit.tr
    if not parsers:
        advice = tr("Use one of the configurations above; the first events are searchable within two seconds.")
        return card(tr("What arrived in the last 24 hours"), empty("sources", tr("Nothing yet"), advice))
    rows = [
        [
            cell(tag("a", top.value, href=search_link(term("parser", top.value), "24h")), tr("Format")),
            cell(f"{top.count:,}", tr("Events"), "num"),
        ]
        for top in parsers
    ]
    heads: list[Content] = [tr("Format"), tr("Events")]
    return card(tr("What arrived in the last 24 hours"), table(heads, rows, numbers=(1,)), flush=True)


def _addresses(visit: Visit, info: IngestInfo) -> Markup:
    tr = visit.tr
    off = tr("off")

    def port(number: int) -> Content:
        return tag("code", f"{info.host}:{number}") if number else off

    rows: list[tuple[str, Content]] = [
        ("Splunk HEC", tag("code", f"{info.base_url}/services/collector")),
        ("Elasticsearch bulk", tag("code", f"{info.base_url}/elastic/_bulk")),
        ("OTLP/HTTP", tag("code", f"{info.base_url}/v1/logs")),
        (tr("JSON lines"), tag("code", f"{info.base_url}/api/v1/ingest")),
        ("Syslog TCP", port(info.syslog_tcp)),
        ("Syslog UDP", port(info.syslog_udp)),
        ("Syslog TLS", port(info.syslog_tls)),
    ]
    hint = None
    if info.host in {"127.0.0.1", "localhost", "::1"}:
        hint = note(
            "",
            tr(
                "The server listens on this machine only. Other machines reach it after RINGFENCE_HOST and "
                "RINGFENCE_SYSLOG_HOST are set."
            ),
        )
    return card(tr("Addresses"), pairs(rows), hint)


def _token(visit: Visit) -> Markup:
    tr = visit.tr
    if visit.actor.may(Permission.MANAGE_ACCESS):
        advice = tr("Senders over HTTP need a token. It is shown once, in configurations that are ready to use.")
        link = tag("div", tag("a", tr("Make a token"), href="/tokens", class_="btn primary"))
        return card(tr("Token"), tag("p", advice), link)
    command = "ringfence tokens add fluent-bit --scope ingest"
    advice = tr("Senders over HTTP need a token. An administrator makes it here, or on the server with this command.")
    return card(tr("Token"), tag("p", advice), copyable(command, tr("Copy"), tr("Copied")))
