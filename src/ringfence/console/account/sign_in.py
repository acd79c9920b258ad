"""The sign-in page: plain HTML, no script and no toolkit, so nobody gets more than this page before signing in."""

from __future__ import annotations

import hmac
import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ringfence.access import SignedIn
from ringfence.console.account.throttle import Throttle
from ringfence.console.guard import SECURITY_HEADERS
from ringfence.console.markup import join, tag
from ringfence.console.services import Services
from ringfence.console.session import (
    CSRF_COOKIE,
    FIRST_STEP,
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    Tastes,
    csrf_of,
    session_of,
    tastes_of,
)
from ringfence.console.theme import document, logo
from ringfence.console.widgets import full_sentence, note
from ringfence.core.errors import SignInError
from ringfence.core.i18n import N_, Language, choose_language

SENTENCES = (N_("the name or the password is wrong"),)
"""What `access` says from a constant, marked for translation here."""

_FIELD = Annotated[str, Form(max_length=300)]
_OPTIONAL = Annotated[str, Form(max_length=2000)]


def sign_in_routes(services: Services) -> APIRouter:
    """Return the routes `/login` and `/console/sign-out`."""
    router = APIRouter(include_in_schema=False)
    throttle = Throttle(services.clock)

    @router.get("/login")
    async def show(request: Request, lang: str = "", next: str = "/") -> Response:
        if await session_of(services, request) is not None:
            return RedirectResponse(safe_path(next), 303)
        tastes = tastes_of(request)
        if lang in set(Language):
            tastes = Tastes(Language(lang), tastes.theme)
        return _answer(services, request, tastes, next, ended="ended" in request.query_params)

    @router.post("/login")
    async def enter(
        request: Request,
        name: _FIELD = "",
        password: _FIELD = "",
        csrf: _FIELD = "",
        next: _OPTIONAL = "/",
    ) -> Response:
        tastes, address = tastes_of(request), request.client.host if request.client else ""
        if not hmac.compare_digest(csrf.encode(), request.cookies.get(CSRF_COOKIE, "-").encode()):
            error = tastes.tr("This form was too old. Please try again.")
            return _answer(services, request, tastes, next, error=error, name=name, status=400)
        if throttle.blocked(address):
            error = tastes.tr("Too many attempts from your address. Wait five minutes and try again.")
            return _answer(services, request, tastes, next, error=error, name=name, status=429)
        try:
            session = await services.people.sign_in(name, password, address)
        except SignInError as problem:
            throttle.failed(address)
            error = " ".join(full_sentence(tastes.tr(part)) for part in (problem.message, problem.remedy) if part)
            return _answer(services, request, tastes, next, error=error, name=name, status=401)
        chosen = await services.people.language_of(session.actor)
        return _enter(services, session, safe_path(next), choose_language(chosen or tastes.language))

    @router.post("/console/sign-out")
    async def leave(request: Request, csrf: _FIELD = "") -> Response:
        token = request.cookies.get(SESSION_COOKIE, "")
        if not hmac.compare_digest(csrf.encode(), csrf_of(token).encode()):
            return RedirectResponse("/", 303)
        await services.people.sign_out(token)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    return router


def safe_path(wanted: str) -> str:
    """Return the path where it stays on this server, else `/`."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/login")) and "\\" not in wanted
    return wanted if plain and wanted.isprintable() else "/"


def _enter(services: Services, session: SignedIn, target: str, language: Language) -> Response:
    response = RedirectResponse(FIRST_STEP if session.must_change_password else target, 303)
    response.set_cookie(
        SESSION_COOKIE, session.token, path="/", httponly=True, samesite="lax", secure=services.secure_cookies,
        max_age=max(1, (session.expires - services.clock.now_us()) // 1_000_000),
    )  # fmt: skip
    response.set_cookie(LANGUAGE_COOKIE, language.value, path="/", samesite="lax", max_age=31_536_000)
    response.delete_cookie(CSRF_COOKIE, path="/login")
    return response


def _answer(
    services: Services,
    request: Request,
    tastes: Tastes,
    wanted: str,
    *,
    error: str = "",
    name: str = "",
    status: int = 200,
    ended: bool = False,
) -> Response:
    csrf = request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(24)
    hint = tastes.tr("Your password was changed. Sign in with the new one.") if ended else ""
    page = document(tastes, tastes.tr("Sign in"), _form(tastes, csrf, safe_path(wanted), name, error, hint))
    response = HTMLResponse(page, status, headers={**SECURITY_HEADERS, "Cache-Control": "no-store"})
    response.set_cookie(
        CSRF_COOKIE, csrf, path="/login", httponly=True, samesite="strict", secure=services.secure_cookies
    )
    if request.query_params.get("lang") in set(Language):
        response.set_cookie(LANGUAGE_COOKIE, tastes.language.value, path="/", samesite="lax", max_age=31_536_000)
    return response


def _form(tastes: Tastes, csrf: str, wanted: str, name: str, error: str, hint: str) -> Markup:
    tr = tastes.tr
    fields = [
        tag("label", tr("User name"), tag("input", name="name", value=name[:300], class_="in", required=True,
            autocomplete="username", autofocus=not name, autocapitalize="none", spellcheck="false"), class_="field"),
        tag("label", tr("Password"), tag("input", name="password", type="password", class_="in", required=True,
            autocomplete="current-password", autofocus=bool(name)), class_="field"),
    ]  # fmt: skip
    languages = [
        tag("a", language.title, href=f"/login?lang={language.value}", lang=language.tag, hreflang=language.tag,
            aria_current="true" if language is tastes.language else None)
        for language in Language
    ]  # fmt: skip
    return join(
        [
            tag("div", logo(), "Ringfence", class_="logo"),
            tag(
                "div",
                tag("h1", tr("Sign in")),
                note("bad", error) if error else None,
                note("good", hint) if hint else None,
                tag(
                    "form",
                    *fields,
                    tag("input", type="hidden", name="csrf", value=csrf),
                    tag("input", type="hidden", name="next", value=wanted),
                    tag("button", tr("Sign in"), type="submit", class_="btn primary"),
                    method="post",
                    action="/login",
                ),
                class_="card",
            ),
            tag("nav", *languages, class_="langs", aria_label=tr("Language")),
        ]
    )
