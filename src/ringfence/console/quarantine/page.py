"""The quarantine: records that no parser understood, with the reason; they can be replayed or discarded."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.console.actions import Form, add_action, done, done_note, first, post_form, submit
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import empty, moment, note, one_line
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_
from ringfence.events.model import Quarantined, QuarantineState

PAGE = 50
MAX_RAW = 20_000

_STATE_WORDS = {
    QuarantineState.WAITING: N_("Waiting"),
    QuarantineState.REPLAYED: N_("Replayed"),
    QuarantineState.DISCARDED: N_("Discarded"),
}


def add_quarantine_page(services: Services, router: APIRouter) -> None:
    """Serve `/quarantine` and what its buttons do."""
    reading = Permission.READ_QUARANTINE
    add_page(services, "/quarantine", title=N_("Quarantine"), section="quarantine", permission=reading, build=_build)
    add_action(router, services, "/console/quarantine", permission=Permission.REPLAY_QUARANTINE, action=_act)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    wanted = visit.asked("state")
    state = QuarantineState(wanted) if wanted in set(QuarantineState) else QuarantineState.WAITING
    page = int(visit.asked("page")) if visit.asked("page").isdecimal() and len(visit.asked("page")) < 6 else 0
    items, total = await visit.services.events.quarantined(visit.actor, state=state, limit=PAGE, offset=page * PAGE)
    html(
        heading(
            visit,
            tr("Quarantine"),
            tr("Records that no parser understood. Nothing is thrown away: fix the cause, then replay."),
        )
    )
    html(_answer(visit))
    tabs = [
        tag("a", tr(word), href=f"/quarantine?state={key.value}", aria_current="true" if key is state else None)
        for key, word in _STATE_WORDS.items()
    ]
    html(tag("nav", *tabs, class_="tabs", aria_label=tr("State")))
    if not items:
        html(tag("div", _nothing(visit, state), class_="card"))
        return
    may = visit.actor.may(Permission.REPLAY_QUARANTINE) and state is QuarantineState.WAITING
    rows = [_row(visit, item, tickable=may) for item in items]
    bar = _bar(visit, total) if may else tag("p", visit.msg("{count} records", count=total))
    content = join([bar, tag("div", *rows, class_="samples")])
    html(post_form(visit, "/console/quarantine", content, class_="stack") if may else content)
    html(_pages(visit, state, page, total))


def _answer(visit: Visit) -> Content:
    understood, still = visit.asked("understood"), visit.asked("still")
    if visit.asked("done") == "replayed" and understood.isdecimal() and still.isdecimal():
        text = visit.msg(
            "{understood} records became events, {still} are still not understood.", understood=understood, still=still
        )
        return note("good", text)
    return done_note(visit)


def _nothing(visit: Visit, state: QuarantineState) -> Markup:
    tr = visit.tr
    if state is QuarantineState.WAITING:
        return empty(
            "good",
            tr("Everything that came in was understood"),
            tr("A record that no parser understands waits here with the reason."),
        )
    return empty("empty", tr("Nothing here"), tr("Records that you replay or discard are listed here."))


def _bar(visit: Visit, total: int) -> Markup:
    tr = visit.tr
    tick = tag("label", tag("input", type="checkbox", data_ticks=True), " ", tr("All on this page"), class_="tickall")
    return tag(
        "div", tick,
        submit(tr("Replay"), name="do", value="replay", kind="primary", picture="refresh"),
        submit(tr("Discard"), name="do", value="discard", kind="danger"),
        tag("span", visit.msg("{count} records", count=total), class_="quiet"),
        class_="bar",
    )  # fmt: skip


def _row(visit: Visit, item: Quarantined, *, tickable: bool) -> Markup:
    tr = visit.tr
    box = None
    if tickable:
        box = tag("input", type="checkbox", name="id", value=item.id, aria_label=tr("Choose this record"))
    line = tag("span", moment(item.received), tag("span", one_line(item.raw[:300]), class_="mono cut"), class_="line")
    body = tag(
        "div",
        note("", item.reason),
        tag("p", tr("Source"), ": ", item.source or "–", class_="quiet"),
        tag("pre", tag("code", item.raw[:MAX_RAW]), class_="code fold", tabindex=0),
        class_="event stack",
    )
    reason = tag("span", item.reason, class_="reason")
    return tag("div", box, tag("details", tag("summary", line, reason), body), class_="pick")


def _pages(visit: Visit, state: QuarantineState, page: int, total: int) -> Content:
    if total <= PAGE:
        return None

    def link(number: int, label: str) -> Markup:
        query = urlencode({"state": state.value, "page": number})
        return tag("a", label, href=f"/quarantine?{query}", class_="btn small")

    last = (total - 1) // PAGE
    return tag(
        "nav",
        link(page - 1, visit.tr("Newer")) if page else None,
        tag("span", f"{page + 1} / {last + 1}", class_="quiet"),
        link(page + 1, visit.tr("Older")) if page < last else None,
        class_="bar",
        aria_label=visit.tr("Pages"),
    )


async def _act(visit: Visit, form: Form) -> str:
    ids = form.get("id", [])[:PAGE]
    if not ids:
        return done("/quarantine", "nothing")
    match first(form, "do"):
        case "replay":
            result = await visit.services.replay(visit.actor, ids)
            return done("/quarantine", "replayed", understood=result.understood, still=result.still_rejected)
        case "discard":
            await visit.services.events.mark_quarantined(visit.actor, ids, QuarantineState.DISCARDED)
            return done("/quarantine", "discarded")
        case _:
            raise UsageError(N_("this action does not exist"))
