"""The page of one rule: what it finds, how it lives here, what verdicts suggest, what is excluded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from fastapi import APIRouter
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.console.actions import done_note, post_form, submit
from ringfence.console.event_view import search_link
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.rules.life import add_life_action, life_card, quiet_card, state_mark, versions_card
from ringfence.console.rules.lookup import rule_address, rule_of
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.tuning.exclusions import exclusion_table
from ringfence.console.tuning.page import idle_advice
from ringfence.console.tuning.proposals import FALSE_POSITIVES, best_first, examples_of, proposal_view
from ringfence.console.widgets import card, empty, pairs, severity, tactic, yaml_code
from ringfence.core.actor import Permission
from ringfence.core.errors import NotFoundError
from ringfence.core.i18n import N_
from ringfence.detect import list_alerts
from ringfence.detect.rules import (
    Exclusion,
    Proposal,
    get_life,
    list_exclusions,
    list_proposals,
    list_tallies,
    list_versions,
)
from ringfence.sigma import Correlation, Rule

VERSIONS = 20
QUIET_DAYS = 30
_DAY = 86_400_000_000


def add_rule_page(services: Services, router: APIRouter) -> None:
    """Serve `/rules/{id}` and what its form does."""
    add_page(
        services, "/rules/{rule_id}", title=N_("Rule"), section="rules",
        permission=Permission.READ_RULES, build=_build,
    )  # fmt: skip
    add_life_action(services, router)


async def _build(visit: Visit) -> None:
    tr, rule_id = visit.tr, visit.part("rule_id")
    rule = rule_of(visit.services, rule_id)
    if rule is None:
        raise NotFoundError(N_("this rule is not loaded"))
    since = visit.services.clock.now_us() - QUIET_DAYS * _DAY
    async with visit.services.database.reading() as session:
        life = await get_life(visit.actor, session, rule_id)
        proposals = await list_proposals(visit.actor, session, rule_id=rule_id)
        exclusions, _ = await list_exclusions(visit.actor, session, rule_id=rule_id, ended=True, limit=100)
        versions = await list_versions(visit.actor, session, rule_id, limit=VERSIONS)
        tallies = await list_tallies(visit.actor, session, rule_id=rule_id, since=since)
        judged = await _judged(visit, session, rule_id)
    level = life.level or rule.level
    about = tag("span", severity(level.value, tr), state_mark(visit, life.state), class_="chips")
    crumbs = join([tag("a", tr("Rules"), href="/rules"), "/"])
    html(heading(visit, rule.title, about, *_links(visit, rule), crumbs=crumbs))
    html(done_note(visit))
    finds = card(tr("What it finds"), tag("p", rule.description)) if rule.description else None
    left = join([
        finds, await _proposals(visit, rule, proposals, judged), _exclusions(visit, rule, exclusions),
        card(tr("Rule text"), yaml_code(rule.text)), versions_card(visit, versions),
    ])  # fmt: skip
    right = join([life_card(visit, rule, life), _facts(visit, rule), quiet_card(visit, tallies)])
    html(tag("div", tag("div", left, class_="stack w8"), tag("div", right, class_="stack w4"), class_="cols"))


async def _judged(visit: Visit, session: AsyncSession, rule_id: str) -> int:
    """How many alerts of the rule were closed as false positives; 0 for who may not read alerts."""
    if not visit.actor.may(Permission.READ_ALERTS):
        return 0
    _, count = await list_alerts(visit.actor, session, replace(FALSE_POSITIVES, rule_id=rule_id), limit=1)
    return count


def _links(visit: Visit, rule: Rule | Correlation) -> list[Content]:
    tr = visit.tr
    links: list[Content] = []
    if visit.actor.may(Permission.READ_ALERTS):
        href = "/alerts?" + urlencode({"rule": rule.id})
        links.append(tag("a", tr("Alerts of this rule"), href=href, class_="btn"))
    if visit.actor.may(Permission.READ_EVENTS) and isinstance(rule, Rule):
        links.append(tag("a", tr("Matched events"), href=search_link(f"rules:{rule.id}"), class_="btn"))
    return links


async def _proposals(visit: Visit, rule: Rule | Correlation, proposals: Sequence[Proposal], judged: int) -> Markup:
    tr = visit.tr
    more = None
    if visit.actor.may(Permission.RULES_EDIT):
        target = f"/console{rule_address(rule.id)}/propose"
        more = post_form(visit, target, submit(tr("Propose from verdicts"), picture="refresh"))
    count = visit.msg("{count} alerts of this rule were closed as false positives.", count=judged)
    if not proposals:
        return card(tr("What verdicts suggest"), empty("empty", tr("No open proposals"), count), more=more)
    examples = await examples_of(visit, proposals)
    views = [proposal_view(visit, one, examples) for one in best_first(proposals)]
    return card(tr("What verdicts suggest"), tag("p", count, class_="quiet"), *views, more=more)


def _exclusions(visit: Visit, rule: Rule | Correlation, exclusions: Sequence[Exclusion]) -> Markup | None:
    if not exclusions:
        return None
    about = tag("p", idle_advice(visit), class_="quiet pad")
    title = visit.msg("Exclusions ({count})", count=len(exclusions))
    return card(title, about, exclusion_table(visit, exclusions, of_rule=rule.id), flush=True)


def _facts(visit: Visit, rule: Rule | Correlation) -> Markup:
    tr = visit.tr
    facts: list[tuple[str, Content]] = [
        _origin(visit, rule),
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
    return card(tr("Facts"), pairs(facts))


def _origin(visit: Visit, rule: Rule | Correlation) -> tuple[str, Content]:
    if isinstance(rule, Rule):
        return visit.tr("Log source"), logsource(rule) or "–"
    known = [(ref, rule_of(visit.services, ref)) for ref in rule.refs]
    links = [
        tag("li", tag("a", found.title, href=rule_address(ref)) if found else tag("code", ref)) for ref, found in known
    ]
    return visit.tr("Counts matches of"), tag("ul", *links, class_="plainlist")


def logsource(rule: Rule | Correlation) -> str:
    """Return the rule's log source in one text: `windows/process_creation`; empty for a correlation."""
    if isinstance(rule, Correlation):
        return ""
    return "/".join(part for part in (rule.product, rule.category, rule.service) if part)
