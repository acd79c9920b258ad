"""any JSON object: our own records in, the exact event out."""

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
            "timestamp": "2026-03-01T08:00:00Z",
            "level": "warn",
            "msg": "door opened",
            "hostname": "srv1",
            "user": "mia",
            "client_ip": "192.0.2.7",
        },
        Parsed(
            parser="json",
            logsource=logsource("", (), ""),
            time=1772352000000000,
            ecs={
                "event.module": "json",
                "event.dataset": "json.generic",
                "source.ip": "192.0.2.7",
                "user.name": "mia",
                "host.name": "srv1",
                "log.level": "warn",
                "message": "door opened",
            },
            fields={
                "timestamp": "2026-03-01T08:00:00Z",
                "level": "warn",
                "msg": "door opened",
                "hostname": "srv1",
                "user": "mia",
                "client_ip": "192.0.2.7",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
