"""Elastic Common Schema JSON: our own records in, the exact event out."""

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
            "@timestamp": "2026-03-01T08:00:00.123Z",
            "ecs": {"version": "8.11.0"},
            "event": {"category": ["process"], "type": ["start"], "dataset": "endpoint.events.process"},
            "host": {"name": "pc1", "os": {"type": "linux"}},
            "process": {"name": "id", "executable": "/usr/bin/id", "command_line": "id -u", "pid": 7},
            "user": {"name": "mia"},
        },
        Parsed(
            parser="ecs",
            logsource=logsource("linux", ("process_creation",), ""),
            time=1772352000123000,
            ecs={
                "event.category": ["process"],
                "event.type": ["start"],
                "event.dataset": "endpoint.events.process",
                "host.name": "pc1",
                "host.os.type": "linux",
                "user.name": "mia",
                "process.name": "id",
                "process.executable": "/usr/bin/id",
                "process.command_line": "id -u",
                "process.pid": 7,
                "event.module": "endpoint",
            },
            fields={
                "@timestamp": "2026-03-01T08:00:00.123Z",
                "ecs.version": "8.11.0",
                "event.category": ["process"],
                "event.type": ["start"],
                "event.dataset": "endpoint.events.process",
                "host.name": "pc1",
                "host.os.type": "linux",
                "process.name": "id",
                "process.executable": "/usr/bin/id",
                "process.command_line": "id -u",
                "process.pid": 7,
                "user.name": "mia",
                "Image": "/usr/bin/id",
                "CommandLine": "id -u",
                "User": "mia",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
