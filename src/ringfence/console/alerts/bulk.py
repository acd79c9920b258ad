"""One decision on many alerts: the bar above the queue, and what its buttons do."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from ringfence.access import record
from ringfence.console.actions import Form, done, first, post_form, submit
from ringfence.console.alerts.words import VERDICT_WORDS
from ringfence.console.markup import Content, tag
from ringfence.console.people.assignees import assignee_box, chosen_assignee
from ringfence.console.session import Visit
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_
from ringfence.detect import Verdict, assign_alert, close_alert

MOST = 500
"""Alerts in one go."""

QUERY = frozenset({"text", "level", "status", "verdict", "entity", "rule", "incident", "tactic", "mine", "days"})
"""Names of the queue's filters."""


async def bulk_bar(visit: Visit, asked: str) -> Content:
    """Return the form for ticked rows; `asked` is the filter to come back to."""
    tr = visit.tr
    verdicts = [tag("option", tr(word), value=key) for key, word in VERDICT_WORDS.items() if key != "none"]
    tick = tag("label", tag("input", type="checkbox", data_all=True), tr("All loaded rows"), class_="tickall")
    count = tag("span", tag("b", "0", data_count=True), " ", tr("chosen"), class_="quiet")
    acts = tag(
        "span",
        tag("select", *verdicts, name="verdict", class_="in", disabled=True, aria_label=tr("Verdict")),
        submit(tr("Close chosen"), name="do", value="close", off=True),
        await assignee_box(visit, Permission.TRIAGE_ALERTS, visit.actor.name, off=True),
        submit(tr("Assign chosen"), name="do", value="assign", off=True),
        class_="acts", data_acts=True,
    )  # fmt: skip
    picked = tag("span", class_="picked")
    kept = tag("input", type="hidden", name="view", value=asked)
    return post_form(visit, "/console/bulk/alerts", kept, picked, tick, count, acts, class_="bar bulk", bulk="alerts")


async def decide_many(visit: Visit, form: Form) -> str:
    """Close or assign every alert that the form names; all of them or none."""
    asked = [(name, value[:200]) for name, value in parse_qsl(first(form, "view")[:4000]) if name in QUERY]
    back = "/alerts" + (f"?{urlencode(asked[:40])}" if asked else "")
    ids = list(dict.fromkeys(form.get("id", [])))[:MOST]
    if not ids:
        return done(back, "none")
    match first(form, "do"):
        case "close":
            await _close(visit, form, ids)
            return done(back, "bulk_closed", count=len(ids))
        case "assign":
            await _assign(visit, await chosen_assignee(visit, form, Permission.TRIAGE_ALERTS), ids)
            return done(back, "bulk_assigned", count=len(ids))
        case _:
            raise UsageError(N_("this action does not exist"))


async def _close(visit: Visit, form: Form, ids: list[str]) -> None:
    verdict = first(form, "verdict")
    if verdict not in set(Verdict):
        raise UsageError(N_("this verdict does not exist"))
    async with visit.services.database.session() as session:
        for alert_id in ids:
            await close_alert(visit.actor, session, alert_id, Verdict(verdict))
        await record(
            session, now=visit.services.clock.now_us(), tenant=visit.actor.tenant, actor=visit.actor.name,
            action="alert.close", verdict=verdict, alerts=ids,
        )  # fmt: skip


async def _assign(visit: Visit, who: str | None, ids: list[str]) -> None:
    async with visit.services.database.session() as session:
        for alert_id in ids:
            await assign_alert(visit.actor, session, alert_id, who)
        await record(
            session, now=visit.services.clock.now_us(), tenant=visit.actor.tenant, actor=visit.actor.name,
            action="alert.assign", object_=who or "", alerts=ids,
        )  # fmt: skip
