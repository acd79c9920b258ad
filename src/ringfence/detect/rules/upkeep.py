"""End exclusions that have run out or that nothing needs any more."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.access import record
from ringfence.detect.rules.model import DAY, IDLE_DAYS, Ended, Exclusion
from ringfence.detect.rules.store import ExclusionRow, to_exclusion

_AUTHOR = "system"


async def end_stale(session: AsyncSession, *, now: int, idle_days: int = IDLE_DAYS) -> list[Exclusion]:
    """Return the exclusions of all tenants that were ended: run out, or without a hit for `idle_days`.

    An exclusion that hides nothing any more is only a hole that nobody looks at. One that is switched off is not
    ended for having no hits. Each is written to the audit log of its tenant.
    """
    idle = now - idle_days * DAY
    quiet = or_(
        ExclusionRow.last_hit < idle,
        ExclusionRow.last_hit.is_(None) & (ExclusionRow.created < idle),
    )
    due = or_(ExclusionRow.expires <= now, ExclusionRow.enabled & quiet)
    statement = select(ExclusionRow).where(ExclusionRow.ended.is_(None), due)  # of all tenants: a job of the system
    ended: list[Exclusion] = []
    for row in await session.scalars(statement.order_by(ExclusionRow.created, ExclusionRow.id)):
        why = Ended.EXPIRED if row.expires <= now else Ended.STALE
        row.ended, row.ended_by, row.ended_why = now, _AUTHOR, why.value
        await record(
            session, now=now, tenant=row.tenant, actor=_AUTHOR, action="rule.exclusion.ended", object_=row.id,
            rule=row.rule_id, why=why.value, hits=row.hits,
        )  # fmt: skip
        ended.append(to_exclusion(row))
    return ended
