"""The last steps that all shapes of a Windows event share: Sigma's field names, ECS, log source, time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ringfence.collect.parsers.field_table import Step, apply
from ringfence.collect.parsers.text import as_ip
from ringfence.collect.parsers.windows_fields import steps
from ringfence.collect.windows_logsource import meaning
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.logsource import Logsource

Fields = dict[str, Any]

LEVELS = {
    "critical": 1,
    "error": 2,
    "warning": 3,
    "information": 4,
    "informational": 4,
    "info": 4,
    "verbose": 5,
    "debug": 5,
    "INFO": 4,
    "WARNING": 3,
    "ERROR": 2,
}
_LEVEL_NAMES = {0: "information", 1: "critical", 2: "error", 3: "warning", 4: "information", 5: "verbose"}
_AUDIT_FAILURE = 0x10000000000000
_AUDIT_SUCCESS = 0x20000000000000
_INTEGRITY = {
    "S-1-16-0": "Untrusted",
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-8448": "Medium",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
}
_MAX_MESSAGE = 1024
_MAX_NAME = 256


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is the same for every event of one kind."""

    service: str
    logsource: Logsource
    base: dict[str, EcsValue]
    steps: tuple[Step, ...]
    enrich: Callable[[Fields], None] | None
    outcome: bool
    """Whether the audit keywords decide the outcome."""


@lru_cache(maxsize=16384)
def plan_of(channel: str, event_id: int, provider: str, event_type: str = "") -> Plan:
    """Return the plan of a kind of event. The lists in `base` are shared by all its events: nobody changes them."""
    found = meaning(channel, event_id, provider, event_type)
    linux = found.logsource.product == "linux"
    base: dict[str, EcsValue] = {
        "event.code": str(event_id),
        "event.module": "sysmon_linux" if linux else "windows",
        "event.dataset": found.dataset,
        "host.os.type": "linux" if linux else "windows",
    }
    if found.action:
        base["event.action"] = found.action
    if found.category:
        base["event.category"] = list(found.category)
    if found.type:
        base["event.type"] = list(found.type)
    if found.outcome:
        base["event.outcome"] = found.outcome
    enrich = _ENRICH.get((found.service, event_id)) or _ENRICH.get((found.service, 0))
    outcome = found.service == "security" and not found.outcome
    return Plan(found.service, found.logsource, base, steps(found.maps), enrich, outcome)


def build(parser: str, fields: Fields, channel: str, provider: str, event_id: int, time: int | None) -> Parsed:
    """Return the event of its native fields (Event- and UserData flat, and Channel, Computer, Level, ... beside).

    Adds `EventID`, `Provider_Name` and the Sysmon names that Sigma's categories are written for.
    """
    get = fields.get
    if len(channel) > _MAX_NAME or len(provider) > _MAX_NAME:
        channel, provider = channel[:_MAX_NAME], provider[:_MAX_NAME]
    if event_id in (12, 4657):
        kind = get("EventType" if event_id == 12 else "OperationType")
        plan = plan_of(channel, event_id, provider, kind if type(kind) is str and len(kind) < 16 else "")
    else:
        plan = plan_of(channel, event_id, provider)
    fields["EventID"] = event_id
    if provider:
        fields["Provider_Name"] = provider
    if plan.enrich is not None:
        plan.enrich(fields)
    ecs = plan.base.copy()
    if provider:
        ecs["event.provider"] = provider
    computer = get("Computer")
    if computer:
        ecs["host.name"] = computer
        address = as_ip(computer) if len(computer) <= _MAX_NAME else ""
        if address:
            ecs["host.ip"] = address
    if plan.outcome:
        _outcome(fields, ecs)
    apply(plan.steps, fields, ecs)
    if plan.service != "sysmon":
        _last_resorts(plan, fields, ecs)
    message = get("Message")
    if message and type(message) is str:
        ecs["message"] = _first_line(message)
    level = get("Level")
    if level is not None:
        name = _LEVEL_NAMES.get(level) if type(level) is int else str(level).lower()
        if name:
            ecs["log.level"] = _LEVEL_NAMES.get(int(name), name) if name.isdigit() else name
    return Parsed(parser, plan.logsource, time, ecs, fields)


