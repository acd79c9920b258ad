"""Falco: our own records in, the exact event out."""

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
            "time": "2026-03-01T08:00:00.123456789Z",
            "rule": "Terminal shell in container",
            "priority": "Notice",
            "source": "syscall",
            "tags": ["container", "T1059"],
            "hostname": "node1",
            "output": "A shell was spawned",
            "output_fields": {
                "proc.name": "bash",
                "proc.cmdline": "bash -i",
                "user.name": "root",
                "container.id": "3ad7b26ded6d",
            },
        },
        Parsed(
            parser="falco",
            logsource=logsource("falco", (), "syscall"),
            time=1772352000123456,
            ecs={
                "event.module": "falco",
                "event.dataset": "falco.alerts",
                "event.category": ["intrusion_detection"],
                "event.severity": 5,
                "threat.technique.id": ["T1059"],
                "observer.product": "Falco",
                "rule.name": "Terminal shell in container",
                "message": "A shell was spawned",
                "log.level": "Notice",
                "host.name": "node1",
                "process.name": "bash",
                "process.command_line": "bash -i",
                "user.name": "root",
                "container.id": "3ad7b26ded6d",
            },
            fields={
                "time": "2026-03-01T08:00:00.123456789Z",
                "rule": "Terminal shell in container",
                "priority": "Notice",
                "source": "syscall",
                "tags": ["container", "T1059"],
                "hostname": "node1",
                "output": "A shell was spawned",
                "output_fields.proc.name": "bash",
                "output_fields.proc.cmdline": "bash -i",
                "output_fields.user.name": "root",
                "output_fields.container.id": "3ad7b26ded6d",
                "CommandLine": "bash -i",
                "User": "root",
                "Image": "bash",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
