"""Suricata's EVE log: alerts, flows and protocol events."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.logsource import Logsource, logsource

_STEPS = compile_table(
    {
        "src_ip": "source.ip",
        "src_port": "source.port",
        "dest_ip": "destination.ip",
        "dest_port": "destination.port",
        "proto": "network.transport",
        "app_proto": "network.protocol",
        "community_id": "network.community_id",
        "ether.src_mac": "source.mac",
        "ether.dest_mac": "destination.mac",
        "host": "observer.name",
        "alert.signature": "rule.name",
        "alert.signature_id": "rule.id",
        "alert.action": "event.action",
        "alert.severity": "event.severity",
        "alert.category": "event.reason",
        "alert.metadata.mitre_technique_id": "threat.technique.id",
        "flow.bytes_toserver": "source.bytes",
        "flow.bytes_toclient": "destination.bytes",
        "http.hostname": "url.domain",
        "http.url": "@url",
        "http.http_method": "http.request.method",
        "http.http_user_agent": "user_agent.original",
        "http.http_refer": "http.request.referrer",
        "http.status": "http.response.status_code",
        "http.length": "http.response.bytes",
        "tls.sni": "tls.server.name",
        "tls.version": "tls.version",
        "tls.ja3.hash": "tls.client.ja3",
        "fileinfo.filename": "@file",
        "fileinfo.size": "file.size",
        "fileinfo.md5": "file.hash.md5",
        "fileinfo.sha1": "file.hash.sha1",
        "fileinfo.sha256": "file.hash.sha256",
        "smb.filename": "@file",
        "smb.command": "event.action",
        "smb.ntlmssp.user": "user.name",
        "smb.ntlmssp.domain": "user.domain",
        "ssh.client.software_version": "user_agent.original",
        "smtp.mail_from": "email.from",
        "smtp.rcpt_to": "email.to",
        "email.from": "email.from",
        "email.to": "email.to",
        "email.subject": "email.subject",
        "krb5.cname": "user.name",
        "krb5.sname": "service.name",
        "rdp.cookie": "user.name",
        "ftp.command": "event.action",
        "dhcp.assigned_ip": "source.ip",
        "dhcp.client_mac": "source.mac",
        "dhcp.hostname": "source.domain",
        "anomaly.event": "rule.name",
    }
)
_WORDS: dict[str, tuple[list[str], list[str]]] = {
    "alert": (["intrusion_detection", "network"], ["info"]),
    "drop": (["network"], ["denied"]),
    "flow": (["network"], ["connection", "end"]),
    "netflow": (["network"], ["connection"]),
    "dns": (["network"], ["protocol"]),
    "http": (["web", "network"], ["access"]),
    "tls": (["network"], ["protocol"]),
    "fileinfo": (["file", "network"], ["info"]),
    "anomaly": (["network"], ["info"]),
    "smtp": (["email", "network"], ["info"]),
}
_CATEGORIES = {"dns": ("dns",), "http": ("proxy", "webserver"), "flow": ("firewall",), "drop": ("firewall",)}
_WEB = {
    "http.hostname": ("cs-host",),
    "http.url": ("c-uri", "cs-uri"),
    "http.http_method": ("cs-method",),
    "http.http_user_agent": ("c-useragent", "cs-user-agent"),
    "http.http_refer": ("cs-referer",),
    "http.status": ("sc-status",),
    "dest_ip": ("dst_ip",),
    "dest_port": ("dst_port",),
}


class Suricata(JsonParser):
    """Suricata EVE JSON, all event types; the Sigma service is the event type."""

    name: ClassVar[str] = "suricata"
    title: ClassVar[str] = "Suricata EVE"
    samples: ClassVar[Sequence[str]] = (
        '{"timestamp":"2026-03-01T09:00:00.123456+0100","flow_id":7,"event_type":"alert","src_ip":"192.0.2.7",'
        '"src_port":50001,"dest_ip":"198.51.100.9","dest_port":80,"proto":"TCP","alert":{"action":"allowed",'
        '"signature_id":2000001,"signature":"TEST web attack","category":"Web Application Attack","severity":1}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an EVE event."""
        kind = data.get("event_type")
        if type(kind) is not str or "timestamp" not in data:
            return False
        return kind in data or "flow_id" in data or ("src_ip" in data and "dest_ip" in data)

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        kind = str(data["event_type"])[:32].lower()
        fields = flatten(data)
        for native, names in _WEB.items():
            if native in fields:
                for name in names:
                    fields.setdefault(name, fields[native])
        url: Any = fields.get("http.url")
        if type(url) is str:
            fields["cs-uri-stem"], _, fields["cs-uri-query"] = url.partition("?")
        extra: dict[str, EcsValue | None] = {}
        if kind == "dns":
            _dns(data.get("dns"), fields, extra)
        category, types = _WORDS.get(kind, (["network"], ["info"]))
        if kind == "alert" and fields.get("alert.action") == "blocked":
            types = ["denied"]
        return event(
            self.name,
            _source(kind),
            f"suricata.{kind}",
            parse_time(data.get("timestamp")),
            fields,
            _STEPS,
            event__category=category,
            event__type=types,
            event__id=str(data["flow_id"]) if "flow_id" in data else None,
            observer__product="Suricata",
            observer__vendor="OISF",
            **extra,
        )


@lru_cache(maxsize=256)
def _source(kind: str) -> Logsource:
    return logsource("suricata", _CATEGORIES.get(kind, ()), kind)


def _dns(dns: Any, fields: Json, extra: dict[str, EcsValue | None]) -> None:
    """Version 1 (rrname at the top), 2 (answers) and 3 (queries) of the DNS event."""
    if type(dns) is not dict:
        return
    queries = dns.get("queries")
    asked: Json = queries[0] if type(queries) is list and queries and type(queries[0]) is dict else dns
    answers: list[str] = []
    given: Any = dns.get("answers")
    for answer in given if type(given) is list else []:
        if type(answer) is dict and type(answer.get("rdata")) is str:
            answers.append(answer["rdata"])
    if not answers and type(dns.get("rdata")) is str:
        answers.append(dns["rdata"])
    for name, ecs, value in (
        ("query", "dns__question__name", asked.get("rrname")),
        ("record_type", "dns__question__type", asked.get("rrtype")),
        ("", "dns__response_code", dns.get("rcode")),
    ):
        if type(value) is str and value:
            extra[ecs] = value
            if name:
                fields.setdefault(name, value)
    if answers:
        extra["dns__answers"] = answers[:100]
        fields.setdefault("answer", answers[:100])
