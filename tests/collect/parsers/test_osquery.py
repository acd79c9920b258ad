"""osquery results: our own records in, the exact event out."""

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
            "name": "pack_it_process_events",
            "hostIdentifier": "srv1",
            "unixTime": 1772352000,
            "decorations": {"platform": "ubuntu"},
            "columns": {"path": "/usr/bin/id", "cmdline": "id -u", "pid": "7", "uid": "0"},
            "action": "added",
        },
        Parsed(
            parser="osquery",
            logsource=logsource("linux", ("process_creation",), "osquery"),
            time=1772352000000000,
            ecs={
                "event.module": "osquery",
                "event.dataset": "osquery.result",
                "event.category": ["process"],
                "host.name": "srv1",
                "rule.name": "pack_it_process_events",
                "event.action": "added",
                "process.executable": "/usr/bin/id",
                "process.name": "id",
                "process.command_line": "id -u",
                "process.pid": 7,
                "user.id": "0",
            },
            fields={
                "name": "pack_it_process_events",
                "hostIdentifier": "srv1",
                "unixTime": 1772352000,
                "decorations.platform": "ubuntu",
                "columns.path": "/usr/bin/id",
                "columns.cmdline": "id -u",
                "columns.pid": "7",
                "columns.uid": "0",
                "action": "added",
                "Image": "/usr/bin/id",
                "CommandLine": "id -u",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
