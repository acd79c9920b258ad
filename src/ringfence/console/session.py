"""Who is looking: the session cookie, the visitor's language and theme, and the checks at every door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fastapi import Depends, HTTPException, Request
from starlette.requests import HTTPConnection

from ringfence.access import OpenSession
from ringfence.console.services import Services
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import SignInError
from ringfence.core.i18n import Language, Translate, choose_language, say, translator
from ringfence.core.ids import digest
from ringfence.core.message import Message

SESSION_COOKIE = "rf_session"
LANGUAGE_COOKIE = "rf_lang"
THEME_COOKIE = "rf_theme"
CSRF_COOKIE = "rf_csrf"

FIRST_STEP = "/account?first=1"
"""Where everything leads until a password that was made for somebody has been changed."""


class Theme(StrEnum):
    """What the visitor wants to see; `auto` follows the operating system."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Tastes:
    """Language and theme of a visitor, signed in or not."""

    language: Language
    theme: Theme

    @property
    def tr(self) -> Translate:
        """Translate into the visitor's language."""
        return translator(self.language)


def tastes_of(connection: HTTPConnection) -> Tastes:
    """Return language and theme from the visitor's cookies, else from what the browser asks for."""
    language = choose_language(connection.cookies.get(LANGUAGE_COOKIE), connection.headers.get("accept-language", ""))
    theme = connection.cookies.get(THEME_COOKIE)
    return Tastes(language, Theme(theme) if theme in set(Theme) else Theme.AUTO)


def csrf_of(token: str) -> str:
    """Return the value that forms of this session carry; who does not know the session token cannot make it."""
    return digest("csrf", token)


@dataclass(frozen=True, slots=True)
class Visit:
    """One look of one signed-in person at one page."""

    services: Services
    actor: Actor
    token: str = field(repr=False)
    tastes: Tastes
    request: Request
    must_change_password: bool = False

    def tr(self, sentence: str) -> str:
        """Return the sentence in the visitor's language."""
        return self.tastes.tr(sentence)

    def msg(self, sentence: str, **params: str | int) -> str:
        """Return the sentence in the visitor's language with its `{named}` places filled."""
        return say(self.tastes.tr, Message(sentence, params))

    def say(self, message: Message) -> str:
        """Return a message of another part of the product in the visitor's language."""
        return say(self.tastes.tr, message)

    def part(self, name: str) -> str:
        """Return a part of the page's path, e.g. the id in `/alerts/{id}`."""
        return str(self.request.path_params.get(name, ""))

    def asked(self, name: str, default: str = "") -> str:
        """Return a value of the page's query string, cut at 4000 characters."""
        return self.request.query_params.get(name, default)[:4000]

    async def confirm(self, permission: Permission | None = None) -> Actor:
        """Return the actor as it is now: a page stays open for hours, a session can end meanwhile.

        Raises `SignInError` when the session is over, `DeniedError` without the permission.
        """
        found = await self.services.people.session_of(self.token)
        if found is None or found.must_change_password:
            raise SignInError("your session is over")
        if permission is not None:
            found.actor.require(permission)
        return found.actor


async def session_of(services: Services, connection: HTTPConnection) -> OpenSession | None:
    """Return who sent this request, by the session cookie alone."""
    token = connection.cookies.get(SESSION_COOKIE, "")
    return await services.people.session_of(token) if token else None


def guarded(services: Services, permission: Permission) -> Any:
    """Return the default of an endpoint's `actor` argument, which makes the web framework check at every call.

    The answer is 401 without a session and 403 without the permission. Before the first change of a password it is
    403 with the address of the page for it.
    """

    async def check(request: Request) -> Actor:
        found = await session_of(services, request)
        if found is None:
            raise HTTPException(401, "sign in first")
        if found.must_change_password:
            raise HTTPException(403, "change your password first", headers={"Location": FIRST_STEP})
        if not found.actor.may(permission):
            raise HTTPException(403, f"{permission.value} is missing")
        return found.actor

    return Depends(check)


Builder = Callable[[Visit], Awaitable[None]]
"""Fills a page for a visit whose session and permission were checked."""
