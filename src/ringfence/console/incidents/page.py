"""The page of one incident: what happened, how bad it is and why, where, and what was done about it."""

from __future__ import annotations

from typing import TypeVar

from fastapi import APIRouter
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.console.actions import Form, add_action, done, done_note, first, post_form, submit
from ringfence.console.alerts.words import ENTITY_FIELDS, ENTITY_WORDS, VERDICT_WORDS
from ringfence.console.alerts.words import STATUS_WORDS as ALERT_STATUS_WORDS
from ringfence.console.event_view import search_link, term
from ringfence.console.incidents.words import CATEGORY_WORDS, IMPORTANCE_WORDS, LEVEL_WORDS, STATUS_WORDS, sentence
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.people.assignees import assignee_box, chosen_assignee
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import card, cell, empty, moment, note, pairs, severity, table, tactic
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_
from ringfence.core.severity import Level
from ringfence.detect import Verdict
from ringfence.incidents import (
    Incident,
    IncidentDetail,
    IncidentStatus,
    TouchedAsset,
    assign_incident,
    clear_override,
    close_incident,
    comment_incident,
    override_level,
    set_status,
    show_incident,
)

_T = TypeVar("_T", IncidentStatus, Verdict, Level)

MAX_TIMELINE = 300
MAX_ALERTS = 200


def add_incident_page(services: Services, router: APIRouter) -> None:
    """Serve `/incidents/{id}` and what its buttons do."""
    add_page(
        services, "/incidents/{incident_id}", title=N_("Incident"), section="incidents",
        permission=Permission.READ_INCIDENTS, build=_build,
    )  # fmt: skip
    path = "/console/incidents/{incident_id}"
    add_action(router, services, path, permission=Permission.WORK_INCIDENTS, action=_work)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    async with visit.services.database.reading() as session:
        detail = await show_incident(visit.actor, session, visit.part("incident_id"))
    incident = detail.incident
    about = tag(
        "span",
        tag(
            "span",
            f"{incident.level.value} {tr(LEVEL_WORDS[incident.level.value])}",
            class_=f"lvl big {incident.level.value}",
        ),
        tag("span", tr(STATUS_WORDS[incident.status.value]), class_=f"state {incident.status.value}"),
        tag("span", tr(CATEGORY_WORDS[incident.category.value]), class_="chip"),
        tag("span", incident.id, class_="mono"),
        class_="chips",
    )
    html(
        heading(
            visit,
            sentence(visit, incident.title),
            about,
            crumbs=join([tag("a", tr("Incidents"), href="/incidents"), "/"]),
        )
    )
    html(done_note(visit))
    if incident.merged_into:
        other = tag("a", incident.merged_into, href=f"/incidents/{incident.merged_into}")
        html(note("", tr("This incident went into another one:"), " ", other))
    left = join([_chain(visit, incident), _timeline(visit, detail), _alerts(visit, detail)])
    work = await _work_card(visit, incident)
    right = join([_grade(visit, incident), work, _facts(visit, incident), _trail(visit, detail)])
    html(tag("div", tag("div", left, class_="stack w8"), tag("div", right, class_="stack w4"), class_="cols"))


def _chain(visit: Visit, incident: Incident) -> Markup:
    tr = visit.tr
    if not incident.tactics:
        return card(tr("Tactics"), tag("p", tr("The rules that fired name no ATT&CK tactic.")))
    steps = [tag("li", tag("span", tactic(name, tr))) for name in incident.tactics]
    return card(tr("Tactics"), tag("ol", *steps, class_="chain"), more=", ".join(incident.techniques[:12]) or None)


def _timeline(visit: Visit, detail: IncidentDetail) -> Markup:
    tr = visit.tr
    entries: list[Markup] = []
    for entry in detail.timeline[:MAX_TIMELINE]:
        label = sentence(visit, entry.what)
        what = tag("a", label, href=f"/alerts/{entry.alert_id}") if visit.actor.may(Permission.READ_ALERTS) else label
        until = join([" – ", moment(entry.until, "short")]) if entry.until > entry.time else None
        entries.append(
            tag(
                "li",
                tag("span", moment(entry.time), until, class_="when"),
                tag("span", what, class_="what"),
                tag("span", severity(entry.level.value, tr), " ", tactic(entry.tactic, tr), class_="more"),
                class_=entry.level.value,
            )
        )
    if not entries:
        return card(tr("Timeline"), empty("empty", tr("No alerts yet"), tr("The first alert starts the timeline.")))
    count: Content = visit.msg("{count} alerts", count=detail.incident.alert_count)
    if len(entries) < detail.incident.alert_count:
        count = _more(visit, detail.incident, len(entries))
    return card(tr("Timeline"), tag("ol", *entries, class_="timeline"), more=count, flush=True)


