"""Flow and filter lines of Juniper Junos (SRX) and of pfSense and OPNsense."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.aliases import apply_aliases
from ringfence.collect.parsers.devices import put_sigma_firewall, put_verdict
from ringfence.collect.parsers.guess import guess
from ringfence.collect.parsers.pairs import read_pairs
from ringfence.collect.parsers.text import TextParser, header_ecs, header_fields, header_time, put_address, put_port
from ringfence.collect.record import Record
from ringfence.core.errors import ParseError
from ringfence.ecs.event import FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_FLOW = re.compile(r"RT_(?:FLOW|IDP|UTM|SCREEN)[A-Z_]{0,60}|(?:APPTRACK|WEBFILTER|AAMW|SECINTEL)_[A-Z_]{1,60}")
_ENDS = re.compile(
    r"(?P<src>[\da-fA-F.:]{3,45})/(?P<sport>\d{1,5})->(?P<dst>[\da-fA-F.:]{3,45})/(?P<dport>\d{1,5})"
    r"(?: (?P<service>[\w-]{1,64}) )?(?:(?P<proto>\d{1,3})\(\d{1,3}\) (?P<rule>[\w.-]{1,128}))?"
)


class Junos(TextParser):
    """Parses session, screen and intrusion messages of Juniper SRX firewalls, structured or not."""

    name: ClassVar[str] = "junos"
    title: ClassVar[str] = "Juniper Junos (SRX)"
    samples: ClassVar[Sequence[str]] = (
        "<14>1 2026-03-01T08:00:00.000Z srx1 RT_FLOW - RT_FLOW_SESSION_DENY [junos@2636.1.1.1.2.40 "
        'source-address="192.0.2.7" source-port="4022" destination-address="198.51.100.2" destination-port="23" '
        'protocol-id="6" policy-name="deny-all"] session denied',
        "<14>Mar  1 08:00:00 srx1 RT_FLOW: RT_FLOW_SESSION_DENY: session denied 192.0.2.7/4022->198.51.100.2/23 "
        "junos-telnet 6(0) deny-all untrust trust",
    )
    programs: ClassVar[frozenset[str]] = frozenset({"rt_flow", "rt_ids", "rt_idp", "rt_utm", "rt_screen", "rt_aamw"})
    everywhere: ClassVar[bool] = True
    starts: ClassVar[str] = "R"

    def accepts(self, record: Record) -> bool:
        """Tell whether program or message are those of an SRX."""
        return super().accepts(record) or _FLOW.match(record.body[:100]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        fields, ecs = header_fields(record), header_ecs(record)
        header = record.syslog
        name = header.message_id if header is not None else ""
        kind = _FLOW.search(name) or _FLOW.search(record.body[:200])
        if kind is None:
            raise ParseError("no name of a Junos message")
        event = kind[0]
        inside = read_pairs(record.body[:16384], commas=False)
        inside |= {key.rpartition(".")[2]: value for key, value in (header.data if header is not None else {}).items()}
        fields |= inside
        ecs["event.module"], ecs["observer.vendor"], ecs["observer.product"] = "junos", "Juniper", "Junos"
        ecs["event.code"] = event
        named: dict[str, FieldValue] = {**inside, "proto": inside.get("protocol-id"), "rule": inside.get("policy-name")}
        apply_aliases(named, ecs)
        found = _ENDS.search(record.body[:4096])
        if found is not None and "source.ip" not in ecs:
            for side, address, port in (("source", "src", "sport"), ("destination", "dst", "dport")):
                put_address(ecs, side, found[address])
                put_port(ecs, side, found[port])
            apply_aliases({"proto": found["proto"], "rule": found["rule"]}, ecs)
        guess(record.body, ecs)
        verdict = "deny" if "DENY" in event else "accept" if "CREATE" in event or "PERMIT" in event else "close"
        ecs["event.action"] = verdict if "SESSION" in event else event.lower()
        put_verdict(ecs, fields, str(ecs["event.action"]))
        put_sigma_firewall(ecs, fields)
        return Parsed(self.name, logsource("juniper", ("firewall",), "srx"), header_time(record), ecs, fields)


_START = ["rule", "sub_rule", "anchor", "tracker", "interface", "reason", "action", "direction", "version"]
_ENDS_NAMES = ["length", "src_ip", "dst_ip", "src_port", "dst_port"]
_FOUR = ["tos", "ecn", "ttl", "id", "offset", "flags", "proto_id", "protocol", *_ENDS_NAMES]
_SIX = ["class", "flow", "hop_limit", "protocol", "proto_id", *_ENDS_NAMES]
_LINE = re.compile(
    r"\d{0,6},[^,]{0,40},[^,]{0,80},[^,]{0,40},[\w.-]{1,32},\w{1,16},(?:pass|block|reject|match|rdr|nat),"
)


class FilterLog(TextParser):
    """Parses the packet filter lines of pfSense and OPNsense."""

    name: ClassVar[str] = "filterlog"
    title: ClassVar[str] = "pfSense and OPNsense filter log"
    samples: ClassVar[Sequence[str]] = (
        "<134>Mar  1 08:00:00 fw1 filterlog[7]: 5,,,1000000103,igb0,match,block,in,4,0x0,,64,1234,0,DF,6,tcp,60,"
        "192.0.2.7,198.51.100.2,4022,23,0,S,1:2,,64240,,",
    )
    programs: ClassVar[frozenset[str]] = frozenset({"filterlog"})
    everywhere: ClassVar[bool] = True
    starts: ClassVar[str] = "0123456789,"

    def accepts(self, record: Record) -> bool:
        """Tell whether the columns are those of a filter line."""
        return _LINE.match(record.body[:400]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        words = record.body.split(",")
        if len(words) < 12:
            raise ParseError("a filter line has more columns")
        fields: dict[str, FieldValue] = dict(zip(_START, words, strict=False))
        fields |= dict(zip(_FOUR if words[8] == "4" else _SIX, words[9:], strict=False))
        ecs = header_ecs(record)
        ecs["event.module"], ecs["observer.product"] = "pfsense", "pf"
        apply_aliases({k: v for k, v in fields.items() if k not in ("version", "id", "interface", "reason")}, ecs)
        put_verdict(ecs, fields, words[6])
        put_sigma_firewall(ecs, fields)
        return Parsed(self.name, logsource("pfsense", ("firewall",), "filterlog"), header_time(record), ecs, fields)
