"""Kubernetes audit events of the API server."""

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

_SOURCE = logsource("kubernetes", ("application",), "audit")
_STEPS = compile_table(
    {
        "verb": "event.action",
        "user.username": "user.name",
        "user.uid": "user.id",
        "impersonatedUser.username": "user.effective.name",
        "sourceIPs": "source.ip",
        "userAgent": "user_agent.original",
        "requestURI": "@url",
        "auditID": "event.id",
        "objectRef.namespace": "orchestrator.namespace",
        "objectRef.resource": "orchestrator.resource.type",
        "objectRef.name": "orchestrator.resource.name",
        "responseStatus.code": "http.response.status_code",
        "responseStatus.reason": "event.reason",
        "requestObject.spec.containers.image": "container.image.name",
        "requestObject.spec.containers.name": "container.name",
    }
)


class KubernetesAudit(JsonParser):
    """Kubernetes API server audit events; `hostPath`, `capabilities` and `apiGroup` are set for Sigma."""

    name: ClassVar[str] = "kubernetes_audit"
    title: ClassVar[str] = "Kubernetes audit"
    samples: ClassVar[Sequence[str]] = (
        '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a1","stage":"ResponseComplete",'
        '"requestURI":"/api/v1/namespaces/prod/secrets","verb":"list","user":{"username":"mia"},"sourceIPs":["192.0.2.7"],'
        '"objectRef":{"resource":"secrets","namespace":"prod","apiVersion":"v1"},"responseStatus":{"code":403},'
        '"requestReceivedTimestamp":"2026-03-01T08:00:00.123456Z"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an audit event."""
        version = data.get("apiVersion")
        if type(version) is str and version.startswith("audit.k8s.io"):
            return True
        return "auditID" in data and "verb" in data and ("objectRef" in data or "requestURI" in data)

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        for name, value in list(fields.items()):
            if name.startswith("requestObject."):
                if ".hostPath." in name or name.endswith(".hostPath"):
                    fields.setdefault("hostPath", value)
                elif name.endswith(".capabilities.add"):
                    fields.setdefault("capabilities", value)
        if "objectRef.apiGroup" in fields:
            fields.setdefault("apiGroup", fields["objectRef.apiGroup"])
        code: Any = fields.get("responseStatus.code")
        time = parse_time(data.get("requestReceivedTimestamp") or data.get("stageTimestamp") or data.get("timestamp"))
        return event(
            self.name,
            _SOURCE,
            "kubernetes.audit",
            time,
            fields,
            _STEPS,
            event__outcome=("failure" if code >= 400 else "success") if type(code) is int else None,
            event__category=["configuration"],
            cloud__service__name="kubernetes",
        )
