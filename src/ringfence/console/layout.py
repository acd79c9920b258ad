"""The frame around every page, and the one way to add a page."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable

import structlog
from fastapi import Request
from markupsafe import Markup
from nicegui import context, ui
from nicegui import events as ui_events
from nicegui.elements.mixins.text_element import TextElement
from starlette.responses import RedirectResponse, Response

from ringfence import __version__
from ringfence.console.markup import Content, join, tag
from ringfence.console.services import Services
from ringfence.console.session import FIRST_STEP, SESSION_COOKIE, Builder, Theme, Visit, csrf_of, tastes_of
from ringfence.console.theme import head, icon, logo
from ringfence.console.widgets import empty, error_note
from ringfence.core.actor import Actor, Permission, Role
from ringfence.core.errors import DeniedError, RingfenceError, SignInError
from ringfence.core.i18n import N_, Language

_log = structlog.get_logger()

Handler = Callable[[ui_events.GenericEventArguments], Awaitable[None]]

_NAVIGATION: list[tuple[str, list[tuple[str, str, str, Permission | None]]]] = [
    (
        "",
        [
            ("overview", "/", N_("Overview"), Permission.READ_ALERTS),
            ("incidents", "/incidents", N_("Incidents"), Permission.READ_INCIDENTS),
            ("alerts", "/alerts", N_("Alerts"), Permission.READ_ALERTS),
            ("search", "/search", N_("Search"), Permission.READ_EVENTS),
            ("assets", "/assets", N_("Assets"), Permission.READ_ASSETS),
        ],
    ),
    (
        N_("Set up"),
        [
            ("rules", "/rules", N_("Rules"), Permission.READ_RULES),
            ("tuning", "/tuning", N_("Tuning"), Permission.READ_RULES),
            ("sources", "/sources", N_("Log sources"), Permission.READ_EVENTS),
            ("quarantine", "/quarantine", N_("Quarantine"), Permission.READ_QUARANTINE),
        ],
    ),
    (
        N_("Administration"),
        [
            ("users", "/users", N_("Users"), Permission.MANAGE_ACCESS),
            ("tokens", "/tokens", N_("Tokens"), Permission.MANAGE_ACCESS),
            ("audit", "/audit", N_("Audit log"), Permission.READ_AUDIT),
        ],
    ),
]

ROLE_WORDS: dict[Role, str] = {
    Role.L1: N_("Analyst, tier 1"),
    Role.L2: N_("Analyst, tier 2"),
    Role.L3: N_("Manager, tier 3"),
    Role.VULN_MANAGER: N_("Vulnerability manager"),
    Role.ASSET_OWNER: N_("Asset owner"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMIN: N_("Administrator"),
    Role.ROBOT: N_("Robot"),
    Role.MSSP_OPERATOR: N_("Operator of several tenants"),
}

_THEME_WORDS = {Theme.AUTO: N_("As the system"), Theme.LIGHT: N_("Light"), Theme.DARK: N_("Dark")}


def add_page(
    services: Services,
    path: str,
    *,
    title: str,
    section: str,
    permission: Permission | None,
    build: Builder,
    early: bool = False,
) -> None:
    """Serve `build` at `path`, inside the frame, for visitors with a session and the permission.

    `early`: also for who has not yet changed a password that was made for them.
    """

    async def page(request: Request) -> Response | None:
        token = request.cookies.get(SESSION_COOKIE, "")
        found = await services.people.session_of(token)
        if found is None:
            return RedirectResponse("/login", 303)
        if found.must_change_password and not early:
            return RedirectResponse(FIRST_STEP, 303)
        if path == "/" and permission is not None and not found.actor.may(permission):
            return RedirectResponse(_home(found.actor), 303)
        visit = Visit(services, found.actor, token, tastes_of(request), request, found.must_change_password)
        _dress(visit, title)
        content = _frame(visit, section)
        with content:
            await _fill(visit, permission, build)
        return None

    page.__name__ = f"page_{section}"
    ui.page(path, response_timeout=30)(page)


def _home(actor: Actor) -> str:
    """Return the first page of the menu that the actor may open: not every role may see the overview."""
    entries = [entry for _, group in _NAVIGATION for entry in group]
    return next((path for _, path, _, needs in entries if needs is None or actor.may(needs)), "/account")


async def _fill(visit: Visit, permission: Permission | None, build: Builder) -> None:
    try:
        if permission is not None:
            visit.actor.require(permission)
        await build(visit)
    except RingfenceError as error:
        context.client.status_code = 403 if isinstance(error, DeniedError) else 200
        html(failure(visit, error))
    except Exception as error:
        _log.exception("console.page_failed", path=visit.request.url.path, error=type(error).__name__)
        html(broken(visit))


def failure(visit: Visit, error: RingfenceError) -> Markup:
    """Return what stands in place of a page that could not be shown, as a sentence."""
    if isinstance(error, DeniedError):
        advice = visit.tr("Your role does not allow this. Ask an administrator if you need it.")
        return tag("div", empty("key", visit.tr("No access"), advice), class_="card")
    return error_note(error, visit.tr)


def broken(visit: Visit) -> Markup:
    """Return the sentence for an error nobody foresaw; its details are in the server's log alone."""
    advice = visit.tr("Try again. If it stays like this, the server's log says more.")
    return tag("div", empty("bad", visit.tr("This did not work"), advice), class_="card")


