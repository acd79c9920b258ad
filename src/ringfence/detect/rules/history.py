"""What the past says about a rule: events of judged alerts, of unjudged matches, and others of the same kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor
from ringfence.detect.alerts import list_alerts
from ringfence.detect.entities import entity_of, order_of
from ringfence.detect.model import Alert, AlertFilter, AlertStatus, RuleInfo, Verdict
from ringfence.detect.rules.facts import facts_of
from ringfence.detect.rules.model import Exclusion
from ringfence.detect.rules.sift import excluded_by
from ringfence.detect.rules.smallest import Past
from ringfence.ecs.event import Event
from ringfence.events.model import TimeRange
from ringfence.events.ports import EventStore
from ringfence.sigma import Rule, explain
from ringfence.sigma.values import fold

MAX_ALERTS = 1000
MAX_EVENTS = 5000
"""Matches of the rule that are looked at, the newest first."""

_SLICES = 4
_SLICE_EVENTS = 500
_BEFORE = 7 * 86_400_000_000
"""Microseconds before the oldest judged alert from which other events are taken."""

Entity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class History:
    """What was gathered for one rule.

    `past` is what the search for an exclusion needs. `true` are the events of true positives by alert. `incomplete`
    is set where an alert has events that were not found.
    """

    past: Past
    false: Mapping[str, Alert]
    true_alerts: Sequence[Alert]
    true: Mapping[str, Sequence[Event]]
    incomplete: bool = False


async def gather(
    actor: Actor,
    session: AsyncSession,
    store: EventStore,
    rule_id: str,
    rule: Rule | None,
    exclusions: Sequence[Exclusion] = (),
    *,
    with_background: bool = True,
) -> History:
    """Return the past of the rule; false positives that `exclusions` cover already are left out.

    To be kept are the events of this rule's true positives (also benign ones), and every match of this rule about an
    entity for which any rule has a true positive: where an attacker was, nothing is made quiet.
    """
    false, true = await judged_alerts(actor, session, rule_id)
    hurt = {_entity(alert) for alert in await _alerts(actor, session, "", {Verdict.TRUE_POSITIVE})}
    if not false:
        return History(Past({}), {}, true, {})
    start = min(alert.first for alert in (*false, *true)) - _BEFORE
    span = TimeRange(start, None)
    matches = await _matches(actor, store, rule_id, span)
    await _add_samples(actor, store, (*false, *true), matches)
    owners = _owners((*true, *false), matches, _info(rule_id, rule))
    judged = {event_id for ids in owners.values() for event_id in ids}
    false_events: dict[str, list[Event]] = {}
    keep: dict[str, Event] = {}
    for alert in false:
        events = [matches[one] for one in owners[alert.id]]
        if _entity(alert) in hurt:
            keep |= {event.id: event for event in events}
        elif events and not all(excluded_by(event, exclusions) for event in events):
            false_events[alert.id] = events
    true_events = {alert.id: [matches[one] for one in owners[alert.id]] for alert in true}
    keep |= {event.id: event for events in true_events.values() for event in events}
    unjudged: list[Event] = []
    order = order_of(_info(rule_id, rule))
    for event in matches.values():
        if event.id in judged:
            continue
        kind, value = entity_of(event.ecs, order)
        if (kind.value, value) in hurt:
            keep[event.id] = event
        else:
            unjudged.append(event)
    background = await _background(actor, store, rule_id, rule, span) if with_background else ()
    asked, said = _said(rule, [event for events in false_events.values() for event in events])
    known = {alert.id: len(owners[alert.id]) for alert in (*false, *true)}
    return History(
        Past(false_events, tuple(keep.values()), tuple(unjudged), background, asked, said),
        {alert.id: alert for alert in false if alert.id in false_events},
        true,
        true_events,
        any(known[alert.id] < alert.count for alert in (*false, *true)),
    )


async def judged_alerts(actor: Actor, session: AsyncSession, rule_id: str) -> tuple[list[Alert], list[Alert]]:
    """Return the rule's alerts that were closed as false positives, and its true positives (also benign ones)."""
    false = await _alerts(actor, session, rule_id, {Verdict.FALSE_POSITIVE}, frozenset({AlertStatus.CLOSED}))
    true = await _alerts(actor, session, rule_id, {Verdict.TRUE_POSITIVE, Verdict.BENIGN_TRUE_POSITIVE})
    return false, true


