"""osquery results, differential and snapshot."""

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

_STEPS = compile_table(
    {
        "hostIdentifier": "host.name",
        "decorations.hostname": "host.name",
        "name": "rule.name",
        "action": "event.action",
        "columns.path": "@image",
        "columns.cmdline": "process.command_line",
        "columns.pid": "process.pid",
        "columns.cwd": "process.working_directory",
        "columns.parent": "process.parent.pid",
        "columns.username": "user.name",
        "columns.user": "user.name",
        "columns.uid": "user.id",
        "columns.target_path": "@file",
        "columns.sha256": "file.hash.sha256",
        "columns.local_address": "source.ip",
        "columns.local_port": "source.port",
        "columns.remote_address": "destination.ip",
        "columns.remote_port": "destination.port",
    }
)
_NAMES = {
    "path": "Image",
    "cmdline": "CommandLine",
    "cwd": "CurrentDirectory",
    "target_path": "TargetFilename",
    "remote_address": "DestinationIp",
    "remote_port": "DestinationPort",
}
_CATEGORIES = (
    ("process_events", ("process_creation",)),
    ("socket_events", ("network_connection",)),
    ("file_events", ("file_event",)),
    ("processes", ("process_creation",)),
)


class Osquery(JsonParser):
    """Rows of osquery's scheduled queries; rows of the event tables get the names Sigma's categories use."""

    name: ClassVar[str] = "osquery"
    title: ClassVar[str] = "osquery results"
    samples: ClassVar[Sequence[str]] = (
        '{"name":"pack_it_process_events","hostIdentifier":"srv1","unixTime":'
        '1772352000,"decorations":{"platform":"ubuntu"},"columns":{"path":"/usr/bin/id","cmdline":"id -u","pid":"7",'
        '"uid":"0"},"action":"added"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a result of a scheduled query."""
        return "hostIdentifier" in data and ("columns" in data or "snapshot" in data or "diffResults" in data)

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        for native, name in _NAMES.items():
            value = fields.get(f"columns.{native}")
            if value is not None:
                fields.setdefault(name, value)
        query = str(data.get("name", ""))
        categories = next((found for mark, found in _CATEGORIES if mark in query), ())
        platform = str(fields.get("decorations.platform") or fields.get("decorations.os") or "").lower()
        product = "windows" if "windows" in platform else "macos" if platform in ("darwin", "macos") else "linux"
        when = parse_time(data.get("unixTime"))
        return event(
            self.name,
            logsource(product, categories, "osquery"),
            "osquery.result",
            when if when is not None else parse_time(data.get("calendarTime")),
            fields,
            _STEPS,
            event__category=["process" if "process_creation" in categories else "host"],
        )
