"""The list of loaded rules, what could not be loaded, and the page of one rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from markupsafe import Markup
from nicegui import ui

from ringfence.console.event_view import search_link
from ringfence.console.filters import chip, filter_form
from ringfence.console.grid import Column, grid
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.services import Services
from ringfence.console.session import Visit, guarded
from ringfence.console.widgets import (
    SEVERITY_WORDS,
    card,
    cell,
    empty,
    pairs,
    severity,
    table,
    tactic,
    words,
    yaml_code,
)
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import ContentError, NotFoundError
from ringfence.core.i18n import N_
from ringfence.core.severity import Severity
from ringfence.sigma import Rule, RuleSet

ROWS = "/console/data/rules"
MAX_PROBLEMS = 500


def add_rules_pages(services: Services, router: APIRouter) -> None:
    """Serve `/rules`, its rows and `/rules/{id}`."""
    reading = Permission.READ_RULES
    add_page(services, "/rules", title=N_("Rules"), section="rules", permission=reading, build=_list)
    add_page(services, "/rules/{rule_id}", title=N_("Rule"), section="rules", permission=reading, build=_one)
    reader = guarded(services, reading)

    @router.get(ROWS)
    async def rows(
        actor: Actor = reader,
        text: Annotated[str, Query(max_length=200)] = "",
        level: Annotated[list[Severity], Query(max_length=5)] = [],  # noqa: B006
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        sort: str = "",
        order: str = "",
    ) -> dict[str, Any]:
        found = _found(services.rules(), text.lower(), set(level))
        if sort in {"title", "level", "logsource", "status"}:
            found.sort(key=lambda rule: _key(rule, sort), reverse=order == "desc")
        return {"rows": [_row(rule) for rule in found[offset : offset + limit]], "total": len(found)}


def _found(rules: RuleSet, text: str, levels: set[Severity]) -> list[Rule]:
    return [
        rule
        for rule in rules.rules
        if (not levels or rule.level in levels)
        and (not text or text in f"{rule.title} {rule.id} {' '.join(rule.tags)} {logsource(rule)}".lower())
    ]


def logsource(rule: Rule) -> str:
    """Return the rule's log source in one text: `windows/process_creation`."""
    return "/".join(part for part in (rule.product, rule.category, rule.service) if part)


def _key(rule: Rule, sort: str) -> tuple[int, str]:
    match sort:
        case "level":
            return rule.level.rank, rule.title
        case "logsource":
            return 0, logsource(rule)
        case "status":
            return 0, rule.status
        case _:
            return 0, rule.title.lower()


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "level": rule.level.value,
        "title": rule.title,
        "logsource": logsource(rule),
        "techniques": ", ".join(rule.techniques),
        "status": rule.status,
    }


async def _list(visit: Visit) -> None:
    tr = visit.tr
    loaded = visit.services.rules()
    summary = visit.msg(
        "{rules} rules run, {problems} could not be loaded.", rules=len(loaded.rules), problems=len(loaded.problems)
    )
    problems_shown = visit.asked("show") == "problems"
    tabs = [
        tag("a", tr("Rules"), href="/rules", aria_current=None if problems_shown else "true"),
        tag(
            "a",
            tr("Problems"),
            f" ({len(loaded.problems)})",
            href="/rules?show=problems",
            aria_current="true" if problems_shown else None,
        ),
    ]
    html(heading(visit, tr("Rules"), summary))
    html(tag("nav", *tabs, class_="tabs", aria_label=tr("Rules")))
    if problems_shown:
        html(_problems(visit, loaded))
        return
    levels = [chip(visit, "level", key, tr(word)) for key, word in SEVERITY_WORDS.items()]
    html(filter_form(visit, "/rules", tr("Title, tag, log source or id"), [(tr("Level"), levels)]))
    severities = json.dumps(words(SEVERITY_WORDS, tr))
    columns = [
        Column("level", tr("Level"), f"rf.cells.severity({severities})", width=140, sort=("desc", "asc")),
        Column("title", tr("Rule"), "rf.cells.link('/rules/')", flex=3, width=260, sort=("asc", "desc")),
        Column("logsource", tr("Log source"), "rf.cells.text()", flex=1.2, width=180, sort=("asc", "desc")),
        Column("techniques", tr("Techniques"), "rf.cells.text()", flex=1, width=140),
        Column("status", tr("Maturity"), "rf.cells.text()", width=130, sort=("asc", "desc")),
    ]
    names = ("text", "level")
    asked = [(name, value[:200]) for name, value in visit.request.query_params.multi_items() if name in names]
    card_column = Column("title", tr("Rule"), f"rf.cells.ruleCard({severities})")
    grid(visit, "rules", f"{ROWS}?{urlencode(asked[:40])}", columns, open_at="/rules/", card=card_column)
    with ui.element("div").classes("card hidden").props("id=rules-empty"):
        html(empty("rules", tr("No rules here"), tr("Change the filter, or give the server a folder of Sigma rules.")))


