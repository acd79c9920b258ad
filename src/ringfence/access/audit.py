"""The audit log: append-only, each row carrying the hash of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.access.store import AuditRow
from ringfence.core.actor import Actor, Permission
from ringfence.core.ids import digest
from ringfence.runtime.database import mine

_START = "0" * 32


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


async def entries(actor: Actor, session: AsyncSession, *, limit: int = 100, offset: int = 0) -> list[AuditEntry]:
    """Return a page of the actor's tenant's entries, newest first."""
    actor.require(Permission.READ_AUDIT)
    statement = mine(select(AuditRow), actor, AuditRow).order_by(AuditRow.seq.desc()).limit(limit).offset(offset)
    return [
        AuditEntry(r.seq, r.time, r.tenant, r.actor, r.action, r.object, orjson.loads(r.details))
        for r in await session.scalars(statement)
    ]


async def first_broken(session: AsyncSession) -> int | None:
    """Walk the whole chain; return the `seq` of the first row that was changed or whose predecessor is gone."""
    previous = _START
    for row in await session.scalars(select(AuditRow).order_by(AuditRow.seq)):
        right = _hash(previous, row.time, row.tenant, row.actor, row.action, row.object, row.details)
        if row.previous != previous or row.hash != right:
            return row.seq
        previous = row.hash
    return None


def _hash(previous: str, now: int, tenant: str, actor: str, action: str, object_: str, details: str) -> str:
    return digest(previous, str(now), tenant, actor, action, object_, details)
