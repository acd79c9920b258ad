"""Alerts to incidents: a pure engine that takes what is known and returns commands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ringfence.assets import Asset, AssetKind
from ringfence.core.message import Message
from ringfence.core.severity import Severity
from ringfence.correlate.links import Cluster, Link, link
from ringfence.correlate.mentions import host_entity, is_weak, mentions
from ringfence.correlate.model import Command, Entity, JoinAlert, MergeIncidents, OpenIncident, Role, Tie
from ringfence.detect import Alert

JOIN = 0.6
"""Score from which an alert joins an incident."""

JOIN_WEAK = 0.8
"""Score from which an informational or low alert joins one: on one tie only within the hour."""

MERGE = 0.75
"""Score from which an alert that belongs to two incidents makes them one."""

_MAX_PEERS = 256
_MAX_HOLDERS = 64
"""Incidents that share an entity beyond which it ties nothing: it is a gateway, and the cost stays flat."""


def correlate(
    open_incidents: Collection[str],
    context: Sequence[Alert],
    changed: Sequence[Alert],
    assets: Mapping[str, Asset],
) -> list[Command]:
    """Return what to do about new or changed alerts, in the order in which it must be done.

    `open_incidents` are ids of incidents that still take alerts. `context` are alerts of the last day that share an
    entity with the changed ones, in incidents or not (those of closed incidents are left aside). `assets` are by
    every host name and address that the alerts hold. Alerts are taken by time, so a batch and single calls agree.
    Strong alerts open incidents, weak ones only join; a strong alert tied to two incidents merges them.
    """
    engine = _Engine(assets, frozenset(open_incidents))
    fresh = {alert.id: alert for alert in changed}
    engine.load([*(alert for alert in context if alert.id not in fresh), *changed])
    for alert in sorted(changed, key=_by_time):
        engine.step(alert)
    waiting = [alert for alert in (*context, *changed) if alert.incident_id is None and alert.id not in engine.placed]
    engine.gather(sorted({alert.id: alert for alert in waiting}.values(), key=_by_time))
    return engine.commands


def _by_time(alert: Alert) -> tuple[int, str]:
    return alert.first, alert.id


class _Engine:
    def __init__(self, assets: Mapping[str, Asset], open_incidents: frozenset[str]) -> None:
        self.assets = assets
        self.open = open_incidents
        self.hosts = {host_entity(name, assets).value: asset for name, asset in assets.items()}
        self.clusters: dict[str, Cluster] = {}
        self.holders: dict[Entity, set[str]] = {}
        self.peers: dict[Entity, set[Entity]] = {}
        self.named: dict[str, dict[Entity, Role]] = {}
        self.placed: dict[str, str] = {}
        self.commands: list[Command] = []

    def load(self, alerts: Iterable[Alert]) -> None:
        """Take in the alerts that are in open incidents already."""
        for alert in sorted(alerts, key=_by_time):
            if alert.incident_id is not None and alert.incident_id in self.open:
                ref = alert.incident_id
                if ref not in self.clusters:
                    self.clusters[ref] = Cluster(ref, (0, 0, ref))
                self._put(alert, ref)

    def step(self, alert: Alert) -> None:
        """Decide about one new or changed alert."""
        if alert.incident_id is not None and alert.id not in self.placed:
            return  # its incident is closed; a person decided
        scores = self._scores(alert)
        own = self.placed.get(alert.id)
        if own is None:
            own = self._join_best(alert, scores) or self._open(alert)
        if own is None or is_weak(alert):
            return
        for ref, (score, links) in scores.items():
            if score >= MERGE and ref in self.clusters and ref != own:
                own = self._merge(own, ref, alert, score, links)

    def gather(self, waiting: Sequence[Alert]) -> None:
        """Bring weak alerts that waited into the incidents that they belong to."""
        for alert in waiting:
            if is_weak(alert):
                self._join_best(alert, self._scores(alert))

    def _join_best(self, alert: Alert, scores: Mapping[str, tuple[float, list[Link]]]) -> str | None:
        ranked = sorted(scores.items(), key=lambda item: (-round(item[1][0], 6), self.clusters[item[0]].order))
        if not ranked or ranked[0][1][0] < (JOIN_WEAK if is_weak(alert) else JOIN):
            return None
        ref, (score, links) = ranked[0]
        self.commands.append(JoinAlert(ref, alert.id, round(score, 3), _reasons(links)))
        self._put(alert, ref)
        return ref

    def _is_our_scanner(self, alert: Alert) -> bool:
        """Low alerts about the organisation's own vulnerability scanner: however many, that is its work."""
        asset = self.assets.get(alert.entity)
        return alert.level is Severity.LOW and asset is not None and asset.kind is AssetKind.SCANNER

    def _open(self, alert: Alert) -> str | None:
        if is_weak(alert) or self._is_our_scanner(alert):
            return None
        ref = f"new:{alert.id}"
        self.clusters[ref] = Cluster(ref, (1, alert.first, ref))
        reason = Message("First alert: {title}", {"title": alert.title})
        self.commands.append(OpenIncident(ref, alert.id, (reason,)))
        self._put(alert, ref)
        return ref

    def _merge(self, one: str, two: str, alert: Alert, score: float, links: Sequence[Link]) -> str:
        keep, gone = sorted((one, two), key=lambda ref: self.clusters[ref].order)
        self.commands.append(MergeIncidents(keep, gone, alert.id, round(score, 3), _reasons(links)))
        cluster = self.clusters.pop(gone)
        self.clusters[keep].swallow(cluster)
        for entity in cluster.touches:
            self.holders[entity].discard(gone)
            self.holders[entity].add(keep)
        for alert_id, ref in self.placed.items():
            if ref == gone:
                self.placed[alert_id] = keep
        return keep

    def _put(self, alert: Alert, ref: str) -> None:
        named = self._mentions(alert)
        self.placed[alert.id] = ref
        self.clusters[ref].take(alert, named)
        hosts = [entity for entity in named if entity.kind is Tie.HOST]
        others = [entity for entity in named if entity.kind in (Tie.USER, Tie.SOURCE)]
        for entity in named:
            self.holders.setdefault(entity, set()).add(ref)
            peers = self.peers.setdefault(entity, set())
            if len(peers) < _MAX_PEERS:
                peers.update(others if entity.kind is Tie.HOST else hosts)

    def _mentions(self, alert: Alert) -> dict[Entity, Role]:
        named = self.named.get(alert.id)
        if named is None:
            named = self.named[alert.id] = mentions(alert, self.assets)
        return named

    def _scores(self, alert: Alert) -> dict[str, tuple[float, list[Link]]]:
        own = self.placed.get(alert.id)
        links: dict[str, list[Link]] = {}
        for entity, role in self._mentions(alert).items():
            holders = self.holders.get(entity, ())
            for ref in holders if len(holders) <= _MAX_HOLDERS else ():
                if ref == own:
                    continue
                touches = self.clusters[ref].touches
                outside = sum(1 for peer in self.peers.get(entity, ()) if peer not in touches)
                found = link(alert, entity, role, touches[entity], outside, self.hosts)
                if found is not None:
                    links.setdefault(ref, []).append(found)
        return {ref: (_score(found), found) for ref, found in sorted(links.items())}


def _score(links: Iterable[Link]) -> float:
    best: dict[Tie, float] = {}
    for found in links:
        best[found.entity.kind] = max(best.get(found.entity.kind, 0.0), found.weight)
    doubt = 1.0
    for weight in best.values():
        doubt *= 1.0 - weight
    return 1.0 - doubt


def _reasons(links: Iterable[Link]) -> tuple[Message, ...]:
    return tuple(found.reason for found in sorted(links, key=lambda item: (-item.weight, item.entity.value))[:5])
