"""Bring signals into the alerts, exactly once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import robot
from ringfence.core.errors import ConflictError
from ringfence.core.severity import Severity
from ringfence.detect.aggregation import Known, Opened, Subject, fold, key_of, pair, unknown_rule
from ringfence.detect.entities import aliases_of
from ringfence.detect.model import (
    MAX_SAMPLES,
    MAX_VALUES,
    WINDOW,
    Alert,
    AlertDelta,
    AlertStatus,
    EntityType,
    RuleInfo,
    Verdict,
    Window,
)
from ringfence.detect.store import AlertEntityRow, AlertRow, CheckpointRow, to_alert
from ringfence.events.model import Signal
from ringfence.runtime.database import mine

CHUNK = 4000
CHECKPOINT = "alerts"

PIVOTS = ("host", "user", "source", "destination", "domain", "hash", "account", "container", "instance", "address")
"""Kinds of entities by which alerts are found; process and file names are too common for that."""


async def read_checkpoint(session: AsyncSession, name: str = CHECKPOINT) -> int:
    """Return the `seq` up to which signals have been applied; 0 at the start."""
    return await session.scalar(select(CheckpointRow.seq).where(CheckpointRow.name == name)) or 0


async def apply_signals(
    session: AsyncSession,
    signals: Sequence[Signal],
    rules: Mapping[str, RuleInfo],
    *,
    checkpoint: int | None = None,
    levels: Mapping[tuple[str, str], Severity] | None = None,
    silent: Collection[str] = (),
) -> list[Alert]:
    """Return the alerts that the signals opened or changed, as they are now.

    Signals come in order of `seq`, of all tenants. In the same transaction the checkpoint moves to `checkpoint`
    (default: the highest `seq` given), and signals at or below the stored checkpoint are left out. So a crash, or
    the same signals again, neither loses nor doubles a count. One reader at a time: raises `ConflictError` where
    another moved the checkpoint meanwhile. `levels` are levels by tenant and rule id that replace the rule's own in
    alerts that are opened. Rules in `silent` raise no alerts: correlations count their matches.
    """
    done = await read_checkpoint(session)
    fresh = [signal for signal in signals if signal.seq > done]
    target = checkpoint if checkpoint is not None else max((signal.seq for signal in fresh), default=done)
    if target > done:
        await _move_checkpoint(session, done, target)
    changed: list[Alert] = []
    for tenant in dict.fromkeys(signal.tenant for signal in fresh):
        pairs = pair([signal for signal in fresh if signal.tenant == tenant], rules, silent)
        if pairs:
            times = [signal.time for _, signal in pairs]
            known = await known_windows(session, tenant, [subject for subject, _ in pairs], min(times), max(times))
            changed += await write_alerts(session, tenant, fold(pairs, known), leveled(rules, levels or {}, tenant))
    return changed


def leveled(
    rules: Mapping[str, RuleInfo], levels: Mapping[tuple[str, str], Severity], tenant: str
) -> Mapping[str, RuleInfo]:
    """Return the rules with the levels that the tenant gave them; for this room only."""
    own = {rule: level for (owner, rule), level in levels.items() if owner == tenant}
    changed = {rule: replace(rules.get(rule) or unknown_rule(rule), level=level) for rule, level in own.items()}
    return {**rules, **changed} if changed else rules


async def _move_checkpoint(session: AsyncSession, before: int, after: int) -> None:
    if before == 0 and await session.get(CheckpointRow, CHECKPOINT) is None:
        await session.execute(insert(CheckpointRow), [{"name": CHECKPOINT, "seq": after}])
        return
    statement = update(CheckpointRow).where(CheckpointRow.name == CHECKPOINT, CheckpointRow.seq == before)
    result: Any = await session.execute(statement.values(seq=after))
    if result.rowcount != 1:
        raise ConflictError("another process applies signals too", remedy="run one at a time")


async def known_windows(session: AsyncSession, tenant: str, wanted: Iterable[Subject], low: int, high: int) -> Known:
    """Return the alerts that events from `low` to `high` about the wanted subjects could join; for this room only."""
    subjects: dict[Subject, None] = dict.fromkeys(wanted)
    rule_ids = sorted({subject[1] for subject in subjects})
    for rule_id in rule_ids:
        subjects[tenant, rule_id, EntityType.MANY, "*"] = None
    by_key = {key_of(subject): subject for subject in subjects}
    actor = robot(tenant)
    windows: dict[Subject, list[Window]] = {}
    columns = (AlertRow.key, AlertRow.id, AlertRow.window_start, AlertRow.first, AlertRow.last, AlertRow.status)
    for keys in _chunks(by_key):
        statement = select(*columns).where(AlertRow.key.in_(keys), AlertRow.last >= low - WINDOW)
        for key, id_, start, first, last, status in await session.execute(mine(statement, actor, AlertRow)):
            window = Window(id_, start, first, last, status == AlertStatus.CLOSED.value)
            windows.setdefault(by_key[key], []).append(window)
    opened: dict[Opened, int] = {}
    for part in _chunks(rule_ids):
        counting = (
            select(AlertRow.rule_id, AlertRow.window_start, func.count())
            .where(AlertRow.rule_id.in_(part), AlertRow.entity_type != EntityType.MANY.value)
            .where(AlertRow.window_start >= low // WINDOW * WINDOW, AlertRow.window_start <= high)
            .group_by(AlertRow.rule_id, AlertRow.window_start)
        )
        for rule_id, start, count in await session.execute(mine(counting, actor, AlertRow)):
            opened[tenant, rule_id, start] = count
    return Known(windows, opened)


async def write_alerts(
    session: AsyncSession, tenant: str, deltas: Sequence[AlertDelta], rules: Mapping[str, RuleInfo]
) -> list[Alert]:
    """Write what is added to alerts and return them as they are now; for this room only."""
    touched = {delta.id: delta for delta in deltas}
    new = [_values(delta, rules.get(delta.rule_id) or unknown_rule(delta.rule_id)) for delta in deltas if delta.fresh]
    if new:
        await session.execute(insert(AlertRow), new)
    for ids in _chunks([delta.id for delta in deltas if not delta.fresh]):
        statement = select(AlertRow).where(AlertRow.id.in_(ids))
        for row in await session.scalars(mine(statement, robot(tenant), AlertRow)):
            _merge(row, touched[row.id])
    await session.flush()
    alerts: list[Alert] = []
    for ids in _chunks(list(touched)):
        statement = select(AlertRow).where(AlertRow.id.in_(ids))
        alerts += [to_alert(row) for row in await session.scalars(mine(statement, robot(tenant), AlertRow))]
    await _write_entities(session, alerts)
    return sorted(alerts, key=lambda alert: (alert.first, alert.id))


async def _write_entities(session: AsyncSession, alerts: Sequence[Alert]) -> None:
    values = [
        {"tenant": alert.tenant, "alert_id": alert.id, "kind": kind, "value": value, "last": alert.last}
        for alert in alerts
        for kind, value in _pivots(alert)
    ]
    for ids in _chunks([alert.id for alert in alerts]):
        await session.execute(delete(AlertEntityRow).where(AlertEntityRow.alert_id.in_(ids)))
    if values:
        await session.execute(insert(AlertEntityRow), values)


def _pivots(alert: Alert) -> dict[tuple[str, str], None]:
    found: dict[tuple[str, str], None] = {}
    for kind in PIVOTS:
        for text in alert.entities.get(kind, ()):
            found[kind, text.lower()] = None
            found.update(dict.fromkeys(("alias", alias) for alias in aliases_of(kind, text)))
    return found


def _values(delta: AlertDelta, rule: RuleInfo) -> dict[str, Any]:
    return {
        "id": delta.id,
        "tenant": delta.tenant,
        "key": delta.key,
        "rule_id": delta.rule_id,
        "title": rule.title[:512],
        "level": rule.level.value,
        "rank": rule.level.rank,
        "entity_type": delta.entity_type.value,
        "entity": delta.entity,
        "window_start": delta.window_start,
        "first": delta.first,
        "last": delta.last,
        "count": delta.count,
        "samples": list(delta.samples),
        "tactics": list(rule.tactics),
        "techniques": list(rule.techniques),
        "entities": {kind: list(values) for kind, values in delta.entities.items()},
        "logsource": rule.logsource,
        "status": AlertStatus.NEW.value,
        "verdict": Verdict.NONE.value,
        "incident_id": None,
        "assignee": None,
        "notes": "",
    }


def _merge(row: AlertRow, delta: AlertDelta) -> None:
    row.count += delta.count
    row.first = min(row.first, delta.first)
    row.last = max(row.last, delta.last)
    row.samples = [*row.samples, *delta.samples][:MAX_SAMPLES]
    merged = {kind: list(values) for kind, values in row.entities.items()}
    for kind, values in delta.entities.items():
        merged[kind] = list(dict.fromkeys((*merged.get(kind, ()), *values)))[:MAX_VALUES]
    row.entities = merged


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    iterator = iter(values)
    while part := list(islice(iterator, CHUNK)):
        yield part
