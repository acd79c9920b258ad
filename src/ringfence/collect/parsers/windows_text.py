"""Windows in text: event log lines of OSSEC agents and Snare, Exchange's CSV logs, the Windows firewall."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.guess import guess
from ringfence.collect.parsers.text import (
    TextParser,
    as_int,
    as_ip,
    header_time,
    put_address,
    put_port,
    put_user,
    zone_of,
)
from ringfence.collect.parsers.web_access import put_request, put_status
from ringfence.collect.record import Record
from ringfence.collect.text_time import any_us, iso_us
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import Logsource, logsource

_OSSEC = re.compile(
    r"(?:WinEvtLog: )?(?P<channel>[\w/ .-]{2,80}?): "
    r"(?P<type>[A-Z_]{4,20})\((?P<id>\d{1,6})\): "
    r"(?P<provider>[^:]{1,128}): "
    r"(?P<user>[^:]{0,128}): (?P<domain>[^:]{0,128}): (?P<host>[^:]{1,255}): ?(?P<text>.*)",
    re.S,
)
_SNARE = re.compile(r"MSWinEventLog(?:\t|#011|,)")
_NAMED = re.compile(r"(?:^|\s{2,}|\t|\s(?=[A-Z][A-Za-z]{2,30}: ))([A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+){0,3}):[ \t]{1,8}")
_SYSMON = {
    "1": ("process_creation",),
    "2": ("file_change",),
    "3": ("network_connection",),
    "5": ("process_termination",),
    "6": ("driver_load",),
    "7": ("image_load",),
    "8": ("create_remote_thread",),
    "9": ("raw_access_thread",),
    "10": ("process_access",),
    "11": ("file_event",),
    "12": ("registry_add", "registry_delete", "registry_event"),
    "13": ("registry_set", "registry_event"),
    "14": ("registry_rename", "registry_event"),
    "15": ("create_stream_hash",),
    "17": ("pipe_created",),
    "18": ("pipe_created",),
    "22": ("dns_query",),
    "23": ("file_delete",),
}
_ECS = {
    "Image": "process.executable", "CommandLine": "process.command_line", "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line", "CurrentDirectory": "process.working_directory",
    "ProcessGuid": "process.entity_id", "TargetFilename": "file.path", "TargetObject": "registry.path", "LogonType": "",
}  # fmt: skip


def _place(channel: str, code: str) -> Logsource:
    lowered = channel.lower()
    if "sysmon" in lowered:
        return logsource("windows", _SYSMON.get(code, ()), "sysmon")
    service = {"security": "security", "system": "system", "application": "application"}.get(lowered)
    if service is None:
        service = (
            "powershell" if "powershell" in lowered else lowered.rsplit("/", 1)[0].removeprefix("microsoft-windows-")
        )
    return logsource("windows", (), service)


def _named_values(text: str) -> dict[str, FieldValue]:
    """`Name: value  Other Name: value` of a rendered message; names lose their blanks, as Sigma spells them."""
    fields: dict[str, FieldValue] = {}
    found = list(_NAMED.finditer(text[:16384]))[:256]
    for index, name in enumerate(found):
        end = found[index + 1].start() if index + 1 < len(found) else len(text)
        value = text[name.end() : end].strip()
        if value and value != "-":
            fields.setdefault(name[1].replace(" ", ""), value)
    return fields


def _windows_event(
    record: Record, channel: str, code: str, host: str, user: str, text: str, time: int | None, parser: str
) -> Parsed:
    fields = _named_values(text)
    fields |= {"Channel": channel, "EventID": as_int(code), "Computer": host, "Message": text}
    ecs: dict[str, EcsValue] = {
        "event.module": "windows",
        "event.code": code,
        "host.os.type": "windows",
        "message": text[:4096],
    }
    if host:
        ecs["host.name"] = host
    if user not in ("", "(no user)", "no user", "N/A", "SYSTEM"):
        put_user(ecs, user)
    for name, field in _ECS.items():
        value = fields.get(name)
        if field and isinstance(value, str):
            ecs[field] = value
    for name, field in (("Image", "process.name"), ("ParentImage", "process.parent.name")):
        value = fields.get(name)
        if isinstance(value, str):
            ecs[field] = value.rsplit("\\", 1)[-1]
    pid = as_int(str(fields.get("ProcessId") or ""))
    if pid is not None:
        ecs["process.pid"] = pid
    put_user(ecs, str(fields.get("User") or ""))
    put_address(ecs, "source", str(fields.get("SourceNetworkAddress") or fields.get("SourceIp") or ""))
    put_address(ecs, "destination", str(fields.get("DestinationIp") or ""))
    return Parsed(parser, _place(channel, code), time if time is not None else header_time(record), ecs, fields)


class WinEvtLog(TextParser):
    """Parses Windows events as OSSEC and Wazuh agents write them in text (`WinEvtLog: Security: ...`)."""

    name: ClassVar[str] = "winevtlog"
    title: ClassVar[str] = "Windows events in text (OSSEC)"
    samples: ClassVar[Sequence[str]] = (
        "2026 Mar 01 08:00:00 WinEvtLog: Security: AUDIT_FAILURE(4625)"
        ": Microsoft-Windows-Security-Auditing: (no user): no domain: "
        "PC7.example.com: An account failed to log on. Subject:  Account "
        "Name:  -  Source Network Address:  192.0.2.7  Source Port:  4022",
    )
    programs: ClassVar[frozenset[str]] = frozenset({"winevtlog"})
    everywhere: ClassVar[bool] = True
    starts: ClassVar[str] = "WSA0123456789"

    def accepts(self, record: Record) -> bool:
        """Tell whether the line is of the form `WinEvtLog: Channel: TYPE(id):`."""
        return super().accepts(record) or "WinEvtLog: " in record.body[:64]

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        at = record.body.find("WinEvtLog: ", 0, 64)
        found = _OSSEC.match(record.body, max(at, 0))
        if found is None:
            raise ParseError("not a WinEvtLog line")
        read = any_us(record.body, 0, zone_of(record)) if at > 0 else None
        time = read[0] if read is not None else None
        return _windows_event(
            record, found["channel"], found["id"], found["host"], found["user"], found["text"], time, self.name
        )


class Snare(TextParser):
    """Parses Windows events as the Snare agent writes them (tab-separated)."""

    name: ClassVar[str] = "snare"
    title: ClassVar[str] = "Windows events in text (Snare)"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 08:00:00 PC7 MSWinEventLog\t1\tSecurity\t77\tSun Mar 01 "
        "08:00:00 "
        "2026\t4625\tMicrosoft-Windows-Security-Auditing\tmia\tN/A"
        "\tFailure Audit\tPC7.example.com\tLogon\t\tAn account "
        "failed to log on.  Source Network Address:  192.0.2.7\t7",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether Snare's tag stands near the beginning."""
        return _SNARE.search(record.body[:128]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        text = record.body.replace("#011", "\t")
        at = text.find("MSWinEventLog")
        words = text[at:].split("\t") if "\t" in text[at : at + 20] else text[at:].split(",")
        if len(words) < 11:
            raise ParseError("a Snare record has at least eleven columns")
        read = any_us(words[4], 0, zone_of(record))
        message = words[13] if len(words) > 13 else words[-1]
        return _windows_event(
            record, words[2], words[5], words[10], words[7], message, read[0] if read else None, self.name
        )


_EXCHANGE_PROXY = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,12}Z,[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12},\d+,")
_EXCHANGE_ECP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,12}Z,[\w.-]{1,64},[A-Z]{2,10}\.[A-Za-z]{2,20},")
_EXCHANGE_TRACK = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,12}Z,[\da-fA-F.:]{0,45},[\w.-]{0,128},[\da-fA-F.:]{0,45},")
_ECP_PAIR = re.compile(r"[A-Z]:([A-Z]{2,12})=([^;]{0,4096})")


