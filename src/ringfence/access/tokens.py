"""API tokens: made once, shown once, kept as a hash, limited in scope and time."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable

from sqlalchemy import select, update

from ringfence.access.audit import record
from ringfence.access.model import Token, check_label
from ringfence.access.store import TokenRow
from ringfence.core.actor import Actor, Permission, Role
from ringfence.core.clock import Clock
from ringfence.core.errors import NotFoundError, SignInError
from ringfence.core.ids import digest
from ringfence.runtime.database import Database, mine

_CACHE_US = 10_000_000
_BAD = "the token is wrong, expired or revoked"


class Tokens:
    """Tokens for senders and programs: `rf_<id>_<secret>`.

    A checked token is remembered for 10 s, so a sender of many small batches costs no query each; a revoked one
    stops working within that time (at once in the process that revoked it).
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._cache: dict[str, tuple[int, Actor]] = {}

    async def create(
        self,
        actor: Actor,
        name: str,
        scopes: Iterable[Permission],
        *,
        roles: Iterable[Role] = (Role.ROBOT,),
        expires: int | None = None,
    ) -> tuple[Token, str]:
        """Make a token in the actor's tenant; return it with its secret, which is never shown again."""
        actor.require(Permission.MANAGE_ACCESS)
        name = check_label(name)
        now = self._clock.now_us()
        token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(24)
        row = TokenRow(
            id=token_id,
            tenant=actor.tenant,
            name=name,
            secret_hash=digest("token", secret),
            roles=" ".join(sorted(roles)),
            scopes=" ".join(sorted(scopes)),
            created_by=actor.id,
            created=now,
            expires=expires,
            revoked=False,
        )
        async with self._database.session() as session:
            session.add(row)
            await record(
                session, now=now, tenant=actor.tenant, actor=actor.name, action="token.create", object_=name,
                scopes=row.scopes,
            )  # fmt: skip
        return _token(row), f"rf_{token_id}_{secret}"

    async def list(self, actor: Actor) -> list[Token]:
        """Return the tenant's tokens, newest first."""
        actor.require(Permission.MANAGE_ACCESS)
        async with self._database.reading() as session:
            rows = await session.scalars(mine(select(TokenRow), actor, TokenRow).order_by(TokenRow.created.desc()))
            return [_token(row) for row in rows]

    async def revoke(self, actor: Actor, token_id: str) -> None:
        """Make a token useless."""
        actor.require(Permission.MANAGE_ACCESS)
        async with self._database.session() as session:
            row = await session.scalar(mine(select(TokenRow), actor, TokenRow).where(TokenRow.id == token_id))
            if row is None:
                raise NotFoundError(f"there is no token {token_id!r}")
            await session.execute(update(TokenRow).where(TokenRow.id == token_id).values(revoked=True))
            now = self._clock.now_us()
            await record(
                session, now=now, tenant=actor.tenant, actor=actor.name, action="token.revoke", object_=row.name
            )
        self._cache.clear()

    async def actor_of(self, text: str) -> Actor:
        """Return the principal behind a token; raises `SignInError` when it is not good."""
        now = self._clock.now_us()
        key = digest("cached token", text)
        known = self._cache.get(key)
        if known and known[0] > now:
            return known[1]
        prefix, _, rest = text.partition("_")
        token_id, _, secret = rest.partition("_")
        if prefix != "rf" or not secret or len(text) > 128:
            raise SignInError(_BAD)
        async with self._database.reading() as session:
            row = await session.scalar(select(TokenRow).where(TokenRow.id == token_id))
        good = row is not None and hmac.compare_digest(row.secret_hash, digest("token", secret))
        if row is None or not good or row.revoked or (row.expires is not None and row.expires < now):
            raise SignInError(_BAD)
        actor = Actor(
            id=f"token:{row.id}",
            name=row.name,
            tenant=row.tenant,
            roles=frozenset(Role(r) for r in row.roles.split()),
            scopes=frozenset(Permission(s) for s in row.scopes.split()),
        )
        if len(self._cache) > 10_000:
            self._cache.clear()
        self._cache[key] = (now + _CACHE_US, actor)
        return actor


def _token(row: TokenRow) -> Token:
    scopes = frozenset(Permission(s) for s in row.scopes.split())
    return Token(row.id, row.name, row.tenant, scopes, row.created, row.expires, row.revoked)
