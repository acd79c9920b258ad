"""Kubernetes audit: our own records in, the exact event out."""

from __future__ import annotations

import json

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

CASES = [
    (
        {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Metadata",
            "auditID": "a1",
            "stage": "ResponseComplete",
            "requestURI": "/api/v1/namespaces/prod/secrets",
            "verb": "list",
            "user": {"username": "mia"},
            "sourceIPs": ["192.0.2.7"],
            "objectRef": {"resource": "secrets", "namespace": "prod", "apiVersion": "v1"},
            "responseStatus": {"code": 403},
            "requestReceivedTimestamp": "2026-03-01T08:00:00.123456Z",
        },
        Parsed(
            parser="kubernetes_audit",
            logsource=logsource("kubernetes", ("application",), "audit"),
            time=1772352000123456,
            ecs={
                "event.module": "kubernetes",
                "event.dataset": "kubernetes.audit",
                "event.outcome": "failure",
                "event.category": ["configuration"],
                "cloud.service.name": "kubernetes",
                "event.action": "list",
                "user.name": "mia",
                "source.ip": "192.0.2.7",
                "url.path": "/api/v1/namespaces/prod/secrets",
                "event.id": "a1",
                "orchestrator.namespace": "prod",
                "orchestrator.resource.type": "secrets",
                "http.response.status_code": 403,
            },
            fields={
                "kind": "Event",
                "apiVersion": "audit.k8s.io/v1",
                "level": "Metadata",
                "auditID": "a1",
                "stage": "ResponseComplete",
                "requestURI": "/api/v1/namespaces/prod/secrets",
                "verb": "list",
                "user.username": "mia",
                "sourceIPs": ["192.0.2.7"],
                "objectRef.resource": "secrets",
                "objectRef.namespace": "prod",
                "objectRef.apiVersion": "v1",
                "responseStatus.code": 403,
                "requestReceivedTimestamp": "2026-03-01T08:00:00.123456Z",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
