"""From alerts to what grading looks at: category, intensity, loss and social impact.

The standard grades facts that people know after the fact. Here they are read from the alerts, on the careful side;
a person overrides with a reason. Thresholds: 50 signals are "many times", 3 hosts infected are "many", 10 "widely".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringfence.assets import Asset, Importance, name_key
from ringfence.correlate import is_attempt
from ringfence.detect import Alert
from ringfence.incidents.grading import Facts, Intensity, Loss, SocialImpact
from ringfence.incidents.model import Category, TouchedAsset
from ringfence.incidents.story import Beat, Story, counts, is_stopped

MANY_SIGNALS = 50
MANY_HOSTS = 3
WIDE_HOSTS = 10
BULK_SIGNALS = 20
HUGE_SIGNALS = 1000

_MALWARE = (Beat.RANSOMWARE, Beat.RECOVERY, Beat.MALWARE, Beat.MACRO)
_DATA = (Beat.COLLECTION, Beat.EXFILTRATION)


def facts_of(story: Story, assets: Sequence[TouchedAsset]) -> list[Facts]:
    """Return the facts for each category that the evidence speaks of, the main one first."""
    known = {name_key(asset.name).partition(".")[0]: asset for asset in assets}
    evident = [known[host] for host in (*story.hosts, *story.targets, *story.accounts) if host in known]
    most = min(evident or assets, key=lambda asset: asset.importance.rank, default=None)
    importance = most.importance if most else Importance.GENERAL
    system = most.name if most else "?"
    facts: list[Facts] = []
    for category in categories_of(story):
        intensity = _INTENSITY.get(category, _network_intensity)(story)
        loss = _loss(category, story, intensity, importance)
        social = _social(category, intensity, loss, importance)
        facts.append(Facts(category, importance, intensity, loss, social, system))
    return facts


def categories_of(story: Story) -> list[Category]:
    """Return the categories that the evidence speaks of, the main one first; never none."""
    found: list[Category] = []
    if story.has(*_MALWARE):
        found.append(Category.MALWARE)
    if any(counts(alert) for beat in _DATA for alert in story.beats.get(beat, ())):
        found.append(Category.DATA_SECURITY)
    entered = story.has(Beat.BRUTE_FORCE, Beat.WEB, Beat.WEB_SHELL, Beat.DENIAL, Beat.SCAN, Beat.LATERAL)
    if entered or (not found and any(alert.tactics for alert in story.alerts)):
        found.append(Category.NETWORK_ATTACK)
    return found or [Category.ABNORMAL_BEHAVIOUR]


def touched_assets(story: Story, assets: Mapping[str, Asset]) -> tuple[TouchedAsset, ...]:
    """Return the hosts of the story with what the inventory says of them, the most important first; at most 200."""
    by_name: dict[str, TouchedAsset] = {}
    for alert in story.alerts:
        for name in (*alert.entities.get("host", ()), *_others(alert, assets)):
            asset = assets.get(name)
            key = (asset.name if asset else name).lower()
            if key not in by_name:
                by_name[key] = _touched(name, asset)
    ordered = sorted(by_name.values(), key=lambda asset: (asset.importance.rank, asset.name.lower()))
    return tuple(ordered[:200])


def _others(alert: Alert, assets: Mapping[str, Asset]) -> list[str]:
    """Cloud accounts of the alert, and addresses that are known assets."""
    addresses = (*alert.entities.get("source", ()), *alert.entities.get("destination", ()))
    return [*alert.entities.get("account", ()), *(text for text in addresses if text in assets)]


def _touched(name: str, asset: Asset | None) -> TouchedAsset:
    if asset is None:
        return TouchedAsset(name, Importance.GENERAL)
    return TouchedAsset(asset.name, asset.importance, asset.id, asset.business_system, asset.department, asset.owner)


def _network_intensity(story: Story) -> Intensity:
    signals = sum(alert.count for alert in story.alerts)
    if story.all_stopped or (not story.succeeded and signals <= 1):
        return Intensity.STOPPED
    if not story.succeeded:
        return Intensity.MUCH if signals >= MANY_SIGNALS else Intensity.LITTLE
    if len(story.hosts) >= WIDE_HOSTS or (story.has(Beat.DENIAL) and signals >= MANY_SIGNALS):
        return Intensity.MASSIVE
    tried = sum(alert.count for alert in story.alerts if is_attempt(alert))
    if tried >= MANY_SIGNALS or len(story.hosts) >= MANY_HOSTS or len(story.main_tactics) >= 4:
        return Intensity.MUCH
    return Intensity.LITTLE


def _malware_intensity(story: Story) -> Intensity:
    signs = [alert for beat in _MALWARE for alert in story.beats.get(beat, ())]
    if all(is_stopped(alert) for alert in signs) and not _went_on(story, signs):
        return Intensity.STOPPED
    if len(story.hosts) >= WIDE_HOSTS:
        return Intensity.MASSIVE
    if story.has(Beat.RANSOMWARE) or len(story.hosts) >= MANY_HOSTS:
        return Intensity.MUCH
    return Intensity.LITTLE


def _went_on(story: Story, signs: Sequence[Alert]) -> bool:
    first = min(alert.first for alert in signs)
    known = {alert.id for alert in signs}
    return any(counts(a) and not is_attempt(a) and a.last >= first for a in story.alerts if a.id not in known)


def _data_intensity(story: Story) -> Intensity:
    signs = {alert.id: alert for beat in _DATA for alert in story.beats.get(beat, ())}.values()
    done = [alert for alert in signs if not is_stopped(alert) and _outcomes(alert) != {"failure"}]
    if not done:
        return Intensity.STOPPED
    signals = sum(alert.count for alert in done)
    if signals >= HUGE_SIGNALS:
        return Intensity.MASSIVE
    both = story.has(Beat.COLLECTION) and story.has(Beat.EXFILTRATION)
    return Intensity.MUCH if both or signals >= BULK_SIGNALS else Intensity.LITTLE


_INTENSITY = {Category.MALWARE: _malware_intensity, Category.DATA_SECURITY: _data_intensity}


def _outcomes(alert: Alert) -> set[str]:
    return set(alert.entities.get("outcome", ()))


def _loss(category: Category, story: Story, intensity: Intensity, importance: Importance) -> Loss:
    if intensity is Intensity.STOPPED:
        return Loss.MINOR
    if category is Category.MALWARE and story.has(Beat.RANSOMWARE):
        wide = len(story.hosts) >= WIDE_HOSTS
        special = importance is Importance.SPECIAL and len(story.hosts) >= MANY_HOSTS
        return Loss.EXTREME if wide or special else Loss.SERIOUS
    if category is Category.DATA_SECURITY:
        if intensity is Intensity.LITTLE:
            return Loss.MINOR
        return Loss.SERIOUS if importance is Importance.SPECIAL else Loss.MODERATE
    if story.succeeded and story.has(Beat.DENIAL):
        return Loss.SERIOUS if importance is not Importance.GENERAL else Loss.MODERATE
    return Loss.MODERATE if len(story.main_tactics) >= 3 else Loss.MINOR


def _social(category: Category, intensity: Intensity, loss: Loss, importance: Importance) -> SocialImpact:
    if loss is Loss.EXTREME:
        return SocialImpact.MAJOR
    much = intensity in (Intensity.MUCH, Intensity.MASSIVE)
    if category is Category.DATA_SECURITY and much and importance is not Importance.GENERAL:
        return SocialImpact.MAJOR if importance is Importance.SPECIAL else SocialImpact.MODERATE
    return SocialImpact.GENERAL
