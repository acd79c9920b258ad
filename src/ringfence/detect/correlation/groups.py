"""Who a group is: the entity that an alert of a correlation is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ringfence.detect.entities import KINDS
from ringfence.detect.model import MAX_VALUE_LENGTH, EntityType


class GroupedRule(Protocol):
    """The parts of a correlation rule that name its groups; `ringfence.sigma.Correlation` has them."""

    @property
    def group_by(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def aliases(self) -> Mapping[str, Mapping[str, str]]: ...  # noqa: D102


# Native names that name an entity, in lower case without punctuation, and the ECS field that means the same.
_NATIVE = {
    **dict.fromkeys(("computer", "computername", "hostname", "host", "hostip", "workstation"), "host.name"),
    **dict.fromkeys(("workstationname", "machinename", "devicename", "dvchost"), "host.name"),
    **dict.fromkeys(("user", "username", "targetusername", "subjectusername", "account", "accountname"), "user.name"),
    **dict.fromkeys(("userid", "upn", "userprincipalname", "actor", "login", "rhostuser"), "user.name"),
    **dict.fromkeys(("useridentityarn", "useridentityusername", "actoralternateid"), "user.name"),
    **dict.fromkeys(("ipaddress", "sourceip", "srcip", "sourceaddress", "clientip", "cip"), "source.ip"),
    **dict.fromkeys(("sourceipaddress", "idorigh", "remoteaddress", "remotehost", "rhost"), "source.ip"),
    **dict.fromkeys(("destinationip", "dstip", "destip", "destinationaddress", "idresph"), "destination.ip"),
    **dict.fromkeys(("recipientaccountid", "accountid", "projectid", "subscriptionid"), "cloud.account.id"),
    **dict.fromkeys(("containerid",), "container.id"),
}
_TYPES = {
    "source.ip": EntityType.SOURCE,
    "source.domain": EntityType.SOURCE,
    "host.name": EntityType.HOST,
    "host.ip": EntityType.HOST,
    "user.name": EntityType.USER,
    "user.email": EntityType.USER,
    "user.target.name": EntityType.USER,
    "user.effective.name": EntityType.USER,
    "cloud.account.id": EntityType.ACCOUNT,
    "container.id": EntityType.CONTAINER,
}


def named(rule: GroupedRule, group: Sequence[str]) -> dict[str, str]:
    """Return the values of a group by the ECS field that each stands for, in order of `group-by`.

    An alias is looked through; a name that means no known field is left out.
    """
    found: dict[str, str] = {}
    for name, value in zip(rule.group_by, group, strict=False):
        for field in (name, *rule.aliases.get(name, {}).values()):
            known = field if field in KINDS else _NATIVE.get("".join(filter(str.isalnum, field.lower())))
            if known is not None:
                found.setdefault(known, value)
                break
    return found


def entity(rule: GroupedRule, group: Sequence[str]) -> tuple[EntityType, str]:
    """Return type and value of the entity that the group is about: of its fields the first that names one."""
    for field, value in named(rule, group).items():
        kind = _TYPES.get(field)
        if kind is not None:
            return kind, value.lower()[:MAX_VALUE_LENGTH]
    return EntityType.OTHER, ", ".join(group)[:MAX_VALUE_LENGTH]
