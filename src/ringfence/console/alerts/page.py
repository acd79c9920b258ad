"""The page of one alert: what matched and why, the evidence, the rule, and the decision."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.console.actions import Form, add_action, done, done_note, first, post_form, submit
from ringfence.console.alerts.words import ENTITY_FIELDS, ENTITY_WORDS, STATUS_WORDS, VERDICT_WORDS
from ringfence.console.event_view import event_details, hits_of, search_link, summary, term
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.people.assignees import assignee_box, chosen_assignee
from ringfence.console.rules.lookup import rule_address, rule_of
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.tuning.proposals import FALSE_POSITIVES
from ringfence.console.widgets import card, empty, moment, note, one_line, pairs, severity, tactic, yaml_code
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_
from ringfence.detect import (
    Alert,
    AlertStatus,
    Verdict,
    assign_alert,
    close_alert,
    get_alert,
    list_alerts,
    note_alert,
    reopen_alert,
    set_verdict,
)
from ringfence.ecs.event import Event
from ringfence.sigma import Correlation, Rule

SEVERAL = 2
"""False positives of one rule from which on a hint leads to what could be changed."""


def add_alert_page(services: Services, router: APIRouter) -> None:
    """Serve `/alerts/{id}` and what its buttons do."""
    add_page(
        services, "/alerts/{alert_id}", title=N_("Alert"), section="alerts",
        permission=Permission.READ_ALERTS, build=_build,
    )  # fmt: skip
    add_action(router, services, "/console/alerts/{alert_id}", permission=Permission.TRIAGE_ALERTS, action=_decide)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    async with visit.services.database.reading() as session:
        alert = await get_alert(visit.actor, session, visit.part("alert_id"))
    samples: list[Event] = []
    if visit.actor.may(Permission.READ_EVENTS):
        samples = await visit.services.events.get(visit.actor, alert.samples)
    rule = rule_of(visit.services, alert.rule_id)
    crumbs = join([tag("a", tr("Alerts"), href="/alerts"), "/"])
    about = tag("span", tag("span", severity(alert.level.value, tr), _state(visit, alert), class_="chips"))
    html(heading(visit, alert.title, about, crumbs=crumbs))
    html(done_note(visit))
    html(await _tuning_hint(visit, alert))
    left = join([_samples(visit, alert, samples, rule), _rule(visit, alert, rule)])
    right = join([_decision(visit, alert), await _assignment(visit, alert), _facts(visit, alert)])
    html(tag("div", tag("div", left, class_="stack w8"), tag("div", right, class_="stack w4"), class_="cols"))


async def _assignment(visit: Visit, alert: Alert) -> Markup | None:
    tr = visit.tr
    if not visit.actor.may(Permission.TRIAGE_ALERTS):
        return None
    people = await assignee_box(visit, Permission.TRIAGE_ALERTS, alert.assignee)
    is_mine = alert.assignee == visit.actor.name
    form = post_form(
        visit, f"/console/alerts/{alert.id}", people, submit(tr("Assign"), name="do", value="give"),
        None if is_mine else submit(tr("Assign to me"), name="do", value="assign", kind="quiet"), class_="bar give",
    )  # fmt: skip
    return card(tr("Assigned to"), form)


async def _tuning_hint(visit: Visit, alert: Alert) -> Markup | None:
    """After a false positive that is not the first of its rule: where the end of the row is found."""
    is_false = alert.status is AlertStatus.CLOSED and alert.verdict is Verdict.FALSE_POSITIVE
    if not is_false or not visit.actor.may(Permission.READ_RULES):
        return None
    async with visit.services.database.reading() as session:
        wanted = replace(FALSE_POSITIVES, rule_id=alert.rule_id)
        _, count = await list_alerts(visit.actor, session, wanted, limit=1)
    if count < SEVERAL:
        return None
    words = visit.msg("{count} alerts of this rule were closed as false positives.", count=count)
    link = tag("a", visit.tr("See what they have in common"), href=rule_address(alert.rule_id))
    return note("", words, " ", link)


def _state(visit: Visit, alert: Alert) -> Markup:
    words = visit.tr(STATUS_WORDS[alert.status.value])
    if alert.verdict is not Verdict.NONE:
        words += " · " + visit.tr(VERDICT_WORDS[alert.verdict.value])
    return tag("span", words, class_=f"state {alert.status.value}")


def _samples(visit: Visit, alert: Alert, samples: list[Event], rule: Rule | Correlation | None) -> Markup:
    tr = visit.tr
    if not samples:
        advice = tr("The events of this alert are older than what is kept.")
        return card(tr("Sample events"), empty("empty", tr("No events"), advice))
    blocks: list[Markup] = []
    for place, event in enumerate(samples):
        hits = hits_of(event, [rule]) if isinstance(rule, Rule) else []
        line = tag("span", moment(event.time), tag("span", one_line(summary(event)), class_="mono cut"), class_="line")
        blocks.append(tag("details", tag("summary", line), event_details(visit, event, hits), open=place == 0))
    more = tag("a", tr("All events of this rule"), href=search_link(f"rule:{alert.rule_id}"))
    title = visit.msg("Sample events ({shown} of {count})", shown=len(samples), count=alert.count)
    return card(title, tag("div", *blocks, class_="samples"), more=more)


def _rule(visit: Visit, alert: Alert, rule: Rule | Correlation | None) -> Markup:
    tr = visit.tr
    if rule is None:
        return card(tr("Rule"), empty("rules", tr("This rule is not loaded any more"), alert.rule_id))
    about = tag("p", rule.description) if rule.description else None
    more = tag("a", tr("Open the rule"), href=rule_address(rule.id)) if visit.actor.may(Permission.READ_RULES) else None
    return card(tr("Rule"), about, yaml_code(rule.text), more=more)


def _facts(visit: Visit, alert: Alert) -> Markup:
    tr = visit.tr
    rows: list[tuple[str, Content]] = [
        (tr(ENTITY_WORDS[alert.entity_type.value]), _pivot(alert.entity_type.value, alert.entity)),
        (tr("Events"), alert.count),
        (tr("First seen"), moment(alert.first)),
        (tr("Last seen"), moment(alert.last)),
        (tr("Log source"), alert.logsource or "–"),
        (tr("Tactics"), ", ".join(tactic(name, tr) for name in alert.tactics) or "–"),
        (tr("Techniques"), ", ".join(alert.techniques) or "–"),
        (tr("Assigned to"), alert.assignee or "–"),
    ]
    if alert.incident_id and visit.actor.may(Permission.READ_INCIDENTS):
        rows.insert(0, (tr("Incident"), tag("a", tr("Open the incident"), href=f"/incidents/{alert.incident_id}")))
    others = [
        (tr(ENTITY_WORDS.get(kind, kind)), tag("div", *[_pivot(kind, value) for value in values[:10]], class_="chips"))
        for kind, values in alert.entities.items()
        if values
    ]
    cards = [card(tr("Facts"), pairs(rows))]
    if others:
        cards.append(card(tr("Entities"), pairs(others)))
    return join(cards)


def _pivot(kind: str, value: str) -> Markup:
    field = ENTITY_FIELDS.get(kind)
    return tag("a", value, href=search_link(term(field, value)), class_="chip") if field else tag("span", value)


def _decision(visit: Visit, alert: Alert) -> Markup:
    tr = visit.tr
    if not visit.actor.may(Permission.TRIAGE_ALERTS):
        notes = tag("p", alert.notes) if alert.notes else None
        return card(tr("Decision"), tag("p", _state(visit, alert)), notes)
    target = f"/console/alerts/{alert.id}"
    choices = [
        tag("option", tr(word), value=key, selected=key == alert.verdict.value) for key, word in VERDICT_WORDS.items()
    ]
    select = tag("select", *choices, id="verdict", name="verdict", class_="in")
    closed = alert.status is AlertStatus.CLOSED
    buttons = [
        submit(tr("Reopen"), name="do", value="reopen")
        if closed
        else submit(tr("Close alert"), name="do", value="close", kind="primary"),
        submit(tr("Save verdict"), name="do", value="verdict") if not closed else None,
    ]
    notes = tag("textarea", alert.notes, name="notes", rows=4, maxlength=10_000, class_="in plain")
    form = post_form(
        visit,
        target,
        tag("label", tr("Verdict"), select, class_="field"),
        tag("label", tr("Notes"), notes, class_="field"),
        tag("div", *buttons, submit(tr("Save notes"), name="do", value="note", kind="quiet"), class_="bar"),
        class_="stack tight",
    )
    return card(tr("Decision"), form)


async def _decide(visit: Visit, form: Form) -> str:
    alert_id, what = visit.part("alert_id"), first(form, "do")
    async with visit.services.database.session() as session:
        match what:
            case "close":
                verdict = Verdict(_known(first(form, "verdict")))
                await close_alert(visit.actor, session, alert_id, verdict, notes=first(form, "notes"))
            case "reopen":
                await reopen_alert(visit.actor, session, alert_id)
            case "verdict":
                await set_verdict(visit.actor, session, alert_id, Verdict(_known(first(form, "verdict"))))
            case "assign" | "give":
                who = (
                    visit.actor.name
                    if what == "assign"
                    else await chosen_assignee(visit, form, Permission.TRIAGE_ALERTS)
                )
                await assign_alert(visit.actor, session, alert_id, who)
            case "note":
                await note_alert(visit.actor, session, alert_id, first(form, "notes"))
            case _:
                raise UsageError(N_("this action does not exist"))
    words = {"close": "closed", "reopen": "reopened", "verdict": "verdict", "note": "noted"}
    return done(f"/alerts/{alert_id}", words.get(what, "assigned"))


def _known(verdict: str) -> str:
    if verdict not in set(Verdict):
        raise UsageError(N_("this verdict does not exist"))
    return verdict
