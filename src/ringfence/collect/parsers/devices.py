"""Firewalls and appliances with a format of their own: NetScreen, Huawei, and those that write key=value pairs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.aliases import apply_aliases
from ringfence.collect.parsers.guess import guess, outcome
from ringfence.collect.parsers.pairs import read_pairs
from ringfence.collect.parsers.text import (
    TextParser,
    header_ecs,
    header_fields,
    header_time,
    put_address,
    put_port,
    put_user,
    zone_of,
)
from ringfence.collect.record import Record
from ringfence.collect.text_time import any_us
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import Logsource, logsource

_ALLOWED = frozenset(
    [
        "accept",
        "accepted",
        "allow",
        "allowed",
        "permit",
        "permitted",
        "pass",
        "forward",
        "encrypt",
        "decrypt",
        "start",
        "close",
        "ip-conn",
        "client-rst",
        "server-rst",
        "timeout",
        "built",
    ]
)
_DENIED = frozenset(
    [
        "deny",
        "denied",
        "drop",
        "dropped",
        "block",
        "blocked",
        "reject",
        "rejected",
        "prevent",
        "reset-both",
        "reset-client",
        "reset-server",
        "violation",
        "quarantine",
    ]
)


def put_verdict(ecs: dict[str, EcsValue], fields: dict[str, FieldValue], action: str) -> None:
    """Say in ECS and in Sigma's firewall fields what became of the traffic."""
    word = action.lower()
    if word in _ALLOWED or word in _DENIED:
        denied = word in _DENIED
        ecs["event.outcome"] = "failure" if denied else "success"
        fields["blocked"] = "true" if denied else "false"


