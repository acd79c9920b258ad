"""Who does something: the first argument of every use case."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ringfence.core.errors import DeniedError

DEFAULT_TENANT = "default"


class Role(StrEnum):
    """Roles of the organisation (design: three tiers, plus the robot and operators of several tenants)."""

    L1 = "l1"
    L2 = "l2"
    L3 = "l3"
    VULN_MANAGER = "vuln_manager"
    ASSET_OWNER = "asset_owner"
    AUDITOR = "auditor"
    ADMIN = "admin"
    ROBOT = "robot"
    MSSP_OPERATOR = "mssp_operator"


class Permission(StrEnum):
    """Operations that are checked; one row each in the permission table below."""

    READ_EVENTS = "events.read"
    READ_RAW_SQL = "events.sql"
    INGEST = "events.ingest"
    READ_QUARANTINE = "quarantine.read"
    REPLAY_QUARANTINE = "quarantine.replay"
    READ_ALERTS = "alerts.read"
    TRIAGE_ALERTS = "alerts.triage"
    READ_INCIDENTS = "incidents.read"
    WORK_INCIDENTS = "incidents.work"
    READ_RULES = "rules.read"
    RULES_EDIT = "rules.edit"
    READ_ASSETS = "assets.read"
    EDIT_ASSETS = "assets.edit"
    MANAGE_ACCESS = "access.manage"
    READ_AUDIT = "audit.read"


_READ = {
    Permission.READ_EVENTS,
    Permission.READ_QUARANTINE,
    Permission.READ_ALERTS,
    Permission.READ_INCIDENTS,
    Permission.READ_RULES,
    Permission.READ_ASSETS,
}
_L1 = _READ | {Permission.TRIAGE_ALERTS, Permission.WORK_INCIDENTS}
_L2 = _L1 | {
    Permission.READ_RAW_SQL,
    Permission.REPLAY_QUARANTINE,
    Permission.EDIT_ASSETS,
    Permission.RULES_EDIT,
}

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.L1: frozenset(_L1),
    Role.L2: frozenset(_L2),
    Role.L3: frozenset(_L2 | {Permission.READ_AUDIT}),
    Role.VULN_MANAGER: frozenset({Permission.READ_ASSETS, Permission.EDIT_ASSETS, Permission.READ_INCIDENTS}),
    Role.ASSET_OWNER: frozenset(),
    Role.AUDITOR: frozenset(_READ | {Permission.READ_AUDIT}),
    Role.ADMIN: frozenset(
        _READ
        | {
            Permission.READ_RAW_SQL,
            Permission.REPLAY_QUARANTINE,
            Permission.EDIT_ASSETS,
            Permission.RULES_EDIT,
            Permission.MANAGE_ACCESS,
            Permission.READ_AUDIT,
        }
    ),
    Role.ROBOT: frozenset(_READ | {Permission.INGEST, Permission.TRIAGE_ALERTS, Permission.WORK_INCIDENTS}),
    Role.MSSP_OPERATOR: frozenset(_L1),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, a token or the robot, always inside one tenant."""

    id: str
    name: str
    tenant: str
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Permission] | None = field(default=None)
    """For API tokens: the most the token may do, whatever the roles say. None: no such limit."""

    def may(self, permission: Permission) -> bool:
        """Tell whether the actor holds the permission."""
        if self.scopes is not None and permission not in self.scopes:
            return False
        return any(permission in ALLOWED[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raise `DeniedError` unless the actor holds the permission."""
        if not self.may(permission):
            raise DeniedError(f"{self.name} may not do this: {permission.value} is missing")


def robot(tenant: str = DEFAULT_TENANT) -> Actor:
    """The automation itself, as a principal."""
    return Actor(id="robot", name="robot", tenant=tenant, roles=frozenset({Role.ROBOT}))
