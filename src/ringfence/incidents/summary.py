"""Title, grade, tactics, entities and assets of an incident from its alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ringfence.assets import Asset
from ringfence.detect import Alert
from ringfence.incidents.evidence import facts_of, touched_assets
from ringfence.incidents.grading import grade, worst
from ringfence.incidents.store import IncidentRow, asset_json
from ringfence.incidents.story import tell
from ringfence.incidents.tactics import in_order
from ringfence.incidents.titles import title_of

MAX_VALUES = 50
"""Values kept of each kind of entity of an incident, the most frequent ones."""

_SKIPPED = ("action", "outcome")


def summarise(row: IncidentRow, alerts: Sequence[Alert], assets: Mapping[str, Asset]) -> None:
    """Write into the row what its alerts say; a level set by a person stays."""
    story = tell(alerts, assets)
    touched = touched_assets(story, assets)
    result = worst([grade(facts) for facts in facts_of(story, touched)])
    title = title_of(story)
    row.title = title.to_json()
    row.title_text = title.english()[:512]
    row.category = result.facts.category.value
    row.graded = result.level.value
    row.level = row.override["level"] if row.override else result.level.value
    row.reasons = [reason.to_json() for reason in result.reasons]
    row.tactics = list(in_order(tactic for alert in story.alerts for tactic in alert.tactics))
    row.techniques = list(dict.fromkeys(technique for alert in story.alerts for technique in alert.techniques))
    row.first_event = min(alert.first for alert in alerts)
    row.last_event = max(alert.last for alert in alerts)
    row.alert_count = len(alerts)
    row.signal_count = sum(alert.count for alert in alerts)
    row.entities = entities_of(alerts)
    row.assets = [asset_json(asset) for asset in touched]


def entities_of(alerts: Sequence[Alert]) -> dict[str, list[str]]:
    """Return the entities of all alerts by kind, those named by the most alerts first."""
    counters: dict[str, Counter[str]] = {}
    for alert in alerts:
        for kind, values in alert.entities.items():
            if kind not in _SKIPPED:
                counters.setdefault(kind, Counter()).update(values)
    return {
        kind: [value for value, _ in sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:MAX_VALUES]]
        for kind, counter in sorted(counters.items())
    }
