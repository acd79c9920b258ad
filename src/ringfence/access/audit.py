"""The audit log: append-only, each row carrying the hash of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.access.store import AuditRow
from ringfence.core.actor import Actor, Permission
from ringfence.core.ids import digest
from ringfence.runtime.database import mine

_START = "0" * 32
_S = TypeVar("_S", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row: who did what to which object when (µs UTC)."""

    seq: int
    time: int
    tenant: str
    actor: str
    action: str
    object: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to list; an empty part does not narrow. `who` looks into the actor, `what` into the object."""

    who: str = ""
    action: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What a walk over the whole chain found: the rows of all tenants, and the first one that is not as it was."""

    rows: int
    broken: int | None


async def record(
    session: AsyncSession, *, now: int, tenant: str, actor: str, action: str, object_: str = "", **details: Any
) -> None:
    """Append one entry inside the caller's transaction."""
    last = await session.scalar(select(AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1))
    text = orjson.dumps(details, option=orjson.OPT_SORT_KEYS).decode()
    previous = last or _START
    session.add(
        AuditRow(
            time=now,
            tenant=tenant,
            actor=actor,
            action=action,
            object=object_,
            details=text,
            previous=previous,
            hash=_hash(previous, now, tenant, actor, action, object_, text),
        )
    )
    await session.flush()


async def entries(
    actor: Actor, session: AsyncSession, wanted: AuditFilter | None = None, *, limit: int = 100, offset: int = 0
) -> list[AuditEntry]:
    """Return a page of the actor's tenant's entries, newest first."""
    actor.require(Permission.READ_AUDIT)
    statement = _narrowed(select(AuditRow), wanted).order_by(AuditRow.seq.desc()).limit(limit).offset(offset)
    return [
        AuditEntry(r.seq, r.time, r.tenant, r.actor, r.action, r.object, orjson.loads(r.details))
        for r in await session.scalars(mine(statement, actor, AuditRow))
    ]


async def count_entries(actor: Actor, session: AsyncSession, wanted: AuditFilter | None = None) -> int:
    """Return the number of the tenant's entries that fit."""
    actor.require(Permission.READ_AUDIT)
    statement = _narrowed(select(func.count(AuditRow.seq)), wanted)
    return await session.scalar(mine(statement, actor, AuditRow)) or 0


async def audit_actions(actor: Actor, session: AsyncSession) -> list[str]:
    """Return the actions that the tenant's log holds, in order of the alphabet."""
    actor.require(Permission.READ_AUDIT)
    statement = mine(select(AuditRow.action), actor, AuditRow).distinct().order_by(AuditRow.action)
    return list(await session.scalars(statement))


async def verify_chain(actor: Actor, session: AsyncSession) -> ChainCheck:
    """Return whether the log is whole: all tenants' rows hang on one chain, so all of them are read."""
    actor.require(Permission.READ_AUDIT)
    count = await session.scalar(select(func.count(AuditRow.seq)))
    return ChainCheck(count or 0, await first_broken(session))


async def first_broken(session: AsyncSession) -> int | None:
    """Walk the whole chain; return the `seq` of the first row that was changed or whose predecessor is gone."""
    previous = _START
    rows = await session.stream_scalars(select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=1000))
    async for row in rows:
        right = _hash(previous, row.time, row.tenant, row.actor, row.action, row.object, row.details)
        if row.previous != previous or row.hash != right:
            return row.seq
        previous = row.hash
    return None


def _hash(previous: str, now: int, tenant: str, actor: str, action: str, object_: str, details: str) -> str:
    return digest(previous, str(now), tenant, actor, action, object_, details)


def _narrowed(statement: _S, wanted: AuditFilter | None) -> _S:
    wanted = wanted or AuditFilter()
    for column, text in ((AuditRow.actor, wanted.who), (AuditRow.object, wanted.what)):
        if text:
            statement = statement.where(column.icontains(text, autoescape=True))
    return statement.where(AuditRow.action == wanted.action) if wanted.action else statement
