"""The Linux audit trail: `type=SYSCALL msg=audit(1364481363.243:24287): ...`, as auditd and audisp write it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.text import (
    TextParser,
    as_int,
    header_ecs,
    header_fields,
    header_time,
    put_address,
    put_port,
    put_user,
)
from ringfence.collect.record import Record
from ringfence.collect.text_time import fraction
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("linux", (), "auditd")
_HEAD = re.compile(
    r"(?:node=(?P<node>\S{1,255}) )?(?:type=(?P<type>[A-Z0-9_\[\]]{1,48}|UNKNOWN\[\d+\]) )?"
    r"(?:msg=)?audit\((?P<second>\d{9,11})\.(?P<part>\d{1,9}):(?P<serial>\d{1,12})\): {0,2}"
)
_PAIR = re.compile(
    r"""(?:^|(?<=[\s,({'\x1d]))([A-Za-z_][\w-]{0,47})=(?:"([^"]{0,65536})"?|'((?:[^'\\]|\\.){0,65536})'?|(\([^)]{0,256}\)|[^\s,)'"\x1d]{0,65536}))"""
)
_AVC = re.compile(r"avc: +(denied|granted) +\{ ?([^}]{0,256}?) ?\} for ")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){1,32768}$")
_NESTED = re.compile(r" type=([A-Z_]{1,32}) msg=audit\(")
_ENCODED = frozenset(
    ("comm", "exe", "name", "cwd", "proctitle", "cmd", "acct", "path", "dir", "key", "data", "watch", "device", "cgroup"
     , "exe2", "vm", "old", "new", "grp", "file", "ocomm", "root_dir", "invalid_context")
)  # fmt: skip
"""Fields that the kernel writes in hexadecimal when they hold blanks, quotes or control characters."""
_ARGUMENT = re.compile(r"a(\d{1,4})$")
_NUMERIC_COMM = re.compile(r"\d{1,10}$")
_UNSET = frozenset(("4294967295", "-1", "unset", "?", "(none)", "(null)", ""))

_ACTIONS = {
    "SYSCALL": "syscall", "EXECVE": "executed", "PATH": "path", "CWD": "cwd", "PROCTITLE": "proctitle",
    "SOCKADDR": "socket-address", "USER_LOGIN": "login", "USER_AUTH": "authentication", "USER_ACCT": "account-check",
    "USER_START": "session-opened", "USER_END": "session-closed", "USER_CMD": "command", "USER_LOGOUT": "logout",
    "ADD_USER": "user-added", "DEL_USER": "user-deleted", "ADD_GROUP": "group-added", "DEL_GROUP": "group-deleted",
    "USER_CHAUTHTOK": "password-changed", "USER_MGMT": "user-changed", "CRED_ACQ": "credentials-acquired",
    "CRED_DISP": "credentials-disposed", "SERVICE_START": "service-started", "SERVICE_STOP": "service-stopped",
    "AVC": "access-denied", "USER_AVC": "access-denied", "CONFIG_CHANGE": "configuration-changed",
    "KERN_MODULE": "module-loaded", "ACCT_LOCK": "user-locked", "ACCT_UNLOCK": "user-unlocked",
}  # fmt: skip


class Auditd(TextParser):
    """Parses records of the Linux audit system; hexadecimal values are decoded, arguments joined."""

    name: ClassVar[str] = "auditd"
    title: ClassVar[str] = "Linux audit (auditd)"
    samples: ClassVar[Sequence[str]] = (
        "type=SYSCALL msg=audit(1772352000.123:77): arch=c000003e "
        "syscall=59 success=yes exit=0 a0=5 ppid=8 pid=9 auid=1000"
        ' uid=0 tty=pts0 comm="cat" exe="/usr/bin/cat" key="reads"',
        'type=EXECVE msg=audit(1772352000.123:77): argc=3 a0="cat" a1="-n" a2=2F7372762F612062',
    )
    programs: ClassVar[frozenset[str]] = frozenset({"audispd", "audit", "auditd", "audisp-syslog", "kernel", "kauditd"})
    everywhere: ClassVar[bool] = True
    starts: ClassVar[str] = "tnam["

    def accepts(self, record: Record) -> bool:
        """Tell whether an audit stamp stands at the beginning."""
        head = record.body[:400]
        if "audit(" in head:
            return _HEAD.search(head) is not None
        return record.syslog is not None and record.syslog.program in ("auditd", "audispd")

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        head = _HEAD.search(record.body[:400])
        if head is None:
            if record.syslog is None:
                raise ParseError("no audit(time:serial) stamp")
            return _own_message(record)
        body = record.body[head.end() :]
        nested = _NESTED.search(body)
        fields: dict[str, FieldValue] = {}
        kind = head["type"] or ""
        _read(body if nested is None else body[: nested.start()], fields, kind)
        if not kind:
            kind = str(fields.get("type") or "")
        if nested is not None:
            _read_nested(body[nested.start() :], fields)
        fields["type"] = kind
        ecs: dict[str, EcsValue] = {"event.module": "auditd", "event.id": head["serial"], "message": body[:2048]}
        host = head["node"] or (record.syslog.host if record.syslog is not None else "")
        if host:
            ecs["host.name"] = host
            fields["node"] = host
        _entities(kind, fields, ecs)
        time = int(head["second"]) * 1_000_000 + fraction(head["part"])
        return Parsed(self.name, _SOURCE, time or header_time(record), ecs, fields)


def _own_message(record: Record) -> Parsed:
    """What the audit daemon says of itself, outside the trail."""
    ecs, fields = header_ecs(record), header_fields(record)
    ecs["event.module"], ecs["event.action"] = "auditd", "message"
    return Parsed("auditd", _SOURCE, header_time(record), ecs, fields)


def _read(text: str, fields: dict[str, FieldValue], kind: str) -> None:
    avc = _AVC.match(text)
    if avc is not None:
        fields["seresult"], fields["seperms"] = avc[1], avc[2]
    for key, quoted, inner, bare in _PAIR.findall(text[:131072]):
        if key == "msg" and inner:
            _read(inner, fields, kind)
            continue
        value = quoted or inner or bare
        if bare and _encoded(key, bare, kind):
            value = _decode(bare)
        fields.setdefault(key, value)


def _read_nested(text: str, fields: dict[str, FieldValue]) -> None:
    """Records that a shipper put on the line of the first: their fields are added where the first has none."""
    for part in re.split(r" (?=type=[A-Z_]{1,32} msg=audit\()", text.strip())[:32]:
        head = _HEAD.match(part)
        if head is not None:
            more: dict[str, FieldValue] = {}
            _read(part[head.end() :], more, head["type"] or "")
            if head["type"] == "PATH" and more.get("nametype") in ("CREATE", "DELETE", "NORMAL"):
                fields["name"] = more.get("name")
            for key, value in more.items():
                fields.setdefault(key, value)


def _encoded(key: str, value: str, kind: str) -> bool:
    if kind == "EXECVE" and _ARGUMENT.match(key):
        return _HEX.match(value) is not None
    return key in _ENCODED and not _NUMERIC_COMM.match(value) and _HEX.match(value) is not None


def _decode(value: str) -> str:
    return bytes.fromhex(value).decode("utf-8", "replace").replace("\x00", " ").rstrip()


def _text(fields: dict[str, FieldValue], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) and value not in _UNSET else ""


def _entities(kind: str, fields: dict[str, FieldValue], ecs: dict[str, EcsValue]) -> None:
    ecs["event.action"] = _ACTIONS.get(kind, kind.lower().replace("_", "-"))
    ecs["event.code"] = kind
    for key, field in (
        ("exe", "process.executable"),
        ("cwd", "process.working_directory"),
        ("name", "file.path"),
        ("key", "rule.name"),
    ):
        value = _text(fields, key)
        if value:
            ecs[field] = value
    comm, exe = _text(fields, "comm"), _text(fields, "exe")
    if comm or exe:
        ecs["process.name"] = exe.rsplit("/", 1)[-1] or comm
    for key, field in (("pid", "process.pid"), ("ppid", "process.parent.pid")):
        number = as_int(_text(fields, key))
        if number is not None:
            ecs[field] = number
    _people(fields, ecs)
    result = _text(fields, "success") or _text(fields, "res")
    if result in ("yes", "success", "1"):
        ecs["event.outcome"] = "success"
    elif result in ("no", "failed", "0"):
        ecs["event.outcome"] = "failure"
    elif "seresult" in fields:
        ecs["event.outcome"] = "failure" if fields["seresult"] == "denied" else "success"
    _command(kind, fields, ecs)
    put_address(ecs, "source", _text(fields, "addr") or _text(fields, "laddr"))
    if "source.ip" not in ecs:
        put_address(ecs, "source", _text(fields, "hostname"))
    put_port(ecs, "source", _text(fields, "rport"))
    path = _text(fields, "path")
    if path:
        ecs.setdefault("file.path", path)
    unit = _text(fields, "unit")
    if unit:
        ecs["service.name"] = unit
    if kind == "SOCKADDR":
        _socket(fields, ecs)


def _people(fields: dict[str, FieldValue], ecs: dict[str, EcsValue]) -> None:
    uid = _text(fields, "auid") or _text(fields, "uid")
    if uid:
        ecs["user.id"] = uid
    name = _text(fields, "acct") or _text(fields, "AUID") or _text(fields, "UID")
    target = _text(fields, "acct")
    put_user(ecs, name)
    if fields.get("op") and target and _text(fields, "AUID"):
        ecs["user.name"] = _text(fields, "AUID")
        ecs["user.target.name"] = target
    effective = _text(fields, "EUID")
    if effective:
        ecs["user.effective.name"] = effective


def _command(kind: str, fields: dict[str, FieldValue], ecs: dict[str, EcsValue]) -> None:
    if kind == "EXECVE":
        numbered = [(int(m[1]), str(value)) for key, value in fields.items() if (m := _ARGUMENT.match(key))]
        if numbered:
            words = [value for _, value in sorted(numbered)]
            ecs["process.command_line"] = " ".join(words)
            ecs.setdefault("process.name", words[0].rsplit("/", 1)[-1])
        return
    line = _text(fields, "proctitle") or _text(fields, "cmd")
    if line:
        ecs["process.command_line"] = line


def _socket(fields: dict[str, FieldValue], ecs: dict[str, EcsValue]) -> None:
    """Address and port of a `saddr` in hexadecimal (sockaddr_in and sockaddr_in6)."""
    raw = _text(fields, "saddr")
    if not _HEX.match(raw) or len(raw) > 256:
        return
    data = bytes.fromhex(raw)
    if data[:2] == b"\x02\x00" and len(data) >= 8:
        put_address(ecs, "destination", ".".join(str(byte) for byte in data[4:8]))
        put_port(ecs, "destination", str(int.from_bytes(data[2:4], "big")))
    elif data[:2] == b"\x0a\x00" and len(data) >= 24:
        groups = [f"{int.from_bytes(data[i : i + 2], 'big'):x}" for i in range(8, 24, 2)]
        put_address(ecs, "destination", ":".join(groups))
        put_port(ecs, "destination", str(int.from_bytes(data[2:4], "big")))