def _first_line(message: str) -> str:
    at = message.find("\n")
    line = message if at < 0 else message[:at].rstrip("\r")
    return line[:_MAX_MESSAGE] if line else message[:_MAX_MESSAGE].strip()


def _outcome(fields: Fields, ecs: dict[str, EcsValue]) -> None:
    """Audit success or failure, as bits of the keywords or in the words that shippers put for them."""
    keywords: Any = fields.get("Keywords")
    kind = type(keywords)
    bits = 0
    if kind is str:
        if keywords[:2] == "0x":
            try:
                bits = int(keywords, 16)
            except ValueError:
                bits = 0
        else:
            bits = _bits_of(keywords)
    elif kind is int:
        bits = keywords
    elif kind is list:
        bits = _bits_of(" ".join(map(str, keywords)))
    if not bits:
        bits = _bits_of(str(fields.get("EventType", "")))
    if bits & _AUDIT_FAILURE:
        ecs["event.outcome"] = "failure"
    elif bits & _AUDIT_SUCCESS:
        ecs["event.outcome"] = "success"


def _bits_of(words: str) -> int:
    lowered = words.lower().replace("_", " ")
    if "audit failure" in lowered:
        return _AUDIT_FAILURE
    return _AUDIT_SUCCESS if "audit success" in lowered else 0


def _last_resorts(plan: Plan, fields: Fields, ecs: dict[str, EcsValue]) -> None:
    """The account that wrote the event, where the event itself names no user."""
    if "user.name" not in ecs and "AccountType" in fields:
        name = fields.get("AccountName")
        if type(name) is str and name:
            ecs["user.name"] = name
            domain = fields.get("Domain")
            if type(domain) is str and domain:
                ecs["user.domain"] = domain
    if plan.service != "security" and "user.id" not in ecs:
        sid = fields.get("UserID")
        if type(sid) is str and sid.startswith("S-1-"):
            ecs["user.id"] = sid


def hex_keywords(value: Any) -> Any:
    """Return keywords as the event log writes them (`0x8010000000000000`): NXLog writes a signed number."""
    return hex(value & 0xFFFFFFFFFFFFFFFF) if type(value) is int else value


def _created(fields: Fields) -> None:
    """4688 under Sysmon's names; the ids of process and parent keep their own (they mean the opposite in Sysmon)."""
    get = fields.get
    for native, name in (
        ("NewProcessName", "Image"),
        ("ParentProcessName", "ParentImage"),
        ("SubjectLogonId", "LogonId"),
    ):
        value = get(native)
        if value is not None and name not in fields:
            fields[name] = value
    user = get("SubjectUserName")
    if user and "User" not in fields:
        domain = get("SubjectDomainName")
        fields["User"] = f"{domain}\\{user}" if domain and domain != "-" else user
    label = get("MandatoryLabel")
    if type(label) is str and "IntegrityLevel" not in fields:
        level = _INTEGRITY.get(label)
        if level:
            fields["IntegrityLevel"] = level


def _ended(fields: Fields) -> None:
    name = fields.get("ProcessName")
    if name:
        fields.setdefault("Image", name)


def _registry(fields: Fields) -> None:
    """4657 under Sysmon's names: `\\REGISTRY\\MACHINE` is HKLM, `\\REGISTRY\\USER` is HKU."""
    key, value = fields.get("ObjectName"), fields.get("ObjectValueName")
    if type(key) is str:
        upper = key[:18].upper()
        if upper.startswith("\\REGISTRY\\MACHINE"):
            key = "HKLM" + key[17:]
        elif upper.startswith("\\REGISTRY\\USER"):
            key = "HKU" + key[14:]
        fields.setdefault("TargetObject", f"{key}\\{value}" if value and value != "-" else key)
    if "NewValue" in fields:
        fields.setdefault("Details", fields["NewValue"])
    fields.setdefault("EventType", "DeleteValue" if fields.get("OperationType") == "%%1906" else "SetValue")
    _ended(fields)


