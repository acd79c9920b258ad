"""Signals to alerts, without a flood and without I/O.

The window. A signal joins the open alert of its rule and entity when it lies within one hour of the alert (before
its first or after its last event) and the alert then spans at most a day. Otherwise it opens an alert whose window
begins at the full hour of the signal. So activity over an hour's border is one alert, and a rule that never rests
gives one alert a day. A closed alert is left alone, unless the new one would begin in the same hour (and so have the
same id). The id is a digest of tenant, rule, entity and window start.

The bound. In one aligned hour a rule opens at most 500 alerts in a tenant; signals of further entities go to one alert
with the entity type `many`. What was opened stays open for its entity.

Signals are taken in the order in which they are given (the store's `seq`), so any split into batches gives the same
alerts, provided that `Known` is loaded between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringfence.core.ids import digest
from ringfence.core.severity import Severity
from ringfence.detect.entities import KINDS, Order, entity_of, order_of
from ringfence.detect.model import (
    MAX_ENTITIES_PER_RULE,
    MAX_SAMPLES,
    MAX_SPAN,
    MAX_VALUE_LENGTH,
    MAX_VALUES,
    WINDOW,
    AlertDelta,
    EntityType,
    RuleInfo,
    Window,
)
from ringfence.events.model import Signal

Subject = tuple[str, str, EntityType, str]
"""Tenant, rule id, entity type and entity: what has one alert per window."""

Opened = tuple[str, str, int]
"""Tenant, rule id and window start: what may open 500 alerts."""


@dataclass(frozen=True, slots=True)
class Known:
    """Alerts that exist: by subject those that a signal of the batch could join, and how many each window opened."""

    windows: Mapping[Subject, Sequence[Window]] = field(default_factory=dict[Subject, Sequence[Window]])
    opened: Mapping[Opened, int] = field(default_factory=dict[Opened, int])


NOTHING = Known()


def key_of(subject: Subject) -> str:
    """Return the short digest of a subject by which a store finds its alerts."""
    return digest("subject", *subject)


def alert_id(subject: Subject, window_start: int) -> str:
    """Return the id that the alert has on every machine."""
    return digest("alert", *subject, str(window_start))


def unknown_rule(rule_id: str) -> RuleInfo:
    """Return what stands in for a rule that is no longer loaded but whose matches are stored."""
    return RuleInfo(id=rule_id, title=rule_id, level=Severity.LOW)


def pair(
    signals: Iterable[Signal], rules: Mapping[str, RuleInfo], silent: Collection[str] = ()
) -> list[tuple[Subject, Signal]]:
    """Return each match of each signal with its subject, in the order of the signals; none of `silent` rules."""
    orders: dict[str, Order] = {}
    pairs: list[tuple[Subject, Signal]] = []
    for signal in signals:
        for rule_id in signal.rules:
            if rule_id in silent:
                continue
            order = orders.get(rule_id)
            if order is None:
                order = orders[rule_id] = order_of(rules.get(rule_id) or unknown_rule(rule_id))
            kind, value = entity_of(signal.ecs, order)
            pairs.append(((signal.tenant, rule_id, kind, value), signal))
    return pairs


def aggregate(signals: Sequence[Signal], rules: Mapping[str, RuleInfo], known: Known = NOTHING) -> list[AlertDelta]:
    """Return what the signals add to alerts, new and known ones, in the order in which they were first touched."""
    return fold(pair(signals, rules), known)


def fold(pairs: Iterable[tuple[Subject, Signal]], known: Known = NOTHING) -> list[AlertDelta]:
    """Return what the matches add to alerts; `pairs` come from `pair`."""
    folding = _Folding(known)
    latest: dict[Subject, AlertDelta] = folding.latest
    for subject, signal in pairs:
        time = signal.time
        delta = latest.get(subject)
        if delta is None or time < delta.first or time > delta.last + WINDOW or time - delta.first > MAX_SPAN:
            delta = folding.place(subject, time)
        elif time > delta.last:
            delta.last = time
        delta.count += 1
        if len(delta.samples) < MAX_SAMPLES:
            delta.samples.append(signal.event_id)
        note(delta.entities, signal.ecs)
    return list(folding.deltas.values())


class _Run:
    """One alert of a subject while folding: the known window until the batch touches it, then its delta."""

    __slots__ = ("closed", "delta", "known", "window_start")

    def __init__(self, known: Window) -> None:
        self.known = known
        self.window_start = known.window_start
        self.closed = known.closed
        self.delta: AlertDelta | None = None

    def takes(self, time: int) -> bool:
        span = self.delta or self.known
        return (
            not self.closed
            and span.first - WINDOW <= time <= span.last + WINDOW
            and max(span.last, time) - min(span.first, time) <= MAX_SPAN
        )


class _Folding:
    """Places signals in order; `latest` is the delta that took the last signal of a subject."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.deltas: dict[str, AlertDelta] = {}
        self.latest: dict[Subject, AlertDelta] = {}
        self.runs: dict[Subject, list[_Run]] = {}
        self.opened: dict[Opened, int] = dict(known.opened)

    def place(self, subject: Subject, time: int) -> AlertDelta:
        """Return the delta that takes a signal of the subject, with its span widened."""
        run = self._find(subject, time)
        if run is None:
            run = self._open(subject, time)
        if run is None:
            start = time // WINDOW * WINDOW
            many: Subject = (subject[0], subject[1], EntityType.MANY, "*")
            run = self._find(many, time) or self._append(many, start, time)
            return self._widen(many, run, time)
        delta = self._widen(subject, run, time)
        # The short cut in `fold` is exact only while no other alert of the subject could take the signal.
        if len(self.runs[subject]) == 1 and not run.closed:
            self.latest[subject] = delta
        else:
            self.latest.pop(subject, None)
        return delta

    def _find(self, subject: Subject, time: int) -> _Run | None:
        runs = self.runs.get(subject)
        if runs is None:
            runs = self.runs[subject] = [_Run(window) for window in self.known.windows.get(subject, ())]
        best: _Run | None = None
        for run in runs:
            if run.takes(time) and (best is None or run.window_start > best.window_start):
                best = run
        if best is None:
            start = time // WINDOW * WINDOW
            best = next((run for run in runs if run.window_start == start), None)
        return best

    def _open(self, subject: Subject, time: int) -> _Run | None:
        start = time // WINDOW * WINDOW
        slot = (subject[0], subject[1], start)
        opened = self.opened.get(slot, 0)
        if opened >= MAX_ENTITIES_PER_RULE:
            return None
        self.opened[slot] = opened + 1
        return self._append(subject, start, time)

    def _append(self, subject: Subject, start: int, time: int) -> _Run:
        run = _Run(Window(alert_id(subject, start), start, time, time))
        run.delta = self._delta(subject, run.known, fresh=True)
        self.runs[subject].append(run)
        return run

    def _delta(self, subject: Subject, window: Window, *, fresh: bool) -> AlertDelta:
        tenant, rule_id, kind, value = subject
        key, start = key_of(subject), window.window_start
        delta = AlertDelta(window.id, key, tenant, rule_id, kind, value, start, window.first, window.last, fresh=fresh)
        self.deltas[window.id] = delta
        return delta

    def _widen(self, subject: Subject, run: _Run, time: int) -> AlertDelta:
        delta = run.delta
        if delta is None:
            delta = run.delta = self._delta(subject, run.known, fresh=False)
        delta.first = min(delta.first, time)
        delta.last = max(delta.last, time)
        return delta


def note(entities: dict[str, dict[str, None]], ecs: Mapping[str, Any]) -> None:
    """Add the entities that ECS fields name to those of an alert; of each kind the first 20 values are kept."""
    for name, value in ecs.items():
        kind = KINDS.get(name)
        if kind is None or not value:
            continue
        values = entities.get(kind)
        if values is None:
            values = entities[kind] = {}
        if len(values) >= MAX_VALUES:
            continue
        if isinstance(value, str):
            if value not in values:
                values[value[:MAX_VALUE_LENGTH]] = None
            continue
        for item in value if isinstance(value, list) else (value,):
            if len(values) < MAX_VALUES:
                values[str(item)[:MAX_VALUE_LENGTH]] = None
