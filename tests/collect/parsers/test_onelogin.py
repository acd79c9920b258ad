"""OneLogin events: our own records in, the exact event out."""

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
            "event_timestamp": "2026-03-01 08:00:00 UTC",
            "event_type_id": 6,
            "account_id": 7,
            "user_id": 9,
            "user_name": "mia",
            "ipaddr": "192.0.2.7",
            "app_name": "Mail",
            "error_description": "Bad password",
        },
        Parsed(
            parser="onelogin",
            logsource=logsource("onelogin", (), "onelogin.events"),
            time=1772352000000000,
            ecs={
                "event.module": "onelogin",
                "event.dataset": "onelogin.events",
                "event.outcome": "failure",
                "event.category": ["authentication"],
                "user.name": "mia",
                "user.id": "9",
                "source.ip": "192.0.2.7",
                "service.name": "Mail",
                "event.code": "6",
                "event.reason": "Bad password",
                "event.id": "u1",
            },
            fields={
                "uuid": "u1",
                "event_timestamp": "2026-03-01 08:00:00 UTC",
                "event_type_id": 6,
                "account_id": 7,
                "user_id": 9,
                "user_name": "mia",
                "ipaddr": "192.0.2.7",
                "app_name": "Mail",
                "error_description": "Bad password",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
