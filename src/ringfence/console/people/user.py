"""The page of one user: roles, password, lock, sessions."""

from __future__ import annotations

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.access import SessionInfo, User
from ringfence.console.actions import Form, add_action, done, done_note, first, post_form, submit
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.once import Once
from ringfence.console.people.roles import role_boxes, role_chips, roles_in
from ringfence.console.people.words import shown_once, state_of
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import card, cell, empty, moment, note, pairs, table
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_, Language


def add_user_page(services: Services, router: APIRouter, passwords: Once[str]) -> None:
    """Serve `/users/{id}` and what its forms do; new passwords travel in `passwords`."""
    managing = Permission.MANAGE_ACCESS

    async def build(visit: Visit) -> None:
        await _build(visit, passwords)

    async def change(visit: Visit, form: Form) -> str:
        return await _change(visit, form, passwords)

    add_page(services, "/users/{user_id}", title=N_("User"), section="users", permission=managing, build=build)
    add_action(router, services, "/console/users/{user_id}", permission=managing, action=change)


async def _build(visit: Visit, passwords: Once[str]) -> None:
    tr, staff = visit.tr, visit.services.staff
    user = await staff.get(visit.actor, visit.part("user_id"))
    sessions = await staff.sessions(visit.actor, user.id)
    crumbs = join([tag("a", tr("Users"), href="/users"), "/"])
    html(heading(visit, user.name, tag("span", state_of(visit, user), role_chips(visit, user), class_="chips"),
                 crumbs=crumbs))  # fmt: skip
    html(done_note(visit))
    if visit.asked("made"):
        html(_password(visit, passwords.take(visit.token, visit.asked("made"))))
    left = join([_roles(visit, user), _sessions(visit, sessions)])
    right = join([_facts(visit, user), _access(visit, user)])
    html(tag("div", tag("div", left, class_="stack w8"), tag("div", right, class_="stack w4"), class_="cols"))


def _password(visit: Visit, password: str | None) -> Markup:
    tr = visit.tr
    if password is None:
        return note("", tr("The password was shown already. Make a new one if it was not written down."))
    advice = tr("Hand it over now: it is not shown again. It must be changed at the next sign-in.")
    return shown_once(visit, tr("Password"), password, advice)


def _roles(visit: Visit, user: User) -> Markup:
    tr = visit.tr
    form = post_form(
        visit,
        f"/console/users/{user.id}",
        role_boxes(visit, user.roles, titled=False),
        tag("div", submit(tr("Save roles"), name="do", value="roles", kind="primary")),
        class_="stack tight",
    )
    return card(tr("Roles"), form)


def _sessions(visit: Visit, sessions: list[SessionInfo]) -> Markup:
    tr = visit.tr
    if not sessions:
        return card(tr("Open sessions"), empty("empty", tr("Not signed in anywhere"), ""))
    rows = [
        [
            cell(item.address or "–", tr("Address"), "mono"),
            cell(moment(item.created), tr("Since")),
            cell(moment(item.seen, "ago"), tr("Last used")),
            cell(moment(item.expires), tr("Ends")),
            cell(_end(visit, item), "", "num"),
        ]
        for item in sessions
    ]
    heads: list[Content] = [tr("Address"), tr("Since"), tr("Last used"), tr("Ends"), ""]
    return card(tr("Open sessions"), table(heads, rows), flush=True)


def _end(visit: Visit, item: SessionInfo) -> Content:
    kept = tag("input", type="hidden", name="session", value=item.id)
    target = f"/console/users/{visit.part('user_id')}"
    return post_form(visit, target, kept, submit(visit.tr("End"), name="do", value="end", kind="small danger"))


def _facts(visit: Visit, user: User) -> Markup:
    tr = visit.tr
    language = Language(user.language).title if user.language in set(Language) else "–"
    rows: list[tuple[str, Content]] = [
        (tr("Added"), moment(user.created)),
        (tr("Last sign-in"), moment(user.last_sign_in) if user.last_sign_in else tr("Never")),
        (tr("Language"), language),
    ]
    return card(tr("Facts"), pairs(rows))


def _access(visit: Visit, user: User) -> Markup:
    tr = visit.tr
    buttons: list[Content] = [submit(tr("Make a new password"), name="do", value="password")]
    if user.locked_until > visit.services.clock.now_us():
        buttons.append(submit(tr("Unlock"), name="do", value="unlock"))
    if user.disabled:
        buttons.append(submit(tr("Let in again"), name="do", value="enable", kind="primary"))
    elif user.id != visit.actor.id:
        buttons.append(submit(tr("Disable"), name="do", value="disable", kind="danger"))
    form = post_form(visit, f"/console/users/{user.id}", tag("div", *buttons, class_="bar"))
    advice = tr("A new password and disabling end all sessions of this user at once.")
    return card(tr("Access"), tag("p", advice, class_="quiet"), form)


async def _change(visit: Visit, form: Form, passwords: Once[str]) -> str:
    actor, staff, user_id = visit.actor, visit.services.staff, visit.part("user_id")
    page = f"/users/{user_id}"
    match first(form, "do"):
        case "roles":
            await staff.set_roles(actor, user_id, roles_in(form))
            return done(page, "roles")
        case "password":
            password = await staff.renew_password(actor, user_id)
            if user_id == actor.id:
                return "/login"
            return f"{page}?made={passwords.keep(visit.token, password)}"
        case "disable" | "enable" as what:
            await staff.set_disabled(actor, user_id, disabled=what == "disable")
            return done(page, f"{what}d")
        case "unlock":
            await staff.unlock(actor, user_id)
            return done(page, "unlocked")
        case "end":
            await staff.end_session(actor, first(form, "session"))
            return done(page, "session_ended")
        case _:
            raise UsageError(N_("this action does not exist"))
