"""Which entity an alert is about, and which other entities a signal names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringfence.detect.model import MAX_VALUE_LENGTH, EntityType, RuleInfo

_IDENTITY = frozenset(
    ("aws", "azure", "gcp", "okta", "onelogin", "m365", "github", "gitlab", "bitbucket", "kubernetes", "duo")
)
_NETWORK = frozenset(
    ("webserver", "proxy", "firewall", "dns", "ids", "waf", "vpn", "apache", "nginx", "iis", "modsecurity", "nftables")
)
_NETWORK_PRODUCTS = frozenset(
    (
        "zeek",
        "iptables",
        "haproxy",
        "suricata",
        "snort",
        "cisco",
        "fortios",
        "fortigate",
        "paloalto",
        "juniper",
        "huawei",
        "checkpoint",
    )
)
_LOGIN = frozenset(("sshd", "auth", "pam", "vsftpd", "dovecot", "postfix", "openvpn", "authentication"))
_DATABASE = frozenset(("database", "sql", "mysql", "mssql", "postgresql", "oracle", "mongodb"))
_NO_ADDRESS = frozenset(("", "-", "127.0.0.1", "::1", "0.0.0.0", "::", "localhost", "local"))  # noqa: S104  compared

_HOST = (("host.name", EntityType.HOST), ("host.ip", EntityType.HOST))
_USER = (("user.name", EntityType.USER), ("user.email", EntityType.USER))
_SOURCE = (("source.ip", EntityType.SOURCE),)
_REST = (
    ("user.target.name", EntityType.USER),
    ("source.domain", EntityType.SOURCE),
    ("container.id", EntityType.CONTAINER),
    ("cloud.account.id", EntityType.ACCOUNT),
)
_BY_HOST = (*_HOST, *_SOURCE, *_USER, *_REST)
_BY_SOURCE = (*_SOURCE, *_HOST, *_USER, *_REST)
_BY_USER = (*_USER, *_SOURCE, *_HOST, *_REST)

Order = tuple[tuple[str, EntityType], ...]

KINDS: dict[str, str] = {
    "host.name": "host",
    "user.name": "user",
    "user.target.name": "user",
    "user.effective.name": "user",
    "user.email": "user",
    "source.ip": "source",
    "destination.ip": "destination",
    "source.domain": "domain",
    "destination.domain": "domain",
    "url.domain": "domain",
    "dns.question.name": "domain",
    "process.name": "process",
    "file.name": "file",
    "file.hash.sha256": "hash",
    "process.hash.sha256": "hash",
    "cloud.account.id": "account",
    "cloud.instance.id": "instance",
    "container.id": "container",
    "host.ip": "address",
    "event.action": "action",
    "event.outcome": "outcome",
}
"""ECS field of a signal and the kind of entity under which an alert keeps its value."""


def order_of(rule: RuleInfo) -> Order:
    """Return the ECS fields that name the entity of the rule's alerts, best first.

    Cloud, identity and database rules are about the user; network, web and login rules about the client address;
    all others about the host.
    """
    words = {rule.product.lower(), rule.category.lower(), rule.service.lower()}
    if words & _IDENTITY or words & _DATABASE:
        return _BY_USER
    if words & _NETWORK or words & _LOGIN or words & _NETWORK_PRODUCTS:
        return _BY_SOURCE
    return _BY_HOST


def entity_of(ecs: Mapping[str, Any], order: Order) -> tuple[EntityType, str]:
    """Return type and value of the entity that the signal is about: the first field of the order that says anything.

    A failed login with a client address is about that address whatever the rule's log source, so that password
    guessing over many hosts is one alert. Host names and addresses are in lower case, so that case never doubles
    an alert.
    """
    if order is _BY_HOST and ecs.get("event.outcome") == "failure":
        address = ecs.get("source.ip")
        if isinstance(address, str) and address not in _NO_ADDRESS:
            return EntityType.SOURCE, address.lower()[:MAX_VALUE_LENGTH]
    for name, kind in order:
        value = ecs.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        if value is None or value in _NO_ADDRESS:
            continue
        return kind, str(value).lower()[:MAX_VALUE_LENGTH]
    return EntityType.OTHER, ""


def user_key(name: str) -> str:
    """Return a user name as it is compared: lower case, no domain (`EXAMPLE\\m.chen`, `m.chen@example.com`)."""
    short = name.rpartition("\\")[2].partition("@")[0]
    return (short or name).strip().lower()


def aliases_of(kind: str, value: str) -> list[str]:
    """Return other spellings under which an entity is looked for: a host's first label, a user without its domain."""
    lowered = value.lower()
    if kind == "user":
        short = user_key(value)
    elif kind == "host" and not lowered.replace(".", "").isdigit():
        short = lowered.partition(".")[0]
    else:
        return []
    return [short] if short and short != lowered else []
