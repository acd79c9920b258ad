"""OpenCanary honeypot: our own records in, the exact event out."""

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
            "dst_host": "198.51.100.9",
            "dst_port": 22,
            "local_time": "2026-03-01 08:00:00.123456",
            "logdata": {"USERNAME": "root", "PASSWORD": "x"},
            "logtype": 4002,
            "node_id": "canary1",
            "src_host": "192.0.2.7",
            "src_port": 50001,
            "utc_time": "2026-03-01 08:00:00.123456",
        },
        Parsed(
            parser="opencanary",
            logsource=logsource("opencanary", ("application",), ""),
            time=1772352000123456,
            ecs={
                "event.module": "opencanary",
                "event.dataset": "opencanary.events",
                "event.category": ["intrusion_detection"],
                "observer.product": "OpenCanary",
                "observer.name": "canary1",
                "source.ip": "192.0.2.7",
                "source.port": 50001,
                "destination.ip": "198.51.100.9",
                "destination.port": 22,
                "event.code": "4002",
                "user.name": "root",
            },
            fields={
                "dst_host": "198.51.100.9",
                "dst_port": 22,
                "local_time": "2026-03-01 08:00:00.123456",
                "logdata.USERNAME": "root",
                "logdata.PASSWORD": "x",
                "logtype": 4002,
                "node_id": "canary1",
                "src_host": "192.0.2.7",
                "src_port": 50001,
                "utc_time": "2026-03-01 08:00:00.123456",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
