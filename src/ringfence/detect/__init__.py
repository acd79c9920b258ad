"""Detection: matches of rules become alerts, one per rule, entity and window."""

from ringfence.detect.aggregation import aggregate
from ringfence.detect.alerts import alerts_about, alerts_of_incident, find_alert, get_alert, list_alerts
from ringfence.detect.apply import PIVOTS, apply_signals, read_checkpoint
from ringfence.detect.correlation import apply_pulses
from ringfence.detect.counts import alert_counts, alerts_over_time, top_entities, top_rules
from ringfence.detect.entities import aliases_of, entity_of, order_of, user_key
from ringfence.detect.model import (
    HOUR,
    Alert,
    AlertDelta,
    AlertFilter,
    AlertSort,
    AlertStatus,
    EntityType,
    LevelBucket,
    RuleInfo,
    RuleLike,
    TopEntity,
    TopRule,
    Verdict,
)
from ringfence.detect.triage import (
    assign_alert,
    close_alert,
    move_alerts,
    note_alert,
    put_into_incident,
    reopen_alert,
    set_verdict,
)

__all__ = [
    "HOUR",
    "PIVOTS",
    "Alert",
    "AlertDelta",
    "AlertFilter",
    "AlertSort",
    "AlertStatus",
    "EntityType",
    "LevelBucket",
    "RuleInfo",
    "RuleLike",
    "TopEntity",
    "TopRule",
    "Verdict",
    "aggregate",
    "alert_counts",
    "alerts_about",
    "alerts_of_incident",
    "alerts_over_time",
    "aliases_of",
    "apply_pulses",
    "apply_signals",
    "assign_alert",
    "close_alert",
    "entity_of",
    "find_alert",
    "get_alert",
    "list_alerts",
    "move_alerts",
    "note_alert",
    "order_of",
    "put_into_incident",
    "read_checkpoint",
    "reopen_alert",
    "set_verdict",
    "top_entities",
    "top_rules",
    "user_key",
]
