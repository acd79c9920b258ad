"""Kubernetes API server audit events (audit.k8s.io/v1), stage ResponseComplete."""

from __future__ import annotations

from typing import Any

import orjson

from ringfence.drills import stamps
from ringfence.drills.model import DemoRecord, Host


def audit(
    time_us: int,
    cluster: Host,
    *,
    user: str,
    verb: str,
    resource: str,
    namespace: str,
    name: str,
    ip: str,
    code: int = 200,
    subresource: str = "",
    agent: str = "kube-controller-manager/v1.30.2 (linux/amd64)",
    groups: tuple[str, ...] = ("system:authenticated",),
) -> DemoRecord:
    """Return one call of the API."""
    tail = f"/{subresource}" if subresource else ""
    reference: dict[str, Any] = {"resource": resource, "namespace": namespace, "name": name, "apiVersion": "v1"}
    if subresource:
        reference["subresource"] = subresource
    entry: dict[str, Any] = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": f"{time_us & 0xFFFFFFFF:08x}-5000-4000-8000-{time_us & 0xFFFFFFFFFFFF:012x}",
        "stage": "ResponseComplete",
        "requestURI": f"/api/v1/namespaces/{namespace}/{resource}/{name}{tail}",
        "verb": verb,
        "user": {"username": user, "groups": list(groups)},
        "sourceIPs": [ip],
        "userAgent": agent,
        "objectRef": reference,
        "responseStatus": {"metadata": {}, "code": code},
        "requestReceivedTimestamp": stamps.iso_us(time_us),
        "stageTimestamp": stamps.iso_us(time_us),
        "annotations": {"authorization.k8s.io/decision": "allow" if code < 400 else "forbid"},
    }
    return DemoRecord(time_us, orjson.dumps(entry).decode(), cluster.name, "kube:audit")