def _alerts(visit: Visit, detail: IncidentDetail) -> Markup:
    tr = visit.tr
    why = {join_.alert_id: join_ for join_ in detail.joins}
    rows: list[list[Markup]] = []
    for alert in detail.alerts[:MAX_ALERTS]:
        joined = why.get(alert.id)
        reason = "; ".join(sentence(visit, message) for message in joined.reasons) if joined else ""
        rows.append(
            [
                cell(severity(alert.level.value, tr), tr("Level")),
                cell(tag("a", alert.title, href=f"/alerts/{alert.id}"), tr("Alert"), "long"),
                cell(alert.entity, tr("Entity"), "long"),
                cell(alert.count, tr("Events"), "num"),
                cell(reason, tr("Why it is here"), "long"),
                cell(tr(ALERT_STATUS_WORDS[alert.status.value]), tr("Status")),
            ]
        )
    heads = [tr("Level"), tr("Alert"), tr("Entity"), tr("Events"), tr("Why it is here"), tr("Status")]
    more: Content = None
    if visit.actor.may(Permission.READ_ALERTS):
        more = tag("a", tr("Work on them in the queue"), href=f"/alerts?incident={detail.incident.id}")
    if len(rows) < detail.incident.alert_count:
        more = _more(visit, detail.incident, len(rows))
    return card(tr("Alerts"), table(heads, rows, numbers=(3,)), more=more, flush=True)


def _more(visit: Visit, incident: Incident, shown: int) -> Content:
    """Say that a list is cut, with the way to all of it: a short list must not pass for a whole one."""
    said = visit.msg("{shown} of {count} alerts are shown", shown=shown, count=incident.alert_count)
    if not visit.actor.may(Permission.READ_ALERTS):
        return said
    return join([said, " · ", tag("a", visit.tr("All in the queue"), href=f"/alerts?incident={incident.id}")])


def _grade(visit: Visit, incident: Incident) -> Markup:
    reasons = tag("ul", *[tag("li", sentence(visit, reason)) for reason in incident.reasons], class_="reasons")
    parts: list[Content] = [reasons]
    if incident.override is not None:
        override = incident.override
        said = visit.msg(
            "{who} set the level to {level}: {reason}",
            who=override.who,
            level=override.level.value,
            reason=override.reason,
        )
        parts.insert(0, note("", said))
    if visit.actor.may(Permission.WORK_INCIDENTS) and incident.status is not IncidentStatus.MERGED:
        parts.append(_override_form(visit, incident))
    return card(visit.msg("Why {level}", level=incident.level.value), *parts)


def _override_form(visit: Visit, incident: Incident) -> Markup:
    tr = visit.tr
    options = [
        tag("option", f"{key} {tr(word)}", value=key, selected=key == incident.level.value)
        for key, word in LEVEL_WORDS.items()
    ]
    reason = tag("input", name="text", required=True, maxlength=2000, class_="in", placeholder=tr("Why this level?"))
    form = post_form(
        visit, f"/console/incidents/{incident.id}",
        tag("label", tr("Level"), tag("select", *options, name="level", class_="in"), class_="field"),
        tag("label", tr("Reason"), reason, class_="field"),
        submit(tr("Set level"), name="do", value="level"),
        class_="stack tight",
    )  # fmt: skip
    back = None
    if incident.override is not None:
        back = post_form(
            visit, f"/console/incidents/{incident.id}",
            submit(tr("Grade by the evidence again"), name="do", value="clear", kind="quiet"),
        )  # fmt: skip
    return tag("details", tag("summary", tr("Set another level")), tag("div", form, back, class_="unfold"))


async def _work_card(visit: Visit, incident: Incident) -> Markup | None:
    tr = visit.tr
    if not visit.actor.may(Permission.WORK_INCIDENTS) or incident.status is IncidentStatus.MERGED:
        return None
    target = f"/console/incidents/{incident.id}"
    closed = incident.status is IncidentStatus.CLOSED
    states = [
        tag("option", tr(word), value=key, selected=key == incident.status.value)
        for key, word in STATUS_WORDS.items()
        if key not in {"closed", "merged"}
    ]
    status = post_form(
        visit, target,
        tag("label", tr("Status"), tag("select", *states, name="status", class_="in"), class_="field"),
        submit(tr("Reopen") if closed else tr("Set status"), name="do", value="status"),
        class_="bar bottom",
    )  # fmt: skip
    people = await assignee_box(visit, Permission.WORK_INCIDENTS, incident.assignee)
    assign = post_form(
        visit, target,
        tag("label", tr("Assigned to"), people, class_="field"),
        submit(tr("Assign"), name="do", value="assign"),
        class_="bar bottom",
    )  # fmt: skip
    take = None
    if incident.assignee != visit.actor.name:
        take = post_form(visit, target, submit(tr("Assign to me"), name="do", value="take"))
    return card(
        tr("Work"), status, assign, None if closed else _close_form(visit, target), _remark_form(visit, target),
        more=take,
    )  # fmt: skip


