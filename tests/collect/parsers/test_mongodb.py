"""MongoDB server log: our own records in, the exact event out."""

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
            "t": {"$date": "2026-03-01T08:00:00.123+00:00"},
            "s": "I",
            "c": "ACCESS",
            "id": 20249,
            "ctx": "conn6",
            "msg": "Authentication failed",
            "attr": {"principalName": "mia", "remote": "192.0.2.7:50001", "error": "UserNotFound"},
        },
        Parsed(
            parser="mongodb",
            logsource=logsource("mongodb", ("database",), "mongod"),
            time=1772352000123000,
            ecs={
                "event.module": "mongodb",
                "event.dataset": "mongodb.log",
                "event.category": ["authentication"],
                "event.outcome": "failure",
                "message": "Authentication failed",
                "event.provider": "ACCESS",
                "event.code": "20249",
                "log.level": "I",
                "source.ip": "192.0.2.7",
                "user.name": "mia",
                "event.reason": "UserNotFound",
            },
            fields={
                "t.$date": "2026-03-01T08:00:00.123+00:00",
                "s": "I",
                "c": "ACCESS",
                "id": 20249,
                "ctx": "conn6",
                "msg": "Authentication failed",
                "attr.principalName": "mia",
                "attr.remote": "192.0.2.7:50001",
                "attr.error": "UserNotFound",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
