"""The life of a rule: its state, what is changed about it for one tenant, and what an exclusion and a proposal are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ringfence.core.severity import Severity

EVERY_RULE = "*"
"""Rule id of an exclusion that holds for all rules."""

DAY = 86_400_000_000
"""One day in microseconds."""

MAX_SPAN = 366 * DAY
"""Longest life of an exclusion: somebody has to look at it again within a year."""

IDLE_DAYS = 30
"""Days without a hit after which an exclusion is ended."""


class RuleState(StrEnum):
    """Where a rule stands in its life.

    `draft`: known, raises and counts nothing. `testing`: its matches are counted, they raise no alert (shadow).
    `production`: raises alerts. `deprecated`: like a draft, and not coming back.
    """

    DRAFT = "draft"
    TESTING = "testing"
    PRODUCTION = "production"
    DEPRECATED = "deprecated"


class Outcome(StrEnum):
    """Why a match raised no alert."""

    TESTING = "testing"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class RuleLife:
    """What one tenant decided about a rule; a rule without a decision is in production as written.

    `level` replaces the rule's level. `threshold` replaces the limit of a rule that counts. `changed` is in
    microseconds UTC.
    """

    rule_id: str
    state: RuleState = RuleState.PRODUCTION
    level: Severity | None = None
    threshold: float | None = None
    changed: int = 0
    changed_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A text that a rule had: number from 1, when (µs UTC), by whom; `diff` to the one before (unified)."""

    rule_id: str
    number: int
    time: int
    author: str
    text: str
    diff: str


class Ended(StrEnum):
    """Why an exclusion no longer holds."""

    BY_HAND = "by_hand"
    EXPIRED = "expired"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Events whose matches raise no alert: `condition` is the detection part of a Sigma rule, as YAML.

    `rule_id` is one rule or `*`. Times are microseconds UTC. `hits` counts the matches kept quiet. One that has ended
    is kept with the reason, so that it can still be said why an event raised nothing.
    """

    id: str
    tenant: str
    rule_id: str
    condition: str
    owner: str
    reason: str
    created: int
    created_by: str
    expires: int
    enabled: bool = True
    proposal_id: str = ""
    hits: int = 0
    last_hit: int | None = None
    ended: int | None = None
    ended_by: str = ""
    ended_why: Ended | None = None

    def holds_at(self, now: int) -> bool:
        """Tell whether it keeps anything quiet at this moment."""
        return self.enabled and self.ended is None and now < self.expires


@dataclass(frozen=True, slots=True)
class Tally:
    """Matches of one day (its start in microseconds UTC) that raised no alert, and ids of the first ten events."""

    rule_id: str
    outcome: Outcome
    exclusion_id: str
    day: int
    count: int
    first: int
    last: int
    samples: tuple[str, ...] = ()


class ProposalKind(StrEnum):
    """What a proposal would change."""

    EXCLUSION = "exclusion"
    THRESHOLD = "threshold"


class ProposalState(StrEnum):
    """What became of a proposal. `superseded`: newer verdicts led to another one."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a proposal would have done to the past.

    False and true positives are alerts; an alert counts as removed when every one of its known events is hidden.
    `blind_*` speak of past events of this rule that nobody judged: how many would have been hidden, out of how many,
    and up to five of them. `background` is the share of other events of the same kind that the condition covers.
    `incomplete` is set where an alert had more events than were looked at.
    """

    false_removed: int
    false_total: int
    true_kept: int
    true_total: int
    blind_events: int
    blind_total: int
    background: float
    blind_examples: tuple[str, ...] = ()
    incomplete: bool = False

    @property
    def blind_share(self) -> float:
        """Share of the events of this rule without a verdict that would be hidden; 0 where there are none."""
        return self.blind_events / self.blind_total if self.blind_total else 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that analysts' verdicts suggest. `condition` for an exclusion, `threshold` for a limit.

    `items` are the fields and values of the condition. Times are microseconds UTC.
    """

    id: str
    tenant: str
    rule_id: str
    kind: ProposalKind
    backtest: Backtest
    created: int
    condition: str = ""
    items: tuple[tuple[str, str], ...] = ()
    threshold: float | None = None
    state: ProposalState = ProposalState.OPEN
    decided: int | None = None
    decided_by: str = ""
    exclusion_id: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one match of an event: the rule's state, and the exclusion that covers the event, if any."""

    rule_id: str
    state: RuleState
    exclusion: Exclusion | None = None

    @property
    def raises(self) -> bool:
        """Tell whether such a match raises an alert today."""
        return self.state is RuleState.PRODUCTION and self.exclusion is None


@dataclass(frozen=True, slots=True)
class Policy:
    """All decisions of all tenants that hold at one moment, by (tenant, rule id)."""

    lives: Mapping[tuple[str, str], RuleLife] = field(default_factory=dict[tuple[str, str], RuleLife])
    exclusions: Mapping[tuple[str, str], tuple[Exclusion, ...]] = field(
        default_factory=dict[tuple[str, str], tuple[Exclusion, ...]]
    )

    def state(self, tenant: str, rule_id: str) -> RuleState:
        """Return the state of the rule for the tenant."""
        life = self.lives.get((tenant, rule_id))
        return RuleState.PRODUCTION if life is None else life.state

    def level(self, tenant: str, rule_id: str) -> Severity | None:
        """Return the level that the tenant gave the rule, None where it keeps its own."""
        life = self.lives.get((tenant, rule_id))
        return None if life is None else life.level

    def threshold(self, tenant: str, rule_id: str) -> float | None:
        """Return the limit that the tenant gave a rule that counts, None where it keeps its own."""
        life = self.lives.get((tenant, rule_id))
        return None if life is None else life.threshold

    def about(self, tenant: str, rule_id: str) -> tuple[Exclusion, ...]:
        """Return the tenant's exclusions for the rule, those for it alone first."""
        every = self.exclusions.get((tenant, EVERY_RULE), ())
        return (*self.exclusions.get((tenant, rule_id), ()), *every)
