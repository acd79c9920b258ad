"""Packets that a Linux firewall logs: iptables, nftables, ufw, firewalld, shorewall, UniFi (kernel lines)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.pairs import read_pairs
from ringfence.collect.parsers.text import TextParser, as_int, header_ecs, header_time, put_address, put_port
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("linux", ("firewall",), "iptables")
_DENY = re.compile(r"drop|deny|denied|block|reject|invalid|limit", re.I)
_ALLOW = re.compile(r"accept|allow|pass|audit|permit", re.I)
_KERNEL = re.compile(r"\[ *\d{1,10}\.\d{1,9}\] ?")


class Netfilter(TextParser):
    """Parses packets logged by netfilter; what became of the packet is read from the prefix of the rule."""

    name: ClassVar[str] = "netfilter"
    title: ClassVar[str] = "Linux firewall (iptables, nftables, ufw)"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 08:00:00 fw1 kernel: [12.345678] [UFW BLOCK] "
        "IN=eth0 OUT= "
        "MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 "
        "SRC=192.0.2.7 DST=198.51.100.2 LEN=60 TTL=51 PROTO=TCP SPT=4022 DPT=23 SYN",
    )

    programs: ClassVar[frozenset[str]] = frozenset({"kernel", "ufw", "nft", "ulogd", "iptables", "shorewall", "klogd"})
    everywhere: ClassVar[bool] = True

    def accepts(self, record: Record) -> bool:
        """Tell whether the line has the fields of a logged packet."""
        body = record.body
        return "SRC=" in body and "DST=" in body and "PROTO=" in body and "IN=" in body

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        body = record.body
        start = _KERNEL.match(body)
        text = body[start.end() :] if start is not None else body
        at = text.find("IN=")
        prefix, rest = text[:at].strip(), text[at:]
        fields = read_pairs(rest, commas=False)
        fields["message"] = body
        ecs = header_ecs(record)
        ecs["event.module"], ecs["observer.product"] = "netfilter", "netfilter"
        for side, address, port in (("source", "SRC", "SPT"), ("destination", "DST", "DPT")):
            put_address(ecs, side, str(fields.get(address) or ""))
            put_port(ecs, side, str(fields.get(port) or ""))
        fields["src_ip"], fields["dst_ip"] = fields.get("SRC"), fields.get("DST")
        fields["src_port"] = as_int(str(fields.get("SPT") or ""))
        fields["dst_port"] = as_int(str(fields.get("DPT") or ""))
        ecs["network.transport"] = str(fields.get("PROTO") or "").lower()
        ecs["network.direction"] = "outbound" if not fields.get("IN") else "inbound"
        mac = str(fields.get("MAC") or "").split(":")
        if len(mac) >= 12:
            ecs["source.mac"], ecs["destination.mac"] = ":".join(mac[6:12]), ":".join(mac[:6])
        if prefix:
            ecs["rule.name"] = fields["prefix"] = prefix.strip("[]: ")
        denied = _DENY.search(prefix) is not None
        allowed = not denied and _ALLOW.search(prefix) is not None
        action = "deny" if denied else "accept" if allowed else "logged"
        ecs["event.action"] = fields["action"] = action
        fields["blocked"] = "true" if denied else "false"
        if denied or allowed:
            ecs["event.outcome"] = "failure" if denied else "success"
        return Parsed(self.name, _SOURCE, header_time(record), ecs, fields)
