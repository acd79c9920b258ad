"""Sign people in and out: argon2 hashes, lockout, sessions that can be revoked."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.access.audit import record
from ringfence.access.model import (
    IDLE_SECONDS,
    LOCK_SECONDS,
    MAX_FAILURES,
    SESSION_SECONDS,
    OpenSession,
    SignedIn,
    User,
    check_password,
    check_user_name,
)
from ringfence.access.store import SessionRow, UserRow, roles_of, to_user
from ringfence.core.actor import DEFAULT_TENANT, Actor, Permission, Role
from ringfence.core.clock import Clock
from ringfence.core.errors import ConflictError, NotFoundError, SignInError, UsageError
from ringfence.core.ids import digest
from ringfence.runtime.database import Database, mine

_SECOND = 1_000_000
_WRONG = "the name or the password is wrong"
_hasher = PasswordHasher()


class People:
    """Users and their sessions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ensure_first(self) -> tuple[str, str] | None:
        """Create the first administrator where nobody exists yet; return (name, password) then, else None."""
        async with self._database.reading() as session:
            if await session.scalar(select(UserRow.id).limit(1)):
                return None
        password = secrets.token_urlsafe(15)
        first = Actor("system", "system", DEFAULT_TENANT, frozenset({Role.ADMIN}))
        await self.create(first, "admin", password, {Role.ADMIN, Role.L3}, must_change=True)
        return "admin", password

    async def create(
        self, actor: Actor, name: str, password: str, roles: set[Role], *, must_change: bool = True
    ) -> User:
        """Create a user in the actor's tenant; raises `ConflictError` when the name is taken."""
        actor.require(Permission.MANAGE_ACCESS)
        name = check_user_name(name)
        check_password(password, name)
        hashed = await asyncio.to_thread(_hasher.hash, password)
        now = self._clock.now_us()
        row = UserRow(
            id=digest("user", name, secrets.token_hex(8)),
            tenant=actor.tenant,
            name=name,
            password_hash=hashed,
            roles=" ".join(sorted(roles)),
            language="",
            must_change=must_change,
            created=now,
        )
        async with self._database.session() as session:
            if await session.scalar(select(UserRow.id).where(UserRow.name == name)):
                raise ConflictError(f"there is a user {name!r} already")
            session.add(row)
            await record(
                session, now=now, tenant=actor.tenant, actor=actor.name, action="user.create", object_=name,
                roles=row.roles,
            )  # fmt: skip
        return to_user(row)

    async def list(self, actor: Actor) -> list[User]:
        """Return all users of the actor's tenant by name."""
        actor.require(Permission.MANAGE_ACCESS)
        async with self._database.reading() as session:
            rows = await session.scalars(mine(select(UserRow), actor, UserRow).order_by(UserRow.name))
            return [to_user(row) for row in rows]

    async def sign_in(self, name: str, password: str, address: str = "") -> SignedIn:
        """Check the password and open a session; raises `SignInError` (the same words whatever was wrong)."""
        now = self._clock.now_us()
        async with self._database.reading() as session:
            row = await session.scalar(select(UserRow).where(UserRow.name == name.strip()))
        right = await asyncio.to_thread(_verify, row.password_hash if row else None, password)
        if row is None or row.disabled:
            raise SignInError(_WRONG)
        if row.locked_until > now:
            raise SignInError("too many wrong passwords, this account is locked", remedy="try again in 15 minutes")
        async with self._database.session() as session:
            if not right:
                await self._count_failure(session, row, now, address)
            else:
                return await self._open(session, row, now, address)
        raise SignInError(_WRONG)

    async def actor_of(self, token: str) -> Actor | None:
        """Return who the session belongs to; None when it is unknown, expired or idle for too long.

        Also for who must change the password first: whoever opens doors asks `session_of`.
        """
        found = await self.session_of(token)
        return found.actor if found else None

    async def session_of(self, token: str) -> OpenSession | None:
        """Return who the session belongs to and whether a password must be chosen first; None when it is over."""
        if not token or len(token) > 128:
            return None
        now = self._clock.now_us()
        key = digest("session", token)
        async with self._database.reading() as session:
            found = (
                await session.execute(
                    select(SessionRow, UserRow)
                    .join(UserRow, UserRow.id == SessionRow.user_id)
                    .where(SessionRow.id == key, UserRow.disabled.is_(False))
                )
            ).first()
        if found is None:
            return None
        row, user = found[0], found[1]
        if row.expires < now or row.seen < now - IDLE_SECONDS * _SECOND:
            await self.sign_out(token)
            return None
        if row.seen < now - 60 * _SECOND:
            async with self._database.session() as session:
                await session.execute(update(SessionRow).where(SessionRow.id == key).values(seen=now))
        return OpenSession(_actor(user), user.must_change)

    async def language_of(self, actor: Actor) -> str:
        """Return the language that the user chose, "" where none was chosen yet."""
        async with self._database.reading() as session:
            language = await session.scalar(
                mine(select(UserRow.language), actor, UserRow).where(UserRow.id == actor.id)
            )
        return language or ""

    async def set_language(self, actor: Actor, language: str) -> None:
        """Remember the user's language (a code such as `zh_CN`)."""
        if not 0 < len(language) <= 16:
            raise UsageError("this language does not exist")
        async with self._database.session() as session:
            await session.execute(
                update(UserRow).where(UserRow.id == actor.id, UserRow.tenant == actor.tenant).values(language=language)
            )

    async def sign_out(self, token: str) -> None:
        """Close the session; nothing happens when there is none."""
        async with self._database.session() as session:
            await session.execute(delete(SessionRow).where(SessionRow.id == digest("session", token)))

    async def change_password(self, actor: Actor, old: str, new: str) -> None:
        """Change one's own password and close all one's sessions; raises `SignInError` when `old` is wrong."""
        async with self._database.reading() as session:
            row = await session.scalar(mine(select(UserRow), actor, UserRow).where(UserRow.id == actor.id))
        if row is None or not await asyncio.to_thread(_verify, row.password_hash, old):
            raise SignInError("the old password is wrong")
        await self._set_password(row.name, new, by=actor.name, must_change=False)

    async def reset_password(self, name: str, *, by: str = "system") -> str:
        """Give the user a new random password and return it; all the user's sessions close."""
        password = secrets.token_urlsafe(15)
        await self._set_password(name, password, by=by, must_change=True)
        return password

    async def _set_password(self, name: str, password: str, *, by: str, must_change: bool) -> None:
        check_password(password, name)
        hashed = await asyncio.to_thread(_hasher.hash, password)
        async with self._database.session() as session:
            row = await session.scalar(select(UserRow).where(UserRow.name == name))
            if row is None:
                raise NotFoundError(f"there is no user {name!r}")
            row.password_hash = hashed
            row.must_change = must_change
            row.failures = 0
            row.locked_until = 0
            await session.execute(delete(SessionRow).where(SessionRow.user_id == row.id))
            now = self._clock.now_us()
            await record(session, now=now, tenant=row.tenant, actor=by, action="user.password", object_=name)

    async def _count_failure(self, session: AsyncSession, row: UserRow, now: int, address: str) -> None:
        failures = row.failures + 1
        locked = failures >= MAX_FAILURES
        await session.execute(
            update(UserRow)
            .where(UserRow.id == row.id)
            .values(
                failures=0 if locked else failures,
                locked_until=now + LOCK_SECONDS * _SECOND if locked else row.locked_until,
            )
        )
        action = "user.locked" if locked else "user.sign_in_failed"
        await record(session, now=now, tenant=row.tenant, actor=row.name, action=action, address=address)

    async def _open(self, session: AsyncSession, row: UserRow, now: int, address: str) -> SignedIn:
        token = secrets.token_urlsafe(32)
        expires = now + SESSION_SECONDS * _SECOND
        session.add(
            SessionRow(
                id=digest("session", token),
                tenant=row.tenant,
                user_id=row.id,
                created=now,
                seen=now,
                expires=expires,
                address=address[:64],
            )
        )
        await session.execute(update(UserRow).where(UserRow.id == row.id).values(failures=0, last_sign_in=now))
        await record(session, now=now, tenant=row.tenant, actor=row.name, action="user.sign_in", address=address)
        return SignedIn(token, _actor(row), expires, row.must_change)


@cache
def _nobody() -> str:
    """Verified against when the name is unknown, so that the answer takes the same time."""
    return _hasher.hash(secrets.token_hex(16))


def _verify(hashed: str | None, password: str) -> bool:
    try:
        return _hasher.verify(hashed or _nobody(), password[:1024]) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def _actor(row: UserRow) -> Actor:
    return Actor(row.id, row.name, row.tenant, roles_of(row))
