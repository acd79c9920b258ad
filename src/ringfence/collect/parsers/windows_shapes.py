"""The shapes in which Windows events travel, each turned into flat native fields and the five things all share."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import orjson

from ringfence.collect.flatten import compact, flatten
from ringfence.collect.parsers.windows_event import LEVELS, hex_keywords
from ringfence.collect.parsers.windows_xml import data_of_xml
from ringfence.collect.timestamp import parse_time
from ringfence.core.errors import ParseError

Json = dict[str, Any]

_MAX_DEPTH = 16
_NOISE = ("SourceModuleName", "SourceModuleType", "EventReceivedTime", "@version")
_CHANNELS = ("Channel", "LogName", "EventLog", "log_name", "channel", "Log")
_PROVIDERS = (
    "SourceName",
    "ProviderName",
    "Provider_Name",
    "EventSourceName",
    "Provider",
    "source_name",
    "Source",
    "provider_name",
)
_COMPUTERS = ("Hostname", "Computer", "ComputerName", "MachineName", "computer_name", "HostName", "hostname", "host")
_IDS = ("EventID", "EventId", "EventCode", "event_id", "Id", "eventID")
_TIMES = (
    "EventTime",
    "TimeCreated",
    "SystemTime",
    "TimeGenerated",
    "time_created",
    "@timestamp",
    "_time",
    "timestamp",
    "time",
)
_NXLOG_TYPES = frozenset(("INFO", "WARNING", "ERROR", "AUDIT_SUCCESS", "AUDIT_FAILURE", "VERBOSE", "CRITICAL"))
_QUARTER = 15 * 60 * 1_000_000
Shaped = tuple[Json, str, str, int, int | None]
"""Native fields, channel, provider, event id and time (µs UTC or None); a plain tuple, made for every event."""


def event_id_of(value: Any) -> int:
    """Return the id of 4624, "4624", 4624.0 or `{"#text": 4624, ...}`; raise ParseError for anything else."""
    if type(value) is int:
        return value & 0xFFFF if value > 0xFFFF else value
    if isinstance(value, dict):
        node = cast(Json, value)
        return event_id_of(node.get("#text", node.get("Value", node.get("value"))))
    if isinstance(value, float) and value.is_integer():
        return event_id_of(int(value))
    if isinstance(value, str) and value.strip().isdigit() and len(value) < 12:
        return event_id_of(int(value))
    raise ParseError("the event id is missing or is no number")


def from_event(event: Json) -> Shaped:
    """`{"System": {...}, "EventData": {...}}`, as the EVTX reader and XML converters write it."""
    system = event.get("System")
    if type(system) is not dict:
        raise ParseError("the event has no System part")
    provider = text_of(_attribute(system.get("Provider"), "Name"))
    channel = text_of(system.get("Channel"))
    event_id = event_id_of(system.get("EventID"))
    fields: Json = {"Channel": channel, "Computer": text_of(system.get("Computer"))}
    for name in ("Level", "Task", "Opcode", "Keywords", "Version", "EventRecordID"):
        value = system.get(name)
        if value is not None:
            fields[name] = value if type(value) is not dict else value.get("#text")
    execution = system.get("Execution")
    if type(execution) is dict:
        for name in ("ProcessID", "ThreadID"):
            value = _attribute(execution, name)
            if value is not None:
                fields[f"Execution_{name}"] = value
    sid = _attribute(system.get("Security"), "UserID")
    if sid:
        fields["UserID"] = sid
    for part, value in event.items():
        if part == "EventData":
            add_event_data(fields, value)
        elif part not in ("System", "#attributes", "RenderingInfo") and type(value) is dict:
            add_tree(fields, value, 0)
    rendered = event.get("RenderingInfo")
    if type(rendered) is dict and rendered.get("Message"):
        fields.setdefault("Message", text_of(rendered["Message"]))
    when = system.get("TimeCreated")
    time = parse_time(_attribute(when, "SystemTime") if type(when) is dict else when)
    if time is None:
        time = parse_time(fields.get("UtcTime"))
    return fields, channel, provider, event_id, time


def _attribute(node: Any, name: str) -> Any:
    """An attribute, however the converter spells it: under `#attributes`, with `@`, or as a plain key."""
    if type(node) is not dict:
        return node if name == "Name" and type(node) is str else None
    attributes = node.get("#attributes")
    if type(attributes) is dict and name in attributes:
        return attributes[name]
    found = node.get(f"@{name}")
    return found if found is not None else node.get(name)


def text_of(value: Any) -> str:
    """Return the text of a plain value or of an element with attributes; "" for none."""
    if type(value) is str:
        return value
    if type(value) is dict:
        return text_of(value.get("#text"))
    return "" if value is None else str(value)


def add_event_data(fields: Json, data: Any) -> None:
    """Add EventData: named values under their names, nameless ones joined by line breaks under `Data`."""
    if type(data) is str:
        if data:
            fields["Data"] = data
        return
    if type(data) is not dict:
        return
    nameless: list[str] = []
    for name, value in data.items():
        if name == "Data":
            _add_nameless(fields, value, nameless)
        elif name == "#attributes" or name[:1] == "@":
            continue
        elif type(value) is dict:
            fields[name] = value["#text"] if "#text" in value else compact(value)
        else:
            fields[name] = value
    if nameless:
        fields["Data"] = "\n".join(nameless)


def _add_nameless(fields: Json, value: Any, nameless: list[str]) -> None:
    if type(value) is dict:
        name = _attribute(value, "Name")
        text = value.get("#text")
        if name:
            fields[name] = "" if text is None else text
        elif type(text) is list:
            nameless.extend(map(text_of, text))
        elif text is not None:
            nameless.append(text_of(text))
    elif type(value) is list:
        for item in value[:1000]:
            _add_nameless(fields, item, nameless)
    elif value is not None:
        nameless.append(str(value))


def add_tree(fields: Json, tree: Json, depth: int) -> None:
    """Add UserData: the innermost names count, whatever element the provider wraps them in."""
    for name, value in tree.items():
        if name == "#attributes" or name[:1] == "@":
            continue
        if type(value) is dict:
            if "#text" in value:
                fields[name] = value["#text"]
            elif depth < _MAX_DEPTH:
                add_tree(fields, value, depth + 1)
        elif type(value) is list:
            fields[name] = [compact(item) for item in value[:1000]]
        else:
            fields[name] = value


def from_flat(data: Json, zone: int = 0) -> Shaped:
    """One object with everything side by side: NXLog, Snare, OTRF, Azure Monitor tables, Splunk, Get-WinEvent."""
    fields = data.copy()
    channel = fields.get("Channel")
    if type(channel) is not str:
        channel = _first(fields, _CHANNELS) or ("Security" if fields.get("Type") == "SecurityEvent" else "")
        fields["Channel"] = channel
    provider = fields.get("SourceName")
    if type(provider) is not str:
        provider = _first(fields, _PROVIDERS)
    host = fields.get("Hostname")
    if type(host) is not str:
        host = _first(fields, _COMPUTERS)
    fields["Computer"] = host
    number = fields.get("EventID")
    if number is None:
        number = next((fields[name] for name in _IDS if name in fields), None)
    event_id = number if type(number) is int and 0 <= number < 65536 else event_id_of(number)
    nxlog = "SourceModuleType" in fields
    if dict in map(type, data.values()):
        fields = _unnested(fields)
    if "EventData" in data:
        _azure_data(fields, data["EventData"])
    if "RenderedDescription" in fields:
        fields.setdefault("Message", fields["RenderedDescription"])
    settle_level(fields)
    time = _flat_time(fields, nxlog, zone)
    if nxlog:
        for name in _NOISE:
            fields.pop(name, None)
    if event_id in (12, 13, 14):
        _registry_type(fields)
    if "Keywords" in fields:
        fields["Keywords"] = hex_keywords(fields["Keywords"])
    if provider == "Microsoft-Windows-Sysmon" and "UtcTime" not in fields:
        _read_message(fields)
    return fields, channel, provider, event_id, time


def _first(fields: Json, names: tuple[str, ...]) -> str:
    for name in names:
        value = fields.get(name)
        if type(value) is str and value:
            return value
    return ""


def _unnested(fields: Json) -> Json:
    for outer in ("EventData", "UserData", "event_data", "user_data"):
        inner = fields.get(outer)
        if type(inner) is dict:
            del fields[outer]
            (add_event_data if outer.lower().startswith("event") else _add_user_data)(fields, inner)
    return flatten(fields)


def _add_user_data(fields: Json, inner: Json) -> None:
    add_tree(fields, inner, 0)


def _azure_data(fields: Json, value: Any) -> None:
    """Log Analytics keeps the event data as JSON text (WindowsEvent) or XML text (Event, SecurityEvent)."""
    if type(value) is not str or not value:
        return
    if value[0] == "{":
        try:
            inner = orjson.loads(value)
        except orjson.JSONDecodeError:
            return
        if type(inner) is dict:
            del fields["EventData"]
            add_event_data(fields, inner)
    elif value[0] == "<":
        inner = data_of_xml(value)
        if inner:
            del fields["EventData"]
            add_event_data(fields, inner)


def settle_level(fields: Json) -> None:
    """Give `Level` as the event log does: a number from 1 (critical) to 5 (verbose)."""
    get = fields.get
    level: Any = get("Level")
    if level is None:
        level = get("Severity")
        if level is None:
            level = get("EventLevel", get("LevelDisplayName"))
    if type(level) is str:
        number = LEVELS.get(level) or LEVELS.get(level.lower())
        if number is None:
            if not level.isdigit() or len(level) > 3:
                return
            number = int(level)
        fields["Level"] = number
    elif type(level) is int:
        fields["Level"] = level


def _flat_time(fields: Json, nxlog: bool, zone: int) -> int | None:
    """Sysmon's own UtcTime first: EventTime is local time, without a zone more often than not."""
    get = fields.get
    own = get("UtcTime")
    if type(own) is str and len(own) > 18:
        time = parse_time(own)
        if time is not None:
            return time
    if nxlog:
        return _nxlog_time(fields, zone)
    for name in _TIMES:
        value = get(name)
        if value is not None:
            time = parse_time(value, zone)
            if time is not None:
                return time
    return None


