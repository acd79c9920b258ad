"""How strongly a shared entity ties an alert to an incident.

weight = kind x roles x time x rarity. The best weight of each kind of entity is joined as independent evidence:
score = 1 - product(1 - weight); twenty hosts that a scanner tried count like one. One strong tie (the same host within
four hours) is enough to join; after that, and up to a day, it takes two (host and user). A host that strangers only
tried is not enough; such a host and a user named by both are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringfence.assets import Asset, AssetKind
from ringfence.core.message import Message
from ringfence.correlate.mentions import is_weak
from ringfence.correlate.model import Entity, Role, Tie
from ringfence.detect import HOUR, Alert

CHAIN = 24 * HOUR
"""Longest gap between two links of one chain, in microseconds."""

BASE: dict[Tie, float] = {
    Tie.HOST: 0.9,
    Tie.USER: 0.85,
    Tie.SOURCE: 0.85,
    Tie.DESTINATION: 0.7,
    Tie.DOMAIN: 0.7,
    Tie.HASH: 0.85,
    Tie.ACCOUNT: 0.3,
    Tie.CONTAINER: 0.9,
    Tie.INSTANCE: 0.8,
    Tie.RULE: 0.7,
}

_SHARED_NAMES = frozenset(
    ("root", "administrator", "admin", "guest", "test", "ubuntu", "ec2-user", "oracle", "postgres")
)
_SHARED_KINDS = frozenset((AssetKind.DOMAIN_CONTROLLER, AssetKind.GATEWAY, AssetKind.SCANNER, AssetKind.NETWORK))
_FEW = 4
"""Neighbours outside the incident up to which an entity still counts in full."""

_ENTRY = frozenset(("initial-access", "credential-access", "lateral-movement"))
_INSIDE = frozenset(
    (
        *("execution", "persistence", "privilege-escalation", "credential-access"),
        *("defense-evasion", "stealth", "defense-impairment"),
        *("lateral-movement", "collection", "command-and-control", "exfiltration", "impact"),
    )
)


@dataclass(slots=True)
class Touch:
    """How an incident touches one entity: when, in which best role, and whether a strong alert says so."""

    first: int
    last: int
    subject: bool = False
    reached: bool = False
    strong: bool = False
    entry: int | None = None
    """First time at which somebody may have got in through it; None: no sign."""


@dataclass(slots=True)
class Cluster:
    """An incident while correlating. `order` tells which of two survives a merge (the smaller)."""

    ref: str
    order: tuple[int, int, str]
    touches: dict[Entity, Touch] = field(default_factory=dict[Entity, Touch])

    def take(self, alert: Alert, named: Mapping[Entity, Role]) -> None:
        """Add what an alert of the incident mentions."""
        strong = not is_weak(alert)
        entry = alert.first if strong and _ENTRY & set(alert.tactics) else None
        for entity, role in named.items():
            touch = self.touches.get(entity)
            if touch is None:
                touch = self.touches[entity] = Touch(alert.first, alert.last)
            _join(touch, Touch(alert.first, alert.last, role is Role.SUBJECT, role is Role.REACHED, strong, entry))

    def swallow(self, other: Cluster) -> None:
        """Add all that another incident touches."""
        for entity, touch in other.touches.items():
            mine = self.touches.get(entity)
            if mine is None:
                self.touches[entity] = touch
            else:
                _join(mine, touch)


def _join(touch: Touch, more: Touch) -> None:
    touch.first = min(touch.first, more.first)
    touch.last = max(touch.last, more.last)
    touch.subject |= more.subject
    touch.reached |= more.reached
    touch.strong |= more.strong
    if more.entry is not None:
        touch.entry = more.entry if touch.entry is None else min(touch.entry, more.entry)


@dataclass(frozen=True, slots=True)
class Link:
    """One tie between an alert and an incident."""

    entity: Entity
    weight: float
    reason: Message


def time_factor(gap: int) -> float:
    """Return how much a tie counts after `gap` microseconds of silence: less with time, nothing after a day."""
    if gap <= HOUR:
        return 1.0
    if gap <= 4 * HOUR:
        return 0.85
    return 0.65 if gap <= CHAIN else 0.0


def link(
    alert: Alert, entity: Entity, role: Role, touch: Touch, outside: int, assets: Mapping[str, Asset]
) -> Link | None:
    """Return the tie by one shared entity, or None where it says nothing.

    `outside` is the number of neighbours (hosts of a user or address, users and addresses of a host) that the
    incident knows nothing of: what very many share is no sign of one attack.
    """
    gap = max(0, alert.first - touch.last, touch.first - alert.last)
    weight = BASE[entity.kind] * _role_factor(alert, role, touch, gap) * time_factor(gap)
    weight *= 1.0 if outside <= _FEW else _FEW / outside
    if not touch.strong:
        weight *= 0.7
    if entity.kind is Tie.USER and entity.value in _SHARED_NAMES:
        weight *= 0.5
    asset = assets.get(entity.value)
    if asset is not None and asset.kind in _SHARED_KINDS:
        weight *= 0.5
    if weight < 0.05:
        return None
    return Link(entity, min(weight, 0.95), _reason(entity, role, touch))


def _role_factor(alert: Alert, role: Role, touch: Touch, gap: int) -> float:
    if role is Role.SUBJECT and touch.subject:
        return 1.0
    if (role is Role.REACHED or touch.reached) and gap <= 4 * HOUR:
        return 0.9
    if role is Role.SUBJECT:
        # Somebody tried to get in, then something happened inside: an attack that worked looks like this.
        got_in = touch.entry is not None and alert.first >= touch.entry and bool(_INSIDE & set(alert.tactics))
        return 0.8 if got_in and gap <= HOUR else 0.55
    return 0.55 if touch.subject else 0.5


_SAME: dict[Tie, str] = {
    Tie.HOST: "Same host {value}",
    Tie.USER: "Same user {value}",
    Tie.SOURCE: "Same source address {value}",
    Tie.DESTINATION: "Same destination {value}",
    Tie.DOMAIN: "Same domain {value}",
    Tie.HASH: "Same file {value}",
    Tie.ACCOUNT: "Same cloud account {value}",
    Tie.CONTAINER: "Same container {value}",
    Tie.INSTANCE: "Same cloud instance {value}",
    Tie.RULE: "The same rule {value} still fires on very many",
}


def _reason(entity: Entity, role: Role, touch: Touch) -> Message:
    if entity.kind is Tie.HOST and (role is Role.REACHED) != touch.reached:
        return Message("Lateral movement to {value}", {"value": entity.value})
    if role is not Role.TARGET and not touch.subject and not touch.reached:
        return Message("{value} was attacked before", {"value": entity.value})
    return Message(_SAME[entity.kind], {"value": entity.value})
