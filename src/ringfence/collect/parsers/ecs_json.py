"""JSON that speaks ECS already: Elastic Agent and Beats modules, ECS logging libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import apply, compile_table, plain
from ringfence.collect.parsers.json_parser import Json, JsonParser
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.fields import FIELDS, Kind
from ringfence.ecs.logsource import Logsource, logsource

_STEPS = compile_table({name: name for name in FIELDS})
_EXTRA = compile_table(
    {
        "log.syslog.hostname": "host.name",
        "host.hostname": "host.name",
        "client.ip": "source.ip",
        "server.ip": "destination.ip",
    }
)
_PRODUCTS = {"windows": "windows", "linux": "linux", "macos": "macos", "darwin": "macos"}
_BY_DATASET: dict[str, tuple[str, tuple[str, ...], str]] = {
    "system.auth": ("linux", (), "auth"),
    "system.syslog": ("linux", (), "syslog"),
    "auditd.log": ("linux", (), "auditd"),
    "auditd_manager.auditd": ("linux", (), "auditd"),
    "nginx.access": ("", ("webserver",), "nginx"),
    "nginx.error": ("", (), "nginx"),
    "apache.access": ("", ("webserver",), "apache"),
    "apache.error": ("", (), "apache"),
    "aws.cloudtrail": ("aws", (), "cloudtrail"),
    "azure.signinlogs": ("azure", (), "signinlogs"),
    "azure.auditlogs": ("azure", (), "auditlogs"),
    "azure.activitylogs": ("azure", (), "activitylogs"),
    "gcp.audit": ("gcp", (), "gcp.audit"),
    "okta.system": ("okta", (), "okta"),
    "github.audit": ("github", (), "audit"),
    "o365.audit": ("m365", (), "audit"),
    "kubernetes.audit_logs": ("kubernetes", ("application",), "audit"),
}
_SYSMON = {
    "process.executable": "Image",
    "process.command_line": "CommandLine",
    "process.working_directory": "CurrentDirectory",
    "process.parent.executable": "ParentImage",
    "process.parent.command_line": "ParentCommandLine",
    "process.pe.original_file_name": "OriginalFileName",
    "user.name": "User",
    "file.path": "TargetFilename",
    "registry.path": "TargetObject",
    "registry.data.strings": "Details",
    "dns.question.name": "QueryName",
    "dll.path": "ImageLoaded",
    "source.ip": "SourceIp",
    "source.port": "SourcePort",
    "destination.ip": "DestinationIp",
    "destination.port": "DestinationPort",
    "destination.domain": "DestinationHostname",
}
_WEB = {
    "http.request.method": "cs-method",
    "http.response.status_code": "sc-status",
    "url.original": "c-uri",
    "url.path": "cs-uri-stem",
    "url.query": "cs-uri-query",
    "url.domain": "cs-host",
    "user_agent.original": "c-useragent",
    "http.request.referrer": "cs-referer",
}
_VENDOR = ("aws.cloudtrail.", "azure.", "gcp.audit.", "okta.", "o365.audit.", "github.", "kubernetes.audit.", "zeek.")
"""Where Elastic's modules put a product's own fields: Sigma's rules name them without this beginning."""


class EcsJson(JsonParser):
    """JSON with ECS names, nested or dotted; processes, files and requests get the names Sigma's categories use too."""

    name: ClassVar[str] = "ecs"
    title: ClassVar[str] = "Elastic Common Schema JSON"
    samples: ClassVar[Sequence[str]] = (
        '{"@timestamp":"2026-03-01T08:00:00.123Z","ecs":{"version":"8.11.0"},"event":{"category":["process"],"type":'
        '["start"],"dataset":"endpoint.events.process"},"host":{"name":"pc1","os":{"type":"linux"}},"process":{"name":"id",'
        '"executable":"/usr/bin/id","command_line":"id -u","pid":7},"user":{"name":"mia"}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object names its ECS version or its data set as ECS does."""
        if "ecs" in data or "ecs.version" in data:
            return True
        if "@timestamp" not in data:
            return False
        head = data.get("event")
        return "event.dataset" in data or (type(head) is dict and ("dataset" in head or "category" in head))

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        ecs: dict[str, EcsValue] = {}
        apply(_STEPS, fields, ecs)
        apply(_EXTRA, fields, ecs)
        for name, field in FIELDS.items():
            if field.kind is Kind.DOUBLE and name in fields and type(fields[name]) is float:
                ecs[name] = plain(fields[name])
        source = _source(fields)
        for table in (_SYSMON, _WEB):
            for native, name in table.items():
                if native in fields:
                    fields.setdefault(name, fields[native])
        for name in list(fields):
            for prefix in _VENDOR:
                if name.startswith(prefix):
                    fields.setdefault(name[len(prefix) :], fields[name])
        dataset = str(fields.get("event.dataset") or fields.get("data_stream.dataset") or "ecs.generic")
        ecs["event.dataset"] = dataset
        ecs.setdefault("event.module", dataset.partition(".")[0])
        time = parse_time(fields.get("@timestamp"))
        if time is None:
            time = parse_time(fields.get("event.created"))
        return Parsed(self.name, source, time, ecs, fields)


def _source(fields: Json) -> Logsource:
    dataset = str(fields.get("event.dataset") or fields.get("data_stream.dataset") or "")
    known = _BY_DATASET.get(dataset)
    if known is not None:
        return logsource(*known)
    system = str(fields.get("host.os.type") or fields.get("host.os.family") or fields.get("host.os.platform") or "")
    product = _PRODUCTS.get(system.lower(), "")
    if not product:
        product = dataset.partition(".")[0][:40]
    return logsource(product, _categories(fields), dataset.partition(".")[2][:40] if product not in _PRODUCTS else "")


def _categories(fields: Json) -> tuple[str, ...]:
    words = {*_words(fields.get("event.category"))}
    kinds = {*_words(fields.get("event.type"))}
    found: list[str] = []
    if "process" in words and "start" in kinds:
        found.append("process_creation")
    if "file" in words:
        found.append("file_delete" if "deletion" in kinds else "file_event")
    if "registry" in words:
        found += ["registry_set", "registry_event"]
    if "library" in words:
        found.append("image_load")
    if "dns.question.name" in fields:
        found += ["dns_query", "dns"]
    elif "network" in words and "destination.ip" in fields:
        found.append("network_connection")
    if "web" in words or "http.request.method" in fields:
        found += ["webserver", "proxy"]
    if "malware" in words:
        found.append("antivirus")
    return tuple(found)


def _words(value: Any) -> list[str]:
    return [str(item) for item in value[:20]] if type(value) is list else [value] if type(value) is str else []
