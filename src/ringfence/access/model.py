"""Users, sessions and tokens as the rest of the product sees them; password rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ringfence.core.actor import Actor, Permission, Role
from ringfence.core.errors import UsageError

MAX_NAME = 64
MIN_PASSWORD = 12
MAX_PASSWORD = 256
MAX_FAILURES = 5
LOCK_SECONDS = 15 * 60
SESSION_SECONDS = 12 * 3600
IDLE_SECONDS = 2 * 3600

_USER_NAME = re.compile(rf"[A-Za-z0-9._@-]{{2,{MAX_NAME}}}")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the opaque `token` is shown to nobody but the browser; `expires` is µs UTC."""

    token: str
    actor: Actor
    expires: int
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Who a session belongs to. With `must_change_password` the holder may do nothing but choose a password."""

    actor: Actor
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """An open session as people see it; `id` is no secret (the hash of the token). Times are µs UTC."""

    id: str
    user: str
    created: int
    seen: int
    expires: int
    address: str


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in. `language` is "" until one was chosen. Times are µs UTC."""

    id: str
    name: str
    tenant: str
    roles: frozenset[Role]
    language: str
    disabled: bool
    created: int
    last_sign_in: int | None
    must_change_password: bool = False
    locked_until: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """An API token without its secret. Times are µs UTC."""

    id: str
    name: str
    tenant: str
    scopes: frozenset[Permission]
    created: int
    expires: int | None
    revoked: bool


class Scope(StrEnum):
    """What a token is for, in words that people choose from."""

    INGEST = "ingest"
    READ = "read"


SCOPES: dict[Scope, tuple[frozenset[Permission], Role]] = {
    Scope.INGEST: (frozenset({Permission.INGEST}), Role.ROBOT),
    Scope.READ: (frozenset(p for p in Permission if p.value.endswith(".read")), Role.AUDITOR),
}
"""The permissions of a scope, and the role that holds them."""


def check_label(name: str) -> str:
    """Return a token's name without spaces around it; raises `UsageError` unless it is 1 to 64 printable characters."""
    name = name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise UsageError("a name has 1 to 64 printable characters")
    return name


def check_user_name(name: str) -> str:
    """Return the name without spaces around it; raises `UsageError` unless it is 2 to 64 of a-z, A-Z, 0-9, `._-@`.

    Letters of other alphabets are left out on purpose: two people's names must not look alike.
    """
    name = name.strip()
    if _USER_NAME.fullmatch(name) is None:
        remedy = f"2 to {MAX_NAME} letters (a-z, A-Z), digits, dots, underscores, hyphens or @"
        raise UsageError(f"{name[:80]!r} cannot be the name of a user", remedy=remedy)
    return name


def check_password(password: str, name: str) -> None:
    """Raise `UsageError` unless the password is long enough and is not the user's name or one repeated character."""
    if len(password) < MIN_PASSWORD:
        raise UsageError(f"the password needs at least {MIN_PASSWORD} characters")
    if len(password) > MAX_PASSWORD:
        raise UsageError(f"the password may have at most {MAX_PASSWORD} characters")
    if len(set(password)) < 5 or name.lower() in password.lower():
        raise UsageError("the password is too easy to guess", remedy="use more different characters and not your name")
