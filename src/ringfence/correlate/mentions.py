"""Which entities an alert mentions, each under one spelling and with the part that it plays."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ringfence.assets import Asset, address_of, name_key
from ringfence.core.severity import Severity
from ringfence.correlate.model import Entity, Role, Tie
from ringfence.detect import Alert, EntityType, user_key

OUTSIDE_TACTICS = frozenset(
    ("reconnaissance", "resource-development", "initial-access", "credential-access", "discovery")
)
"""Tactics that a stranger can try from outside without having got in."""

NOBODY = frozenset(
    (
        *("", "-", "n/a", "unknown", "none", "null", "(null)", "anonymous", "anonymous logon", "everyone"),
        *(
            "system",
            "localsystem",
            "local system",
            "local service",
            "network service",
            "nt authority",
            "iusr",
            "defaultaccount",
        ),
        *("nobody", "daemon", "www-data", "nginx", "apache", "httpd", "sshd", "_apt", "cron", "systemd-network"),
        *("localservice", "networkservice"),
        *("lokaler dienst", "netzwerkdienst", "système", "servizio locale", "系统", "本地系统"),
    )
)
"""User names that stand for the machine, not for somebody: they tie nothing."""

_WINDOW_MANAGERS = ("dwm-", "umfd-")

_RANK: dict[Role, int] = {Role.TARGET: 0, Role.REACHED: 1, Role.SUBJECT: 2}


def is_weak(alert: Alert) -> bool:
    """Tell whether the alert alone opens no incident: informational, or low with fewer than 50 signals."""
    return alert.level is Severity.INFORMATIONAL or (alert.level is Severity.LOW and alert.count < 50)


def is_attempt(alert: Alert) -> bool:
    """Tell whether the alert shows somebody outside trying, without a sign that it worked."""
    return (
        alert.entity_type in (EntityType.SOURCE, EntityType.MANY)
        and set(alert.tactics) <= OUTSIDE_TACTICS
        and "success" not in alert.entities.get("outcome", ())
    )


def mentions(alert: Alert, assets: Mapping[str, Asset]) -> dict[Entity, Role]:
    """Return the entities of the alert with their roles; `assets` are by the names and addresses of the alert.

    An address of a known asset is that host, so a connection from it ties to what happened on it. Loopback
    addresses, service accounts and machine accounts are left out.
    """
    found: dict[Entity, Role] = {}
    attempt = is_attempt(alert)
    role = Role.TARGET if attempt else Role.SUBJECT
    names = alert.entities
    for host in names.get("host", ()):
        _add(found, host_entity(host, assets), role)
    own = set(found)
    if not names.get("host"):
        for address in names.get("address", ()):
            _add(found, _address(address, assets, Tie.HOST), role)
    for user in names.get("user", ()):
        if tells_user(user):
            _add(found, Entity(Tie.USER, user_key(user)), role)
    for address in names.get("source", ()):
        _add(found, _address(address, assets, Tie.SOURCE), Role.SUBJECT)
    _add_reached(found, own, names.get("destination", ()), assets)
    for kind, tie in _PLAIN.items():
        for value in names.get(kind, ()):
            _add(found, Entity(tie, value.lower()), Role.SUBJECT)
    if alert.entity_type is EntityType.MANY:
        _add(found, Entity(Tie.RULE, alert.rule_id), Role.SUBJECT)
    return found


_PLAIN = {
    "domain": Tie.DOMAIN,
    "hash": Tie.HASH,
    "account": Tie.ACCOUNT,
    "container": Tie.CONTAINER,
    "instance": Tie.INSTANCE,
}


def tells_user(name: str) -> bool:
    """Tell whether the name is somebody's, not a machine's or a service's."""
    key = user_key(name)
    return key not in NOBODY and not key.endswith("$") and not key.startswith(_WINDOW_MANAGERS)


def host_entity(name: str, assets: Mapping[str, Asset]) -> Entity:
    """Return the host under the name of its asset, else under its first label."""
    asset = assets.get(name)
    key = name_key(asset.name if asset else name)
    return Entity(Tie.HOST, key if address_of(key) else key.partition(".")[0])


def _address(text: str, assets: Mapping[str, Asset], otherwise: Tie) -> Entity | None:
    address = address_of(text)
    if address is None or address.startswith("127.") or address in ("::1", "0.0.0.0", "::"):  # noqa: S104  compared
        return None
    return host_entity(text, assets) if text in assets else Entity(otherwise, address)


def _add_reached(
    found: dict[Entity, Role], own: Collection[Entity], addresses: Collection[str], assets: Mapping[str, Asset]
) -> None:
    for text in addresses:
        entity = _address(text, assets, Tie.DESTINATION)
        if entity is not None and entity.kind is Tie.HOST and entity not in own:
            _add(found, entity, Role.REACHED)
        elif entity is not None and entity.kind is Tie.DESTINATION:
            _add(found, entity, Role.SUBJECT)


def _add(found: dict[Entity, Role], entity: Entity | None, role: Role) -> None:
    if entity is None or not entity.value:
        return
    before = found.get(entity)
    if before is None or _RANK[role] > _RANK[before]:
        found[entity] = role
