"""The story that alerts tell: which kinds of steps an attack took, on which hosts, by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ringfence.assets import Asset, address_of
from ringfence.correlate import Role, Tie, is_attempt, is_weak, mentions, tells_user
from ringfence.detect import Alert, user_key


class Beat(StrEnum):
    """A kind of step that people have a word for."""

    SCAN = "scan"
    BRUTE_FORCE = "brute_force"
    LOGIN = "login"
    PHISHING = "phishing"
    MACRO = "macro"
    WEB = "web"
    WEB_SHELL = "web_shell"
    PERSISTENCE = "persistence"
    CREDENTIALS = "credentials"
    LATERAL = "lateral"
    COLLECTION = "collection"
    EXFILTRATION = "exfiltration"
    CLOUD = "cloud"
    CLOUD_KEY = "cloud_key"
    MALWARE = "malware"
    RECOVERY = "recovery"
    RANSOMWARE = "ransomware"
    DENIAL = "denial"


INSIDE = frozenset(
    (
        *("execution", "persistence", "privilege-escalation", "stealth", "defense-evasion", "defense-impairment"),
        *("lateral-movement", "collection", "command-and-control", "exfiltration", "impact"),
    )
)
"""Tactics that show that somebody is in."""

_STOPPED = ("block", "quarantin", "prevent", "denied", "deny", "drop", "reject", "cleaned", "removed")


def _technique(*ids: str) -> Callable[[Alert], bool]:
    return lambda alert: any(found.startswith(ids) for found in alert.techniques)


def _word(*words: str) -> Callable[[Alert], bool]:
    return lambda alert: any(word in alert.title.lower() for word in words)


def _source(*parts: str) -> Callable[[Alert], bool]:
    wanted = set(parts)
    return lambda alert: bool(wanted & set(alert.logsource.lower().split("/")))


def _tactic(name: str) -> Callable[[Alert], bool]:
    return lambda alert: name in alert.tactics


def _succeeded(alert: Alert) -> bool:
    return "success" in alert.entities.get("outcome", ())


_CLOUD = _source("aws", "azure", "gcp")
_RULES: tuple[tuple[Beat, tuple[Callable[[Alert], bool], ...]], ...] = (
    (Beat.SCAN, (_technique("T1595", "T1046"), _word("port scan", "scanner"))),
    (Beat.BRUTE_FORCE, (_technique("T1110"), _word("brute force", "brute-force", "password spray", "failed login"))),
    (Beat.LOGIN, (lambda alert: _succeeded(alert) and _technique("T1078", "T1021", "T1133", "T1110")(alert),)),
    (Beat.PHISHING, (_technique("T1566", "T1598"), _word("phish"))),
    (Beat.MACRO, (_technique("T1204.002", "T1137"), _word("macro", "office", "winword", "excel"))),
    (Beat.WEB, (_technique("T1190"), _source("webserver", "waf", "apache", "nginx", "iis", "modsecurity"))),
    (Beat.WEB_SHELL, (_technique("T1505.003"), _word("webshell", "web shell", "web server process"))),
    (Beat.PERSISTENCE, (_tactic("persistence"),)),
    (Beat.CREDENTIALS, (_technique("T1003", "T1555", "T1558"), _word("lsass", "credential dump", "mimikatz"))),
    (Beat.LATERAL, (_tactic("lateral-movement"), _technique("T1570"), _word("psexec", "lateral"))),
    (Beat.COLLECTION, (_technique("T1213", "T1530", "T1039", "T1005", "T1119"), _word("bulk", "mass download"))),
    (Beat.EXFILTRATION, (_tactic("exfiltration"), _word("exfil"))),
    (Beat.CLOUD, (_CLOUD,)),
    (
        Beat.CLOUD_KEY,
        (
            lambda alert: (
                _CLOUD(alert)
                and (_technique("T1078.004", "T1552", "T1098", "T1528", "T1136.003")(alert) or _word("key")(alert))
            ),
        ),
    ),
    (Beat.MALWARE, (_source("antivirus"), _word("malware", "trojan", "virus", "cobalt strike"))),
    (Beat.RECOVERY, (_technique("T1490"), _word("shadow cop"))),
    (Beat.RANSOMWARE, (_technique("T1486"), _word("ransom"))),
    (Beat.DENIAL, (_technique("T1498", "T1499"), _word("denial of service"))),
)


@dataclass(frozen=True, slots=True)
class Story:
    """Alerts by time with their beats. `hosts`: touched beyond a mere attempt; `targets`: only tried.

    Hosts come from alerts that could open an incident; from weak ones only where there are no others.
    """

    alerts: tuple[Alert, ...]
    beats: Mapping[Beat, tuple[Alert, ...]]
    hosts: tuple[str, ...]
    targets: tuple[str, ...]
    accounts: tuple[str, ...]
    host_of: Mapping[str, str]
    """Main host of each alert, by alert id; "" where it has none."""

    def has(self, *beats: Beat) -> bool:
        """Tell whether any of the beats occurs."""
        return any(beat in self.beats for beat in beats)

    @property
    def main_tactics(self) -> frozenset[str]:
        """Tactics inside the fence, of alerts that were more than attempts."""
        return frozenset(
            tactic for alert in self.alerts if counts(alert) for tactic in alert.tactics if tactic in INSIDE
        )

    @property
    def succeeded(self) -> bool:
        """Tell whether an alert of some weight shows more than an attempt."""
        return any(counts(alert) and not is_attempt(alert) for alert in self.alerts)

    @property
    def all_stopped(self) -> bool:
        """Tell whether everything that the alerts show was stopped."""
        return bool(self.alerts) and all(is_stopped(alert) for alert in self.alerts)


def tell(alerts: Iterable[Alert], assets: Mapping[str, Asset]) -> Story:
    """Return the story of the alerts; `assets` are by every host name and address that they hold."""
    ordered = tuple(sorted(alerts, key=lambda alert: (alert.first, alert.id)))
    beats: dict[Beat, list[Alert]] = {}
    touched: dict[str, None] = {}
    tried: dict[str, None] = {}
    host_of: dict[str, str] = {}
    strong = strong_of(ordered)
    for alert in ordered:
        for beat in beats_of(alert):
            beats.setdefault(beat, []).append(alert)
        host_of[alert.id] = _main_host(alert)
    for alert in strong:
        for entity, role in mentions(alert, assets).items():
            if entity.kind is Tie.HOST:
                (tried if role is Role.TARGET or is_stopped(alert) else touched)[entity.value] = None
    only_tried = tuple(host for host in tried if host not in touched)
    accounts = tuple(dict.fromkeys(name for alert in strong for name in alert.entities.get("account", ())))
    kept = {beat: tuple(found) for beat, found in beats.items()}
    return Story(ordered, kept, tuple(touched), only_tried, accounts, host_of)


def beats_of(alert: Alert) -> list[Beat]:
    """Return the kinds of steps that the alert is a sign of."""
    return [beat for beat, tests in _RULES if any(test(alert) for test in tests)]


def counts(alert: Alert) -> bool:
    """Tell whether the alert weighs anything as evidence: strong enough to open an incident, and not stopped."""
    return not is_weak(alert) and not is_stopped(alert)


def is_stopped(alert: Alert) -> bool:
    """Tell whether every action that the alert's events name is one of protection that stopped it."""
    actions = [action.lower() for action in alert.entities.get("action", ())]
    return bool(actions) and all(any(word in action for word in _STOPPED) for action in actions)


def person_of(alerts: Sequence[Alert]) -> str:
    """Return the first user that the alerts name who is somebody; "" for none."""
    for alert in alerts:
        for user in alert.entities.get("user", ()):
            if tells_user(user):
                return user_key(user)
    return ""


def source_of(alerts: Sequence[Alert]) -> str:
    """Return the first source address that the alerts name; "" for none."""
    return next((address for alert in alerts for address in alert.entities.get("source", ())), "")


def strong_of(alerts: Sequence[Alert]) -> Sequence[Alert]:
    """Return the alerts that could open an incident; all where there are none."""
    return [alert for alert in alerts if not is_weak(alert)] or alerts


def _main_host(alert: Alert) -> str:
    host = next(iter(alert.entities.get("host", ())), "")
    return host if address_of(host) else host.partition(".")[0]
