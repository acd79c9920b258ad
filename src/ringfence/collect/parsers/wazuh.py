"""Wazuh alerts (`alerts.json`): the rule that fired, over the event that it fired on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import apply, compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.parsers.windows_event import build
from ringfence.collect.parsers.windows_shippers import from_wazuh
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.logsource import Logsource, logsource

_ALERT = compile_table(
    {
        "rule.id": "rule.id",
        "rule.description": "rule.name",
        "rule.level": "rule.level",
        "rule.mitre.id": "threat.technique.id",
        "agent.name": "agent.name",
        "manager.name": "observer.name",
        "id": "event.id",
    }
)
_DATA = compile_table(
    {
        "predecoder.hostname": "host.name",
        "agent.name": "host.name",
        "agent.ip": "host.ip",
        "data.srcip": "source.ip",
        "data.src_ip": "source.ip",
        "data.srcport": "source.port",
        "data.src_port": "source.port",
        "data.dstip": "destination.ip",
        "data.dest_ip": "destination.ip",
        "data.dstport": "destination.port",
        "data.dest_port": "destination.port",
        "data.protocol": "network.transport",
        "data.proto": "network.transport",
        "data.srcuser": "user.name",
        "data.dstuser": "user.target.name",
        "data.user": "user.name",
        "data.aws.userIdentity.userName": "user.name",
        "data.aws.sourceIPAddress": "source.ip",
        "data.url": "@url",
        "data.id": "http.response.status_code",
        "data.action": "event.action",
        "data.status": "event.reason",
        "data.command": "process.command_line",
        "data.audit.exe": "@image",
        "data.audit.command": "process.name",
        "data.audit.file.name": "@file",
        "data.vulnerability.cve": "threat.indicator.name",
        "syscheck.path": "@file",
        "syscheck.sha256_after": "file.hash.sha256",
        "syscheck.sha1_after": "file.hash.sha1",
        "syscheck.md5_after": "file.hash.md5",
        "syscheck.size_after": "file.size",
        "syscheck.event": "event.action",
        "syscheck.uname_after": "user.name",
        "syscheck.audit.user.name": "user.name",
        "syscheck.audit.process.name": "@image",
        "predecoder.program_name": "process.name",
        "full_log": "message",
        "location": "event.provider",
    }
)
_SERVICES = {"sshd": "sshd", "sudo": "sudo", "auditd": "auditd", "pam": "auth", "cron": "cron", "vsftpd": "vsftpd"}
"""Wazuh decoders whose events SigmaHQ has a Linux service for."""


class Wazuh(JsonParser):
    """Wazuh alerts and archives. Windows events inside keep Windows' own names; the rule stands in `rule.*`."""

    name: ClassVar[str] = "wazuh"
    title: ClassVar[str] = "Wazuh alerts"
    samples: ClassVar[Sequence[str]] = (
        '{"timestamp":"2026-03-01T08:00:00.123+0000","rule":{"level":5,"description":"sshd: failed.","id":'
        '"5760","mitre":{"id":["T1110"]}},"agent":{"id":"001","name":"srv1","ip":"198.51.100.9"},"manager":{"name":"w"},'
        '"id":"1772352000.77","full_log":"Failed for mia","decoder":{"name":"sshd"},"data":{"srcip":"192.0.2.7",'
        '"srcuser":"mia"},"location":"/var/log/auth.log"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an alert or an archived event of Wazuh."""
        if "agent" not in data or "manager" not in data:
            return False
        return "rule" in data or "decoder" in data or "full_log" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        inner: Any = data.get("data")
        win = inner.get("win") if type(inner) is dict else None
        if type(win) is dict and type(win.get("system")) is dict:
            return self._windows(data, win, fields)
        decoder = str(fields.get("decoder.name", "")).lower()
        kind = "syscheck" if "syscheck" in data else decoder or "alert"
        parsed = event(
            self.name,
            _source(kind),
            f"wazuh.{kind[:40]}",
            parse_time(data.get("timestamp")),
            fields,
            _ALERT,
            event__category=["intrusion_detection"],
        )
        apply(_DATA, fields, parsed.ecs)
        _alert_words(data, parsed.ecs)
        if type(inner) is dict:
            for name, value in flatten(inner).items():
                fields.setdefault(name, value)
        if "predecoder.timestamp" not in fields and parsed.time is None:
            parsed.time = parse_time(data.get("@timestamp"))
        return parsed

    def _windows(self, data: Json, win: Json, outer: Json) -> Parsed:
        shaped = from_wazuh(win)
        parsed = build(self.name, *shaped)
        apply(_ALERT, outer, parsed.ecs)
        _alert_words(data, parsed.ecs)
        if parsed.time is None:
            parsed.time = parse_time(data.get("timestamp"))
        for name, value in outer.items():
            if name.startswith(("rule.", "agent.")):
                parsed.fields[name] = value
        return parsed


def _source(kind: str) -> Logsource:
    service = _SERVICES.get(kind)
    if service is not None:
        return logsource("linux", (), service)
    return logsource("wazuh", ("file_event",) if kind == "syscheck" else (), kind[:40])


def _alert_words(data: Json, ecs: dict[str, EcsValue]) -> None:
    rule: Any = data.get("rule")
    level = rule.get("level") if type(rule) is dict else None
    if type(level) is int and 0 <= level < 100:
        ecs["event.severity"] = level
    groups: Any = rule.get("groups") if type(rule) is dict else None
    if type(groups) is list:
        if "authentication_failed" in groups or "authentication_failures" in groups:
            ecs["event.outcome"], ecs["event.category"] = "failure", ["authentication"]
        elif "authentication_success" in groups:
            ecs["event.outcome"], ecs["event.category"] = "success", ["authentication"]
