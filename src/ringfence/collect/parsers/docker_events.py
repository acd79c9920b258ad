"""Docker engine events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("docker", (), "events")
_STEPS = compile_table(
    {
        "Action": "event.action",
        "status": "event.action",
        "Actor.Attributes.name": "container.name",
        "Actor.Attributes.image": "container.image.name",
        "from": "container.image.name",
        "Actor.Attributes.container": "container.id",
        "Actor.Attributes.execID": "event.id",
        "Actor.Attributes.exitCode": "event.reason",
    }
)


class DockerEvents(JsonParser):
    """Events of the Docker engine (`docker events --format json`), bare or as Wazuh's module wraps them."""

    name: ClassVar[str] = "docker_events"
    title: ClassVar[str] = "Docker engine events"
    samples: ClassVar[Sequence[str]] = (
        '{"status":"exec_start: sh","id":"3ad7b26ded6d","from":"nginx:1","Type":"container",'
        '"Action":"exec_start: sh","Actor":{"ID":"3ad7b26ded6d","Attributes":{"image":"nginx:1",'
        '"name":"web"}},"time":1772352000,"timeNano":'
        "1772352000123456789}",
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an event of the engine."""
        inner = data.get("docker")
        event_data: Json = inner if type(inner) is dict else data
        return "Type" in event_data and "Action" in event_data and "Actor" in event_data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        inner = data.get("docker")
        event_data: Json = inner if type(inner) is dict else data
        fields = flatten(event_data)
        identifier = fields.get("Actor.ID")
        container = event_data.get("Type") == "container" and type(identifier) is str
        when = event_data.get("timeNano", event_data.get("time"))
        return event(
            self.name,
            _SOURCE,
            "docker.events",
            parse_time(when),
            fields,
            _STEPS,
            event__category=["host"],
            container__id=str(identifier) if container else None,
        )
