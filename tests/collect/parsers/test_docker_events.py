"""Docker engine events: our own records in, the exact event out."""

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
            "status": "exec_start: sh",
            "id": "3ad7b26ded6d",
            "from": "nginx:1",
            "Type": "container",
            "Action": "exec_start: sh",
            "Actor": {"ID": "3ad7b26ded6d", "Attributes": {"image": "nginx:1", "name": "web"}},
            "time": 1772352000,
            "timeNano": 1772352000123456789,
        },
        Parsed(
            parser="docker_events",
            logsource=logsource("docker", (), "events"),
            time=1772352000123456,
            ecs={
                "event.module": "docker",
                "event.dataset": "docker.events",
                "event.category": ["host"],
                "container.id": "3ad7b26ded6d",
                "event.action": "exec_start: sh",
                "container.name": "web",
                "container.image.name": "nginx:1",
            },
            fields={
                "status": "exec_start: sh",
                "id": "3ad7b26ded6d",
                "from": "nginx:1",
                "Type": "container",
                "Action": "exec_start: sh",
                "Actor.ID": "3ad7b26ded6d",
                "Actor.Attributes.image": "nginx:1",
                "Actor.Attributes.name": "web",
                "time": 1772352000,
                "timeNano": 1772352000123456789,
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
