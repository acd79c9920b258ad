"""Bitbucket audit: our own records in, the exact event out."""

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
            "timestamp": "2026-03-01T08:00:00.123Z",
            "author": {"name": "mia", "id": "7"},
            "auditType": {"action": "User login failed", "category": "Authentication"},
            "source": "192.0.2.7",
            "system": "https://git.example.com",
        },
        Parsed(
            parser="bitbucket_audit",
            logsource=logsource("bitbucket", (), "audit"),
            time=1772352000123000,
            ecs={
                "event.module": "bitbucket",
                "event.dataset": "bitbucket.audit",
                "event.outcome": "failure",
                "event.category": ["authentication"],
                "event.action": "User login failed",
                "user.name": "mia",
                "user.id": "7",
                "source.ip": "192.0.2.7",
                "service.name": "https://git.example.com",
            },
            fields={
                "timestamp": "2026-03-01T08:00:00.123Z",
                "author.name": "mia",
                "author.id": "7",
                "auditType.action": "User login failed",
                "auditType.category": "Authentication",
                "source": "192.0.2.7",
                "system": "https://git.example.com",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
