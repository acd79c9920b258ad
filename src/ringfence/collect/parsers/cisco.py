"""Cisco: ASA, PIX, FTD and FWSM firewalls, IOS and NX-OS switches and routers (`%FACILITY-LEVEL-NAME: text`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.guess import guess, outcome
from ringfence.collect.parsers.text import (
    TextParser,
    header_ecs,
    header_fields,
    header_time,
    put_address,
    put_port,
    put_user,
)
from ringfence.collect.record import Record
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_FIREWALL = logsource("cisco", ("firewall",), "asa")
_SERVICES = {name: logsource("cisco", (), name) for name in ("aaa", "bgp", "ldp", "syslog")}
_TAG = re.compile(
    r"%(?P<facility>[A-Z][A-Z0-9_]{1,31}(?:-[A-Z][A-Z0-9_]{1,31}){0,2})"
    r"-(?:[A-Z]{1,4}-)?(?P<level>[0-7])-(?P<name>[A-Z0-9_]{2,64}):? ?"
)
_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")
_DEVICES = frozenset({"ASA", "PIX", "FWSM", "FTD", "IDS"})
_END = (
    r"(?:(?P<{0}if>[\w.-]{{1,64}}):)?(?P<{0}>[^\s/()<>,:]{{1,128}}|[\da-fA-F:]{{2,45}})(?:/(?P<{0}port>[\w-]{{1,16}}))?"
)
_SRC, _DST = _END.format("s"), _END.format("d")
_PATTERNS = tuple(
    (action, result, re.compile(text))
    for action, result, text in (
        ("built", "success", r"Built (?:(?P<dir>inbound|outbound) )"
                             r"?(?P<proto>\w{1,16}) connection (?P<conn>\d+) "
                             r"for " + _SRC + r"(?: \([^)]*\))?(?:\([^)]*\))? to " + _DST),
        ("teardown", "", r"Teardown (?P<proto>\w{1,16}) connection "
                         r"(?P<conn>\d+) for " + _SRC + r"(?:\([^)]*\))? to " + _DST),
        ("built", "success", r"Built (?:dynamic|static) (?P<proto>\w{1,16}) "
                             r"translation from " + _SRC + r"(?:\([^)]*\))? to " + _DST),
        ("teardown", "", r"Teardown (?:dynamic|static) "
                         r"(?P<proto>\w{1,16}) translation from " + _SRC + r"(?:\([^)]*\))? to " + _DST),
        ("deny", "failure", r"(?:Deny|denied)(?: (?:inbound|outbound))? (?:protocol )?(?P<proto>(?!inbound|outbound)"
                            r"\w+)(?: reverse path check)?(?: \((?:[^)"
                            r"]*)\))? (?:\w+ )?src " + _SRC + r"(?:\([^)]*\))? dst(?: " + _DST + r")?"),
        ("deny", "failure", r"Deny(?: (?:inbound|outbound))? (?P<proto>\w{1,16})"
                            r"(?: \([^)]*\))?(?: reverse path check)? from " + _SRC + r" to " + _DST),
        ("deny", "failure", r"(?:Inbound|Outbound) (?P<proto>\w{1,16})"
                            r" connection denied from " + _SRC + r" to " + _DST),
        ("deny", "failure", r"Deny inbound \(No xlate\) "
                            r"(?P<proto>\w{1,16}) src " + _SRC + r"(?: dst(?: " + _DST + r")?)?"),
        ("deny", "failure", r"(?P<proto>\w{1,16}) access denied by ACL from " + _SRC + r" to " + _DST),
        ("permit", "success", r"(?P<proto>\w{1,16}) access permitted from " + _SRC + r" to " + _DST),
        ("discard", "failure", r"(?P<proto>\w{1,16}) request discarded "
                               r"from (?:<[^>]*>|" + _SRC + r")(?:/\d+)? to " + _DST),
        ("request", "", r"(?P<proto>\w{1,16}) access requested from " + _SRC + r" to " + _DST),
        ("deny", "failure", r"(?P<proto>\w{1,16}) [Cc]onnection denied by outbound list (?P<acl>\S+) "
                            r"src (?P<s>\S+)(?: (?P<sport>\d+))? dest (?P<d>\S+)(?: (?P<dport>\d+))"
                            r"?"),
        ("acl", "", r"access-list (?P<acl>\S+) (?P<verdict>permitted|denied|est-allowed) (?P<proto>\w{1,16}) "
                    r"(?P<sif>[\w.-]+)/(?P<s>[^\s(]+)\((?P<sport>\d+)\)(?:\([^)]*\))? -> (?P<dif>[\w.-]+)"
                    r"/(?P<d>[^\s(]+)\((?P<dport>\d+)\)"),
        ("acl", "", r"list (?P<acl>\S+) (?P<verdict>denied|permitted) (?P<proto>\w{1,16}) (?P<s>[^\s(]+)"
                    r"(?:\((?P<sport>\d+)\))?(?: \([^)]{0,80}\))? -> (?P<d>[^\s(,]+)(?:\((?P<dport>\d+)\))?"),
        ("no-translation", "failure", r"No translation group found for "
                                      r"(?P<proto>\w{1,16}) src " + _SRC + r" dst " + _DST),
        ("signature", "", r"(?:IDS:(?P<sig>\d+)|Sig:(?P<sig2>\d+)) .{0,300}?(?:from |\[)(?P<s>[\da-fA-F.:]{3,45}?)"
                          r"(?::(?P<sport>\d{1,5}))? (?:to|->) (?P<d>[\da-fA-F.]{3,45})(?::(?P<dport>\d{1,5}))?"),
        ("authentication", "failure", r"AAA user authentication Rejected : reason = (?P<reason>[^:]{1,200}) : "
                                      r"server = (?P<d>\S+) : user = (?P<user>\S+)(?: : user IP = (?P<s>\S+))?"),
        ("authentication", "success", r"AAA user (?:authentication|accounting|authorization) Successful "
                                      r": (?:local database|server = (?P<d>\S+)) : user = (?P<user>\S+)"),
        ("login", "success", r"(?:Login permitted|SSH session) from " + _SRC + r" (?:to|on interface) (?:\S+) for user "
                                                                               r"\"?(?P<user>[^\"\s]*)"),
        ("login", "failure", r"Login denied from " + _SRC + r" to " + _DST + r" for user \"?(?P<user>[^\"\s]*)"),
        ("command", "success", r"User '(?P<user>[^']{1,128})'(?:,| running)"
                               r".{0,60}? executed the '(?P<cmd>[^']{1,1024})'"),
        ("vpn", "", r"Group (?:= )?<?(?P<group>[^,>]{1,128})>?,? (?:Username = |User <?)"
                    r"(?P<user>[^,>]{1,128})>?,? IP (?:= )?<?(?P<s>[\da-fA-F.:]{3,45})>?"),
        ("login", "", r"Login (?P<verdict>Success|failed) \[user: ?(?P<user>[^\]]{0,128})"
                      r"\] \[Source: ?(?P<s>[^\]]{1,64})\] \[localport: ?(?P<dport>\d+)\]"),
        ("configured", "success", r"Configured from (?:\S+ )?by (?P<user>\S+) on \S+ \((?P<s>[^)]{1,64})\)"),
        ("configured", "success", r"Configured from console by (?P<user>\S+)"),
        ("command", "success", r"User:(?P<user>\S{1,128})  ?logged command:(?P<cmd>.{1,2048})"),
        ("ssh-login", "", r"User '(?P<user>[^']{1,128})' authentication for SSH2 "
                          r"Session from (?P<s>\S+) .{0,200}?(?P<verdict>Succeeded|"
                          r"Failed)"),
        ("ssh-session", "", r"SSH2 Session (?:request )?from (?P<s>\S+) .{0,300}?(?P<verdict>Succeeded|Failed)"),
    )
)  # fmt: skip
_GOOD = frozenset({"permitted", "est-allowed", "success", "succeeded"})


class Cisco(TextParser):
    """Parses messages of Cisco devices; their connection, access-list, login and VPN messages with all entities."""

    name: ClassVar[str] = "cisco"
    title: ClassVar[str] = "Cisco ASA, PIX, FTD, IOS, NX-OS"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 2026 08:00:00 fw1 : %ASA-4-106023: Deny tcp src "
        "outside:192.0.2.7/4022 dst inside:198.51.100.2/23 by "
        'access-group "in"',
        "77: *Mar  1 08:00:00.123 UTC: %SEC-6-IPACCESSLOGP: list "
        "102 denied tcp 192.0.2.7(4022) -> 198.51.100.2(23), 1 "
        "packet",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether a `%FACILITY-LEVEL-NAME` tag stands near the beginning."""
        head = record.body[:300]
        return "%" in head and _TAG.search(head) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        tag = _TAG.search(record.body[:300])
        if tag is None:
            raise ParseError("no %FACILITY-LEVEL-NAME tag")
        facility, name = tag["facility"], tag["name"]
        text = record.body[tag.end() : tag.end() + 2048]
        ecs, fields = header_ecs(record), header_fields(record)
        for header_only in ("process.name", "process.pid"):
            ecs.pop(header_only, None)
        ecs["event.provider"] = facility
        ecs["event.module"], ecs["observer.vendor"], ecs["message"] = "cisco", "Cisco", text
        ecs["observer.product"] = facility if facility in _DEVICES else "IOS"
        ecs["event.code"] = name if facility in _DEVICES else f"{facility}-{tag['level']}-{name}"
        ecs["log.level"] = _LEVELS[int(tag["level"])]
        if "host.name" in ecs:
            ecs["observer.name"] = ecs["host.name"]
        fields |= {"facility": facility, "severity": tag["level"], "mnemonic": name}
        for action, result, pattern in _PATTERNS:
            found = pattern.search(text)
            if found is not None:
                _apply(action, result, found, ecs, fields)
                break
        else:
            guess(text, ecs)
            result = outcome(text)
            if result:
                ecs["event.outcome"] = result
        source = (
            _FIREWALL if facility in _DEVICES or name.startswith("IPACCESSLOG") else _SERVICES[_service(facility, name)]
        )
        return Parsed(self.name, source, header_time(record), ecs, fields)


