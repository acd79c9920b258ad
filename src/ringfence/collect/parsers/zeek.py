"""Zeek logs, one parser for all of them: the path (conn, dns, http, ...) says which."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import Step, compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.logsource import Logsource, logsource

_CONNECTION = {
    "id.orig_h": "source.ip",
    "id.orig_p": "source.port",
    "id.resp_h": "destination.ip",
    "id.resp_p": "destination.port",
    "proto": "network.transport",
    "orig_l2_addr": "source.mac",
    "resp_l2_addr": "destination.mac",
    "community_id": "network.community_id",
}
_BY_PATH: dict[str, dict[str, str]] = {
    "conn": {"service": "network.protocol", "orig_bytes": "source.bytes", "resp_bytes": "destination.bytes"},
    "dns": {
        "query": "dns.question.name",
        "qtype_name": "dns.question.type",
        "rcode_name": "dns.response_code",
        "answers": "@answers",
    },
    "http": {
        "method": "http.request.method",
        "host": "url.domain",
        "uri": "@url",
        "referrer": "http.request.referrer",
        "user_agent": "user_agent.original",
        "status_code": "http.response.status_code",
        "request_body_len": "http.request.bytes",
        "response_body_len": "http.response.bytes",
        "username": "user.name",
    },
    "ssl": {
        "server_name": "tls.server.name",
        "version": "tls.version",
        "cipher": "tls.cipher",
        "ja3": "tls.client.ja3",
    },
    "files": {
        "filename": "@file",
        "md5": "file.hash.md5",
        "sha1": "file.hash.sha1",
        "sha256": "file.hash.sha256",
        "total_bytes": "file.size",
        "tx_hosts": "source.ip",
        "rx_hosts": "destination.ip",
        "source": "network.protocol",
    },
    "smb_files": {"name": "@file", "action": "event.action", "size": "file.size"},
    "smb_mapping": {"path": "file.path", "share_type": "service.type"},
    "dce_rpc": {"operation": "event.action", "endpoint": "service.name"},
    "kerberos": {
        "client": "user.name",
        "service": "service.name",
        "request_type": "event.action",
        "cipher": "tls.cipher",
        "error_msg": "event.reason",
    },
    "ntlm": {"username": "user.name", "domainname": "user.domain", "hostname": "source.domain"},
    "rdp": {"cookie": "user.name", "client_name": "source.domain", "result": "event.reason"},
    "ssh": {"client": "user_agent.original", "server": "service.name", "direction": "network.direction"},
    "notice": {
        "note": "rule.name",
        "msg": "message",
        "src": "source.ip",
        "dst": "destination.ip",
        "p": "destination.port",
        "peer_descr": "observer.name",
        "sub": "event.reason",
    },
    "weird": {"name": "rule.name", "addl": "message", "peer": "observer.name"},
    "x509": {},
    "smtp": {
        "mailfrom": "email.from",
        "rcptto": "email.to",
        "subject": "email.subject",
        "user_agent": "user_agent.original",
        "helo": "source.domain",
    },
    "ftp": {"user": "user.name", "command": "event.action", "arg": "url.full", "reply_msg": "message"},
    "irc": {"user": "user.name", "command": "event.action"},
    "radius": {"username": "user.name", "result": "event.reason", "framed_addr": "source.ip", "mac": "source.mac"},
    "dhcp": {
        "client_addr": "source.ip",
        "assigned_addr": "source.ip",
        "server_addr": "destination.ip",
        "host_name": "source.domain",
        "mac": "source.mac",
    },
    "syslog": {"message": "message", "severity": "log.level"},
    "software": {"host": "host.ip", "name": "service.name", "software_type": "service.type"},
    "known_hosts": {"host": "host.ip"},
    "known_services": {"host": "host.ip", "port_num": "destination.port", "port_proto": "network.transport"},
    "known_certs": {"host": "host.ip", "port_num": "destination.port", "subject": "tls.server.name"},
    "known_modbus": {"host": "host.ip"},
    "traceroute": {"src": "source.ip", "dst": "destination.ip"},
    "tunnel": {"tunnel_type": "network.protocol", "action": "event.action"},
    "intel": {
        "seen.indicator": "threat.indicator.name",
        "seen.where": "event.reason",
        "seen.node": "observer.name",
        "fuid": "",
    },
    "signatures": {
        "src_addr": "source.ip",
        "src_port": "source.port",
        "dst_addr": "destination.ip",
        "dst_port": "destination.port",
        "note": "rule.name",
        "sig_id": "rule.id",
        "event_msg": "message",
    },
    "sip": {"method": "event.action", "request_from": "source.domain", "user_agent": "user_agent.original"},
    "snmp": {"community": "user.name"},
    "socks": {"user": "user.name", "bound.host": "destination.ip"},
    "mysql": {"cmd": "event.action", "arg": "message", "response": "event.reason"},
    "modbus": {"func": "event.action", "exception": "event.reason"},
    "dnp3": {"fc_request": "event.action"},
    "dpd": {"analyzer": "network.protocol", "failure_reason": "event.reason"},
    "analyzer": {"analyzer_name": "network.protocol", "failure_reason": "event.reason"},
    "rfb": {"client_minor_version": "", "desktop_name": "service.name"},
    "ldap": {"message_type": "event.action", "object": "user.name", "result": "event.reason"},
    "ldap_search": {"base_object": "service.name", "filter": "message", "result": "event.reason"},
    "ntp": {},
    "quic": {"server_name": "tls.server.name", "version": "tls.version"},
    "websocket": {"host": "url.domain", "uri": "@url", "user_agent": "user_agent.original"},
    "postgresql": {"user": "user.name", "database": "service.name", "frontend": "event.action"},
    "pe": {"machine": "", "id": ""},
    "ocsp": {"certStatus": "event.reason"},
    "capture_loss": {"peer": "observer.name"},
    "stats": {"peer": "observer.name"},
    "reporter": {"level": "log.level", "message": "message"},
    "packet_filter": {"node": "observer.name"},
    "loaded_scripts": {"name": "file.path"},
    "cluster": {"node": "observer.name", "message": "message"},
    "broker": {"peer.address": "destination.ip", "ev": "event.action"},
    "telemetry": {"peer": "observer.name"},
    "weird_stats": {"name": "rule.name"},
    "netcontrol": {"entity": "source.ip", "rule_id": "rule.id", "action": "event.action"},
    "openflow": {},
}
_WORDS: dict[str, tuple[list[str], list[str]]] = {
    "conn": (["network"], ["connection"]),
    "dns": (["network"], ["protocol"]),
    "http": (["web", "network"], ["access"]),
    "ssl": (["network"], ["connection", "protocol"]),
    "files": (["file"], ["info"]),
    "smb_files": (["file", "network"], ["access"]),
    "kerberos": (["authentication", "network"], ["start"]),
    "ntlm": (["authentication", "network"], ["start"]),
    "radius": (["authentication", "network"], ["start"]),
    "ssh": (["network", "session"], ["connection"]),
    "rdp": (["network", "session"], ["connection"]),
    "notice": (["intrusion_detection"], ["info"]),
    "signatures": (["intrusion_detection"], ["info"]),
    "intel": (["threat"], ["indicator"]),
    "smtp": (["email"], ["info"]),
}
_CATEGORIES = {"dns": ("dns",), "http": ("proxy", "webserver"), "conn": ("firewall",)}
_OTHER = {"query": "query", "answers": "answer", "qtype_name": "record_type"}
"""Zeek's DNS names and those of Sigma's category `dns`."""
_WEB = {
    "user_agent": ("c-useragent", "cs-user-agent"),
    "method": ("cs-method",),
    "status_code": ("sc-status",),
    "host": ("cs-host",),
    "referrer": ("cs-referer",),
}
_SELF = frozenset(("loaded_scripts", "packet_filter", "stats", "capture_loss", "reporter", "cluster", "telemetry"))
"""Logs in which Zeek speaks of itself: the sensor is the host."""
_SHIPPER = frozenset(("@stream", "@system", "@proc", "@path", "_path", "_system_name", "_write_ts", "_node", "tags"))


class Zeek(JsonParser):
    """Zeek logs, TSV (read by the file input) or JSON; fields keep Zeek's names (`id_orig_h` becomes `id.orig_h`)."""

    name: ClassVar[str] = "zeek"
    title: ClassVar[str] = "Zeek (Bro) network logs, TSV and JSON"
    samples: ClassVar[Sequence[str]] = (
        '{"_path":"dns","ts":1772352000.25,"uid":"C1","id.orig_h":"192.0.2.7","id.orig_p":50001,"id.resp_h":'
        '"198.51.100.53","id.resp_p":53,"proto":"udp","query":"www.example.com","qtype_name":"A","rcode_name":"NOERROR",'
        '"answers":["203.0.113.9"]}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a row of a Zeek log."""
        if "@stream" in data and ("ts" in data or "@proc" in data):
            return True
        path = data.get("_path")
        if type(path) is str and path in _BY_PATH:
            return True
        if "ts" not in data:
            return False
        return (
            path is not None
            or "@path" in data
            or ("uid" in data and ("id.orig_h" in data or "id_orig_h" in data or "id" in data))
        )

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        path = _path(data, record.hint)
        fields = _fields(data)
        categories = _CATEGORIES.get(path, ())
        if path == "dns":
            for native, name in _OTHER.items():
                if native in fields:
                    fields.setdefault(name, fields[native])
        elif path == "http":
            _web_names(fields)
        elif path == "conn":
            _firewall_names(fields)
        subject = _certificate_names(fields) if path == "x509" else ""
        category, kind = _WORDS.get(path, ([], []))
        extra: dict[str, EcsValue] = {"event__category": category, "event__type": kind}
        if subject:
            extra["tls__server__name"] = subject
            if "." in subject and " " not in subject:
                extra["destination__domain"] = subject.removeprefix("*.").lower()
        sensor = data.get("@system") or data.get("_system_name") or data.get("_node")
        if type(sensor) is str:
            extra["observer__name"] = sensor
        if path in _SELF:
            own = sensor or data.get("peer") or data.get("node")
            extra["host__name"] = own if type(own) is str else ""
        if type(data.get("uid")) is str:
            extra["event__id"] = data["uid"]
        parsed = event(
            self.name, _source(path, categories), f"zeek.{path or 'other'}", _time(data), fields, _steps(path), **extra
        )
        _outcome(path, fields, parsed.ecs)
        return parsed


@lru_cache(maxsize=256)
def _source(path: str, categories: tuple[str, ...]) -> Logsource:
    return logsource("zeek", categories, path)


def _path(data: Json, hint: str) -> str:
    found = hint.partition(":")[2] or data.get("_path") or data.get("@stream") or data.get("@path")
    if type(found) is not str or not found:
        found = _guess(data)
    found = found.lower()
    if len(found) > 64 or not found.replace("_", "").replace("-", "").isalnum():
        raise ParseError("the name of the Zeek log is no name")
    return found


_MARKS = (
    ("conn_state", "conn"),
    ("qclass_name", "dns"),
    ("query", "dns"),
    ("note", "notice"),
    ("status_code", "http"),
    ("method", "http"),
    ("share_type", "smb_mapping"),
    ("endpoint", "dce_rpc"),
    ("request_type", "kerberos"),
    ("server_name", "ssl"),
    ("cipher", "ssl"),
    ("mailfrom", "smtp"),
    ("auth_success", "ssh"),
    ("security_protocol", "rdp"),
    ("domainname", "ntlm"),
    ("action", "smb_files"),
)


def _guess(data: Json) -> str:
    """JSON logs written without `_path` are told by a field that only one of them has."""
    return next((path for mark, path in _MARKS if mark in data), "")


def _fields(data: Json) -> Json:
    fields: Json = {}
    for name, value in data.items():
        if name in _SHIPPER:
            continue
        if type(value) is dict:
            fields |= flatten({name: value})
        elif name.startswith(("id_orig_", "id_resp_")):
            fields[f"id.{name[3:]}"] = value
        else:
            fields[name] = value
    return fields


def _time(data: Json) -> int | None:
    for name in ("ts", "_write_ts", "@timestamp"):
        value = data.get(name)
        if value is not None:
            time = parse_time(value)
            if time is not None:
                return time
            if type(value) in (int, float) and 0 <= value < 31_536_000:
                return round(value * 1_000_000)  # a capture with its clock at zero
    return None


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[Step, ...]:
    return compile_table({**_CONNECTION, **_BY_PATH.get(path, {})})


def _certificate_names(fields: Json) -> str:
    """Zeek's own spelling where dots were written as underscores, and the names that the certificate is for."""
    for name in list(fields):
        if name.startswith("certificate_"):
            fields.setdefault("certificate." + name[12:], fields[name])
    names: Any = fields.get("san.dns")
    found = names[0] if type(names) is list and names and type(names[0]) is str else None
    subject: Any = fields.get("certificate.subject")
    if found is None and type(subject) is str:
        part = next((part for part in subject.split(",") if part.strip().startswith("CN=")), "")
        found = part.strip()[3:] or None
    return found if found is not None and len(found) < 256 else ""


def _web_names(fields: Json) -> None:
    """The names that Sigma's categories `proxy` and `webserver` use."""
    for native, names in _WEB.items():
        if native in fields:
            for name in names:
                fields.setdefault(name, fields[native])
    uri: Any = fields.get("uri")
    if type(uri) is str:
        stem, _, query = uri.partition("?")
        for name, value in (("c-uri", uri), ("cs-uri", uri), ("cs-uri-stem", stem), ("cs-uri-query", query)):
            fields.setdefault(name, value)
        if query:
            fields.setdefault("c-uri-query", query)
    if "id.resp_h" in fields:
        fields.setdefault("dst_ip", fields["id.resp_h"])


def _firewall_names(fields: Json) -> None:
    for native, name in (("id.orig_h", "src_ip"), ("id.resp_h", "dst_ip"), ("id.resp_p", "dst_port")):
        if native in fields:
            fields.setdefault(name, fields[native])


def _outcome(path: str, fields: Json, ecs: dict[str, EcsValue]) -> None:
    word: Any = None
    if path in ("ssh",):
        word = fields.get("auth_success")
    elif path in ("kerberos", "ntlm"):
        word = fields.get("success")
    elif path == "radius":
        word = {"success": True, "failed": False}.get(str(fields.get("result", "")).lower())
    if type(word) is bool:
        ecs["event.outcome"] = "success" if word else "failure"
    elif word in ("T", "true"):
        ecs["event.outcome"] = "success"
    elif word in ("F", "false"):
        ecs["event.outcome"] = "failure"
    client: Any = fields.get("client")
    if path == "kerberos" and type(client) is str and "/" in client:
        ecs["user.name"], _, ecs["user.domain"] = client.partition("/")
