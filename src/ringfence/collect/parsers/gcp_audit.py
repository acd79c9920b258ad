"""Google Cloud audit logs (Cloud Logging entries), and Workspace events that arrive through them."""

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
        "protoPayload.methodName": "event.action",
        "protoPayload.serviceName": "cloud.service.name",
        "protoPayload.authenticationInfo.principalEmail": "user.name",
        "protoPayload.authenticationInfo.principalSubject": "user.id",
        "protoPayload.requestMetadata.callerIp": "source.ip",
        "protoPayload.requestMetadata.callerSuppliedUserAgent": "user_agent.original",
        "protoPayload.resourceName": "service.name",
        "protoPayload.status.message": "event.reason",
        "resource.labels.project_id": "cloud.account.id",
        "resource.labels.location": "cloud.region",
        "resource.labels.zone": "cloud.region",
        "resource.labels.instance_id": "cloud.instance.id",
        "resource.labels.cluster_name": "orchestrator.cluster.name",
        "insertId": "event.id",
        "severity": "log.level",
        "textPayload": "message",
        "jsonPayload.message": "message",
        "jsonPayload.connection.src_ip": "source.ip",
        "jsonPayload.connection.src_port": "source.port",
        "jsonPayload.connection.dest_ip": "destination.ip",
        "jsonPayload.connection.dest_port": "destination.port",
        "jsonPayload.connection.protocol": "network.transport",
        "jsonPayload.sourceIP": "source.ip",
        "jsonPayload.queryName": "dns.question.name",
        "jsonPayload.queryType": "dns.question.type",
        "jsonPayload.responseCode": "dns.response_code",
        "jsonPayload.protocol": "network.transport",
        "httpRequest.remoteIp": "source.ip",
        "httpRequest.requestUrl": "url.full",
        "httpRequest.requestMethod": "http.request.method",
        "httpRequest.status": "http.response.status_code",
        "httpRequest.userAgent": "user_agent.original",
    }
)
_WORKSPACE = {"admin.googleapis.com": "google_workspace.admin", "login.googleapis.com": "google_workspace.login"}


class GcpAudit(JsonParser):
    """Entries of Google Cloud's log: audit (admin activity, data access, policy denied) and, less deeply, others.

    `protoPayload` stays under its own names; SigmaHQ's `gcp.audit.method_name` and `data.protoPayload.*` are set too.
    """

    name: ClassVar[str] = "gcp_audit"
    title: ClassVar[str] = "Google Cloud audit logs"
    samples: ClassVar[Sequence[str]] = (
        '{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":'
        '"iam.googleapis.com","methodName":"google.iam.admin.v1.CreateServiceAccountKey","authenticationInfo":'
        '{"principalEmail":"mia@example.com"},"requestMetadata":{"callerIp":"192.0.2.7"},"resourceName":"projects/-/x"},'
        '"insertId":"a1","resource":{"type":"service_account","labels":{"project_id":"p1"}},"timestamp":'
        '"2026-03-01T08:00:00.123456789Z","severity":"NOTICE","logName":"projects/p1/logs/cloudaudit.googleapis.com%2Factivity"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an entry of Cloud Logging."""
        entry = _entry(data)
        if "protoPayload" in entry:
            return True
        return "logName" in entry and "insertId" in entry and "resource" in entry

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        entry = _entry(data)
        fields = flatten(entry)
        audit = "protoPayload" in entry
        for name in list(fields):
            fields.setdefault(f"data.{name}", fields[name])
        service, dataset = "", "gcp.log"
        code: Any = None
        if audit:
            fields.setdefault("data.protoPayload.logName", fields.get("logName"))
            fields.setdefault("data.protoPayload.resource.type", fields.get("resource.type"))
            method = fields.get("protoPayload.methodName")
            if method is not None:
                fields.setdefault("gcp.audit.method_name", method)
            service = _WORKSPACE.get(str(fields.get("protoPayload.serviceName")), "gcp.audit")
            dataset = "gcp.audit" if service == "gcp.audit" else service
            code = fields.get("protoPayload.status.code")
            if service != "gcp.audit":
                _workspace(fields)
        time = parse_time(entry.get("timestamp"))
        return event(
            self.name,
            logsource("gcp", (), service),
            dataset,
            time if time is not None else parse_time(entry.get("receiveTimestamp")),
            fields,
            _STEPS,
            event__outcome=("failure" if code else "success") if audit else None,
            event__category=["iam" if "iam" in str(fields.get("protoPayload.serviceName")) else "configuration"],
            cloud__provider="gcp",
        )


def _entry(data: Json) -> Json:
    """The entry itself, out of a Pub/Sub export (`data`) or a Wazuh message (`gcp`)."""
    for name in ("data", "gcp"):
        inner = data.get(name)
        if type(inner) is dict and ("protoPayload" in inner or "logName" in inner):
            return inner
    return data


def _workspace(fields: Json) -> None:
    """The names that SigmaHQ's Workspace rules use, out of the event list inside the entry."""
    names = fields.get("protoPayload.metadata.event.eventName")
    fields.setdefault("eventService", fields.get("protoPayload.serviceName"))
    if names is not None:
        fields.setdefault("eventName", names)
    parameters = fields.get("protoPayload.metadata.event.parameter.name")
    values = fields.get("protoPayload.metadata.event.parameter.value")
    if type(parameters) is list and type(values) is list:
        for name, value in zip(parameters, values, strict=False):
            if type(name) is str:
                fields.setdefault(name.lower(), value)
