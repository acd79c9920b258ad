"""The page "Tuning": what verdicts suggest, which rules cost most time for nothing, and all exclusions."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.console.actions import done_note, post_form, submit
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.rules.lookup import rule_address
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.tuning.exclusions import add_exclusion_actions, exclusion_table
from ringfence.console.tuning.proposals import (
    FALSE_POSITIVES,
    TUNING,
    add_proposal_actions,
    best_first,
    examples_of,
    proposal_view,
)
from ringfence.console.widgets import card, empty
from ringfence.core.actor import Permission
from ringfence.core.i18n import N_
from ringfence.detect import TopRule, top_rules
from ringfence.detect.rules import IDLE_DAYS, Exclusion, Proposal, list_exclusions, list_proposals

MAX_PROPOSALS = 30
MAX_EXCLUSIONS = 200
NOISY_RULES = 10


def add_tuning_page(services: Services, router: APIRouter) -> None:
    """Serve `/tuning` and what the buttons about proposals and exclusions do."""
    add_page(
        services, TUNING, title=N_("Tuning"), section="tuning", permission=Permission.READ_RULES, build=_build
    )  # fmt: skip
    add_proposal_actions(services, router)
    add_exclusion_actions(services, router)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    ended = visit.asked("show") == "ended"
    noisy: list[TopRule] = []
    async with visit.services.database.reading() as session:
        proposals = await list_proposals(visit.actor, session)
        exclusions, total = await list_exclusions(visit.actor, session, ended=ended, limit=MAX_EXCLUSIONS)
        if visit.actor.may(Permission.READ_ALERTS):
            noisy = await top_rules(visit.actor, session, FALSE_POSITIVES, limit=NOISY_RULES)
    html(heading(visit, tr("Tuning"), tr("What analysts' verdicts suggest, and what is kept quiet because of them.")))
    html(done_note(visit))
    left = await _proposals(visit, proposals)
    html(tag("div", tag("div", left, class_="stack w8"), tag("div", _noisy(visit, noisy), class_="stack w4"),
             class_="cols"))  # fmt: skip
    html(_exclusions(visit, exclusions, total, ended=ended))


async def _proposals(visit: Visit, proposals: Sequence[Proposal]) -> Markup:
    tr = visit.tr
    more = None
    if visit.actor.may(Permission.RULES_EDIT):
        more = post_form(visit, "/console/tuning/propose", submit(tr("Propose from verdicts"), picture="refresh"))
    if not proposals:
        advice = tr("When several alerts of a rule were closed as false positives, what they share is proposed here.")
        return card(tr("Open proposals"), empty("good", tr("No open proposals"), advice), more=more)
    shown = best_first(proposals)[:MAX_PROPOSALS]
    examples = await examples_of(visit, shown)
    views: list[Content] = [proposal_view(visit, one, examples, back="tuning") for one in shown]
    if len(proposals) > len(shown):
        rest = len(proposals) - len(shown)
        cut = visit.msg("{count} more are on the pages of their rules.", count=rest)
        views.append(tag("p", cut, class_="quiet"))
    title = visit.msg("Open proposals ({count})", count=len(proposals))
    return card(title, *views, more=more)


def _noisy(visit: Visit, noisy: Sequence[TopRule]) -> Markup | None:
    tr = visit.tr
    if not visit.actor.may(Permission.READ_ALERTS):
        return None
    if not noisy:
        return card(tr("Rules with false positives"), empty("good", tr("None"), ""))
    most = noisy[0].alerts
    items: list[Markup] = []
    for one in noisy:
        query = urlencode({"rule": one.rule_id, "verdict": "false_positive"})
        name = tag("a", one.title, href=rule_address(one.rule_id))
        count = tag("a", one.alerts, href=f"/alerts?{query}")
        meter = tag("span", tag("i", "", style=f"width:{100 * one.alerts / most:.0f}%"), class_="meter")
        items.append(tag("li", tag("span", name), count, meter))
    return card(tr("Rules with false positives"), tag("ul", *items, class_="rank"), flush=True)


def _exclusions(visit: Visit, exclusions: Sequence[Exclusion], total: int, *, ended: bool) -> Markup:
    tr = visit.tr
    tabs = [
        tag("a", tr("In force"), href=TUNING, aria_current=None if ended else "true"),
        tag("a", tr("Also ended"), href=f"{TUNING}?show=ended", aria_current="true" if ended else None),
    ]
    choice = tag("nav", *tabs, class_="tabs plain", aria_label=tr("Exclusions"))
    title = visit.msg("Exclusions ({count})", count=total)
    if not exclusions:
        return card(title, empty("empty", tr("No exclusions"), tr("Every match of a rule raises its alert.")),
                    more=choice)  # fmt: skip
    about = tag("p", idle_advice(visit), class_="quiet pad")
    cut = None
    if total > len(exclusions):
        cut = tag("p", visit.msg("The newest {count}; more may exist", count=len(exclusions)), class_="quiet pad")
    return card(title, join([about, exclusion_table(visit, exclusions), cut]), more=choice, flush=True)


def idle_advice(visit: Visit) -> str:
    """Return the sentence on exclusions that end by themselves."""
    return visit.msg("An exclusion that kept nothing quiet for {days} days ends by itself.", days=IDLE_DAYS)