def _filtering(fields: Fields) -> None:
    """5156 under Sysmon's names. The volume is taken for C:, as the event names the device and rules the letter."""
    path = fields.get("Application")
    if type(path) is str and "Image" not in fields:
        low = path[:22].lower()
        if low.startswith("\\device\\harddiskvolume"):
            at = path.find("\\", 22)
            fields["Image"] = "C:" + path[at:] if at > 0 else path
        else:
            fields["Image"] = path
    for native, name in (
        ("SourceAddress", "SourceIp"),
        ("DestAddress", "DestinationIp"),
        ("DestPort", "DestinationPort"),
    ):
        if native in fields:
            fields.setdefault(name, fields[native])
    direction = fields.get("Direction")
    if direction in ("%%14593", "Outbound"):
        fields.setdefault("Initiated", "true")
    elif direction in ("%%14592", "Inbound"):
        fields.setdefault("Initiated", "false")


def _defender(fields: Fields) -> None:
    """Defender's names hold blanks; Sigma writes them without, or with an underscore."""
    added: Fields = {}
    for name, value in fields.items():
        if " " in name:
            added[name.replace(" ", "")] = value
            added[name.replace(" ", "_")] = value
    for name, value in added.items():
        fields.setdefault(name, value)
    if "Path" in fields and type(fields["Path"]) is str and fields["Path"].startswith("file:_"):
        added["Filename"] = fields["Path"][6:].partition(";")[0]
    if "ThreatName" in fields:
        fields.setdefault("Signature", fields["ThreatName"])
        fields.setdefault("Filename", added.get("Filename", fields.get("Path")))


def _data_of_message(fields: Fields) -> None:
    """Shippers that render the message leave the nameless data out; it is the text that rules on `Data` look for."""
    if "Data" not in fields:
        message = fields.get("Message")
        if type(message) is str and message:
            fields["Data"] = message


def _application(fields: Fields) -> None:
    """SQL Server writes the client into its text: `[CLIENT: 192.0.2.7]`, or `client_ip:192.0.2.7` in an audit."""
    _data_of_message(fields)
    data = fields.get("Data")
    if type(data) is str:
        for mark in ("CLIENT: ", "client_ip:"):
            at = data.find(mark)
            if at >= 0:
                words = data[at + len(mark) : at + len(mark) + 46].partition("]")[0].split()
                address = as_ip(words[0]) if words else ""
                if address:
                    fields.setdefault("ClientAddress", address)
        user = _after(data, "server_principal_name:")
        if user:
            fields.setdefault("User", user)


def _classic_powershell(fields: Fields) -> None:
    _data_of_message(fields)
    data = fields.get("Data")
    if type(data) is str:
        command = _after(data, "HostApplication=")
        if command:
            fields.setdefault("HostApplication", command)
            fields.setdefault("CommandLine", command)
        user = _after(data, "UserId=")
        if user:
            fields.setdefault("User", user)


def _module(fields: Fields) -> None:
    """4103 writes its context as text lines."""
    context = fields.get("ContextInfo")
    if type(context) is str:
        command = _after(context, "Host Application = ")
        if command:
            fields.setdefault("HostApplication", command)
        user = _after(context, " User = ")
        if user:
            fields.setdefault("User", user)


def _after(text: str, mark: str) -> str:
    """The rest of the line after a mark, at most 8,192 characters."""
    at = text.find(mark)
    if at < 0:
        return ""
    at += len(mark)
    end = text.find("\n", at)
    return text[at : min(end, at + 8192) if end >= 0 else at + 8192].strip()


def _rpc_firewall(fields: Fields) -> None:
    fields.setdefault("EventLog", "RPCFW")


_ENRICH: dict[tuple[str, int], Callable[[Fields], None]] = {
    ("security", 4688): _created,
    ("security", 4689): _ended,
    ("security", 4657): _registry,
    ("security", 5156): _filtering,
    ("windefend", 0): _defender,
    ("powershell", 4103): _module,
    ("powershell-classic", 0): _classic_powershell,
    ("application", 0): _application,
    ("msexchange-management", 0): _data_of_message,
    ("system", 0): _data_of_message,
    ("rpc_firewall", 0): _rpc_firewall,
}
"""What is done to the fields of an event: by Sigma service and id, 0 for all other ids of the service."""
