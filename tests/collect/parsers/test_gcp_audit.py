"""Google Cloud audit logs: our own records in, the exact event out."""

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
            "protoPayload": {
                "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "serviceName": "iam.googleapis.com",
                "methodName": "google.iam.admin.v1.CreateServiceAccountKey",
                "authenticationInfo": {"principalEmail": "mia@example.com"},
                "requestMetadata": {"callerIp": "192.0.2.7"},
                "resourceName": "projects/-/x",
            },
            "insertId": "a1",
            "resource": {"type": "service_account", "labels": {"project_id": "p1"}},
            "timestamp": "2026-03-01T08:00:00.123456789Z",
            "severity": "NOTICE",
            "logName": "projects/p1/logs/cloudaudit.googleapis.com%2Factivity",
        },
        Parsed(
            parser="gcp_audit",
            logsource=logsource("gcp", (), "gcp.audit"),
            time=1772352000123456,
            ecs={
                "event.module": "gcp",
                "event.dataset": "gcp.audit",
                "event.outcome": "success",
                "event.category": ["iam"],
                "cloud.provider": "gcp",
                "event.action": "google.iam.admin.v1.CreateServiceAccountKey",
                "cloud.service.name": "iam.googleapis.com",
                "user.name": "mia@example.com",
                "user.email": "mia@example.com",
                "source.ip": "192.0.2.7",
                "service.name": "projects/-/x",
                "cloud.account.id": "p1",
                "event.id": "a1",
                "log.level": "NOTICE",
            },
            fields={
                "protoPayload.@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "protoPayload.serviceName": "iam.googleapis.com",
                "protoPayload.methodName": "google.iam.admin.v1.CreateServiceAccountKey",
                "protoPayload.authenticationInfo.principalEmail": "mia@example.com",
                "protoPayload.requestMetadata.callerIp": "192.0.2.7",
                "protoPayload.resourceName": "projects/-/x",
                "insertId": "a1",
                "resource.type": "service_account",
                "resource.labels.project_id": "p1",
                "timestamp": "2026-03-01T08:00:00.123456789Z",
                "severity": "NOTICE",
                "logName": "projects/p1/logs/cloudaudit.googleapis.com%2Factivity",
                "data.protoPayload.@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "data.protoPayload.serviceName": "iam.googleapis.com",
                "data.protoPayload.methodName": "google.iam.admin.v1.CreateServiceAccountKey",
                "data.protoPayload.authenticationInfo.principalEmail": "mia@example.com",
                "data.protoPayload.requestMetadata.callerIp": "192.0.2.7",
                "data.protoPayload.resourceName": "projects/-/x",
                "data.insertId": "a1",
                "data.resource.type": "service_account",
                "data.resource.labels.project_id": "p1",
                "data.timestamp": "2026-03-01T08:00:00.123456789Z",
                "data.severity": "NOTICE",
                "data.logName": "projects/p1/logs/cloudaudit.googleapis.com%2Factivity",
                "data.protoPayload.logName": "projects/p1/logs/cloudaudit.googleapis.com%2Factivity",
                "data.protoPayload.resource.type": "service_account",
                "gcp.audit.method_name": "google.iam.admin.v1.CreateServiceAccountKey",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
