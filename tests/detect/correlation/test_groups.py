"""Whom the alert of a correlation is about."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ringfence.detect import EntityType
from ringfence.detect.correlation.groups import entity, named


@dataclass
class Grouped:
    group_by: tuple[str, ...]
    aliases: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


@pytest.mark.parametrize(
    ("group_by", "group", "expected"),
    [
        (("source.ip", "user.name"), ("203.0.113.7", "ana"), (EntityType.SOURCE, "203.0.113.7")),
        (("user.name", "source.ip"), ("ana", "203.0.113.7"), (EntityType.USER, "ana")),
        (("LogonType", "TargetUserName"), ("3", "ana"), (EntityType.USER, "ana")),
        (("Computer",), ("WS1",), (EntityType.HOST, "ws1")),
        (("id.orig_h",), ("192.0.2.1",), (EntityType.SOURCE, "192.0.2.1")),
        (("email.subject", "LogonType"), ("prize", "3"), (EntityType.OTHER, "prize, 3")),
        ((), (), (EntityType.OTHER, "")),
    ],
)
def test_the_first_field_that_names_somebody(
    group_by: tuple[str, ...], group: tuple[str, ...], expected: tuple[EntityType, str]
) -> None:
    assert entity(Grouped(group_by), group) == expected


def test_an_alias_is_looked_through() -> None:
    rule = Grouped(("who", "ip"), {"who": {"a": "LogonGuid", "b": "AccountName"}, "ip": {"a": "dst_ip"}})
    assert named(rule, ("ana", "192.0.2.1")) == {"user.name": "ana", "destination.ip": "192.0.2.1"}
