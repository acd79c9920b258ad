"""Check Point and Palo Alto Networks firewalls."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.aliases import apply_aliases
from ringfence.collect.parsers.devices import put_sigma_firewall, put_verdict
from ringfence.collect.parsers.text import TextParser, header_ecs, header_time, zone_of
from ringfence.collect.record import Record
from ringfence.collect.text_time import any_us
from ringfence.core.errors import ParseError
from ringfence.ecs.event import FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_CHECKPOINT = re.compile(r'([A-Za-z_][\w ]{0,63}?)(?::{1,2}|=)"((?:[^"\\]|\\.)*+)"(?:; ?|\]|$)')


class CheckPoint(TextParser):
    """Parses Check Point logs of the log exporter in its syslog form (`[action:"Drop"; ...]`)."""

    name: ClassVar[str] = "checkpoint"
    title: ClassVar[str] = "Check Point"
    samples: ClassVar[Sequence[str]] = (
        "<134>1 2026-03-01T08:00:00Z fw1 CheckPoint 7 - "
        '[action:"Drop"; ifdir:"inbound"; origin:"198.51.100.1"; '
        'time:"1772352000";'
        ' src:"192.0.2.7"; s_port:"4022"; dst:"198.51.100.2"; service:"23"; proto:"6"; rule_name:"Cleanup"; ]',
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether the header or the fields are Check Point's."""
        program = record.syslog.program if record.syslog is not None else ""
        return program == "CheckPoint" or (
            record.body.startswith(('[action:"', 'action="', 'time="')) and "origin" in record.body[:600]
        )

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        fields: dict[str, FieldValue] = {}
        for key, value in _CHECKPOINT.findall(record.body[:65536])[:512]:
            fields.setdefault(key.strip(), value.replace("\\]", "]"))
        ecs = header_ecs(record)
        for header_only in ("process.name", "event.provider", "process.pid"):
            ecs.pop(header_only, None)
        ecs["event.module"], ecs["observer.vendor"] = "checkpoint", "Check Point"
        ecs["observer.product"] = str(fields.get("product") or fields.get("fw_subproduct") or "Firewall")
        named = dict(fields)
        service = named.pop("service", None)
        if isinstance(service, str) and service.isdigit():
            named["dport"] = service
        time = apply_aliases(named, ecs, zone_of(record))
        action = str(fields.get("action") or fields.get("rule_action") or "")
        if not action:
            plain = re.match(r'\[?action[:=]"([^";]{0,64})', record.body)
            action = plain[1] if plain is not None else ""
            fields["action"] = action
        if action:
            ecs["event.action"] = action
        put_verdict(ecs, fields, action)
        put_sigma_firewall(ecs, fields)
        source = logsource("checkpoint", ("firewall",), "fw1")
        return Parsed(self.name, source, header_time(record) or time, ecs, fields)


_PALO = {
    "TRAFFIC": "|receive_time|serial|type|subtype||generated_time|src|dst|natsrc|natdst|rule|srcuser|"
    "dstuser|app|vsys|from_zone|to_zone|inbound_if|outbound_if|log_profile||sessionid|"
    "repeatcnt|sport|dport|natsport|natdport|flags|proto|action|bytes|bytes_sent|"
    "bytes_received|packets|start|elapsed|category||seqno|actionflags|srcloc|dstloc",
    "THREAT": "|receive_time|serial|type|subtype||generated_time|src|dst|natsrc|natdst|rule|srcuser|"
    "dstuser|app|vsys|from_zone|to_zone|inbound_if|outbound_if|log_profile||sessionid|"
    "repeatcnt|sport|dport|natsport|natdport|flags|proto|action|url_path|threatid|category|"
    "severity_name|direction|seqno|actionflags|srcloc|dstloc",
    "SYSTEM": "|receive_time|serial|type|subtype||generated_time|vsys|eventid|object|||module|severity_name|msg|seqno",
    "CONFIG": "|receive_time|serial|type|subtype||generated_time|src|"
    "vsys|cmd|user|client_kind|result|path|before|after|seqno",
    "GLOBALPROTECT": "|receive_time|serial|type|subtype||generated_time|vsys|eventid|stage|authmethod|tunnel|"
    "srcuser|srcregion|machinename|src|public_ipv6|private_ip|private_ipv6|hostid|"
    "serialnumber|client_ver|client_os|client_os_ver|repeatcnt|reason|error|msg|status|"
    "location|duration",
    "USERID": "|receive_time|serial|type|subtype||generated_time|vsys|src|srcuser|datasource|eventid|repeatcnt|timeout",
}
_PALO_LINE = re.compile(
    r"(?:[^,]{0,80},)?(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d|),[\w]{4,20},(TRAFFIC|THREAT|SYSTEM|"
    r"CONFIG|GLOBALPROTECT|USERID|HIPMATCH|CORRELATION|AUTHENTICATION|DECRYPTION),"
)


class PaloAlto(TextParser):
    """Parses PAN-OS logs in their default CSV form."""

    name: ClassVar[str] = "paloalto"
    title: ClassVar[str] = "Palo Alto PAN-OS"
    samples: ClassVar[Sequence[str]] = (
        "1,2026/03/01 08:00:00,0012345,TRAFFIC,drop,2560,2026/03/01 "
        "08:00:00,192.0.2.7,198.51.100.2,,,deny-all,example\\mia,,ssl,"
        "vsys1,"
        "untrust,trust,ae1,ae2,fwd,2026/03/01 08:00:00,77,1,4022,"
        "443,0,0,0x0,tcp,deny,60,60,0,1,2026/03/01 08:00:00,0,any",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether time, serial number and type stand where PAN-OS writes them."""
        return _PALO_LINE.match(record.body[:256]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        row = next(csv.reader([record.body[:65536].replace("\n", " ")]))
        if len(row) < 8:
            raise ParseError("a PAN-OS record has more columns")
        kind = row[3]
        names = _PALO.get(kind, _PALO["SYSTEM"]).split("|")
        fields: dict[str, FieldValue] = {name: value for name, value in zip(names, row, strict=False) if name}
        ecs = header_ecs(record)
        ecs["event.module"], ecs["observer.vendor"], ecs["observer.product"] = (
            "paloalto",
            "Palo Alto Networks",
            "PAN-OS",
        )
        if kind == "THREAT":
            ecs["threat.indicator.name"] = str(fields.get("threatid") or "")
        apply_aliases({k: v for k, v in fields.items() if k not in ("start", "type", "serial", "user_id")}, ecs)
        ecs.setdefault("event.action", str(fields.get("subtype") or kind.lower()))
        put_verdict(ecs, fields, str(fields.get("action") or ""))
        put_sigma_firewall(ecs, fields)
        read = any_us(str(fields.get("generated_time") or "") or row[1], 0, zone_of(record))
        category = ("firewall",) if kind in ("TRAFFIC", "THREAT") else ()
        source = logsource("paloalto", category, kind.lower())
        return Parsed(self.name, source, read[0] if read else header_time(record), ecs, fields)
