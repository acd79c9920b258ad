"""Alerts of small scenes, for the tests of correlation and incidents."""

from __future__ import annotations

from itertools import count

from ringfence.assets import Asset, AssetKind, Importance
from ringfence.core.severity import Severity
from ringfence.detect import Alert, EntityType

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
NOON = 1_772_366_400_000_000
_numbers = count(1)


def alert(title: str, minute: float = 0, level: str = "high", **more: object) -> Alert:
    """An alert at `minute` after noon; `host`, `user`, ... are lists or one value; `by` is its entity type."""
    entities = {}
    for kind in ("host", "user", "source", "destination", "domain", "hash", "account", "address", "outcome", "action"):
        value = more.pop(kind, None)
        if value is not None:
            entities[kind] = [value] if isinstance(value, str) else list(value)
    by = EntityType(str(more.pop("by", "host")))
    entity = "*" if by is EntityType.MANY else (entities.get(by.value) or [""])[0].lower()
    first = NOON + int(minute * MINUTE)
    return Alert(
        id=str(more.pop("id", f"a{next(_numbers):04d}")),
        tenant="default",
        rule_id=title.lower().replace(" ", "-"),
        title=title,
        level=Severity(level),
        entity_type=by,
        entity=entity,
        window_start=first // HOUR * HOUR,
        first=first,
        last=first + int(float(more.pop("lasts", 0)) * MINUTE),  # type: ignore[arg-type]
        count=int(more.pop("count", 1)),  # type: ignore[call-overload]
        tactics=tuple(str(more.pop("tactics", "")).split()),
        techniques=tuple(str(more.pop("techniques", "")).split()),
        entities=entities,
        logsource=str(more.pop("logsource", "windows")),
        incident_id=more.pop("incident", None),  # type: ignore[arg-type]
    )


def asset(name: str, *addresses: str, kind: str = "other", importance: str = "general") -> Asset:
    return Asset(f"id-{name}", "default", name, addresses, AssetKind(kind), Importance(importance))


def known(*assets: Asset) -> dict[str, Asset]:
    """Assets by name and address, as the engine gets them."""
    return {key: item for item in assets for key in (item.name, *item.addresses)}


ASSETS = known(
    asset("ws-17", "192.0.2.17", kind="workstation"),
    asset("ws-18", "192.0.2.18", kind="workstation"),
    asset("fs01", "192.0.2.20", kind="server", importance="important"),
    asset("dc01", "192.0.2.10", kind="domain_controller", importance="special"),
    asset("db01", "192.0.2.30", kind="database", importance="special"),
    asset("web01", "192.0.2.40", kind="server", importance="important"),
    asset("bastion01", "192.0.2.50", kind="server", importance="important"),
    asset("scan01", "192.0.2.60", kind="scanner"),
    asset("111122223333", kind="cloud", importance="important"),
)

OUTSIDE = "203.0.113.7"
GUESSING = {"by": "source", "logsource": "linux/sshd", "source": OUTSIDE, "outcome": "failure"}


def ssh_brute_force() -> list[Alert]:
    return [
        alert(
            "SSH login failed",
            0,
            "low",
            tactics="credential-access",
            techniques="T1110.001",
            count=340,
            lasts=8,
            host="bastion01",
            user=["root", "admin", "deploy"],
            **GUESSING,
        ),
        alert(
            "SSH password login",
            9,
            "medium",
            tactics="initial-access",
            techniques="T1078.003",
            by="source",
            logsource="linux/sshd",
            source=OUTSIDE,
            host="bastion01",
            user="deploy",
            outcome="success",
        ),
        alert(
            "Root shell by sudo",
            11,
            "medium",
            tactics="privilege-escalation",
            techniques="T1548.003",
            host="bastion01",
            user=["deploy", "root"],
            logsource="linux",
        ),
        alert(
            "Account created", 13, "low", tactics="persistence", host="bastion01", user="sysupdate", logsource="linux"
        ),
        alert(
            "Cron job downloads and runs",
            20,
            "high",
            tactics="persistence command-and-control",
            host="bastion01",
            user="root",
            logsource="linux",
        ),
    ]


def ransomware() -> list[Alert]:
    return [
        alert(
            "Phishing mail opened",
            0,
            "medium",
            tactics="initial-access",
            techniques="T1566.001",
            by="user",
            user="m.chen@example.com",
            domain="invoices.example.org",
            logsource="m365",
        ),
        alert(
            "Office starts a shell",
            6,
            "high",
            tactics="execution",
            techniques="T1204.002",
            host="WS-17.example.com",
            user="EXAMPLE\\m.chen",
        ),
        alert("Encoded PowerShell", 7, "medium", tactics="execution", host="ws-17", user="EXAMPLE\\m.chen"),
        alert(
            "LSASS dumped",
            15,
            "critical",
            tactics="credential-access",
            techniques="T1003.001",
            host="ws-17",
            user="SYSTEM",
        ),
        alert(
            "Admin share opened",
            30,
            "medium",
            tactics="lateral-movement",
            techniques="T1021.002",
            host="FS01",
            user="e.berg",
            source="192.0.2.17",
        ),
        alert("Shadow copies deleted", 45, "high", tactics="impact", techniques="T1490", host="FS01", user="SYSTEM"),
        alert(
            "Ransom note written", 47, "high", tactics="impact", techniques="T1486", host="FS01", user="SYSTEM", count=7
        ),
    ]


def web_attack() -> list[Alert]:
    web = {"by": "source", "logsource": "webserver", "source": "198.51.100.150", "host": "web01"}
    return [
        alert(
            "SQL injection tried",
            0,
            "low",
            tactics="reconnaissance initial-access",
            techniques="T1190",
            count=70,
            lasts=20,
            **web,
        ),
        alert("SQL injection answered", 15, "high", tactics="initial-access", techniques="T1190", count=5, **web),
        alert(
            "Web server starts a shell",
            22,
            "high",
            tactics="persistence execution",
            techniques="T1505.003",
            host="web01",
            user="www-data",
            logsource="linux/auditd",
        ),
    ]


def insider() -> list[Alert]:
    return [
        alert(
            "Remote desktop at night",
            0,
            "medium",
            tactics="initial-access",
            techniques="T1133",
            host="ws-18",
            user="f.braun",
            source="198.51.100.32",
            outcome="success",
        ),
        alert(
            "Whole table copied out",
            12,
            "high",
            tactics="collection exfiltration",
            techniques="T1213.006",
            by="user",
            host="db01",
            user="f.braun",
            source="192.0.2.18",
            logsource="database",
            count=4,
        ),
        alert(
            "Archive with password",
            20,
            "medium",
            tactics="collection",
            techniques="T1560.001",
            host="ws-18",
            user="EXAMPLE\\f.braun",
        ),
    ]


def cloud_key() -> list[Alert]:
    aws = {"by": "user", "logsource": "aws/cloudtrail", "source": "198.51.100.77", "account": "111122223333"}
    return [
        alert("Calls refused", 0, "low", tactics="discovery", user="svc-export", count=3, **aws),
        alert(
            "Access key created", 5, "medium", tactics="persistence", techniques="T1098.001", user="svc-export", **aws
        ),
        alert("Trail stopped", 8, "high", tactics="defense-evasion", techniques="T1562.008", user="svc-export", **aws),
        alert(
            "Objects read by a key",
            12,
            "low",
            tactics="collection",
            techniques="T1530",
            user="svc-export",
            count=460,
            **aws,
        ),
    ]
