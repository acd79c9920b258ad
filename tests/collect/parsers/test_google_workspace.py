"""Google Workspace activities: our own records in, the exact event out."""

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
            "kind": "admin#reports#activity",
            "id": {
                "time": "2026-03-01T08:00:00.000Z",
                "uniqueQualifier": "7",
                "applicationName": "login",
                "customerId": "C1",
            },
            "actor": {"email": "mia@example.com"},
            "ipAddress": "192.0.2.7",
            "events": [
                {
                    "type": "login",
                    "name": "login_failure",
                    "parameters": [{"name": "login_type", "value": "google_password"}],
                }
            ],
        },
        Parsed(
            parser="google_workspace",
            logsource=logsource("gcp", (), "google_workspace.login"),
            time=1772352000000000,
            ecs={
                "event.module": "google_workspace",
                "event.dataset": "google_workspace.login",
                "event.outcome": "failure",
                "event.category": ["authentication"],
                "event.action": "login_failure",
                "user.name": "mia@example.com",
                "user.email": "mia@example.com",
                "source.ip": "192.0.2.7",
                "event.id": "7",
                "organization.name": "C1",
            },
            fields={
                "kind": "admin#reports#activity",
                "id.time": "2026-03-01T08:00:00.000Z",
                "id.uniqueQualifier": "7",
                "id.applicationName": "login",
                "id.customerId": "C1",
                "actor.email": "mia@example.com",
                "ipAddress": "192.0.2.7",
                "events": [
                    '{"type":"login","name":"login_failure","parameters":[{"name":"login_type","value":"google_password"}]}'
                ],
                "events.type": "login",
                "events.name": "login_failure",
                "events.parameters.name": "login_type",
                "events.parameters.value": "google_password",
                "eventName": "login_failure",
                "eventType": "login",
                "login_type": "google_password",
                "eventService": "login.googleapis.com",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
