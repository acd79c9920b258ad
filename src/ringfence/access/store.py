"""Tables of users, sessions, tokens and the audit log: private to this room."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ringfence.access.model import User
from ringfence.core.actor import Role
from ringfence.runtime.database import Base, TenantOwned


class UserRow(TenantOwned, Base):
    """A person."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    password_hash: Mapped[str] = mapped_column(String(256))
    roles: Mapped[str] = mapped_column(String(256))
    language: Mapped[str] = mapped_column(String(16), default="en")
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    must_change: Mapped[bool] = mapped_column(Boolean, default=False)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[int] = mapped_column(BigInteger, default=0)
    created: Mapped[int] = mapped_column(BigInteger)
    last_sign_in: Mapped[int | None] = mapped_column(BigInteger, default=None)


class SessionRow(TenantOwned, Base):
    """An open session of a person."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hash of the opaque token: a copy of the database signs nobody in."""
    user_id: Mapped[str] = mapped_column(String(32), index=True)
    created: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[int] = mapped_column(BigInteger)
    address: Mapped[str] = mapped_column(String(64), default="")


class TokenRow(TenantOwned, Base):
    """An API token; the secret itself is not here."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    secret_hash: Mapped[str] = mapped_column(String(64))
    roles: Mapped[str] = mapped_column(String(256))
    scopes: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(32))
    created: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[int | None] = mapped_column(BigInteger, default=None)
    revoked: Mapped[bool] = mapped_column(Boolean, default=False)


class AuditRow(TenantOwned, Base):
    """One line of the audit log."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    time: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(String(256), default="")
    details: Mapped[str] = mapped_column(Text, default="{}")
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def roles_of(row: UserRow) -> frozenset[Role]:
    """Return the roles of a user."""
    return frozenset(Role(name) for name in row.roles.split())


def to_user(row: UserRow) -> User:
    """Return the row as the rest of the product sees it."""
    return User(
        id=row.id,
        name=row.name,
        tenant=row.tenant,
        roles=roles_of(row),
        language=row.language,
        disabled=bool(row.disabled),
        created=row.created,
        last_sign_in=row.last_sign_in,
        must_change_password=bool(row.must_change),
        locked_until=row.locked_until or 0,
    )