class Exchange(TextParser):
    """Parses Exchange's HttpProxy, ECP server and message tracking logs (CSV)."""

    name: ClassVar[str] = "exchange"
    title: ClassVar[str] = "Microsoft Exchange logs (CSV)"
    samples: ClassVar[Sequence[str]] = (
        "2026-03-01T08:00:00.123Z,61d2c86f-f9bb-456d-88c0-3529172510ac,"
        "15,0,847,30,,Owa,mail.example.com,/owa/auth.js,,FBA,False,,,"
        "mia@example.com,Mozilla/5.0,192.0.2.7,EX1,200,200,,POST,Proxy,ex1",
    )
    starts: ClassVar[str] = "0123456789"

    def accepts(self, record: Record) -> bool:
        """Tell whether the first columns are those of an Exchange log."""
        head = record.body[:200]
        if len(head) < 24 or head[10:11] != "T" or "Z," not in head[19:30]:
            return False
        return any(pattern.match(head) for pattern in (_EXCHANGE_PROXY, _EXCHANGE_ECP, _EXCHANGE_TRACK))

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        body = record.body[:65536]
        row = next(csv.reader([body.replace("\n", " ").replace("\r", " ")]))
        ecs: dict[str, EcsValue] = {"event.module": "exchange", "host.os.type": "windows", "message": body[:4096]}
        fields: dict[str, FieldValue] = {}
        service = "httpproxy"
        if _EXCHANGE_PROXY.match(body):
            _proxy(row, ecs, fields)
        elif _EXCHANGE_ECP.match(body):
            service = "ecp"
            ecs["host.name"], ecs["event.action"] = row[1], row[2]
            pairs = dict(_ECP_PAIR.findall(",".join(row[3:])[:32768]))
            fields |= pairs
            if "CMD" in pairs:
                ecs["process.command_line"] = pairs["CMD"]
            if "URL" in pairs:
                put_request(ecs, fields, "POST", pairs["URL"])
        else:
            service = "messagetracking"
            _tracking(row, ecs, fields)
        category = ("webserver",) if service != "messagetracking" else ("email",)
        return Parsed(self.name, logsource("windows", category, f"exchange-{service}"), iso_us(body), ecs, fields)


