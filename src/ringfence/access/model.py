"""Users, sessions and tokens as the rest of the product sees them; password rules."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.core.actor import Actor, Permission, Role
from ringfence.core.errors import UsageError

MIN_PASSWORD = 12
MAX_PASSWORD = 256
MAX_FAILURES = 5
LOCK_SECONDS = 15 * 60
SESSION_SECONDS = 12 * 3600
IDLE_SECONDS = 2 * 3600


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the opaque `token` is shown to nobody but the browser; `expires` is µs UTC."""

    token: str
    actor: Actor
    expires: int
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in. Times are µs UTC."""

    id: str
    name: str
    tenant: str
    roles: frozenset[Role]
    language: str
    disabled: bool
    created: int
    last_sign_in: int | None


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


def check_password(password: str, name: str) -> None:
    """Raise `UsageError` unless the password is long enough and is not the user's name or one repeated character."""
    if len(password) < MIN_PASSWORD:
        raise UsageError(f"the password needs at least {MIN_PASSWORD} characters")
    if len(password) > MAX_PASSWORD:
        raise UsageError(f"the password may have at most {MAX_PASSWORD} characters")
    if len(set(password)) < 5 or name.lower() in password.lower():
        raise UsageError("the password is too easy to guess", remedy="use more different characters and not your name")
