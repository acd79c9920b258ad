"""Forms that change something: one check of session, form token and permission, and one way to answer."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ringfence.console.guard import SECURITY_HEADERS
from ringfence.console.markup import Content, join, tag
from ringfence.console.services import Services
from ringfence.console.session import SESSION_COOKIE, Visit, csrf_of, tastes_of
from ringfence.console.theme import document, icon, logo
from ringfence.console.widgets import error_note, note
from ringfence.core.actor import Permission
from ringfence.core.errors import RingfenceError
from ringfence.core.i18n import N_

_log = structlog.get_logger()

Form = Mapping[str, list[str]]
"""Values of a form by name; every name may come several times."""

Action = Callable[[Visit, Form], Awaitable[str]]
"""Does the change and returns the address to go to afterwards."""

MAX_FIELDS = 2000
"""Fields that a form may hold (a page of the quarantine with everything ticked has 500)."""

DONE_WORDS = {
    "closed": N_("The alert is closed."),
    "reopened": N_("The alert is open again."),
    "verdict": N_("The verdict is saved."),
    "assigned": N_("The alert is assigned."),
    "noted": N_("The notes are saved."),
    "status": N_("The status is changed."),
    "discarded": N_("The records are discarded."),
    "nothing": N_("Choose at least one record first."),
}
"""Sentences that may be shown after a change: only these, so a link cannot put words into the console's mouth."""


def add_action(
    router: APIRouter, services: Services, path: str, *, permission: Permission | None, action: Action
) -> None:
    """Serve POST `path`: runs `action` for a visitor with session, form token and permission."""

    async def endpoint(request: Request) -> Response:
        token = request.cookies.get(SESSION_COOKIE, "")
        actor = await services.actor_of(token)
        if actor is None:
            return RedirectResponse("/login", 303)
        visit = Visit(services, actor, token, tastes_of(request), request)
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as sent:
            form = {name: [str(value) for value in sent.getlist(name)] for name in sent}
        if not hmac.compare_digest(first(form, "csrf").encode(), csrf_of(token).encode()):
            return _sorry(visit, note("bad", visit.tr("This form was too old. Please try again.")), 400)
        try:
            if permission is not None:
                actor.require(permission)
            return RedirectResponse(await action(visit, form), 303)
        except RingfenceError as error:
            return _sorry(visit, error_note(error, visit.tr), 400)
        except Exception as error:
            _log.exception("console.action_failed", path=path, error=type(error).__name__)
            return _sorry(visit, note("bad", visit.tr("This did not work")), 500)

    router.add_api_route(path, endpoint, methods=["POST"], include_in_schema=False)


def first(form: Form, name: str) -> str:
    """Return the first value of the name, empty where it is absent."""
    return form.get(name, [""])[0]


def done(address: str, what: str, **params: str | int) -> str:
    """Return the address with a word on what was done (a key of `DONE_WORDS`)."""
    return f"{address}?{urlencode({'done': what, **params})}"


def done_note(visit: Visit) -> Content:
    """Return the sentence on what was just done, None where nothing was."""
    word = DONE_WORDS.get(visit.asked("done"))
    return note("good", visit.tr(word)) if word else None


def post_form(visit: Visit, action: str, *content: Content, class_: str = "") -> Content:
    """Return a form that `add_action` accepts."""
    csrf = tag("input", type="hidden", name="csrf", value=csrf_of(visit.token))
    return tag("form", csrf, *content, method="post", action=action, class_=class_ or None)


def _sorry(visit: Visit, content: Content, status: int) -> Response:
    back = tag("a", visit.tr("Back"), href="javascript:history.back()", class_="btn")
    logo_line = tag("div", logo(), "Ringfence", class_="logo")
    card = tag("div", content, tag("div", back), class_="card")
    return HTMLResponse(
        document(visit.tastes, visit.tr("This did not work"), join([logo_line, card])), status, SECURITY_HEADERS
    )


def submit(
    label: str, *, name: str | None = None, value: str | None = None, kind: str = "", picture: str = ""
) -> Content:
    """Return a button that sends its form."""
    sign = icon(picture) if picture else None
    return tag("button", sign, label, type="submit", name=name, value=value, class_=f"btn {kind}".strip())
