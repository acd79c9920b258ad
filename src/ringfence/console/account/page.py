"""The page where people change their password."""

from __future__ import annotations

from fastapi import APIRouter

from ringfence.console.actions import Form, add_action, first, post_form, submit
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, tag
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import note
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_, Language


def add_account_page(services: Services, router: APIRouter) -> None:
    """Serve `/account` and what its form does."""
    add_page(services, "/account", title=N_("Account"), section="account", permission=None, build=_build, early=True)
    add_action(router, services, "/console/account/password", permission=None, action=_change, early=True)
    add_action(router, services, "/console/account/language", permission=None, action=_speak, early=True)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    about = tr("At least 12 characters. A sentence that only you would write is a good one.")
    html(heading(visit, tr("Change password"), about))
    if visit.must_change_password:
        html(note("", tr("Your password was made for you. Choose your own now: until then nothing else opens.")))
    form = post_form(
        visit,
        "/console/account/password",
        _field(tr("Current password"), "old", "current-password"),
        _field(tr("New password"), "new", "new-password"),
        _field(tr("New password again"), "again", "new-password"),
        tag("div", submit(tr("Change password"), kind="primary")),
        class_="stack",
    )
    html(tag("section", tag("div", form, class_="body"), class_="card narrow"))


def _field(label: str, name: str, autocomplete: str) -> Content:
    box = tag("input", name=name, type="password", autocomplete=autocomplete, required=True, class_="in", maxlength=256)
    return tag("label", label, box, class_="field")


async def _change(visit: Visit, form: Form) -> str:
    if first(form, "new") != first(form, "again"):
        raise UsageError(N_("the two new passwords are not the same"))
    await visit.services.people.change_password(visit.actor, first(form, "old"), first(form, "new"))
    return "/login?ended=1"


async def _speak(visit: Visit, form: Form) -> str:
    if first(form, "lang") not in set(Language):
        raise UsageError(N_("this language does not exist"))
    await visit.services.people.set_language(visit.actor, first(form, "lang"))
    return "/account"
