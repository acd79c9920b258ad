"""OCSF: our own records in, the exact event out."""

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
            "class_uid": 3002,
            "class_name": "Authentication",
            "category_uid": 3,
            "activity_name": "Logon",
            "time": 1772352000123,
            "metadata": {"version": "1.3.0", "product": {"name": "IdP", "vendor_name": "Example"}},
            "status_id": 2,
            "severity_id": 2,
            "user": {"name": "mia"},
            "src_endpoint": {"ip": "192.0.2.7"},
            "dst_endpoint": {"hostname": "sso.example.com"},
        },
        Parsed(
            parser="ocsf",
            logsource=logsource("ocsf", (), ""),
            time=1772352000123000,
            ecs={
                "event.module": "ocsf",
                "event.dataset": "ocsf.authentication",
                "event.category": ["authentication"],
                "event.outcome": "failure",
                "event.action": "Logon",
                "event.severity": 2,
                "user.name": "mia",
                "source.ip": "192.0.2.7",
                "destination.domain": "sso.example.com",
                "observer.product": "IdP",
                "observer.vendor": "Example",
            },
            fields={
                "class_uid": 3002,
                "class_name": "Authentication",
                "category_uid": 3,
                "activity_name": "Logon",
                "time": 1772352000123,
                "metadata.version": "1.3.0",
                "metadata.product.name": "IdP",
                "metadata.product.vendor_name": "Example",
                "status_id": 2,
                "severity_id": 2,
                "user.name": "mia",
                "src_endpoint.ip": "192.0.2.7",
                "dst_endpoint.hostname": "sso.example.com",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
