"""Titles that a person understands, chosen by the story."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ringfence.core.message import Message
from ringfence.detect import Alert, EntityType
from ringfence.incidents.story import INSIDE, Beat, Story, person_of, source_of


def title_of(story: Story) -> Message:
    """Return the title of an incident: the first telling that fits, else the worst rule and its entity."""
    for telling in _TELLINGS:
        message = telling(story)
        if message is not None:
            return message
    worst = max(story.alerts, key=lambda alert: (alert.level.rank, alert.count, -alert.first, alert.id))
    host = story.host_of[worst.id]
    entity = host if worst.entity_type is EntityType.HOST and host else worst.entity
    if not entity or entity == "*":
        return Message("{rule}", {"rule": worst.title})
    return Message("{rule} on {entity}", {"rule": worst.title, "entity": entity})


def _ransomware(story: Story) -> Message | None:
    hit = story.beats.get(Beat.RANSOMWARE, ())
    if not hit and story.has(Beat.PHISHING, Beat.CREDENTIALS, Beat.LATERAL):
        hit = story.beats.get(Beat.RECOVERY, ())
    host = _host(story, hit)
    if not host:
        return None
    user = person_of(story.beats.get(Beat.PHISHING, ()) or story.beats.get(Beat.MACRO, ()))
    params = {"host": host, "user": user, "count": len(story.hosts)}
    if user:
        one, many = (
            "Ransomware on {host} after phishing of {user}",
            "Ransomware on {host} after phishing of {user} ({count} hosts)",
        )
    else:
        one, many = "Ransomware on {host}", "Ransomware on {host} ({count} hosts)"
    return Message(many if len(story.hosts) > 1 else one, params)


def _cloud(story: Story) -> Message | None:
    alerts = story.beats.get(Beat.CLOUD, ())
    if not alerts or len(alerts) * 2 < len(story.alerts):
        return None
    user, source = person_of(alerts), source_of(alerts)
    if not user:
        return None
    params = {"user": user, "source": source}
    if story.has(Beat.CLOUD_KEY):
        return Message("Cloud key of {user} abused from {source}" if source else "Cloud key of {user} abused", params)
    key = "Suspicious cloud activity of {user} from {source}" if source else "Suspicious cloud activity of {user}"
    return Message(key, params)


_GUESSING = {
    "ssh": (
        "SSH brute force from {source} against {host}",
        "SSH brute force from {source} against {count} hosts",
        "SSH brute force from {source} against {host}, then a login as {user}",
        "SSH brute force from {source} against {host}, then activity on it",
    ),
    "": (
        "Password guessing from {source} against {host}",
        "Password guessing from {source} against {count} hosts",
        "Password guessing from {source} against {host}, then a login as {user}",
        "Password guessing from {source} against {host}, then activity on it",
    ),
}


def _brute_force(story: Story) -> Message | None:
    tried = story.beats.get(Beat.BRUTE_FORCE, ())
    source = source_of(tried)
    hosts = list(dict.fromkeys(host for alert in tried for host in alert.entities.get("host", ())))
    if not tried or not source or not hosts:
        return None
    ssh = any("sshd" in alert.logsource or "ssh" in alert.title.lower() for alert in tried)
    alone, several, login, inside = _GUESSING["ssh" if ssh else ""]
    entered = [alert for alert in story.beats.get(Beat.LOGIN, ()) if alert.last >= tried[0].first]
    after = [alert for alert in story.alerts if INSIDE & set(alert.tactics) and alert.last >= tried[0].first]
    host = _host(story, entered) or next((name for alert in after if (name := story.host_of[alert.id])), hosts[0])
    user = person_of(entered)
    params = {"source": source, "host": host, "user": user, "count": len(hosts)}
    if user:
        return Message(login, params)
    if after:
        return Message(inside, params)
    return Message(several if len(hosts) > 1 else alone, params)


def _web(story: Story) -> Message | None:
    alerts = story.beats.get(Beat.WEB, ())
    shells = story.beats.get(Beat.WEB_SHELL, ())
    source = source_of(alerts)
    host = _host(story, alerts) or _host(story, shells)
    if not host or not (alerts or shells):
        return None
    first = (alerts or shells)[0].first
    inside = shells or [
        alert for alert in story.alerts if alert not in alerts and INSIDE & set(alert.tactics) and alert.last >= first
    ]
    params = {"source": source, "host": host}
    if not source:
        return Message("Web shell on {host}" if shells else "Web attack on {host}", params)
    if inside:
        return Message("Web attack from {source} on {host}, then commands on the server", params)
    return Message("Web attack from {source} on {host}", params)


def _phishing(story: Story) -> Message | None:
    alerts = story.beats.get(Beat.PHISHING, ())
    user = person_of(alerts)
    if not user:
        return None
    for beat, key in (
        (Beat.LATERAL, "Phishing of {user}, then lateral movement to {host}"),
        (Beat.CREDENTIALS, "Phishing of {user}, then credentials stolen on {host}"),
        (Beat.MACRO, "Phishing of {user}: a document ran code on {host}"),
    ):
        host = _host(story, story.beats.get(beat, ())[::-1])
        if host:
            return Message(key, {"user": user, "host": host})
    return Message("Phishing of {user}", {"user": user})


def _data(story: Story) -> Message | None:
    alerts = (*story.beats.get(Beat.COLLECTION, ()), *story.beats.get(Beat.EXFILTRATION, ()))
    if not alerts:
        return None
    user, host = person_of(alerts), _host(story, alerts)
    if user and host:
        key = "Bulk data download by {user} from {host}"
        if not story.has(Beat.COLLECTION):
            key = "Data sent out by {user} from {host}"
        return Message(key, {"user": user, "host": host})
    return Message("Data sent out from {host}", {"host": host}) if host else None


def _movement(story: Story) -> Message | None:
    stolen = _host(story, story.beats.get(Beat.CREDENTIALS, ()))
    moved = _host(story, story.beats.get(Beat.LATERAL, ())[::-1])
    if stolen and moved and stolen.lower() != moved.lower():
        return Message(
            "Credentials stolen on {host}, then lateral movement to {target}", {"host": stolen, "target": moved}
        )
    if stolen:
        return Message("Credentials stolen on {host}", {"host": stolen})
    return Message("Lateral movement to {host}", {"host": moved}) if moved and len(story.hosts) > 1 else None


def _rest(story: Story) -> Message | None:
    for beat, key in (
        (Beat.DENIAL, "Denial of service against {host}"),
        (Beat.MALWARE, "Malware on {host}"),
        (Beat.SCAN, "Scan of {host} from {source}"),
    ):
        alerts = story.beats.get(beat, ())
        host, source = _host(story, alerts), source_of(alerts)
        if len(alerts) == len(story.alerts) and host and (source or "{source}" not in key):
            return Message(key, {"host": host, "source": source})
    return None


_TELLINGS: tuple[Callable[[Story], Message | None], ...] = (
    _ransomware,
    _cloud,
    _brute_force,
    _web,
    _phishing,
    _data,
    _movement,
    _rest,
)


def _host(story: Story, alerts: Sequence[Alert]) -> str:
    return next((host for alert in alerts if (host := story.host_of[alert.id])), "")
