"""Suricata EVE: our own records in, the exact event out."""

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
            "timestamp": "2026-03-01T09:00:00.123456+0100",
            "flow_id": 7,
            "event_type": "alert",
            "src_ip": "192.0.2.7",
            "src_port": 50001,
            "dest_ip": "198.51.100.9",
            "dest_port": 80,
            "proto": "TCP",
            "alert": {
                "action": "allowed",
                "signature_id": 2000001,
                "signature": "TEST web attack",
                "category": "Web Application Attack",
                "severity": 1,
            },
        },
        Parsed(
            parser="suricata",
            logsource=logsource("suricata", (), "alert"),
            time=1772352000123456,
            ecs={
                "event.module": "suricata",
                "event.dataset": "suricata.alert",
                "event.category": ["intrusion_detection", "network"],
                "event.type": ["info"],
                "event.id": "7",
                "observer.product": "Suricata",
                "observer.vendor": "OISF",
                "source.ip": "192.0.2.7",
                "source.port": 50001,
                "destination.ip": "198.51.100.9",
                "destination.port": 80,
                "network.transport": "tcp",
                "rule.name": "TEST web attack",
                "rule.id": "2000001",
                "event.action": "allowed",
                "event.severity": 1,
                "event.reason": "Web Application Attack",
            },
            fields={
                "timestamp": "2026-03-01T09:00:00.123456+0100",
                "flow_id": 7,
                "event_type": "alert",
                "src_ip": "192.0.2.7",
                "src_port": 50001,
                "dest_ip": "198.51.100.9",
                "dest_port": 80,
                "proto": "TCP",
                "alert.action": "allowed",
                "alert.signature_id": 2000001,
                "alert.signature": "TEST web attack",
                "alert.category": "Web Application Attack",
                "alert.severity": 1,
                "dst_ip": "198.51.100.9",
                "dst_port": 80,
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
