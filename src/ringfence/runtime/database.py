"""The state database: SQLite by default, PostgreSQL when one machine is not enough."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, MetaData, Select, String, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ringfence.core.actor import Actor

_S = TypeVar("_S", bound=Select[*tuple[Any, ...]])


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class TenantOwned:
    """Mixin of every table whose rows belong to a tenant. Read them through `mine` only."""

    tenant: Mapped[str] = mapped_column(String(64), index=True)


def mine(statement: _S, actor: Actor, *owners: type[TenantOwned]) -> _S:
    """Return the statement narrowed to the actor's tenant for each table; the one way to read tenant rows."""
    for owner in owners:
        statement = statement.where(owner.tenant == actor.tenant)
    return statement


class Database:
    """Engine and sessions. One `session()` is one transaction: it commits at the end, rolls back on an error.

    On SQLite `session()` takes the write lock at its start: a transaction that reads first and writes later would
    otherwise fail with "database is locked" when another one wrote in between. `reading()` never waits for writers.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(url)
        reader = self.engine.execution_options(ringfence_reading=True)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._readers = async_sessionmaker(reader, expire_on_commit=False)

    @classmethod
    def sqlite(cls, path: Path) -> Database:
        """Open (or create) a SQLite file in WAL mode."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite+aiosqlite:///{path}")

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        """One transaction that may write."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """One transaction that only reads, on a snapshot of its own."""
        async with self._readers() as session, session.begin():
            yield session

    async def create_all(self) -> None:
        """Create the tables without migrations: for tests only."""
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("ringfence_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself, `_begin_sqlite` does
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
