"""Forms that change something: one check of session, form token and permission, and one way to answer."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ringfence.console.guard import SECURITY_HEADERS
from ringfence.console.markup import Content, join, tag
from ringfence.console.services import Services
from ringfence.console.session import FIRST_STEP, SESSION_COOKIE, Visit, csrf_of, tastes_of
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

Upload = Callable[[Visit, Form, bytes], Awaitable[str]]
"""The same with the content of a file."""

_FORM_BYTES = 16_384
"""What a form needs around its file."""

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
    "none": N_("Choose at least one alert first."),
    "bulk_closed": N_("{count} alerts were closed."),
    "bulk_assigned": N_("{count} alerts were assigned."),
    "saved": N_("Saved."),
    "roles": N_("The roles are changed. They count from the next click on."),
    "disabled": N_("The user is disabled and signed out everywhere."),
    "enabled": N_("The user may sign in again."),
    "unlocked": N_("The user may try again at once."),
    "session_ended": N_("The session is over."),
    "revoked": N_("The token is revoked: it opens nothing any more."),
    "life": N_("The rule is changed. It counts from the next match on."),
    "proposed": N_("{count} proposals were found. Read their backtest before you approve one."),
    "not_proposed": N_("Nothing to propose: no small change removes false positives and hides nothing that must stay."),
    "approved": N_("The proposal is approved. It counts from the next match on."),
    "rejected": N_("The proposal is rejected and will not be made again."),
    "exclusion_ended": N_("The exclusion has ended. Its matches raise alerts again."),
}
"""Sentences that may be shown after a change: only these, so a link cannot put words into the console's mouth."""


def add_action(
    router: APIRouter,
    services: Services,
    path: str,
    *,
    permission: Permission | None,
    action: Action,
    early: bool = False,
) -> None:
    """Serve POST `path`: runs `action` for a visitor with session, form token and permission.

    `early`: also for who has not yet changed a password that was made for them.
    """

    async def endpoint(request: Request) -> Response:
        visit = await _visit(services, request, early=early)
        if isinstance(visit, Response):
            return visit
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as sent:
            form = {name: [str(value) for value in sent.getlist(name)] for name in sent}
        return await _run(visit, form, permission, action)

    router.add_api_route(path, endpoint, methods=["POST"], include_in_schema=False)


def add_upload(
    router: APIRouter, services: Services, path: str, *, permission: Permission, action: Upload, limit: int
) -> None:
    """Serve POST `path` for a form with one file named `file` of at most `limit` bytes."""

    async def endpoint(request: Request) -> Response:
        visit = await _visit(services, request)
        if isinstance(visit, Response):
            return visit
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or len(length) > 12 or int(length) > limit + _FORM_BYTES:
            return _sorry(visit, note("bad", visit.tr("This file is too large.")), 413)
        async with request.form(max_files=1, max_fields=10) as sent:
            form = {name: [value for value in sent.getlist(name) if isinstance(value, str)] for name in sent}
            file = sent.get("file")
            data = await file.read() if isinstance(file, UploadFile) else b""

        async def take(visit: Visit, form: Form) -> str:
            return await action(visit, form, data)

        return await _run(visit, form, permission, take)

    router.add_api_route(path, endpoint, methods=["POST"], include_in_schema=False)


async def _visit(services: Services, request: Request, *, early: bool = False) -> Visit | Response:
    token = request.cookies.get(SESSION_COOKIE, "")
    found = await services.people.session_of(token)
    if found is None:
        return RedirectResponse("/login", 303)
    if found.must_change_password and not early:
        return RedirectResponse(FIRST_STEP, 303)
    return Visit(services, found.actor, token, tastes_of(request), request, found.must_change_password)


async def _run(visit: Visit, form: Form, permission: Permission | None, action: Action) -> Response:
    if not hmac.compare_digest(first(form, "csrf").encode(), csrf_of(visit.token).encode()):
        return _sorry(visit, note("bad", visit.tr("This form was too old. Please try again.")), 400)
    try:
        if permission is not None:
            visit.actor.require(permission)
        return RedirectResponse(await action(visit, form), 303)
    except RingfenceError as error:
        return _sorry(visit, error_note(error, visit.tr), 400)
    except Exception as error:
        _log.exception("console.action_failed", path=visit.request.url.path, error=type(error).__name__)
        return _sorry(visit, note("bad", visit.tr("This did not work")), 500)


def first(form: Form, name: str) -> str:
    """Return the first value of the name, empty where it is absent."""
    return form.get(name, [""])[0]


def done(address: str, what: str, **params: str | int) -> str:
    """Return the address with a word on what was done (a key of `DONE_WORDS`)."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'done': what, **params})}"


def done_note(visit: Visit) -> Content:
    """Return the sentence on what was just done, None where nothing was."""
    word = DONE_WORDS.get(visit.asked("done"))
    count = visit.asked("count")
    if word is None:
        return None
    return note("good", visit.msg(word, count=int(count) if count.isdecimal() and len(count) < 7 else 0))


def post_form(
    visit: Visit, action: str, *content: Content, class_: str = "", files: bool = False, bulk: str = ""
) -> Content:
    """Return a form that `add_action` accepts; with `files` one that `add_upload` accepts.

    `bulk`: the grid whose ticked rows go into the form.
    """
    csrf = tag("input", type="hidden", name="csrf", value=csrf_of(visit.token))
    return tag("form", csrf, *content, method="post", action=action, class_=class_ or None,
               enctype="multipart/form-data" if files else None, data_bulk=bulk or None)  # fmt: skip


def _sorry(visit: Visit, content: Content, status: int) -> Response:
    back = tag("a", visit.tr("Back"), href="javascript:history.back()", class_="btn")
    logo_line = tag("div", logo(), "Ringfence", class_="logo")
    card = tag("div", content, tag("div", back), class_="card")
    return HTMLResponse(
        document(visit.tastes, visit.tr("This did not work"), join([logo_line, card])), status, SECURITY_HEADERS
    )


def submit(
    label: str,
    *,
    name: str | None = None,
    value: str | None = None,
    kind: str = "",
    picture: str = "",
    off: bool = False,
) -> Content:
    """Return a button that sends its form; `off`: until something is chosen."""
    sign = icon(picture) if picture else None
    return tag("button", sign, label, type="submit", name=name, value=value, disabled=off, class_=f"btn {kind}".strip())