def _service(facility: str, name: str) -> str:
    if facility in ("BGP", "LDP"):
        return facility.lower()
    if facility in ("AAA", "AAAA", "SEC_LOGIN", "PARSER", "SYS", "SSH", "AUTHPRIV") or "CMD" in name:
        return "aaa"
    return "bgp" if "BGP" in name else "syslog"


def _apply(
    action: str, result: str, found: re.Match[str], ecs: dict[str, EcsValue], fields: dict[str, FieldValue]
) -> None:
    part = found.groupdict()
    verdict = str(part.get("verdict") or "").lower()
    if verdict:
        result = "success" if verdict in _GOOD else "failure"
        if action == "acl":
            action = "permit" if result == "success" else "deny"
    ecs["event.action"] = fields["action"] = {"deny": "deny", "built": "accept", "permit": "accept"}.get(action, action)
    if result:
        ecs["event.outcome"] = result
        fields["blocked"] = "true" if result == "failure" else "false"
    for side, key, native in (("source", "s", "src"), ("destination", "d", "dst")):
        address, port = part.get(key), part.get(f"{key}port")
        put_address(ecs, side, address)
        put_port(ecs, side, port)
        if address:
            fields[f"{native}_ip"] = address
        if port:
            fields[f"{native}_port"] = int(port) if port.isdigit() else port
    put_user(ecs, part.get("user"))
    for key, field in (
        ("acl", "rule.name"),
        ("sig", "rule.id"),
        ("sig2", "rule.id"),
        ("cmd", "process.command_line"),
        ("group", "group.name"),
        ("reason", "event.reason"),
    ):
        value = part.get(key)
        if value:
            ecs[field] = fields[key] = value
    if part.get("proto"):
        ecs["network.transport"] = fields["protocol"] = str(part["proto"]).lower()
