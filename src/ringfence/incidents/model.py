"""What an incident is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ringfence.assets import Importance
from ringfence.core.message import Message
from ringfence.core.severity import Level, Severity
from ringfence.detect import Alert, Verdict


class Category(StrEnum):
    """Categories of GB/T 20986-2023."""

    MALWARE = "malware"
    NETWORK_ATTACK = "network_attack"
    DATA_SECURITY = "data_security"
    CONTENT_SECURITY = "content_security"
    FACILITY_FAULT = "facility_fault"
    VIOLATION = "violation"
    HIDDEN_DANGER = "hidden_danger"
    ABNORMAL_BEHAVIOUR = "abnormal_behaviour"
    FORCE_MAJEURE = "force_majeure"
    OTHER = "other"


class IncidentStatus(StrEnum):
    """Where an incident stands; `merged`: it went into another one."""

    NEW = "new"
    TRIAGE = "triage"
    INVESTIGATING = "investigating"
    CONTAINED = "contained"
    ERADICATED = "eradicated"
    RECOVERED = "recovered"
    CLOSED = "closed"
    MERGED = "merged"


OPEN_STATUSES = frozenset(set(IncidentStatus) - {IncidentStatus.CLOSED, IncidentStatus.MERGED})
"""Statuses in which an incident takes new alerts."""

TACTICS: tuple[str, ...] = (
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "stealth",
    "defense-evasion",
    "defense-impairment",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
)
"""ATT&CK enterprise tactics in the order of the matrix (`stealth` and `defense-impairment` are parts of the former
`defense-evasion`)."""


@dataclass(frozen=True, slots=True)
class TouchedAsset:
    """A host of the incident with what the inventory says (empty where it knows nothing)."""

    name: str
    importance: Importance
    asset_id: str | None = None
    business_system: str = ""
    department: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """A level set by a person. `at` in microseconds UTC."""

    level: Level
    reason: str
    who: str
    at: int


@dataclass(frozen=True, slots=True)
class Incident:
    """Alerts of one attack with its title, grade and state. Times are microseconds UTC.

    `level` is what counts; `graded` is what the evidence says; they differ only under an `override`. `entities` are
    by kind as in an alert. `tactics` are in ATT&CK order.
    """

    id: str
    tenant: str
    title: Message
    category: Category
    level: Level
    graded: Level
    reasons: tuple[Message, ...]
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    first_event: int
    last_event: int
    detected_at: int
    updated_at: int
    status: IncidentStatus = IncidentStatus.NEW
    verdict: Verdict = Verdict.NONE
    assignee: str | None = None
    alert_count: int = 0
    signal_count: int = 0
    entities: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    assets: tuple[TouchedAsset, ...] = ()
    override: Override | None = None
    merged_into: str | None = None
    closed_at: int | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One alert in the story: when it began and ended, the first of its tactics, what happened."""

    time: int
    until: int
    alert_id: str
    level: Severity
    tactic: str
    what: Message


@dataclass(frozen=True, slots=True)
class Join:
    """Why an alert is in the incident; `score` is 0 to 1."""

    alert_id: str
    at: int
    score: float
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the audit trail."""

    at: int
    who: str
    what: Message


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """An incident with all that its page shows; at most the 2,000 worst alerts."""

    incident: Incident
    alerts: tuple[Alert, ...]
    timeline: tuple[TimelineEntry, ...]
    joins: tuple[Join, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents to list; an empty part does not narrow. Times half-open over `last_event`.

    `text` looks into id and title; `assignee` "" finds those of nobody. Merged ones show only when asked for by
    status.
    """

    text: str = ""
    level: frozenset[Level] = frozenset()
    status: frozenset[IncidentStatus] = frozenset()
    category: frozenset[Category] = frozenset()
    assignee: str | None = None
    open_only: bool = False
    since: int | None = None
    until: int | None = None


class IncidentSort(StrEnum):
    """Order of a list of incidents."""

    LEVEL = "level"
    NEWEST = "newest"
    OLDEST = "oldest"
    UPDATED = "updated"
    ALERTS = "alerts"
