"""Users of a tenant as its administrator works on them: add, disable, roles, passwords, sessions."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.access.audit import record
from ringfence.access.model import SessionInfo, User
from ringfence.access.sign_in import People
from ringfence.access.store import SessionRow, UserRow, roles_of, to_user
from ringfence.core.actor import ALLOWED, Actor, Permission, Role
from ringfence.core.clock import Clock
from ringfence.core.errors import ConflictError, NotFoundError, UsageError
from ringfence.runtime.database import Database, mine


class Staff:
    """What administrators do with the users of their tenant. Every change is in the audit log."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._people = People(database, clock)

    async def get(self, actor: Actor, user_id: str) -> User:
        """Return the user; raises `NotFoundError`, also for one of another tenant."""
        actor.require(Permission.MANAGE_ACCESS)
        async with self._database.reading() as session:
            return to_user(await _row(actor, session, user_id))

    async def find(self, actor: Actor, name: str) -> User:
        """Return the user of this name; raises `NotFoundError`, also for one of another tenant."""
        actor.require(Permission.MANAGE_ACCESS)
        async with self._database.reading() as session:
            row = await session.scalar(mine(select(UserRow), actor, UserRow).where(UserRow.name == name))
            if row is None:
                raise NotFoundError(f"there is no user {name!r}")
            return to_user(row)

    async def names(self, actor: Actor, permission: Permission = Permission.TRIAGE_ALERTS) -> list[str]:
        """Return the names of the tenant's users who hold the permission and may sign in: whom work can be given to.

        Needs the permission itself.
        """
        actor.require(permission)
        statement = mine(select(UserRow), actor, UserRow).where(UserRow.disabled.is_(False)).order_by(UserRow.name)
        async with self._database.reading() as session:
            rows = await session.scalars(statement)
            return [row.name for row in rows if _hold(roles_of(row), permission)]

    async def add(self, actor: Actor, name: str, roles: Collection[Role]) -> tuple[User, str]:
        """Create a user and return it with the first password, which must be changed and is never shown again."""
        password = secrets.token_urlsafe(15)
        user = await self._people.create(actor, name, password, set(_for_people(roles)), must_change=True)
        return user, password

    async def set_roles(self, actor: Actor, user_id: str, roles: Collection[Role]) -> User:
        """Return the user with other roles; nobody takes the right to manage access from themselves."""
        actor.require(Permission.MANAGE_ACCESS)
        wanted = _for_people(roles)
        async with self._database.session() as session:
            row = await _row(actor, session, user_id)
            if row.id == actor.id and not _hold(wanted, Permission.MANAGE_ACCESS):
                raise ConflictError("you cannot take the administrator role from yourself")
            before, row.roles = row.roles, " ".join(sorted(wanted))
            await self._keep_an_administrator(actor, session)
            await self._note(session, actor, "user.roles", row.name, before=before, after=row.roles)
            return to_user(row)

    async def set_disabled(self, actor: Actor, user_id: str, *, disabled: bool) -> User:
        """Return the user, shut out (all sessions end at once) or let in again; nobody shuts themselves out."""
        actor.require(Permission.MANAGE_ACCESS)
        async with self._database.session() as session:
            row = await _row(actor, session, user_id)
            if row.id == actor.id and disabled:
                raise ConflictError("you cannot disable yourself")
            row.disabled = disabled
            await self._keep_an_administrator(actor, session)
            await session.execute(delete(SessionRow).where(SessionRow.user_id == row.id))
            await self._note(session, actor, "user.disable" if disabled else "user.enable", row.name)
            return to_user(row)

    async def renew_password(self, actor: Actor, user_id: str) -> str:
        """Return a new random password for the user, to be changed at the next sign-in; all sessions end."""
        user = await self.get(actor, user_id)
        return await self._people.reset_password(user.name, by=actor.name)

    async def unlock(self, actor: Actor, user_id: str) -> None:
        """Let a user try again who was locked for wrong passwords."""
        actor.require(Permission.MANAGE_ACCESS)
        async with self._database.session() as session:
            row = await _row(actor, session, user_id)
            await session.execute(update(UserRow).where(UserRow.id == row.id).values(failures=0, locked_until=0))
            await self._note(session, actor, "user.unlock", row.name)

    async def sessions(self, actor: Actor, user_id: str = "") -> list[SessionInfo]:
        """Return the open sessions of a user, or of all the tenant's users; the one used last first."""
        actor.require(Permission.MANAGE_ACCESS)
        statement = (
            select(SessionRow, UserRow.name)
            .join(UserRow, UserRow.id == SessionRow.user_id)
            .where(SessionRow.expires > self._clock.now_us())
            .order_by(SessionRow.seen.desc())
            .limit(1000)
        )
        if user_id:
            statement = statement.where(SessionRow.user_id == user_id)
        async with self._database.reading() as session:
            rows = await session.execute(mine(statement, actor, SessionRow, UserRow))
            return [SessionInfo(r.id, name, r.created, r.seen, r.expires, r.address) for r, name in rows]

    async def end_session(self, actor: Actor, session_id: str) -> None:
        """Close a session of the tenant; raises `NotFoundError` when there is none."""
        actor.require(Permission.MANAGE_ACCESS)
        statement = (
            select(SessionRow, UserRow.name)
            .join(UserRow, UserRow.id == SessionRow.user_id)
            .where(SessionRow.id == session_id)
        )
        async with self._database.session() as session:
            found = (await session.execute(mine(statement, actor, SessionRow, UserRow))).first()
            if found is None:
                raise NotFoundError("this session is over already")
            await session.execute(delete(SessionRow).where(SessionRow.id == session_id))
            await self._note(session, actor, "session.end", found[1], address=found[0].address)

    async def _keep_an_administrator(self, actor: Actor, session: AsyncSession) -> None:
        await session.flush()
        rows = await session.scalars(mine(select(UserRow), actor, UserRow).where(UserRow.disabled.is_(False)))
        if not any(_hold(roles_of(row), Permission.MANAGE_ACCESS) for row in rows):
            raise ConflictError("nobody would be left who manages access", remedy="add another administrator first")

    async def _note(self, session: AsyncSession, actor: Actor, action: str, object_: str, **details: Any) -> None:
        now = self._clock.now_us()
        await record(session, now=now, tenant=actor.tenant, actor=actor.name, action=action, object_=object_, **details)


async def _row(actor: Actor, session: AsyncSession, user_id: str) -> UserRow:
    row = await session.scalar(mine(select(UserRow), actor, UserRow).where(UserRow.id == user_id))
    if row is None:
        raise NotFoundError("there is no such user")
    return row


def _for_people(roles: Collection[Role]) -> frozenset[Role]:
    wanted = frozenset(roles)
    if not wanted:
        raise UsageError("a user needs at least one role")
    if Role.ROBOT in wanted:
        raise UsageError("the robot's role is not for people")
    return wanted


def _hold(roles: Collection[Role], permission: Permission) -> bool:
    return any(permission in ALLOWED[role] for role in roles)
