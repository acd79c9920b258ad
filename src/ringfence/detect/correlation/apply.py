"""Bring what correlations found into the alerts.

An alert stands for a rule, a group and a window. The window is that of all alerts: what lies within an hour of the
alert joins it, up to a day after the hour in which it began; so an attack that goes on extends its alert. The count
is the number of events in the windows that the rule found. The id is a digest of tenant, rule, group and the hour in
which it begins.

Here is no checkpoint: pulses belong to the page of signals with which they came, and are applied in the transaction
that moves the checkpoint of `apply_signals`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.severity import Severity
from ringfence.detect.aggregation import Subject, alert_id, key_of, note
from ringfence.detect.apply import known_windows, leveled, write_alerts
from ringfence.detect.correlation.groups import GroupedRule, entity, named
from ringfence.detect.model import (
    HOUR,
    MAX_ENTITIES_PER_RULE,
    MAX_SAMPLES,
    MAX_SPAN,
    WINDOW,
    Alert,
    AlertDelta,
    EntityType,
    RuleInfo,
    Window,
)
from ringfence.events.model import Pulse
from ringfence.sigma.grouping import SEPARATOR


async def apply_pulses(
    session: AsyncSession,
    pulses: Sequence[Pulse],
    correlations: Mapping[str, GroupedRule],
    rules: Mapping[str, RuleInfo],
    *,
    levels: Mapping[tuple[str, str], Severity] | None = None,
) -> list[Alert]:
    """Return the alerts that the pulses opened or changed, as they are now.

    `correlations` by id know the group-by fields, `rules` by id title and level. Pulses of correlations that are not
    known are left out. `levels` by tenant and rule id replace the rule's own in alerts that are opened.
    """
    changed: list[Alert] = []
    for tenant in dict.fromkeys(pulse.tenant for pulse in pulses):
        wanted = [pulse for pulse in pulses if pulse.tenant == tenant and pulse.rule_id in correlations]
        if not wanted:
            continue
        subjects = [subject_of(pulse, correlations[pulse.rule_id]) for pulse in wanted]
        span = min(pulse.first for pulse in wanted), max(pulse.last for pulse in wanted)
        known = await known_windows(session, tenant, subjects, *span)
        folding = _Folding({key: list(windows) for key, windows in known.windows.items()}, dict(known.opened))
        for pulse, subject in zip(wanted, subjects, strict=True):
            folding.take(pulse, subject, correlations[pulse.rule_id])
        changed += await write_alerts(
            session, tenant, list(folding.deltas.values()), leveled(rules, levels or {}, tenant)
        )
    return changed


def subject_of(pulse: Pulse, rule: GroupedRule) -> Subject:
    """Return what has one alert per window: the whole group, not the entity alone."""
    kind, _ = entity(rule, pulse.group)
    return pulse.tenant, pulse.rule_id, kind, SEPARATOR.join(pulse.group)


class _Folding:
    """Places pulses in the order given; touched windows are replaced by what they are now."""

    def __init__(self, windows: dict[Subject, list[Window]], opened: dict[tuple[str, str, int], int]) -> None:
        self.windows = windows
        self.opened = opened
        self.deltas: dict[str, AlertDelta] = {}

    def take(self, pulse: Pulse, subject: Subject, rule: GroupedRule) -> None:
        """Add a pulse to the alert that takes it, or to a new one."""
        kind, value = entity(rule, pulse.group)
        at = self.find(subject, pulse)
        fresh = at is None
        if at is None:
            start = pulse.first // HOUR * HOUR
            if self.is_full(pulse, start):
                subject = (pulse.tenant, pulse.rule_id, EntityType.MANY, "*")
                kind, value = EntityType.MANY, "*"
                at = self.find(subject, pulse)
                fresh = at is None
            if at is None:
                windows = self.windows.setdefault(subject, [])
                windows.append(Window(alert_id(subject, start), start, pulse.first, pulse.last))
                at = len(windows) - 1
        window = self.windows[subject][at]
        delta = self.deltas.get(window.id)
        if delta is None:
            key, begin = key_of(subject), window.window_start
            delta = AlertDelta(
                window.id, key, pulse.tenant, pulse.rule_id, kind, value, begin, pulse.first, pulse.last, fresh=fresh
            )
            self.deltas[window.id] = delta
        self.widen(delta, pulse, rule)
        first, last = min(window.first, pulse.first), max(window.last, pulse.last)
        self.windows[subject][at] = Window(window.id, window.window_start, first, last, window.closed)

    def find(self, subject: Subject, pulse: Pulse) -> int | None:
        """The newest open alert that the pulse lies beside; one that was closed only where the id would be the same."""
        best: int | None = None
        windows = self.windows.get(subject, [])
        hour = pulse.first // HOUR * HOUR
        for at, window in enumerate(windows):
            near = pulse.first <= window.last + WINDOW and pulse.last >= window.first - WINDOW
            # By whole hours, so that the way in which events were split into steps does not decide.
            begins = min(window.first // HOUR * HOUR, hour)
            short = max(window.last // HOUR * HOUR, hour) - begins < MAX_SPAN
            newer = best is None or window.window_start > windows[best].window_start
            if near and short and not window.closed and newer:
                best = at
        if best is None:
            best = next((at for at, window in enumerate(windows) if window.window_start == hour), None)
        return best

    def is_full(self, pulse: Pulse, start: int) -> bool:
        """Count an alert that is to be opened; whether the rule opened all that it may in that hour."""
        slot = pulse.tenant, pulse.rule_id, start
        if self.opened.get(slot, 0) >= MAX_ENTITIES_PER_RULE:
            return True
        self.opened[slot] = self.opened.get(slot, 0) + 1
        return False

    def widen(self, delta: AlertDelta, pulse: Pulse, rule: GroupedRule) -> None:
        """Add what the pulse holds: its events, those that decided, and whom they name."""
        delta.first = min(delta.first, pulse.first)
        delta.last = max(delta.last, pulse.last)
        delta.count += pulse.count
        note(delta.entities, named(rule, pulse.group))
        for signal in pulse.deciding:
            if len(delta.samples) < MAX_SAMPLES and signal.event_id not in delta.samples:
                delta.samples.append(signal.event_id)
            note(delta.entities, signal.ecs)
