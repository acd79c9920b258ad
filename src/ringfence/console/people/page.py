"""The list of users, and the form that adds one."""

from __future__ import annotations

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.access import User
from ringfence.console.actions import Form, add_action, done_note, first, post_form, submit
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import tag
from ringfence.console.once import Once
from ringfence.console.people.roles import role_boxes, role_chips, roles_in
from ringfence.console.people.user import add_user_page
from ringfence.console.people.words import state_of
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import card, cell, moment, table
from ringfence.core.actor import Permission, Role
from ringfence.core.i18n import N_


def add_people_pages(services: Services, router: APIRouter) -> None:
    """Serve `/users`, `/users/{id}` and what their forms do."""
    passwords = Once[str](services.clock)
    managing = Permission.MANAGE_ACCESS
    add_page(services, "/users", title=N_("Users"), section="users", permission=managing, build=_build)
    add_user_page(services, router, passwords)

    async def add(visit: Visit, form: Form) -> str:
        user, password = await services.staff.add(visit.actor, first(form, "name"), roles_in(form))
        return f"/users/{user.id}?made={passwords.keep(visit.token, password)}"

    add_action(router, services, "/console/users", permission=managing, action=add)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    users = await visit.services.people.list(visit.actor)
    html(heading(visit, tr("Users"), tr("Who may sign in, and what their roles allow.")))
    html(done_note(visit))
    left = card(visit.msg("Users: {count}", count=len(users)), _table(visit, users), flush=True)
    html(
        tag("div", tag("div", left, class_="stack w8"), tag("div", _add_form(visit), class_="stack w4"), class_="cols")
    )


def _table(visit: Visit, users: list[User]) -> Markup:
    tr = visit.tr
    rows = [
        [
            cell(tag("a", user.name, href=f"/users/{user.id}"), tr("Name"), "long"),
            cell(role_chips(visit, user), tr("Roles"), "long"),
            cell(moment(user.last_sign_in, "ago") if user.last_sign_in else tr("Never"), tr("Last sign-in")),
            cell(state_of(visit, user), tr("State")),
        ]
        for user in users
    ]
    return table([tr("Name"), tr("Roles"), tr("Last sign-in"), tr("State")], rows)


def _add_form(visit: Visit) -> Markup:
    tr = visit.tr
    name = tag("input", name="name", required=True, minlength=2, maxlength=64, class_="in", autocomplete="off",
               autocapitalize="none", spellcheck="false", pattern="[A-Za-z0-9._@\\-]{2,64}")  # fmt: skip
    form = post_form(
        visit, "/console/users",
        tag("label", tr("User name"), name, class_="field"),
        role_boxes(visit, frozenset({Role.L1})),
        tag("p", tr("A password is made and shown once. It must be changed at the first sign-in."), class_="quiet"),
        tag("div", submit(tr("Add user"), kind="primary")),
        class_="stack tight",
    )  # fmt: skip
    return card(tr("Add a user"), form)
