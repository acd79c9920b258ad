"""Wazuh alerts: our own records in, the exact event out."""

from __future__ import annotations

import json

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

CASES = [
    (
        {
            "timestamp": "2026-03-01T08:00:00.123+0000",
            "rule": {"level": 5, "description": "sshd: failed.", "id": "5760", "mitre": {"id": ["T1110"]}},
            "agent": {"id": "001", "name": "srv1", "ip": "198.51.100.9"},
            "manager": {"name": "w"},
            "id": "1772352000.77",
            "full_log": "Failed for mia",
            "decoder": {"name": "sshd"},
            "data": {"srcip": "192.0.2.7", "srcuser": "mia"},
            "location": "/var/log/auth.log",
        },
        Parsed(
            parser="wazuh",
            logsource=logsource("linux", (), "sshd"),
            time=1772352000123000,
            ecs={
                "event.module": "wazuh",
                "event.dataset": "wazuh.sshd",
                "event.category": ["intrusion_detection"],
                "rule.id": "5760",
                "rule.name": "sshd: failed.",
                "rule.level": "5",
                "threat.technique.id": ["T1110"],
                "agent.name": "srv1",
                "observer.name": "w",
                "event.id": "1772352000.77",
                "host.name": "srv1",
                "host.ip": "198.51.100.9",
                "source.ip": "192.0.2.7",
                "user.name": "mia",
                "message": "Failed for mia",
                "event.provider": "/var/log/auth.log",
                "event.severity": 5,
            },
            fields={
                "timestamp": "2026-03-01T08:00:00.123+0000",
                "rule.level": 5,
                "rule.description": "sshd: failed.",
                "rule.id": "5760",
                "rule.mitre.id": ["T1110"],
                "agent.id": "001",
                "agent.name": "srv1",
                "agent.ip": "198.51.100.9",
                "manager.name": "w",
                "id": "1772352000.77",
                "full_log": "Failed for mia",
                "decoder.name": "sshd",
                "data.srcip": "192.0.2.7",
                "data.srcuser": "mia",
                "location": "/var/log/auth.log",
                "srcip": "192.0.2.7",
                "srcuser": "mia",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
