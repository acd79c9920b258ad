"""What text parsers share: how they are found quickly, and the ECS fields that a syslog header gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from ringfence.collect.record import Record
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import Logsource

_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")
_IPV4 = re.compile(r"(?:::ffff:)?((?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3})$", re.I | re.A)
_IPV6 = re.compile(r"(?=[^:]*:[^:]*:)[\da-fA-F:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?:%[\w.-]{1,16})?$")


class TextParser:
    """A parser of text lines. Subclass it, set the class variables and write `parse` (and `accepts`, if needed).

    `programs`: names a syslog header must give as the program for this parser to be asked (lower case, without path
    and without what follows a slash or a bracket); empty: asked for every line.
    `everywhere`: asked for lines of other programs too, though it has `programs`.
    `starts`: first characters that the message (`record.body`) can have; empty: any.
    They only spare time: `accepts` must be right without them.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    samples: ClassVar[Sequence[str]] = ()
    programs: ClassVar[frozenset[str]] = frozenset()
    everywhere: ClassVar[bool] = False
    starts: ClassVar[str] = ""

    def accepts(self, record: Record) -> bool:
        """Tell whether the syslog header names one of `programs`."""
        return record.syslog is not None and program_key(record.syslog.program) in self.programs

    def parse(self, record: Record) -> Parsed:
        """Return the event, or raise `ParseError` with a reason a person understands."""
        raise NotImplementedError


@lru_cache(maxsize=4096)
def program_key(program: str) -> str:
    """The name that parsers know a program by: `/usr/sbin/CRON` and `postfix/smtpd[1]` give `cron`, `postfix`."""
    name = program.lower().strip()
    if name.startswith("/"):
        name = name.rsplit("/", 1)[-1]
    return re.split(r"[/(\[@]", name, maxsplit=1)[0]


@lru_cache(maxsize=65536)
def as_ip(text: str) -> str:
    """The address, without brackets and IPv4-mapped prefix; "" where the text is no address."""
    found = _IPV4.match(text)
    if found is not None:
        return found[1]
    text = text.strip("[]<>()")
    found = _IPV4.match(text)
    if found is not None:
        return found[1]
    return text.split("%", 1)[0].lower() if _IPV6.match(text) else ""


def as_int(text: str | None) -> int | None:
    """The number, or None where the text is no plain number a column can hold (18 digits)."""
    return int(text) if text and len(text) <= 18 and text.isascii() and text.isdigit() else None


def header_ecs(record: Record) -> dict[str, EcsValue]:
    """ECS fields of the syslog header: host, program, pid, level, message; `message` alone where there is none."""
    header = record.syslog
    if header is None:
        return {"message": record.body}
    ecs: dict[str, EcsValue] = {"message": record.body}
    if header.host:
        ecs["host.name"] = header.host
        address = as_ip(header.host)
        if address:
            ecs["host.ip"] = address
    if header.program:
        ecs["process.name"] = header.program.partition("(")[0] or header.program
        ecs["event.provider"] = header.program
    if header.pid:
        pid = as_int(header.pid)
        if pid is not None:
            ecs["process.pid"] = pid
    if header.priority is not None:
        ecs["log.level"] = _LEVELS[header.priority & 7]
    return ecs


def header_fields(record: Record) -> dict[str, FieldValue]:
    """Native fields of the syslog header: `host`, `program`, `pid`, `message` and RFC 5424 structured data."""
    header = record.syslog
    if header is None:
        return {"message": record.body}
    fields: dict[str, FieldValue] = {"message": record.body}
    if header.host:
        fields["host"] = header.host
    if header.program:
        fields["program"] = header.program
    if header.pid:
        fields["pid"] = header.pid
    if header.data:
        fields.update(header.data)
    return fields


def header_time(record: Record) -> int | None:
    """Time of the syslog header, None where there is none."""
    return record.syslog.time if record.syslog is not None else None


def zone_of(record: Record) -> int:
    """Minutes east of UTC that a time without a zone is taken for."""
    zone = record.meta.get("zone_minutes", 0)
    return zone if isinstance(zone, int) else 0


def now_of(record: Record) -> int:
    """The moment the record came in, µs; 0 where that is not known."""
    received = record.meta.get("received", 0)
    return received if isinstance(received, int) else 0


def put_address(ecs: dict[str, EcsValue], side: str, value: str | None) -> None:
    """Set `<side>.ip` for an address, `<side>.domain` for a name; nothing for "", "-", "unknown", "?"."""
    if not value or value in ("-", "?", "unknown", "UNKNOWN", "N/A", "(null)", "*", "localhost"):
        return
    address = as_ip(value)
    if address:
        ecs[f"{side}.ip"] = address
    elif _NAME.match(value):
        ecs.setdefault(f"{side}.domain", value.rstrip(".").lower())


_NAME = re.compile(r"(?=[^.\s]*[A-Za-z_\d-])(?![\d.]+$)[\w-]{1,63}(?:\.[\w-]{1,63}){0,10}\.?$")


_SERVICES = {
    "ftp": 21,
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "domain": 53,
    "http": 80,
    "www": 80,
    "pop3": 110,
    "sunrpc": 111,
    "ntp": 123,
    "netbios-ns": 137,
    "netbios-ssn": 139,
    "imap4": 143,
    "snmp": 161,
    "snmptrap": 162,
    "ldap": 389,
    "https": 443,
    "syslog": 514,
    "ldaps": 636,
    "sqlnet": 1521,
    "h323": 1720,
    "sip": 5060,
}
"""Ports that Cisco devices write by name."""


def put_port(ecs: dict[str, EcsValue], side: str, value: str | None) -> None:
    """Set `<side>.port` where the value is a port number."""
    port = as_int(value)
    if port is None and value:
        port = _SERVICES.get(value)
    if port is not None and port <= 65535:
        ecs[f"{side}.port"] = port


def put_user(ecs: dict[str, EcsValue], value: str | None, field: str = "user.name") -> None:
    """Set the user; `DOMAIN\\name` is taken apart and a mail address is set as `user.email` too."""
    if not value or value in ("-", "?", "(null)", "(unknown)", "unset", "N/A"):
        return
    if "\\" in value and field == "user.name":
        domain, _, value = value.rpartition("\\")
        if domain.strip("\\"):
            ecs["user.domain"] = domain.strip("\\")
        if not value:
            return
    ecs[field] = value
    if "@" in value and " " not in value and field == "user.name" and "." in value.rpartition("@")[2]:
        ecs["user.email"] = value


def build(
    parser: str,
    source: Logsource,
    record: Record,
    ecs: dict[str, EcsValue],
    fields: dict[str, FieldValue],
    time: int | None = None,
) -> Parsed:
    """The event; the time of the syslog header where the message itself holds none."""
    return Parsed(parser, source, time if time is not None else header_time(record), ecs, fields)
