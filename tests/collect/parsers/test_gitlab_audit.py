"""GitLab audit: our own records in, the exact event out."""

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
            "id": "7",
            "author_id": 3,
            "author_name": "mia",
            "entity_id": 2,
            "entity_type": "Project",
            "entity_path": "team/app",
            "event_type": "project_deleted",
            "ip_address": "192.0.2.7",
            "created_at": "2026-03-01T08:00:00.000Z",
            "details": {},
        },
        Parsed(
            parser="gitlab_audit",
            logsource=logsource("gitlab", (), "audit"),
            time=1772352000000000,
            ecs={
                "event.module": "gitlab",
                "event.dataset": "gitlab.audit",
                "event.category": ["configuration"],
                "event.action": "project_deleted",
                "user.name": "mia",
                "user.id": "3",
                "source.ip": "192.0.2.7",
                "service.name": "team/app",
                "event.id": "7",
            },
            fields={
                "id": "7",
                "author_id": 3,
                "author_name": "mia",
                "entity_id": 2,
                "entity_type": "Project",
                "entity_path": "team/app",
                "event_type": "project_deleted",
                "ip_address": "192.0.2.7",
                "created_at": "2026-03-01T08:00:00.000Z",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
