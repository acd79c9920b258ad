"""Envelopes around records, taken off: what a shipper or a container runtime put around the line that it carried."""

from __future__ import annotations

from typing import Any

import orjson

from ringfence.collect.flatten import dig
from ringfence.collect.record import Record, SyslogHeader
from ringfence.collect.timestamp import parse_time

Json = dict[str, Any]

_FACILITIES = {
    name: number
    for number, name in enumerate(
        [
            "kern",
            "user",
            "mail",
            "daemon",
            "auth",
            "syslog",
            "lpr",
            "news",
            "uucp",
            "cron",
            "authpriv",
            "ftp",
            "ntp",
            "audit",
            "alert",
            "clock",
            "local0",
            "local1",
            "local2",
            "local3",
            "local4",
            "local5",
            "local6",
            "local7",
        ]
    )
}
_SEVERITIES = {
    **{
        name: number
        for number, name in enumerate(["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"])
    },
    "emergency": 0,
    "critical": 2,
    "error": 3,
    "warn": 4,
    "informational": 6,
}
_BEATS = frozenset(("agent", "input", "fileset", "beat", "prospector", "filebeat", "log", "offset", "source", "type"))
_BEATS_OWN = _BEATS | frozenset(
    ("@timestamp", "@version", "@metadata", "message", "host", "ecs", "tags", "fields", "event", "service", "cloud")
)
_UNTOUCHED = frozenset(
    (
        "dataset",
        "module",
        "timezone",
        "ingested",
        "created",
        "original",
        "agent_id_status",
        "kind",
        "duration",
        "sequence",
    )
)
"""What Beats say of an event that nobody has taken apart yet."""
_FLUENT = frozenset(("log", "stream", "time", "date", "@timestamp", "kubernetes", "_p", "logtag", "tag", "docker"))
_MAX_TEXT = 1 << 20


def unwrap(record: Record) -> Record | None:
    """Return the record inside, or None where the record is no known envelope.

    Opens Beats' `event.original` and plain Filebeat lines, Docker's json-file, Fluent Bit's `log`, journald exports,
    Log Analytics' Syslog rows. Time, host and program that the envelope knows go to `meta` and the syslog header.
    """
    data = record.data
    if data is None or "EventID" in data or "Event" in data:
        return None
    if "MESSAGE" in data:
        return _journald(record, data)
    if "SyslogMessage" in data:
        return _log_analytics(record, data)
    if "integration" in data:
        return _integration(record, data)
    if "log" in data and type(data["log"]) is str and data.keys() <= _FLUENT:
        return _container(record, data)
    if "winlog" in data:
        return None
    shipped = "agent" in data or "beat" in data or "log" in data
    if shipped and "message" in data and data.keys() <= _BEATS_OWN and _is_bare(data):
        return _beat(record, data, data["message"])
    original = dig(data, "event.original")
    if type(original) is str and original and _is_bare(data):
        return _beat(record, data, original)
    return None


def _integration(record: Record, data: Json) -> Record | None:
    """Wazuh's modules wrap what they fetch under the product's name: opened where the product has its own parser."""
    name = data["integration"]
    inner: Any = data.get(name) if type(name) is str else None
    if type(inner) is not dict:
        return None
    known = (
        ("eventName" in inner and "eventSource" in inner)
        or ("Operation" in inner and ("Workload" in inner or "RecordType" in inner))
        or ("class_uid" in inner and "metadata" in inner)
    )
    return Record(record.raw, inner, "", record.number, meta=record.meta) if known else None


def _is_bare(data: Json) -> bool:
    """Tell whether nobody has taken the original apart yet: then there is no category, action or code."""
    head = data.get("event")
    if type(head) is not dict:
        return "event.category" not in data and "event.action" not in data
    return head.keys() <= _UNTOUCHED


def _inner(record: Record, text: str, syslog: SyslogHeader | None, meta: Json) -> Record:
    """The record of the text inside; text that is a JSON object is decoded."""
    data: Json | None = None
    stripped = text.strip()
    if stripped[:1] == "{" and stripped[-1:] == "}" and len(stripped) <= _MAX_TEXT:
        try:
            value = orjson.loads(stripped)
        except orjson.JSONDecodeError:
            value = None
        if type(value) is dict:
            data = value
    known = {name: value for name, value in meta.items() if value not in (None, "")}
    return Record(text.rstrip("\r\n"), data, "", record.number, syslog=syslog, meta={**record.meta, **known})


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def _beat(record: Record, data: Json, text: Any) -> Record | None:
    if type(text) is not str or not text.strip():
        return None
    meta = {
        "host": _text(dig(data, "host.name"))
        or _text(dig(data, "agent.hostname"))
        or _text(dig(data, "beat.hostname")),
        "path": _text(dig(data, "log.file.path")) or _text(data.get("source")),
        "time": parse_time(data.get("@timestamp")),
        "agent": _text(dig(data, "agent.name")),
    }
    return _inner(record, text, None, meta)


def _container(record: Record, data: Json) -> Record | None:
    text = data["log"]
    if not text.strip():
        return None
    when = data.get("time", data.get("date", data.get("@timestamp")))
    meta = {
        "time": parse_time(when),
        "host": _text(dig(data, "kubernetes.host")),
        "container": _text(dig(data, "kubernetes.container_name")),
        "pod": _text(dig(data, "kubernetes.pod_name")),
        "namespace": _text(dig(data, "kubernetes.namespace_name")),
    }
    return _inner(record, text, None, meta)


def _journald(record: Record, data: Json) -> Record | None:
    """`journalctl -o json`; a message that is no UTF-8 is a list of bytes there."""
    message: Any = data["MESSAGE"]
    if type(message) is list:
        try:
            message = bytes(message).decode("utf-8", "replace")
        except (ValueError, TypeError):
            return None
    if type(message) is not str or not message.strip():
        return None
    time = parse_time(data.get("_SOURCE_REALTIME_TIMESTAMP") or data.get("__REALTIME_TIMESTAMP"))
    facility, severity = _number(data.get("SYSLOG_FACILITY")), _number(data.get("PRIORITY"))
    header = SyslogHeader(
        time=time if time is not None else parse_time(data.get("@timestamp")),
        priority=(facility if facility is not None else 1) * 8 + severity if severity is not None else None,
        host=_text(data.get("_HOSTNAME")),
        program=_text(data.get("SYSLOG_IDENTIFIER")) or _text(data.get("_COMM")),
        pid=str(data.get("SYSLOG_PID") or data.get("_PID") or ""),
    )
    return _inner(record, message, header, {"host": header.host, "time": header.time})


def _log_analytics(record: Record, data: Json) -> Record | None:
    text = _text(data["SyslogMessage"])
    if not text.strip():
        return None
    time = parse_time(data.get("EventTime"))
    facility = _FACILITIES.get(_text(data.get("Facility")).lower())
    severity = _SEVERITIES.get(_text(data.get("SeverityLevel")).lower())
    header = SyslogHeader(
        time=time if time is not None else parse_time(data.get("TimeGenerated")),
        priority=facility * 8 + severity if facility is not None and severity is not None else None,
        host=_text(data.get("HostName")) or _text(data.get("Computer")),
        program=_text(data.get("ProcessName")),
        pid=str(data.get("ProcessID") or ""),
    )
    return _inner(record, text, header, {"host": header.host, "time": header.time})


def _number(value: Any) -> int | None:
    if type(value) is int:
        return value
    return int(value) if type(value) is str and value.isdigit() and len(value) < 4 else None
