"""Falco alerts (JSON output)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_STEPS = compile_table(
    {
        "rule": "rule.name",
        "output": "message",
        "priority": "log.level",
        "hostname": "host.name",
        "output_fields.proc.name": "process.name",
        "output_fields.proc.exepath": "@image",
        "output_fields.proc.cmdline": "process.command_line",
        "output_fields.proc.pid": "process.pid",
        "output_fields.proc.cwd": "process.working_directory",
        "output_fields.proc.pname": "process.parent.name",
        "output_fields.proc.pcmdline": "process.parent.command_line",
        "output_fields.proc.ppid": "process.parent.pid",
        "output_fields.user.name": "user.name",
        "output_fields.user.loginuid": "user.id",
        "output_fields.fd.name": "file.path",
        "output_fields.fd.sip": "destination.ip",
        "output_fields.fd.sport": "destination.port",
        "output_fields.fd.cip": "source.ip",
        "output_fields.fd.cport": "source.port",
        "output_fields.fd.rip": "destination.ip",
        "output_fields.container.id": "container.id",
        "output_fields.container.name": "container.name",
        "output_fields.container.image.repository": "container.image.name",
        "output_fields.k8s.ns.name": "orchestrator.namespace",
        "output_fields.k8s.pod.name": "orchestrator.resource.name",
        "output_fields.evt.type": "event.action",
        "output_fields.ka.user.name": "user.name",
        "output_fields.ka.verb": "event.action",
        "output_fields.ct.user": "user.name",
        "output_fields.ct.srcip": "source.ip",
    }
)
_SEVERITIES = {"emergency": 1, "alert": 1, "critical": 2, "error": 3, "warning": 4, "notice": 5, "informational": 6}
_SYSMON = (
    ("proc.exepath", "Image"),
    ("proc.cmdline", "CommandLine"),
    ("proc.pexepath", "ParentImage"),
    ("proc.pcmdline", "ParentCommandLine"),
    ("user.name", "User"),
    ("proc.cwd", "CurrentDirectory"),
)


class Falco(JsonParser):
    """Falco alerts; tags of the form T1059 become technique ids, process fields get Sysmon's names too."""

    name: ClassVar[str] = "falco"
    title: ClassVar[str] = "Falco"
    samples: ClassVar[Sequence[str]] = (
        '{"time":"2026-03-01T08:00:00.123456789Z","rule":"Terminal shell in container","priority":"Notice","source":'
        '"syscall","tags":["container","T1059"],"hostname":"node1","output":"A shell was spawned","output_fields":'
        '{"proc.name":"bash","proc.cmdline":"bash -i","user.name":"root","container.id":"3ad7b26ded6d"}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a Falco alert."""
        return "output_fields" in data and "rule" in data and "priority" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        for native, name in _SYSMON:
            value = fields.get(f"output_fields.{native}")
            if value is not None:
                fields.setdefault(name, value)
        if "Image" not in fields and "output_fields.proc.name" in fields:
            fields["Image"] = fields["output_fields.proc.name"]
        tags: Any = data.get("tags")
        words = [str(tag) for tag in tags] if type(tags) is list else []
        techniques = [word for word in words if word[:1] == "T" and word[1:5].isdigit()]
        return event(
            self.name,
            logsource("falco", (), str(data.get("source", "syscall"))[:32]),
            "falco.alerts",
            parse_time(data.get("time")),
            fields,
            _STEPS,
            event__category=["intrusion_detection"],
            event__severity=_SEVERITIES.get(str(data["priority"]).lower(), 7),
            threat__technique__id=techniques,
            observer__product="Falco",
        )