async def _alerts(
    actor: Actor,
    session: AsyncSession,
    rule_id: str,
    verdicts: set[Verdict],
    status: frozenset[AlertStatus] = frozenset(),
) -> list[Alert]:
    wanted = AlertFilter(rule_id=rule_id, verdict=frozenset(verdicts), status=status)
    alerts, _ = await list_alerts(actor, session, wanted, limit=MAX_ALERTS)
    return alerts


async def _matches(actor: Actor, store: EventStore, rule_id: str, span: TimeRange) -> dict[str, Event]:
    found: dict[str, Event] = {}
    page_size = 1000
    while len(found) < MAX_EVENTS:
        page = await store.search(actor, _named("rules", rule_id), span, limit=page_size, offset=len(found))
        found |= {event.id: event for event in page.events}
        if len(page.events) < page_size:
            break
    return found


async def _add_samples(actor: Actor, store: EventStore, alerts: Sequence[Alert], matches: dict[str, Event]) -> None:
    missing = sorted({one for alert in alerts for one in alert.samples} - matches.keys())
    for begin in range(0, len(missing), 500):
        matches |= {event.id: event for event in await store.get(actor, missing[begin : begin + 500])}


def _owners(alerts: Sequence[Alert], matches: Mapping[str, Event], info: RuleInfo) -> dict[str, list[str]]:
    """Ids of the events of each alert: its samples, and matches about its entity within its time."""
    order = order_of(info)
    owners: dict[str, dict[str, None]] = {
        alert.id: dict.fromkeys(one for one in alert.samples if one in matches) for alert in alerts
    }
    by_entity: dict[Entity, list[Alert]] = {}
    for alert in alerts:
        by_entity.setdefault(_entity(alert), []).append(alert)
    for event in matches.values():
        kind, value = entity_of(event.ecs, order)
        for alert in by_entity.get((kind.value, value), ()):
            if alert.first <= event.time <= alert.last:
                owners[alert.id][event.id] = None
    return {alert_id: list(found) for alert_id, found in owners.items()}


async def _background(
    actor: Actor, store: EventStore, rule_id: str, rule: Rule | None, span: TimeRange
) -> tuple[Event, ...]:
    """Events of the rule's log source that it did not match, from four parts of the time."""
    parts = [f"NOT {_named('rules', rule_id)}"]
    if rule is not None:
        places = (("product", rule.product), ("category", rule.category), ("service", rule.service))
        parts += [_named(f"logsource.{name}", value) for name, value in places if value]
    query = " AND ".join(parts)
    newest = await store.search(actor, query, span, limit=1)
    if not newest.events or span.start is None:
        return ()
    last = newest.events[0].time + 1
    width = max(1, (last - span.start) // _SLICES)
    found: dict[str, Event] = {}
    for part in range(_SLICES):
        piece = TimeRange(span.start + part * width, span.start + (part + 1) * width if part < _SLICES - 1 else last)
        page = await store.search(actor, query, piece, limit=_SLICE_EVENTS)
        found |= {event.id: event for event in page.events}
    return tuple(found.values())


def _said(rule: Rule | None, events: Sequence[Event]) -> tuple[frozenset[str], frozenset[str]]:
    """Values in which the rule found what it asks for, and those of them that say no more than the rule.

    An exclusion of the latter alone would switch the rule off. A whole command line of which the rule asks for a word
    says more than the rule.
    """
    asked: set[str] = set()
    said: set[str] = set()
    if rule is None:
        return frozenset(), frozenset()
    for event in events:
        hits = explain(rule, event.logsource, event.fields, event.ecs, event.raw)
        found = [(fold(hit.value), len(hit.pattern.strip("*"))) for hit in hits]
        for text in map(fold, facts_of(event).values()):
            for value, length in found:
                if text == value:
                    asked.add(text)
                    if not (" " in text and len(text) >= 2 * length):
                        said.add(text)
                elif len(text) >= 4 and text in value:
                    said.add(text)
    return frozenset(asked), frozenset(said)


def _entity(alert: Alert) -> Entity:
    return alert.entity_type.value, alert.entity


def _info(rule_id: str, rule: Rule | None) -> RuleInfo:
    return RuleInfo(rule_id, rule_id) if rule is None else RuleInfo.of(rule)


def _named(field: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field}:"{escaped}"'
