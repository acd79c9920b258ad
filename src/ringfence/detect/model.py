"""What an alert is: one rule, one entity, one window, however many signals."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ringfence.core.severity import Severity

HOUR = 3600 * 1_000_000
"""One hour in microseconds."""

WINDOW = HOUR
"""Width of an alert's window in microseconds."""

MAX_SPAN = 24 * HOUR
"""Longest time that one alert covers, in microseconds."""

MAX_ENTITIES_PER_RULE = 500
"""Alerts that one rule opens in one aligned hour of one tenant; what comes on top goes to one `many` alert."""

MAX_SAMPLES = 10
"""Event ids kept with an alert."""

MAX_VALUES = 20
"""Values kept of each kind of entity of an alert."""

MAX_VALUE_LENGTH = 200
"""Characters kept of one value."""


class EntityType(StrEnum):
    """What an alert is about. `many`: over 500 entities of one rule in an hour; `other`: nothing else was there."""

    HOST = "host"
    USER = "user"
    SOURCE = "source"
    ACCOUNT = "account"
    CONTAINER = "container"
    MANY = "many"
    OTHER = "other"


class AlertStatus(StrEnum):
    """Where the work on an alert stands."""

    NEW = "new"
    OPEN = "open"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What an analyst found."""

    NONE = "none"
    TRUE_POSITIVE = "true_positive"
    BENIGN_TRUE_POSITIVE = "benign_true_positive"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE = "duplicate"


class RuleLike(Protocol):
    """The parts of a detection rule that alerts use; `ringfence.sigma.Rule` has them."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def level(self) -> Severity: ...  # noqa: D102
    @property
    def tactics(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def techniques(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def product(self) -> str | None: ...  # noqa: D102
    @property
    def category(self) -> str | None: ...  # noqa: D102
    @property
    def service(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What alerts need of a rule. Tactics are ATT&CK names (`credential-access`), techniques ids (`T1003.001`)."""

    id: str
    title: str
    level: Severity = Severity.MEDIUM
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    product: str = ""
    category: str = ""
    service: str = ""

    @classmethod
    def of(cls, rule: RuleLike) -> RuleInfo:
        """Return what alerts need of the rule."""
        return cls(
            rule.id,
            rule.title,
            rule.level,
            rule.tactics,
            rule.techniques,
            rule.product or "",
            rule.category or "",
            rule.service or "",
        )

    @property
    def logsource(self) -> str:
        """The log source in one text: `windows/process_creation`, `linux/sshd`."""
        return "/".join(part for part in (self.product, self.category, self.service) if part)


@dataclass(frozen=True, slots=True)
class Alert:
    """Signals of one rule over one entity within one window. Times are microseconds UTC.

    `entities` holds, by kind (host, user, source, destination, domain, process, file, hash, account, container, and
    action and outcome of the events), the first 20 values. `samples` are ids of the first 10 events.
    """

    id: str
    tenant: str
    rule_id: str
    title: str
    level: Severity
    entity_type: EntityType
    entity: str
    window_start: int
    first: int
    last: int
    count: int
    samples: tuple[str, ...] = ()
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    entities: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    logsource: str = ""
    status: AlertStatus = AlertStatus.NEW
    verdict: Verdict = Verdict.NONE
    incident_id: str | None = None
    assignee: str | None = None
    notes: str = ""


@dataclass(slots=True)
class AlertDelta:
    """What a batch of signals adds to one alert; `fresh` where the alert did not exist before. Built in place."""

    id: str
    key: str
    tenant: str
    rule_id: str
    entity_type: EntityType
    entity: str
    window_start: int
    first: int
    last: int
    count: int = 0
    fresh: bool = True
    samples: list[str] = field(default_factory=list[str])
    entities: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])


@dataclass(frozen=True, slots=True)
class Window:
    """An alert that exists, as far as aggregation must know it."""

    id: str
    window_start: int
    first: int
    last: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts to list; an empty part does not narrow. Times in microseconds UTC, half-open over `last`.

    `entity` matches a value of any entity of the alert exactly (case does not count); `text` looks into title,
    entity and rule id.
    """

    text: str = ""
    status: frozenset[AlertStatus] = frozenset()
    verdict: frozenset[Verdict] = frozenset()
    level: frozenset[Severity] = frozenset()
    rule_id: str = ""
    entity: str = ""
    incident_id: str | None = None
    in_incident: bool | None = None
    assignee: str | None = None
    tactic: str = ""
    since: int | None = None
    until: int | None = None


class AlertSort(StrEnum):
    """Order of a list of alerts."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LEVEL = "level"
    COUNT = "count"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class LevelBucket:
    """One bar of alerts over time: start in microseconds UTC and how many alerts of each level began in it."""

    start: int
    counts: dict[Severity, int]


@dataclass(frozen=True, slots=True)
class TopRule:
    """A rule with its alerts and signals in a span."""

    rule_id: str
    title: str
    level: Severity
    alerts: int
    signals: int


@dataclass(frozen=True, slots=True)
class TopEntity:
    """A host (or other entity) with its alerts in a span and the worst level among them."""

    value: str
    alerts: int
    level: Severity