def _problems(visit: Visit, loaded: RuleSet) -> Markup:
    tr = visit.tr
    if not loaded.problems:
        return tag(
            "div",
            empty("good", tr("Every rule file was loaded"), tr("Problems would be listed here with their place.")),
            class_="card",
        )
    rows = [
        [
            cell(tag("code", _place(problem)), tr("Place"), "long"),
            cell(join([problem.message, f" ({problem.remedy})" if problem.remedy else None]), tr("Problem"), "long"),
        ]
        for problem in loaded.problems[:MAX_PROBLEMS]
    ]
    return card(tr("What could not be loaded"), table([tr("Place"), tr("Problem")], rows), flush=True)


def _place(problem: ContentError) -> str:
    name = "/".join(Path(problem.path).parts[-3:])
    return f"{name}:{problem.line}:{problem.column}" if problem.line else name


async def _one(visit: Visit) -> None:
    tr = visit.tr
    rule = visit.services.rules().by_id.get(visit.part("rule_id"))
    if rule is None:
        raise NotFoundError(N_("this rule is not loaded"))
    actions: list[Content] = []
    if visit.actor.may(Permission.READ_ALERTS):
        actions.append(tag("a", tr("Alerts of this rule"), href=f"/alerts?rule={rule.id}", class_="btn"))
    if visit.actor.may(Permission.READ_EVENTS):
        actions.append(tag("a", tr("Matched events"), href=search_link(f"rules:{rule.id}"), class_="btn"))
    crumbs = join([tag("a", tr("Rules"), href="/rules"), "/"])
    html(heading(visit, rule.title, tag("span", severity(rule.level.value, tr)), *actions, crumbs=crumbs))
    facts: list[tuple[str, Content]] = [
        (tr("Log source"), logsource(rule) or "–"),
        (tr("Maturity"), rule.status or "–"),
        (tr("Tactics"), ", ".join(tactic(name, tr) for name in rule.tactics) or "–"),
        (tr("Techniques"), ", ".join(rule.techniques) or "–"),
        (tr("Author"), rule.author or "–"),
        (tr("Changed"), rule.modified or rule.date or "–"),
        (tr("File"), tag("code", "/".join(rule.path.parts[-4:]))),
        (tr("Rule id"), tag("code", rule.id)),
    ]
    if rule.falsepositives:
        facts.append((tr("Known false positives"), "; ".join(rule.falsepositives)))
    if rule.references:
        facts.append((tr("References"), tag("ul", *[tag("li", ref) for ref in rule.references], class_="plainlist")))
    about = card(tr("What it finds"), tag("p", rule.description)) if rule.description else None
    left = tag("div", about, card(tr("Rule text"), yaml_code(rule.text)), class_="stack w8")
    html(tag("div", left, tag("div", card(tr("Facts"), pairs(facts)), class_="stack w4"), class_="cols"))
