"""Bring new and changed alerts into incidents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.assets import Asset, find_assets
from ringfence.core.actor import Actor, Permission
from ringfence.core.clock import to_datetime
from ringfence.core.message import Message
from ringfence.correlate import Command, JoinAlert, MergeIncidents, OpenIncident, correlate
from ringfence.detect import (
    HOUR,
    PIVOTS,
    Alert,
    Verdict,
    alerts_about,
    alerts_of_incident,
    aliases_of,
    move_alerts,
    put_into_incident,
)
from ringfence.incidents.find import row_of
from ringfence.incidents.model import OPEN_STATUSES, IncidentStatus
from ringfence.incidents.store import CounterRow, IncidentRow, JoinRow
from ringfence.incidents.summary import summarise
from ringfence.incidents.work import record
from ringfence.runtime.database import mine

CHAIN = 24 * HOUR
MAX_CONTEXT = 5000
MAX_ALERTS = 2000


async def absorb_alerts(actor: Actor, session: AsyncSession, alerts: Sequence[Alert], *, now: int) -> list[str]:
    """Return the ids of the incidents that the alerts opened or changed, after title, grade and entities are redone.

    Give it what `apply_signals` returned, of the actor's tenant, in the same transaction. The same alerts again
    change nothing but counts and times.
    """
    actor.require(Permission.WORK_INCIDENTS)
    ours = [alert for alert in alerts if alert.tenant == actor.tenant]
    if not ours:
        return []
    since, until = min(a.first for a in ours) - CHAIN, max(a.last for a in ours) + CHAIN
    names = _values(ours)
    assets = await find_assets(actor, session, _hosts(ours))
    names |= {text for asset in assets.values() for text in (asset.name, *asset.addresses)}
    context = await alerts_about(actor, session, names, since=since, until=until, limit=MAX_CONTEXT)
    assets |= await find_assets(actor, session, _hosts(context) - set(assets))
    opened = await _open_among(actor, session, {a.incident_id for a in (*context, *ours) if a.incident_id})
    touched = await _run(actor, session, correlate(opened, context, ours, assets), now)
    touched |= {alert.incident_id for alert in ours if alert.incident_id in opened}
    done: list[str] = []
    for incident_id in sorted(item for item in touched if item):
        row = await row_of(actor, session, incident_id)
        if row.status != IncidentStatus.MERGED.value:
            await _redo(actor, session, row, assets, now)
            done.append(incident_id)
    await session.flush()
    return done


async def _run(actor: Actor, session: AsyncSession, commands: Sequence[Command], now: int) -> set[str | None]:
    """Carry the commands out; the ids of the incidents that they touched."""
    ids: dict[str, str] = {}
    touched: set[str | None] = set()
    placed: dict[str, list[str]] = {}
    for command in commands:
        if isinstance(command, OpenIncident):
            ids[command.ref] = await _open(actor, session, now)
            record(session, actor, ids[command.ref], Message("Opened"), now)
        incident_id = ids.get(command.ref, command.ref)
        touched.add(incident_id)
        if isinstance(command, MergeIncidents):
            await _place(actor, session, placed)
            other = ids.get(command.other, command.other)
            await _merge(actor, session, incident_id, other, command, now)
        else:
            placed.setdefault(incident_id, []).append(command.alert_id)
            await _note_join(actor, session, incident_id, command, now)
    await _place(actor, session, placed)
    return touched


async def _place(actor: Actor, session: AsyncSession, placed: dict[str, list[str]]) -> None:
    for incident_id, alert_ids in placed.items():
        await put_into_incident(actor, session, alert_ids, incident_id)
    placed.clear()


async def _note_join(
    actor: Actor, session: AsyncSession, incident_id: str, command: OpenIncident | JoinAlert, now: int
) -> None:
    score = command.score if isinstance(command, JoinAlert) else 1.0
    reasons = [reason.to_json() for reason in command.reasons]
    session.add(
        JoinRow(
            tenant=actor.tenant,
            alert_id=command.alert_id,
            incident_id=incident_id,
            at=now,
            score=score,
            reasons=reasons,
        )
    )


async def _merge(actor: Actor, session: AsyncSession, keep: str, gone: str, command: MergeIncidents, now: int) -> None:
    await session.flush()
    await move_alerts(actor, session, gone, keep)
    moved = update(JoinRow).where(JoinRow.tenant == actor.tenant, JoinRow.incident_id == gone)
    await session.execute(moved.values(incident_id=keep))
    row = await row_of(actor, session, gone)
    row.status = IncidentStatus.MERGED.value
    row.merged_into = keep
    row.updated_at = now
    why = "; ".join(reason.english() for reason in command.reasons)
    record(session, actor, gone, Message("Merged into {incident}: {why}", {"incident": keep, "why": why}), now)
    record(session, actor, keep, Message("Took in {incident}: {why}", {"incident": gone, "why": why}), now)


async def _open(actor: Actor, session: AsyncSession, now: int) -> str:
    year = to_datetime(now).year
    counter = await session.get(CounterRow, (actor.tenant, year), with_for_update=True)
    if counter is None:
        counter = CounterRow(tenant=actor.tenant, year=year, last=0)
        session.add(counter)
    counter.last += 1
    incident_id = f"INC-{year}-{counter.last:04d}"
    session.add(_blank(actor.tenant, incident_id, now))
    await session.flush()
    return incident_id


def _blank(tenant: str, incident_id: str, now: int) -> IncidentRow:
    return IncidentRow(
        tenant=tenant,
        id=incident_id,
        title={"key": ""},
        title_text="",
        category="other",
        level="P3",
        graded="P3",
        reasons=[],
        tactics=[],
        techniques=[],
        first_event=now,
        last_event=now,
        detected_at=now,
        updated_at=now,
        status=IncidentStatus.NEW.value,
        verdict=Verdict.NONE.value,
        assignee=None,
        alert_count=0,
        signal_count=0,
        entities={},
        assets=[],
        override=None,
        merged_into=None,
        closed_at=None,
    )


async def _redo(actor: Actor, session: AsyncSession, row: IncidentRow, known: Mapping[str, Asset], now: int) -> None:
    alerts = await alerts_of_incident(actor, session, row.id, limit=MAX_ALERTS)
    if not alerts:
        return
    missing = _hosts(alerts) - set(known)
    assets = {**known, **(await find_assets(actor, session, missing) if missing else {})}
    before = row.graded if row.title_text else None
    summarise(row, alerts, assets)
    if len(alerts) == MAX_ALERTS:
        await _count_all(actor, session, row)
    row.updated_at = now
    if before is not None and before != row.graded:
        what = Message("Graded {after} (before: {before})", {"after": row.graded, "before": before})
        record(session, actor, row.id, what, now)


async def _count_all(actor: Actor, session: AsyncSession, row: IncidentRow) -> None:
    count = await session.scalar(mine(select(func.count()).where(JoinRow.incident_id == row.id), actor, JoinRow))
    row.alert_count = count or row.alert_count


async def _open_among(actor: Actor, session: AsyncSession, ids: Collection[str]) -> set[str]:
    states = sorted(status.value for status in OPEN_STATUSES)
    statement = select(IncidentRow.id).where(IncidentRow.id.in_(sorted(ids)), IncidentRow.status.in_(states))
    return set(await session.scalars(mine(statement, actor, IncidentRow)))


def _values(alerts: Iterable[Alert]) -> set[str]:
    found: set[str] = set()
    for alert in alerts:
        for kind in PIVOTS:
            for text in alert.entities.get(kind, ()):
                found.add(text.lower())
                found.update(aliases_of(kind, text))
    return found


def _hosts(alerts: Iterable[Alert]) -> set[str]:
    kinds = ("host", "address", "source", "destination", "account")
    return {text for alert in alerts for kind in kinds for text in alert.entities.get(kind, ())}