def attempt(visit: Visit, action: Callable[[ui_events.GenericEventArguments], Awaitable[None]]) -> Handler:
    """Return an event handler that shows errors as sentences and leads to the sign-in page when the session is over."""

    async def handler(event: ui_events.GenericEventArguments) -> None:
        await _guarded(visit, action(event))

    return handler


def attempt_often(visit: Visit, action: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Return the same for a timer."""

    async def handler() -> None:
        await _guarded(visit, action())

    return handler


async def _guarded(visit: Visit, work: Awaitable[None]) -> None:
    try:
        await work
    except SignInError:
        ui.navigate.to("/login")
    except DeniedError:
        ui.notify(visit.tr("Your role does not allow this. Ask an administrator if you need it."), type="negative")
    except RingfenceError as error:
        ui.notify(visit.tr(error.message), type="negative")
    except Exception as error:
        _log.exception("console.action_failed", path=visit.request.url.path, error=type(error).__name__)
        ui.notify(visit.tr("This did not work"), type="negative")


def html(content: Content, classes: str = "", name: str = "div") -> ui.html:
    """Place markup on the page (texts in it were escaped when it was made)."""
    return ui.html(str(join([content])), sanitize=False, tag=name).classes(classes)


def button(label: str, action: Callable[[], object], kind: str = "") -> ui.element:
    """Place a button that runs `action` on the server."""
    element = TextElement(tag="button", text=label).classes(f"btn {kind}").props("type=button")
    return element.on("click", action)


def heading(visit: Visit, title: str, sub: Content = None, *actions: Content, crumbs: Content = None) -> Markup:
    """Return the head of a page; `title` is shown as it is, translate it before."""
    trail = tag("nav", crumbs, class_="crumbs", aria_label=visit.tr("Path")) if crumbs is not None else None
    about = tag("p", sub, class_="sub") if sub is not None else None
    return tag("div", tag("div", trail, tag("h1", title), about, class_="words"), *actions, class_="rf-head")


def _dress(visit: Visit, title: str) -> None:
    client = context.client
    page = copy.copy(client.page)
    page.dark = {Theme.DARK: True, Theme.LIGHT: False, Theme.AUTO: None}[visit.tastes.theme]
    page.language = "en-US" if visit.tastes.language is Language.EN else visit.tastes.language.tag
    page.title = f"{visit.tr(title)} · Ringfence"
    client.page = page
    ui.add_head_html(str(head(visit.tastes)))


def _frame(visit: Visit, section: str) -> ui.element:
    html(tag("a", visit.tr("Skip to the content"), href="#main", class_="skip"))
    with ui.element("div").classes("rf-frame"):
        html(_navigation(visit, section), "rf-nav", "nav")
        html("", "rf-scrim")
        with ui.element("div").classes("rf-main"):
            html(_top(visit), "rf-top", "header")
            return ui.element("main").classes("rf-content").props("id=main tabindex=-1")


def _navigation(visit: Visit, section: str) -> Markup:
    parts: list[Content] = [tag("a", logo(), "Ringfence", href="/", class_="rf-brand")]
    for group, entries in _NAVIGATION if not visit.must_change_password else []:
        shown = [entry for entry in entries if entry[3] is None or visit.actor.may(entry[3])]
        if group and shown:
            parts.append(tag("div", visit.tr(group), class_="group"))
        links = [
            tag("li", tag("a", icon(name), visit.tr(word), href=path, aria_current="page" if name == section else None))
            for name, path, word, _ in shown
        ]
        parts.append(tag("ul", *links))
    parts.append(tag("div", f"Ringfence {__version__}", class_="foot"))
    return join(parts)


def _top(visit: Visit) -> Markup:
    tr = visit.tr
    burger = tag(
        "button", icon("menu"), tag("span", tr("Menu"), class_="sr"),
        type="button", class_="btn quiet rf-burger", aria_expanded="false",
    )  # fmt: skip
    quick = tag(
        "form",
        icon("search"),
        tag("label", tr("Search events"), class_="sr", for_="quick"),
        tag("input", id="quick", name="q", type="search", placeholder=tr("Search events"), data_quick=True,
            autocomplete="off"),
        action="/search", method="get", class_="quick", role="search",
    )  # fmt: skip
    search = quick if visit.actor.may(Permission.READ_EVENTS) and not visit.must_change_password else None
    return join([burger, search, tag("span", "", class_="spacer"), _languages(visit), _account(visit)])


def _languages(visit: Visit) -> Markup:
    choices = [
        tag("button", language.title, type="button", lang=language.tag, data_prefer=f"lang={language.value}",
            role="menuitemradio", aria_checked="true" if language is visit.tastes.language else "false")
        for language in Language
    ]  # fmt: skip
    label = tag("span", visit.tastes.language.title, class_="hide-narrow")
    summary = tag("summary", icon("language"), label, aria_label=visit.tr("Language"))
    return tag(
        "details", summary, tag("div", *choices, class_="panel", role="menu"), class_="menu", data_menu="language"
    )


def _account(visit: Visit) -> Markup:
    tr, actor = visit.tr, visit.actor
    roles = ", ".join(tr(ROLE_WORDS[role]) for role in sorted(actor.roles))
    themes = [
        tag("button", tr(word), type="button", data_prefer=f"theme={theme.value}", role="menuitemradio",
            aria_checked="true" if theme is visit.tastes.theme else "false")
        for theme, word in _THEME_WORDS.items()
    ]  # fmt: skip
    sign_out = tag(
        "form",
        tag("input", type="hidden", name="csrf", value=csrf_of(visit.token)),
        tag("button", icon("out"), tr("Sign out"), type="submit"),
        method="post", action="/console/sign-out",
    )  # fmt: skip
    panel = tag(
        "div",
        tag("div", tag("b", actor.name), tag("span", roles), class_="who"),
        tag("div", tr("Appearance"), class_="label"), *themes, tag("hr"),
        tag("a", icon("key"), tr("Change password"), href="/account"), sign_out,
        class_="panel",
    )  # fmt: skip
    label = tag("span", actor.name, class_="hide-narrow")
    return tag(
        "details",
        tag("summary", icon("user"), label, aria_label=tr("Account")),
        panel,
        class_="menu",
        data_menu="account",
    )
