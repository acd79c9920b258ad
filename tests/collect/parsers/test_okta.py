"""Okta system log: our own records in, the exact event out."""

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
            "uuid": "u1",
            "published": "2026-03-01T08:00:00.000Z",
            "eventType": "user.session.start",
            "version": "0",
            "severity": "INFO",
            "displayMessage": "User login to Okta",
            "actor": {"id": "a1", "type": "User", "alternateId": "mia@example.com"},
            "client": {"ipAddress": "192.0.2.7"},
            "outcome": {"result": "FAILURE", "reason": "INVALID_CREDENTIALS"},
        },
        Parsed(
            parser="okta",
            logsource=logsource("okta", (), "okta"),
            time=1772352000000000,
            ecs={
                "event.module": "okta",
                "event.dataset": "okta.system",
                "event.outcome": "failure",
                "event.category": ["authentication"],
                "event.action": "user.session.start",
                "user.name": "mia@example.com",
                "user.email": "mia@example.com",
                "user.id": "a1",
                "source.ip": "192.0.2.7",
                "event.reason": "INVALID_CREDENTIALS",
                "message": "User login to Okta",
                "event.id": "u1",
                "log.level": "INFO",
            },
            fields={
                "uuid": "u1",
                "published": "2026-03-01T08:00:00.000Z",
                "eventType": "user.session.start",
                "version": "0",
                "severity": "INFO",
                "displayMessage": "User login to Okta",
                "actor.id": "a1",
                "actor.type": "User",
                "actor.alternateId": "mia@example.com",
                "client.ipAddress": "192.0.2.7",
                "outcome.result": "FAILURE",
                "outcome.reason": "INVALID_CREDENTIALS",
                "eventtype": "user.session.start",
                "displaymessage": "User login to Okta",
                "actor.alternateid": "mia@example.com",
                "client.ipaddress": "192.0.2.7",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
