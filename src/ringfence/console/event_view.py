"""How one event is shown, on the alert page and beside the search results alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from ringfence.console.markup import Content, tag
from ringfence.console.session import Visit
from ringfence.console.widgets import copyable, moment, pairs, severity
from ringfence.core.actor import Permission
from ringfence.ecs.event import Event
from ringfence.ecs.fields import FIELDS
from ringfence.ecs.query import write
from ringfence.ecs.query.ast import Match, Native, Pattern
from ringfence.ecs.query.names import resolve
from ringfence.sigma import Hit, Rule, explain

MAX_VALUE = 4000
"""Characters of a value that are shown in a table; the raw record is whole."""

MAX_HITS = 30
"""Reasons shown of one event."""

MAX_RAW = 200_000


def term(field: str, value: object, *, native: bool = False) -> str:
    """Return the search expression for a field with exactly this value."""
    return write(Match(Native(field) if native else resolve(field), Pattern((str(value),))))


def search_link(query: str, span: str = "") -> str:
    """Return the address of the search page with the query."""
    return "/search?" + urlencode({"q": query, **({"r": span} if span else {})})


def hits_of(event: Event, rules: Iterable[Rule]) -> list[Hit]:
    """Return why the rules match the event."""
    found: dict[Hit, None] = {}
    for rule in rules:
        found |= dict.fromkeys(explain(rule, event.logsource, event.fields, event.ecs, event.raw))
    return list(found)


def event_details(visit: Visit, event: Event, hits: Sequence[Hit] = ()) -> Markup:
    """Return all that is known of an event: facts, fields (matched ones marked), the raw record."""
    tr = visit.tr
    marked = {hit.field: hit.pattern for hit in hits}
    parts: list[Content] = [pairs(_facts(visit, event))]
    if hits:
        parts += [tag("h3", tr("Why it matched")), _reasons(visit, hits)]
    if event.ecs:
        parts += [tag("h3", tr("Normalised fields")), _fields(visit, _in_order(event.ecs), marked, native=False)]
    if event.fields:
        parts += [
            tag("h3", tr("Fields of the source")),
            _fields(visit, sorted(event.fields.items()), marked, native=True),
        ]
    parts += [tag("h3", tr("Raw record")), copyable(pretty(event.raw), tr("Copy"), tr("Copied"))]
    return tag("div", *parts, class_="stack event")


def _reasons(visit: Visit, hits: Sequence[Hit]) -> Markup:
    rows = [
        tag(
            "tr",
            tag("td", hit.field),
            tag(
                "td",
                hit.value[:MAX_VALUE],
                tag("span", visit.msg("matches {pattern}", pattern=hit.pattern), class_="why"),
            ),
            class_="hit",
        )
        for hit in hits[:MAX_HITS]
    ]
    return tag("div", tag("table", tag("tbody", *rows), class_="t fields"), class_="tablewrap")


def _facts(visit: Visit, event: Event) -> list[tuple[str, Content]]:
    tr = visit.tr
    source = "/".join(
        part for part in (event.logsource.product, *event.logsource.categories, event.logsource.service) if part
    )
    facts: list[tuple[str, Content]] = [
        (tr("Time"), moment(event.time)),
        (tr("Received"), moment(event.received)),
        (tr("Log source"), source or "–"),
        (tr("Source"), event.source or "–"),
        (tr("Parser"), event.parser),
    ]
    if event.rules:
        facts.append((tr("Matched rules"), tag("div", *_rules(visit, event), class_="chips")))
    facts.append((tr("Event id"), tag("code", event.id)))
    return facts


def _rules(visit: Visit, event: Event) -> list[Markup]:
    known = visit.services.rules().by_id
    links: list[Markup] = []
    for rule_id in event.rules:
        rule = known.get(rule_id)
        label = tag("span", severity(rule.level.value, visit.tr), " ", rule.title) if rule else tag("code", rule_id)
        links.append(tag("a", label, href=f"/rules/{rule_id}") if visit.actor.may(Permission.READ_RULES) else label)
    return links


def _in_order(ecs: Mapping[str, object]) -> list[tuple[str, object]]:
    order = {name: place for place, name in enumerate(FIELDS)}
    return sorted(ecs.items(), key=lambda item: order.get(item[0], len(order)))


def _fields(visit: Visit, rows: Iterable[tuple[str, object]], marked: Mapping[str, str], *, native: bool) -> Markup:
    cells: list[Markup] = []
    searchable = visit.actor.may(Permission.READ_EVENTS)
    for name, value in rows:
        text = as_text(value)
        pivot = None
        if searchable and 0 < len(text) <= 500 and not isinstance(value, list):
            pivot = tag(
                "a", visit.tr("Search this value"), href=search_link(term(name, text, native=native)), class_="pivot"
            )
        why = (
            tag("span", visit.msg("matches {pattern}", pattern=marked[name]), class_="why") if name in marked else None
        )
        cells.append(
            tag(
                "tr", tag("td", name), tag("td", text[:MAX_VALUE], pivot, why), class_="hit" if name in marked else None
            )
        )
    return tag("div", tag("table", tag("tbody", *cells), class_="t fields"), class_="tablewrap")


def as_text(value: object) -> str:
    """Return a field's value as text; lists and objects as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def pretty(raw: str) -> str:
    """Return a JSON record with line ends and indents, anything else as it is; at most 200,000 characters."""
    if raw[:1] in "{[" and len(raw) <= MAX_RAW:
        try:
            return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
        except ValueError:
            return raw
    return raw[:MAX_RAW]


def summary(event: Event) -> str:
    """Return the one line that says most about an event."""
    ecs = event.ecs
    for name in ("message", "process.command_line", "url.full", "dns.question.name", "registry.path", "file.path"):
        if ecs.get(name):
            return str(ecs[name])[:500]
    return event.raw[:500]