def put_sigma_firewall(ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    """Name the two ends as Sigma's category `firewall` does."""
    for name, field in (
        ("src_ip", "source.ip"),
        ("dst_ip", "destination.ip"),
        ("src_port", "source.port"),
        ("dst_port", "destination.port"),
        ("action", "event.action"),
    ):
        value = ecs.get(field)
        if value is not None:
            fields.setdefault(name, value)


class KeyValueDevice(TextParser):
    """Base of appliances that write key=value pairs: recognised by keys that only they write."""

    marks: ClassVar[tuple[str, ...]] = ()
    vendor: ClassVar[str] = ""
    product: ClassVar[str] = ""
    source: ClassVar[Logsource] = logsource("", (), "")

    def accepts(self, record: Record) -> bool:
        """Tell whether all marks stand in the line."""
        head = record.body[:2048]
        return all(mark in head for mark in self.marks)

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        fields = read_pairs(record.body, commas=False)
        ecs = header_ecs(record)
        for header_only in ("process.name", "event.provider", "process.pid"):
            ecs.pop(header_only, None)
        ecs["event.module"], ecs["observer.vendor"], ecs["observer.product"] = self.name, self.vendor, self.product
        time = apply_aliases(fields, ecs, zone_of(record))
        put_verdict(ecs, fields, str(fields.get("action") or fields.get("disposition") or ""))
        guess(str(fields.get("msg") or ""), ecs)
        if "event.outcome" not in ecs:
            result = outcome(str(fields.get("status") or "") + " " + str(fields.get("msg") or record.body[-300:]))
            if result:
                ecs["event.outcome"] = result
        source = self.place(fields)
        if "firewall" in source.categories:
            put_sigma_firewall(ecs, fields)
        return Parsed(self.name, source, time or header_time(record), ecs, fields)

    def place(self, fields: dict[str, FieldValue]) -> Logsource:
        """The log source of a record by its fields."""
        del fields
        return self.source


class FortiGate(KeyValueDevice):
    """Parses FortiGate (FortiOS) logs."""

    name: ClassVar[str] = "fortigate"
    title: ClassVar[str] = "Fortinet FortiGate"
    vendor: ClassVar[str] = "Fortinet"
    product: ClassVar[str] = "FortiGate"
    samples: ClassVar[Sequence[str]] = (
        'date=2026-03-01 time=08:00:00 devname="fw1" devid="FG100" '
        'logid="0000000013" type="traffic" subtype="forward" '
        'level="notice"'
        ' srcip=192.0.2.7 srcport=4022 dstip=198.51.100.2 dstport=443 proto=6 action="accept" policyid=7 user="mia"',
    )
    _kinds: ClassVar[dict[str, Logsource]] = {
        "traffic": logsource("fortigate", ("firewall",), "traffic"),
        "event": logsource("fortigate", (), "event"),
    }

    def accepts(self, record: Record) -> bool:
        """Tell whether the device, log and type keys of FortiOS stand in the line."""
        head = record.body[:1024]
        return (
            ("devid=" in head or "devname=" in head or "vd=" in head)
            and ("logid=" in head or "log_id=" in head)
            and "type=" in head
        )

    def place(self, fields: dict[str, FieldValue]) -> Logsource:
        """`type` is the service: traffic, event, utm and so on."""
        kind = str(fields.get("type") or "")
        return self._kinds.get(kind) or logsource("fortigate", (), kind[:32])


class FortiMail(KeyValueDevice):
    """Parses FortiMail and other Fortinet logs with `device_id` and `log_id`."""

    name: ClassVar[str] = "fortimail"
    title: ClassVar[str] = "Fortinet FortiMail, FortiWeb"
    vendor: ClassVar[str] = "Fortinet"
    product: ClassVar[str] = "FortiMail"
    marks: ClassVar[tuple[str, ...]] = ("device_id=", "log_id=", "type=")
    source: ClassVar[Logsource] = logsource("fortimail", ("email",), "fortimail")
    samples: ClassVar[Sequence[str]] = (
        "date=2026-03-01 time=08:00:00 device_id=FE100 "
        "log_id=0300000924 type=spam pri=information "
        'client_ip="192.0.2.7"'
        ' dst_ip="198.51.100.2" from="mia@example.net" to="noa@example.com" subject="Hello" msg="Detected by test"',
    )


class FortiAuthenticator(KeyValueDevice):
    """Parses FortiAuthenticator logs."""

    name: ClassVar[str] = "fortiauthenticator"
    title: ClassVar[str] = "Fortinet FortiAuthenticator"
    vendor: ClassVar[str] = "Fortinet"
    product: ClassVar[str] = "FortiAuthenticator"
    marks: ClassVar[tuple[str, ...]] = ("category=", "subcategory=", "typeid=")
    source: ClassVar[Logsource] = logsource("fortiauthenticator", ("authentication",), "fortiauthenticator")
    samples: ClassVar[Sequence[str]] = (
        '2026-03-01T08:00:00+00:00 192.0.2.1 db[7]: category="Event" '
        'subcategory="Authentication" typeid=20001 level="information"'
        ' user="mia" nas="192.0.2.9" action="Authentication" status="Failed" Local user authentication failed',
    )


class SophosFirewall(KeyValueDevice):
    """Parses Sophos XG, Cyberoam and UTM firewall logs."""

    name: ClassVar[str] = "sophos-firewall"
    title: ClassVar[str] = "Sophos XG, UTM and Cyberoam"
    vendor: ClassVar[str] = "Sophos"
    product: ClassVar[str] = "Firewall"
    source: ClassVar[Logsource] = logsource("sophos", ("firewall",), "firewall")
    samples: ClassVar[Sequence[str]] = (
        'device="SFW" date=2026-03-01 time=08:00:00 timezone="UTC" device_name="XG1" device_id=S1 log_id=010101600001'
        ' log_type="Firewall" status="Deny" user_name="mia" '
        "src_ip=192.0.2.7 src_port=4022 dst_ip=198.51.100.2 dst_port=23 "
        'protocol="TCP"',
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether the keys of Sophos firewalls stand in the line."""
        head = record.body[:1024]
        return ("log_type=" in head and "device_id=" in head) or (
            'sys="' in head and 'sub="' in head and 'severity="' in head
        )


class SonicWall(KeyValueDevice):
    """Parses SonicWall logs (`id=firewall sn=... m=...`)."""

    name: ClassVar[str] = "sonicwall"
    title: ClassVar[str] = "SonicWall"
    vendor: ClassVar[str] = "SonicWall"
    product: ClassVar[str] = "SonicOS"
    marks: ClassVar[tuple[str, ...]] = ("sn=", "fw=", "pri=", "m=")
    source: ClassVar[Logsource] = logsource("sonicwall", ("firewall",), "sonicwall")
    samples: ClassVar[Sequence[str]] = (
        'id=firewall sn=00005E005301 time="2026-03-01 08:00:00" '
        'fw=198.51.100.1 pri=1 c=32 m=82 msg="Possible port scan '
        'detected"'
        " n=7 src=192.0.2.7:4022:WAN dst=198.51.100.2:23:LAN",
    )

    def parse(self, record: Record) -> Parsed:
        """Return the event; `src` and `dst` are `address:port:interface[:name]`."""
        parsed = super().parse(record)
        for side, key in (("source", "src"), ("destination", "dst")):
            words = str(parsed.fields.get(key) or "").split(":")
            put_address(parsed.ecs, side, words[0])
            if len(words) > 1:
                put_port(parsed.ecs, side, words[1])
        code = parsed.fields.get("m")
        if isinstance(code, str):
            parsed.ecs["event.code"] = code
        parsed.ecs.pop("host.name", None) if parsed.ecs.get("host.name") == "firewall" else None
        put_sigma_firewall(parsed.ecs, parsed.fields)
        return parsed


_NETSCREEN = re.compile(
    r"(?:NetScreen )?device_id=(?P<device>\S{1,64}) +(?:\[[^\]]{0,64}\])?(?P<kind>[\w-]{1,"
    r"40}?)-(?P<level>[a-z]{4,13})-(?P<code>\d{5})(?:\([^)]{0,40}\))?: ?(?P<text>.*)",
    re.S,
)
_NETSCREEN_END = re.compile(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\)\s{0,4}$")
_NETSCREEN_BY = re.compile(r"\b(?:by|admin|user) ([\w.@-]{1,64})(?: via| has|\b)")


class NetScreen(TextParser):
    """Parses Juniper NetScreen (ScreenOS) logs."""

    name: ClassVar[str] = "netscreen"
    title: ClassVar[str] = "Juniper NetScreen (ScreenOS)"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 08:00:00 fw1 ssg5: NetScreen device_id=ssg5  "
        "[Root]system-emergency-00005: SYN flood! From "
        "192.0.2.7:4022 to "
        "198.51.100.2:80, proto TCP (zone Untrust int ethernet0/0). Occurred 1 times. (2026-03-01 08:00:00)",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether the device id and the kind of ScreenOS stand in the line."""
        return "device_id=" in record.body[:200] and _NETSCREEN.search(record.body[:300]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        found = _NETSCREEN.search(record.body[:8192])
        if found is None:
            raise ParseError("not a ScreenOS line")
        text = found["text"]
        fields = {**header_fields(record), **read_pairs(text, commas=False)}
        ecs = header_ecs(record)
        ecs["event.module"], ecs["observer.vendor"], ecs["observer.product"] = "netscreen", "Juniper", "ScreenOS"
        ecs["event.code"], ecs["log.level"], ecs["message"], ecs["event.action"] = (
            found["code"],
            found["level"],
            text,
            found["kind"],
        )
        fields |= {
            "device_id": found["device"],
            "type": found["kind"],
            "severity": found["level"],
            "code": found["code"],
        }
        apply_aliases(
            {
                k: v
                for k, v in fields.items()
                if k in ("src", "dst", "src_port", "dst_port", "proto", "service", "action")
            },
            ecs,
        )
        put_verdict(ecs, fields, str(fields.get("action") or ""))
        by = _NETSCREEN_BY.search(text[:2048])
        if by is not None:
            put_user(ecs, by[1])
        guess(text, ecs)
        put_sigma_firewall(ecs, fields)
        end = _NETSCREEN_END.search(text[-40:])
        own = any_us(end[1], 0, zone_of(record)) if end is not None and header_time(record) is None else None
        source = logsource("juniper", ("firewall",), "netscreen")
        return Parsed(self.name, source, own[0] if own else header_time(record), ecs, fields)


_HUAWEI = re.compile(
    r"%%(\d{2})([A-Za-z0-9_-]{1,40})/(\d)/([\w-]{1,64})(?:\((\w{1,4})\))?(?:\[\d{1,10}\])?: ?(.*)", re.S
)
_HUAWEI_PAIR = re.compile(r'([A-Za-z][\w -]{0,40}?) ?= ?("(?:[^"\\]|\\.)*+"|[^,;)]{0,1024})(?=[,;)]|$)')


_HUAWEI_OWN = frozenset({"message", "host", "program", "pid", "time", "Host"})


class Huawei(TextParser):
    """Parses Huawei and H3C firewalls, switches and routers (`%%01MODULE/LEVEL/NAME(l): ...`)."""

    name: ClassVar[str] = "huawei"
    title: ClassVar[str] = "Huawei USG, NE, CE; H3C"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 2026 08:00:00 fw1 %%01POLICY/6/POLICYDENY(l)"
        ":vsys=public, protocol=6, source-ip=192.0.2.7, "
        "source-port=4022, "
        "destination-ip=198.51.100.2, destination-port=23, time=2026/3/1 08:00:00, rule-name=default.",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether the `%%` tag stands near the beginning."""
        return "%%" in record.body[:200] and _HUAWEI.search(record.body[:300]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        found = _HUAWEI.search(record.body[:16384])
        if found is None:
            raise ParseError("no %% tag")
        _, module, level, name, _, text = found.groups()
        fields = header_fields(record)
        at = text.find("(") if "(" in text[:200] and "=" not in text[: max(text.find("("), 0)] else -1
        for key, value in _HUAWEI_PAIR.findall(text[at + 1 :].rstrip(" .)")[:8192]):
            fields.setdefault(key.strip(), value.strip().strip('"'))
        ecs = header_ecs(record)
        ecs["event.module"], ecs["observer.vendor"], ecs["message"] = "huawei", "Huawei", text
        ecs["event.code"], ecs["event.severity"] = f"{module}/{level}/{name}", int(level)
        apply_aliases({k: v for k, v in fields.items() if k not in _HUAWEI_OWN}, ecs)
        site = fields.get("Host")
        if isinstance(site, str):
            ecs["url.domain"] = site
        ecs.setdefault("event.action", name.lower())
        put_verdict(
            ecs, fields, "deny" if "DENY" in name else "permit" if "PERMIT" in name else str(fields.get("Action") or "")
        )
        guess(text, ecs)
        put_sigma_firewall(ecs, fields)
        service = "bgp" if "BGP" in module else module.lower()
        category = ("firewall",) if "source.ip" in ecs and "destination.ip" in ecs else ()
        return Parsed(self.name, logsource("huawei", category, service), header_time(record), ecs, fields)
