"""Exclusions: what they cover, whose they are, what they kept quiet, and the button that ends one."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.console.actions import Form, add_action, done, first, post_form, submit
from ringfence.console.markup import Content, join, tag
from ringfence.console.rules.lookup import rule_address, rule_of
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.tuning.words import ENDED_WORDS
from ringfence.console.widgets import cell, moment, table, yaml_code
from ringfence.core.actor import Permission
from ringfence.detect.rules import EVERY_RULE, Exclusion, end_exclusion


def add_exclusion_actions(services: Services, router: APIRouter) -> None:
    """Serve the button that ends an exclusion."""
    add_action(
        router, services, "/console/exclusions/{exclusion_id}", permission=Permission.RULES_EDIT, action=_end
    )  # fmt: skip


def exclusion_table(visit: Visit, exclusions: Sequence[Exclusion], *, of_rule: str = "") -> Markup:
    """Return the exclusions as a table; `of_rule`: on the page of this rule, so that it is not named again."""
    tr = visit.tr
    may = visit.actor.may(Permission.RULES_EDIT)
    heads: list[Content] = [tr("Rule"), tr("No alert where"), tr("Reason and owner"), tr("Kept quiet"), tr("Until")]
    if may:
        heads.append(tag("span", tr("Action"), class_="sr"))
    rows = [_row(visit, one, of_rule=of_rule, may=may) for one in exclusions]
    if of_rule:
        heads, rows = heads[1:], [row[1:] for row in rows]
    return table(heads, rows, numbers=(2,) if of_rule else (3,))


def _row(visit: Visit, one: Exclusion, *, of_rule: str, may: bool) -> list[Markup]:
    tr = visit.tr
    every = tag("span", tr("Every rule"), class_="chip") if one.rule_id == EVERY_RULE else None
    reason = join([one.reason, tag("span", one.owner, class_="quiet block")])
    hits = join([f"{one.hits:,}", tag("span", moment(one.last_hit), class_="quiet block") if one.last_hit else None])
    cells = [
        cell(every or _rule(visit, one.rule_id), tr("Rule"), "long"),
        cell(join([every if of_rule else None, yaml_code(one.condition)]), tr("No alert where"), "long"),
        cell(reason, tr("Reason and owner"), "long"),
        cell(hits, tr("Kept quiet"), "num"),
        cell(_until(visit, one), tr("Until")),
    ]
    if may:
        cells.append(cell(_button(visit, one, of_rule) if one.ended is None else None))
    return cells


def _rule(visit: Visit, rule_id: str) -> Markup:
    rule = rule_of(visit.services, rule_id)
    return tag("a", rule.title if rule else rule_id, href=rule_address(rule_id))


def _until(visit: Visit, one: Exclusion) -> Markup:
    tr = visit.tr
    if one.ended is None:
        off = None if one.enabled else tag("span", tr("Switched off"), class_="state off")
        return join([moment(one.expires), off])
    why = tr(ENDED_WORDS[one.ended_why.value]) if one.ended_why else tr("Ended")
    return join([tag("span", why, class_="state off wrap"), tag("span", moment(one.ended), class_="quiet block")])


def _button(visit: Visit, one: Exclusion, of_rule: str) -> Content:
    back = tag("input", type="hidden", name="back", value=of_rule) if of_rule else None
    return post_form(visit, f"/console/exclusions/{one.id}", back, submit(visit.tr("End now"), kind="small danger"))


async def _end(visit: Visit, form: Form) -> str:
    now = visit.services.clock.now_us()
    async with visit.services.database.session() as session:
        await end_exclusion(visit.actor, session, visit.part("exclusion_id"), now=now)
    back = first(form, "back")
    return done(rule_address(back) if back else "/tuning", "exclusion_ended")
