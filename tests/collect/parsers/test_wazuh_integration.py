"""Wazuh integrations: our own records in, the exact event out."""

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
            "integration": "scanner",
            "scanner": {"time": "2026-03-01T08:00:00Z", "src_ip": "192.0.2.7", "title": "found"},
        },
        Parsed(
            parser="wazuh_integration",
            logsource=logsource("scanner", (), ""),
            time=1772352000000000,
            ecs={
                "event.module": "wazuh",
                "event.dataset": "wazuh.scanner",
                "source.ip": "192.0.2.7",
                "rule.name": "found",
            },
            fields={"time": "2026-03-01T08:00:00Z", "src_ip": "192.0.2.7", "title": "found"},
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
