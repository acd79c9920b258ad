"""Cisco Duo: our own records in, the exact event out."""

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
            "isotimestamp": "2026-03-01T08:00:00.123456+00:00",
            "timestamp": 1772352000,
            "txid": "t1",
            "event_type": "authentication",
            "factor": "not_available",
            "reason": "bypass_user",
            "result": "success",
            "user": {"key": "D1", "name": "mia"},
            "application": {"key": "k", "name": "VPN"},
            "access_device": {"ip": "192.0.2.7"},
        },
        Parsed(
            parser="cisco_duo",
            logsource=logsource("cisco", (), "duo"),
            time=1772352000123456,
            ecs={
                "event.module": "cisco_duo",
                "event.dataset": "cisco_duo.auth",
                "event.outcome": "success",
                "event.category": ["authentication"],
                "user.name": "mia",
                "user.id": "D1",
                "source.ip": "192.0.2.7",
                "service.name": "VPN",
                "event.action": "authentication",
                "event.reason": "bypass_user",
                "event.id": "t1",
            },
            fields={
                "isotimestamp": "2026-03-01T08:00:00.123456+00:00",
                "timestamp": 1772352000,
                "txid": "t1",
                "event_type": "authentication",
                "factor": "not_available",
                "reason": "bypass_user",
                "result": "success",
                "user.key": "D1",
                "user.name": "mia",
                "application.key": "k",
                "application.name": "VPN",
                "access_device.ip": "192.0.2.7",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
