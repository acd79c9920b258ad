"""Records that are (or carry) a piece of XML: McAfee ePO, Sophos for Unix, Windows events behind syslog.

Read with a scanner for flat elements: no entity is expanded and nothing outside the record is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import ClassVar

from ringfence.collect.parsers.text import TextParser, header_ecs, header_time, put_address, put_user, zone_of
from ringfence.collect.record import Record
from ringfence.collect.text_time import any_us
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_ELEMENT = re.compile(r"<([A-Za-z][\w.:-]{0,63})(?: [^<>]{0,1024})?>([^<>]{0,32768})</")
_ATTRIBUTE = re.compile(r'([A-Za-z][\w.:-]{0,63})="([^"<>]{0,4096})"')
_MAX = 512
_EPO = {
    "MachineName": "host.name", "EventID": "event.code", "ThreatName": "rule.name", "ThreatActionTaken": "event.action",
    "TargetFileName": "file.path", "SourceProcessName": "process.name", "ThreatCategory": "rule.id",
    "AnalyzerName": "observer.product", "SourceProcessHash": "process.hash.md5",
}  # fmt: skip


def flat_xml(text: str) -> dict[str, FieldValue]:
    """Text of the leaf elements by name; of a name that comes again the values are joined with a blank."""
    fields: dict[str, FieldValue] = {}
    for name, value in _ELEMENT.findall(text[:262144])[:_MAX]:
        value = unescape(value.strip())
        fields[name] = f"{fields[name]} {value}" if name in fields else value
    return fields


def _first(fields: dict[str, FieldValue], *names: str) -> str:
    return next((value for name in names if isinstance(value := fields.get(name), str) and value), "")


class McAfee(TextParser):
    """Parses events that McAfee (Trellix) ePO forwards."""

    name: ClassVar[str] = "mcafee-epo"
    title: ClassVar[str] = "McAfee and Trellix ePO"
    samples: ClassVar[Sequence[str]] = (
        "2026-03-01T08:00:00.0Z epo1 EPOEvents - EventFwd "
        '[agentInfo@3401 tenantId="1"] <?xml '
        'version="1.0"?><EPOevent><MachineInfo>'
        "<MachineName>PC7</MachineName><IPAddress>192.0.2.7</IPAddress><UserName>mia</UserName></MachineInfo><Event><EventID>1092</EventID>"
        "<GMTTime>2026-03-01T08:00:00</GMTTime><CommonFields><ThreatName>Test</ThreatName><ThreatActionTaken>blocked</ThreatActionTaken>"
        "</CommonFields></Event></EPOevent>",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether ePO's root element stands near the beginning."""
        head = record.body[:300]
        return (
            "<EPOevent" in head
            or "<UpdateEvents" in head
            or (record.syslog is not None and record.syslog.program == "EPOEvents")
        )

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        fields = flat_xml(record.body)
        if not fields:
            raise ParseError("no XML elements in an ePO record")
        ecs = header_ecs(record)
        for header_only in ("process.name", "event.provider", "process.pid"):
            ecs.pop(header_only, None)
        ecs["event.module"], ecs["observer.vendor"], ecs["message"] = "mcafee", "McAfee", record.body[:4096]
        for name, field in _EPO.items():
            value = fields.get(name)
            if isinstance(value, str) and value:
                ecs[field] = value
        put_address(ecs, "host", str(fields.get("IPAddress") or ""))
        put_address(
            ecs,
            "source",
            _first(fields, "SourceIPV4", "SourceHostName", "IPAddress"),
        )
        put_address(ecs, "destination", str(fields.get("TargetIPV4") or ""))
        put_user(ecs, _first(fields, "SourceUserName", "TargetUserName", "UserName"))
        put_user(ecs, str(fields.get("TargetUserName") or ""), "user.target.name")
        ecs.pop("host.domain", None)
        action = str(fields.get("ThreatActionTaken") or "").lower()
        if action:
            ecs["event.outcome"] = (
                "failure" if any(w in action for w in ("block", "den", "delet", "quarant", "clean")) else "success"
            )
        fields["Signature"], fields["Filename"] = fields.get("ThreatName"), fields.get("TargetFileName")
        read = any_us(str(fields.get("GMTTime") or fields.get("DetectedUTC") or ""), 0)
        source = logsource("mcafee", ("antivirus",), "epo")
        return Parsed(self.name, source, read[0] if read else header_time(record), ecs, fields)


class SophosUnix(TextParser):
    """Parses Sophos Anti-Virus for Unix (`<log><category>...`)."""

    name: ClassVar[str] = "sophos-unix"
    title: ClassVar[str] = "Sophos Anti-Virus for Unix"
    samples: ClassVar[Sequence[str]] = (
        "<log><category>savscan.log</category><level>INFO</level><domain>savscan</domain>"
        "<msg>NOTIFY_ONDEMANDTHREAT_INFECTED %s</msg>"
        "<time>1772352000</time><arg>/home/mia/eicar.com</arg></log>",
    )
    starts: ClassVar[str] = "<"

    def accepts(self, record: Record) -> bool:
        """Tell whether the record is Sophos' log element."""
        return record.body.startswith("<log><category>")

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        fields = flat_xml(record.body)
        message, args = str(fields.get("msg") or ""), str(fields.get("arg") or "")
        text = message
        for word in args.split(" ")[:32]:
            text = text.replace("%s", word, 1)
        ecs: dict[str, EcsValue] = {"event.module": "sophos", "observer.vendor": "Sophos", "message": text}
        ecs["event.action"] = message.split(" ", maxsplit=1)[0]
        ecs["event.provider"], ecs["log.level"] = (
            str(fields.get("domain") or ""),
            str(fields.get("level") or "").lower(),
        )
        if "INFECTED" in message or "THREAT" in message:
            fields["Filename"] = args
            ecs["file.path"] = args
        read = any_us(str(fields.get("time") or ""), 0, zone_of(record))
        return Parsed(
            self.name,
            logsource("sophos", ("antivirus",), "savscan"),
            read[0] if read else header_time(record),
            ecs,
            fields,
        )
