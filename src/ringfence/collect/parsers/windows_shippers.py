"""Windows events as Winlogbeat and Wazuh ship them: under names of their own, given back as Windows spells them."""

from __future__ import annotations

from typing import Any

from ringfence.collect.flatten import compact, dig
from ringfence.collect.parsers.windows_shapes import (
    Json,
    Shaped,
    add_event_data,
    add_tree,
    event_id_of,
    from_flat,
    settle_level,
    text_of,
)
from ringfence.collect.timestamp import parse_time
from ringfence.core.errors import ParseError

_WAZUH_LOWER = frozenset(
    (
        *("subjectName", "processPath", "payload", "process", "url", "jobOwner", "jobTitle", "jobId"),
        *(f"param{number}" for number in range(1, 40)),
    )
)
"""Names of event data that do begin with a small letter."""
_ECS_TO_SYSMON = {
    "process.executable": "Image",
    "process.command_line": "CommandLine",
    "process.working_directory": "CurrentDirectory",
    "process.pid": "ProcessId",
    "process.entity_id": "ProcessGuid",
    "process.parent.executable": "ParentImage",
    "process.parent.command_line": "ParentCommandLine",
    "process.parent.pid": "ParentProcessId",
    "process.parent.entity_id": "ParentProcessGuid",
    "process.pe.original_file_name": "OriginalFileName",
    "process.pe.description": "Description",
    "process.pe.product": "Product",
    "process.pe.company": "Company",
    "process.pe.file_version": "FileVersion",
    "file.path": "TargetFilename",
    "registry.path": "TargetObject",
    "dns.question.name": "QueryName",
    "source.ip": "SourceIp",
    "source.port": "SourcePort",
    "source.domain": "SourceHostname",
    "destination.ip": "DestinationIp",
    "destination.port": "DestinationPort",
    "destination.domain": "DestinationHostname",
}
"""Winlogbeat's Sysmon module moves event data into ECS: Sigma's names are given back."""


_HEADER = (
    ("winlog.record_id", "EventRecordID"),
    ("winlog.task", "Task"),
    ("winlog.opcode", "Opcode"),
    ("winlog.keywords", "Keywords"),
    ("winlog.version", "Version"),
    ("winlog.process.pid", "Execution_ProcessID"),
    ("winlog.process.thread.id", "Execution_ThreadID"),
    ("winlog.user.identifier", "UserID"),
    ("message", "Message"),
    ("winlog.level", "Level"),
    ("log.level", "Level"),
)


def from_winlogbeat(data: Json) -> Shaped:
    """Winlogbeat 7 and 8 and Elastic Agent, nested or with dots in the names."""
    channel = text_of(dig(data, "winlog.channel"))
    provider = text_of(dig(data, "winlog.provider_name"))
    event_id = event_id_of(_some(dig(data, "winlog.event_id"), dig(data, "event.code")))
    fields: Json = {"Channel": channel}
    host = dig(data, "winlog.computer_name")
    fields["Computer"] = text_of(host if host is not None else dig(data, "host.name"))
    for path, name in _HEADER:
        value = dig(data, path)
        if value is not None:
            fields.setdefault(name, value)
    settle_level(fields)
    found = dig(data, "winlog.event_data")
    if type(found) is dict:
        _add_beat_data(fields, found)
    else:
        prefix = "winlog.event_data."
        _add_beat_data(fields, {key[len(prefix) :]: value for key, value in data.items() if key.startswith(prefix)})
    extra = dig(data, "winlog.user_data")
    if type(extra) is dict:
        add_tree(fields, extra, 0)
    if "sysmon" in channel.lower():
        for path, name in _ECS_TO_SYSMON.items():
            if name not in fields:
                value = dig(data, path)
                if value is not None:
                    fields[name] = compact(value)
    time = parse_time(_some(dig(data, "winlog.time_created"), dig(data, "event.created_at")))
    if time is None:
        time = parse_time(data.get("@timestamp"))
    return fields, channel, provider, event_id, time


def _some(first: Any, second: Any) -> Any:
    return first if first is not None else second


def _add_beat_data(fields: Json, found: Json) -> None:
    """Winlogbeat numbers nameless data: param1, param2, ...; they are joined under `Data` too."""
    add_event_data(fields, found)
    if "param1" in fields and "Data" not in fields:
        values = [text_of(fields[f"param{n}"]) for n in range(1, 50) if f"param{n}" in fields]
        fields["Data"] = "\n".join(values)


def from_old_winlogbeat(data: Json) -> Shaped:
    """Winlogbeat 5 and 6: `event_id`, `log_name`, `source_name`, `event_data` at the top."""
    shaped = from_flat(data)
    inner = data.get("event_data")
    if type(inner) is dict:
        _add_beat_data(shaped[0], inner)
    return shaped


def from_wazuh(win: Json) -> Shaped:
    """Wazuh's `data.win`: names begin with a small letter; Windows' own spelling is given back."""
    system = win.get("system")
    if type(system) is not dict:
        raise ParseError("the event has no system part")
    channel, provider = text_of(system.get("channel")), text_of(system.get("providerName"))
    fields: Json = {"Channel": channel, "Computer": text_of(system.get("computer"))}
    for name in ("level", "task", "opcode", "keywords", "version", "eventRecordID", "message"):
        if name in system:
            fields[name[0].upper() + name[1:]] = system[name]
    settle_level(fields)
    if type(fields.get("Message")) is str:
        fields["Message"] = fields["Message"].strip('"')
    for outer in ("eventdata", "eventData", "userData", "userdata"):
        inner = win.get(outer)
        if type(inner) is not dict:
            continue
        leaves: Json = {}
        if outer.lower() == "userdata":
            add_tree(leaves, inner, 0)
        else:
            leaves = inner
        for name, value in leaves.items():
            spelled = name if name in _WAZUH_LOWER else name[:1].upper() + name[1:]
            fields[spelled] = _single(value) if type(value) is str else compact(value)
    time = parse_time(system.get("systemTime"))
    return fields, channel, provider, event_id_of(system.get("eventID")), time


def _single(value: str) -> str:
    """Wazuh escapes backslashes twice: where all come in pairs, a pair is one."""
    if "\\\\" in value and "\\" not in value.replace("\\\\", ""):
        return value.replace("\\\\", "\\")
    return value
