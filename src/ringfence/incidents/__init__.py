"""Incidents: attacks as one thing each, with a title, a level and its reasons, a timeline and a trail."""

from ringfence.incidents.absorb import absorb_alerts
from ringfence.incidents.find import get_incident, incident_counts, list_incidents, show_incident, timeline_of
from ringfence.incidents.grading import Facts, Grade, Intensity, Loss, SocialImpact, grade
from ringfence.incidents.model import (
    OPEN_STATUSES,
    TACTICS,
    Category,
    Change,
    Incident,
    IncidentDetail,
    IncidentFilter,
    IncidentSort,
    IncidentStatus,
    Join,
    Override,
    TimelineEntry,
    TouchedAsset,
)
from ringfence.incidents.tactics import in_order
from ringfence.incidents.work import (
    assign_incident,
    clear_override,
    close_incident,
    comment_incident,
    override_level,
    set_status,
)

__all__ = [
    "OPEN_STATUSES",
    "TACTICS",
    "Category",
    "Change",
    "Facts",
    "Grade",
    "Incident",
    "IncidentDetail",
    "IncidentFilter",
    "IncidentSort",
    "IncidentStatus",
    "Intensity",
    "Join",
    "Loss",
    "Override",
    "SocialImpact",
    "TimelineEntry",
    "TouchedAsset",
    "absorb_alerts",
    "assign_incident",
    "clear_override",
    "close_incident",
    "comment_incident",
    "get_incident",
    "grade",
    "in_order",
    "incident_counts",
    "list_incidents",
    "override_level",
    "set_status",
    "show_incident",
    "timeline_of",
]
