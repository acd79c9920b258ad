"""JSON in the Open Cybersecurity Schema Framework (security lakes)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_STEPS = compile_table(
    {
        "activity_name": "event.action",
        "api.operation": "event.action",
        "type_name": "event.action",
        "message": "message",
        "severity": "log.level",
        "severity_id": "event.severity",
        "status_detail": "event.reason",
        "metadata.uid": "event.id",
        "device.hostname": "host.name",
        "device.name": "host.name",
        "device.ip": "host.ip",
        "actor.user.name": "user.name",
        "user.name": "user.name",
        "actor.user.uid": "user.id",
        "actor.user.email_addr": "user.email",
        "user.email_addr": "user.email",
        "actor.user.domain": "user.domain",
        "src_endpoint.ip": "source.ip",
        "src_endpoint.port": "source.port",
        "src_endpoint.hostname": "source.domain",
        "src_endpoint.mac": "source.mac",
        "dst_endpoint.ip": "destination.ip",
        "dst_endpoint.port": "destination.port",
        "dst_endpoint.hostname": "destination.domain",
        "connection_info.protocol_name": "network.transport",
        "connection_info.direction": "network.direction",
        "traffic.bytes_out": "source.bytes",
        "traffic.bytes_in": "destination.bytes",
        "process.file.path": "@image",
        "process.name": "process.name",
        "process.cmd_line": "process.command_line",
        "process.pid": "process.pid",
        "process.parent_process.file.path": "@parent",
        "process.parent_process.cmd_line": "process.parent.command_line",
        "process.parent_process.pid": "process.parent.pid",
        "file.path": "@file",
        "file.size": "file.size",
        "query.hostname": "dns.question.name",
        "query.type": "dns.question.type",
        "rcode": "dns.response_code",
        "http_request.url.url_string": "url.full",
        "http_request.http_method": "http.request.method",
        "http_request.user_agent": "user_agent.original",
        "http_response.code": "http.response.status_code",
        "finding_info.title": "rule.name",
        "finding_info.uid": "rule.id",
        "finding_info.attacks.technique.uid": "threat.technique.id",
        "cloud.account.uid": "cloud.account.id",
        "cloud.account_uid": "cloud.account.id",
        "cloud.region": "cloud.region",
        "cloud.provider": "cloud.provider",
        "api.service.name": "cloud.service.name",
        "metadata.product.name": "observer.product",
        "metadata.product.vendor_name": "observer.vendor",
    }
)
_CATEGORIES: dict[int, tuple[tuple[str, ...], list[str]]] = {
    1001: (("file_event",), ["file"]),
    1005: (("image_load",), ["process"]),
    1007: (("process_creation",), ["process"]),
    2001: ((), ["intrusion_detection"]),
    2004: ((), ["intrusion_detection"]),
    3001: ((), ["iam"]),
    3002: ((), ["authentication"]),
    3005: ((), ["iam"]),
    4001: (("network_connection", "firewall"), ["network"]),
    4002: (("proxy", "webserver"), ["web"]),
    4003: (("dns", "dns_query"), ["network"]),
    4010: (("file_event",), ["file"]),
    6003: ((), ["configuration"]),
}
_NAMES = {
    "process.file.path": "Image",
    "process.cmd_line": "CommandLine",
    "process.parent_process.file.path": "ParentImage",
    "process.parent_process.cmd_line": "ParentCommandLine",
    "actor.user.name": "User",
    "query.hostname": "query",
    "api.operation": "eventName",
    "api.service.name": "eventSource",
}


class Ocsf(JsonParser):
    """OCSF events of any class; process, DNS and API events get the names Sigma uses too."""

    name: ClassVar[str] = "ocsf"
    title: ClassVar[str] = "OCSF"
    samples: ClassVar[Sequence[str]] = (
        '{"class_uid":3002,"class_name":"Authentication","category_uid":3,"activity_name":"Logon","time":1772352000123,'
        '"metadata":{"version":"1.3.0","product":{"name":"IdP","vendor_name":"Example"}},"status_id":2,"severity_id":2,'
        '"user":{"name":"mia"},"src_endpoint":{"ip":"192.0.2.7"},"dst_endpoint":{"hostname":"sso.example.com"}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object names its OCSF class."""
        return "class_uid" in data and "metadata" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        for native, name in _NAMES.items():
            if native in fields:
                fields.setdefault(name, fields[native])
        number: Any = data.get("class_uid")
        categories, words = _CATEGORIES.get(number if type(number) is int else 0, ((), ["host"]))
        system = str(fields.get("device.os.name") or fields.get("device.os.type") or "").lower()
        product = next((name for name in ("windows", "linux", "macos") if name in system), "")
        if not product and str(fields.get("metadata.product.name")).lower() == "cloudtrail":
            return self._event(fields, data, logsource("aws", (), "cloudtrail"), words)
        return self._event(fields, data, logsource(product or "ocsf", categories), words)

    def _event(self, fields: Json, data: Json, source: Any, words: list[str]) -> Parsed:
        status = data.get("status_id")
        when = parse_time(data.get("time"))
        return event(
            self.name,
            source,
            f"ocsf.{str(data.get('class_name') or data.get('class_uid')).lower().replace(' ', '_')[:48]}",
            when if when is not None else parse_time(data.get("time_dt")),
            fields,
            _STEPS,
            event__category=words,
            event__outcome={1: "success", 2: "failure"}.get(status) if type(status) is int else None,
        )
