"""The list of loaded rules, and what could not be loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from markupsafe import Markup
from nicegui import ui

from ringfence.console.filters import chip, filter_form
from ringfence.console.grid import Column, grid
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import join, tag
from ringfence.console.rules.one import add_rule_page, logsource
from ringfence.console.services import Services
from ringfence.console.session import Visit, guarded
from ringfence.console.widgets import (
    SEVERITY_WORDS,
    card,
    cell,
    empty,
    table,
    words,
)
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import ContentError
from ringfence.core.i18n import N_
from ringfence.core.severity import Severity
from ringfence.sigma import Correlation, Rule, RuleSet

ROWS = "/console/data/rules"
MAX_PROBLEMS = 500


def add_rules_pages(services: Services, router: APIRouter) -> None:
    """Serve `/rules`, its rows and the page of each rule."""
    reading = Permission.READ_RULES
    add_page(services, "/rules", title=N_("Rules"), section="rules", permission=reading, build=_list)
    add_rule_page(services, router)
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


def _found(rules: RuleSet, text: str, levels: set[Severity]) -> list[Rule | Correlation]:
    return [
        rule
        for rule in (*rules.rules, *rules.correlations)
        if (not levels or rule.level in levels)
        and (not text or text in f"{rule.title} {rule.id} {' '.join(rule.tags)} {logsource(rule)}".lower())
    ]


def _key(rule: Rule | Correlation, sort: str) -> tuple[int, str]:
    match sort:
        case "level":
            return rule.level.rank, rule.title
        case "logsource":
            return 0, logsource(rule)
        case "status":
            return 0, rule.status
        case _:
            return 0, rule.title.lower()


def _row(rule: Rule | Correlation) -> dict[str, Any]:
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
    running = len(loaded.rules) + len(loaded.correlations)
    summary = visit.msg(
        "{rules} rules run, {problems} could not be loaded.", rules=running, problems=len(loaded.problems)
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
