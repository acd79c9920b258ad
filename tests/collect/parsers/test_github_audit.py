"""GitHub audit log: our own records in, the exact event out."""

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
            "@timestamp": 1772352000123,
            "_document_id": "d1",
            "action": "repo.destroy",
            "actor": "mia",
            "actor_ip": "192.0.2.7",
            "created_at": 1772352000123,
            "org": "example",
            "repo": "example/app",
        },
        Parsed(
            parser="github_audit",
            logsource=logsource("github", (), "audit"),
            time=1772352000123000,
            ecs={
                "event.module": "github",
                "event.dataset": "github.audit",
                "event.category": ["configuration"],
                "event.action": "repo.destroy",
                "user.name": "mia",
                "source.ip": "192.0.2.7",
                "organization.name": "example",
                "service.name": "example/app",
                "event.id": "d1",
            },
            fields={
                "@timestamp": 1772352000123,
                "_document_id": "d1",
                "action": "repo.destroy",
                "actor": "mia",
                "actor_ip": "192.0.2.7",
                "created_at": 1772352000123,
                "org": "example",
                "repo": "example/app",
            },
        ),
    ),
    (
        {
            "integration": "github",
            "github": {"actor": "mia", "org": "example", "created_at": 1772352000123, "action": "org.add_member"},
        },
        Parsed(
            parser="github_audit",
            logsource=logsource("github", (), "audit"),
            time=1772352000123000,
            ecs={
                "event.module": "github",
                "event.dataset": "github.audit",
                "event.category": ["configuration"],
                "event.action": "org.add_member",
                "user.name": "mia",
                "organization.name": "example",
            },
            fields={"actor": "mia", "org": "example", "created_at": 1772352000123, "action": "org.add_member"},
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