def _proxy(row: list[str], ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    row = row + [""] * (25 - len(row))
    ecs["event.action"] = fields["Protocol"] = row[7]
    if row[8]:
        fields["cs-host"] = row[8]
        ecs["url.domain"] = row[8]
    fields["AuthenticatedUser"] = row[15]
    user = row[15] if "@" in row[15] and "~" not in row[15] else row[14]
    put_user(ecs, user)
    fields["AnchorMailbox"] = row[15]
    agent_at = next((i for i in range(14, len(row)) if as_ip(row[i])), 17)
    put_address(ecs, "source", row[agent_at])
    fields["c-ip"] = row[agent_at]
    if agent_at + 1 < len(row):
        ecs["host.name"] = row[agent_at + 1]
    ecs["user_agent.original"] = fields["cs-user-agent"] = row[agent_at - 1]
    method = next(
        (
            w
            for w in row[agent_at : agent_at + 8]
            if w in ("GET", "POST", "PUT", "HEAD", "OPTIONS", "RPC_IN_DATA", "RPC_OUT_DATA")
        ),
        "GET",
    )
    put_request(ecs, fields, method, row[9])
    status = next((w for w in row[agent_at + 1 : agent_at + 5] if len(w) == 3 and w.isdigit()), "")
    put_status(ecs, fields, status)


def _tracking(row: list[str], ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    names = [
        "date-time",
        "client-ip",
        "client-hostname",
        "server-ip",
        "server-hostname",
        "source-context",
        "connector-id",
        "source",
        "event-id",
        "internal-message-id",
        "message-id",
        "network-message-id",
        "recipient-address",
        "recipient-status",
        "total-bytes",
        "recipient-count",
        "related-recipient-address",
        "reference",
        "message-subject",
        "sender-address",
        "return-path",
    ]
    fields |= dict(zip(names, row, strict=False))
    put_address(ecs, "source", str(fields.get("client-ip") or ""))
    put_address(ecs, "destination", str(fields.get("server-ip") or ""))
    for name, field in (
        ("event-id", "event.action"),
        ("message-subject", "email.subject"),
        ("sender-address", "email.from"),
        ("server-hostname", "host.name"),
    ):
        value = fields.get(name)
        if value:
            ecs[field] = str(value)
    recipients = str(fields.get("recipient-address") or "")
    if recipients:
        ecs["email.to"] = recipients.split(";")[:256]


_FIREWALL = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (ALLOW|DROP|OPEN|CLOSE|"
    r"OPEN-INBOUND|INFO-EVENTS-LOST) (\S+) (\S+) (\S+) (\S+) "
    r"(\S+)"
)


class WindowsFirewall(TextParser):
    """Parses pfirewall.log of the Windows firewall."""

    name: ClassVar[str] = "windows-firewall"
    title: ClassVar[str] = "Windows firewall log"
    samples: ClassVar[Sequence[str]] = (
        "2026-03-01 08:00:00 DROP TCP 192.0.2.7 198.51.100.2 4022 23 60 S 1 0 65535 - - - RECEIVE",
    )
    starts: ClassVar[str] = "0123456789"

    def accepts(self, record: Record) -> bool:
        """Tell whether action, protocol and addresses follow the time."""
        return _FIREWALL.match(record.body[:400]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        found = _FIREWALL.match(record.body)
        if found is None:
            raise ParseError("not a Windows firewall line")
        action, proto, src, dst, sport, dport = found.groups()
        ecs: dict[str, EcsValue] = {
            "event.module": "windows",
            "host.os.type": "windows",
            "message": record.body,
            "event.action": action.lower(),
        }
        ecs["network.transport"] = proto.lower()
        put_address(ecs, "source", src)
        put_address(ecs, "destination", dst)
        put_port(ecs, "source", sport)
        put_port(ecs, "destination", dport)
        ecs["event.outcome"] = "failure" if action == "DROP" else "success"
        fields: dict[str, FieldValue] = {
            "src_ip": src,
            "dst_ip": dst,
            "src_port": as_int(sport),
            "dst_port": as_int(dport),
        }
        fields |= {"action": action, "protocol": proto, "blocked": "true" if action == "DROP" else "false"}
        guess("", ecs)
        source = logsource("windows", ("firewall",), "firewall-log")
        return Parsed(self.name, source, iso_us(record.body, 0, zone_of(record)), ecs, fields)