def _close_form(visit: Visit, target: str) -> Content:
    tr = visit.tr
    verdicts = [tag("option", tr(word), value=key) for key, word in VERDICT_WORDS.items() if key != "none"]
    text = tag("input", name="text", maxlength=2000, class_="in", placeholder=tr("What was found"))
    form = post_form(
        visit, target,
        tag("label", tr("Verdict"), tag("select", *verdicts, name="verdict", class_="in"), class_="field"),
        tag("label", tr("Note"), text, class_="field"),
        submit(tr("Close incident and its alerts"), name="do", value="close", kind="primary"),
        class_="stack tight",
    )  # fmt: skip
    return tag("details", tag("summary", tr("Close")), tag("div", form, class_="unfold"))


def _remark_form(visit: Visit, target: str) -> Content:
    tr = visit.tr
    text = tag(
        "textarea", name="text", rows=3, maxlength=2000, required=True, class_="in plain", aria_label=tr("Remark")
    )
    form = post_form(visit, target, text, submit(tr("Add remark"), name="do", value="remark"), class_="stack tight")
    return tag("details", tag("summary", tr("Remark")), tag("div", form, class_="unfold"))


def _facts(visit: Visit, incident: Incident) -> Markup:
    tr = visit.tr
    rows: list[tuple[str, Content]] = [
        (tr("First event"), moment(incident.first_event)),
        (tr("Last event"), moment(incident.last_event)),
        (tr("Detected"), moment(incident.detected_at)),
        (tr("Alerts"), incident.alert_count),
        (tr("Matched events"), incident.signal_count),
        (tr("Assigned to"), incident.assignee or "–"),
    ]
    if incident.verdict is not Verdict.NONE:
        rows.append((tr("Verdict"), tr(VERDICT_WORDS[incident.verdict.value])))
    assets = [
        tag(
            "li",
            tag("b", _asset_link(visit, asset)), " ",
            tag("span", _importance(visit, asset), class_="chip"),
            tag("span", " · ".join(filter(None, [asset.business_system, asset.department, asset.owner])),
                class_="quiet"),
        )
        for asset in incident.assets
    ]  # fmt: skip
    entities = [
        (tr(ENTITY_WORDS.get(kind, kind)), tag("div", *[_pivot(kind, value) for value in values[:12]], class_="chips"))
        for kind, values in incident.entities.items()
        if values and kind not in {"action", "outcome"}
    ]
    hosts = card(tr("Assets"), tag("ul", *assets, class_="plainlist")) if assets else None
    return join([card(tr("Facts"), pairs(rows)), hosts, card(tr("Entities"), pairs(entities)) if entities else None])


def _asset_link(visit: Visit, asset: TouchedAsset) -> Content:
    if not asset.asset_id or not visit.actor.may(Permission.READ_ASSETS):
        return asset.name
    return tag("a", asset.name, href=f"/assets/{asset.asset_id}")


def _importance(visit: Visit, asset: TouchedAsset) -> str:
    return visit.msg("importance: {importance}", importance=visit.tr(IMPORTANCE_WORDS[asset.importance.value]))


def _pivot(kind: str, value: str) -> Markup:
    field = ENTITY_FIELDS.get(kind)
    if field is None:
        return tag("span", value, class_="chip")
    return tag("a", value, href=search_link(term(field, value)), class_="chip")


def _trail(visit: Visit, detail: IncidentDetail) -> Markup:
    tr = visit.tr
    if not detail.changes:
        return card(tr("History"), tag("p", tr("Nothing was changed by hand yet.")))
    lines = [
        tag(
            "li",
            tag("span", moment(change.at), " · ", change.who, class_="when"),
            tag("span", sentence(visit, change.what), class_="what"),
        )
        for change in reversed(detail.changes)
    ]
    return card(tr("History"), tag("ol", *lines, class_="timeline"), flush=True)


async def _work(visit: Visit, form: Form) -> str:
    incident_id = visit.part("incident_id")
    async with visit.services.database.session() as session:
        await _change(visit, visit.actor, session, incident_id, form)
    return done(f"/incidents/{incident_id}", "status")


async def _change(visit: Visit, actor: Actor, session: AsyncSession, incident_id: str, form: Form) -> None:
    now, text = visit.services.clock.now_us(), first(form, "text")
    match first(form, "do"):
        case "status":
            await set_status(actor, session, incident_id, _one(IncidentStatus, first(form, "status")), now=now)
        case "close":
            verdict = _one(Verdict, first(form, "verdict"))
            await close_incident(actor, session, incident_id, verdict, now=now, note=text)
        case "take":
            await assign_incident(actor, session, incident_id, actor.name, now=now)
        case "assign":
            who = await chosen_assignee(visit, form, Permission.WORK_INCIDENTS)
            await assign_incident(actor, session, incident_id, who, now=now)
        case "remark":
            await comment_incident(actor, session, incident_id, text, now=now)
        case "level":
            await override_level(actor, session, incident_id, _one(Level, first(form, "level")), text, now=now)
        case "clear":
            await clear_override(actor, session, incident_id, now=now)
        case _:
            raise UsageError(N_("this action does not exist"))


def _one(kind: type[_T], value: str) -> _T:
    if value not in set(kind):
        raise UsageError(N_("this choice does not exist"))
    return kind(value)
