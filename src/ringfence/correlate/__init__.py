"""Correlation: alerts that belong to one attack become one incident, and it says why."""

from ringfence.correlate.engine import correlate
from ringfence.correlate.mentions import host_entity, is_attempt, is_weak, mentions, tells_user
from ringfence.correlate.model import Command, Entity, JoinAlert, MergeIncidents, OpenIncident, Role, Tie

__all__ = [
    "Command",
    "Entity",
    "JoinAlert",
    "MergeIncidents",
    "OpenIncident",
    "Role",
    "Tie",
    "correlate",
    "host_entity",
    "is_attempt",
    "is_weak",
    "mentions",
    "tells_user",
]