def _nxlog_time(fields: Json, zone: int) -> int | None:
    """EventTime is local; where the moment of receipt is there both in local time and in UTC, they tell the zone."""
    text: Any = fields.get("EventTime")
    received: Any = fields.get("EventReceivedTime")
    stamped: Any = fields.get("@timestamp")
    if type(text) is str and type(received) is str and type(stamped) is str:
        local_times = len(text) == 19 and len(received) == 19
        if local_times and stamped[-1:] == "Z":
            time = _zoned(text, received[:16], stamped[:16], zone)
            if time is not None:
                return time
    time = parse_time(text, zone)
    return time if time is not None else parse_time(stamped)


@lru_cache(maxsize=4096)
def _zoned(text: str, there: str, utc: str, zone: int) -> int | None:
    """A local time by a clock that showed `there` when it was `utc`, both to the minute.

    Remembered, as events of one second share all of it.
    """
    local = parse_time(text, zone)
    if local is None:
        return None
    one, other = parse_time(f"{utc}:00Z"), parse_time(f"{there}:00", zone)
    if one is None or other is None:
        return local
    behind = (one - other + _QUARTER // 2) // _QUARTER * _QUARTER
    return local + behind if abs(behind) <= 60 * _QUARTER else local


def _registry_type(fields: Json) -> None:
    """NXLog puts its own EventType over Sysmon's: the message still has it."""
    if fields.get("EventType", "INFO") not in _NXLOG_TYPES:
        return
    message: Any = fields.get("Message")
    at = message.find("EventType: ") if type(message) is str else -1
    if at >= 0:
        fields["EventType"] = message[at + 11 : at + 43].partition("\n")[0].strip()


def _read_message(fields: Json) -> None:
    """Sysmon's rendered message holds all its data as `Name: value` lines."""
    message = fields.get("Message")
    if type(message) is not str:
        return
    for line in message.split("\n")[1:100]:
        name, colon, value = line.partition(": ")
        if colon and name.isalnum():
            fields.setdefault(name, value.rstrip("\r"))
