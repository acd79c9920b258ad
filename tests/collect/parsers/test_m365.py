"""Microsoft 365 unified audit log: our own records in, the exact event out."""

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
            "CreationTime": "2026-03-01T08:00:00",
            "Id": "i1",
            "Operation": "New-InboxRule",
            "OrganizationId": "o1",
            "RecordType": 1,
            "ResultStatus": "True",
            "UserKey": "k1",
            "UserType": 2,
            "Workload": "Exchange",
            "ClientIP": "192.0.2.7:50001",
            "UserId": "mia@example.com",
            "ObjectId": "mailbox",
            "Parameters": [{"Name": "ForwardTo", "Value": "x@example.net"}],
        },
        Parsed(
            parser="m365",
            logsource=logsource("m365", (), "audit"),
            time=1772352000000000,
            ecs={
                "event.module": "m365",
                "event.dataset": "m365.audit",
                "event.outcome": "success",
                "event.provider": "Exchange",
                "cloud.provider": "azure",
                "event.action": "New-InboxRule",
                "user.name": "mia@example.com",
                "user.email": "mia@example.com",
                "user.id": "k1",
                "source.ip": "192.0.2.7",
                "service.name": "mailbox",
                "cloud.account.id": "o1",
                "event.id": "i1",
            },
            fields={
                "CreationTime": "2026-03-01T08:00:00",
                "Id": "i1",
                "Operation": "New-InboxRule",
                "OrganizationId": "o1",
                "RecordType": 1,
                "ResultStatus": "True",
                "UserKey": "k1",
                "UserType": 2,
                "Workload": "Exchange",
                "ClientIP": "192.0.2.7:50001",
                "UserId": "mia@example.com",
                "ObjectId": "mailbox",
                "Parameters": ['{"Name":"ForwardTo","Value":"x@example.net"}'],
                "Parameters.Name": "ForwardTo",
                "Parameters.Value": "x@example.net",
                "Parameters.ForwardTo": "x@example.net",
                "eventSource": "Exchange",
                "eventName": "New-InboxRule",
                "status": "success",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected


@pytest.mark.parametrize(
    ("name", "service"),
    [("Impossible travel", "threat_management"), ("Activity from suspicious IP addresses", "threat_detection")],
)
def test_alert_is_named_as_the_rules_name_it(name: str, service: str) -> None:
    data = {
        "CreationTime": "2026-03-01T08:00:00",
        "Operation": "AlertTriggered",
        "Workload": "SecurityComplianceCenter",
        "ResultStatus": "Succeeded",
        "Name": name,
    }
    parsed = Normaliser().parse(Record(json.dumps(data)))
    assert isinstance(parsed, Parsed)
    assert parsed.logsource is logsource("m365", (), service)
    assert [parsed.fields[key] for key in ("eventSource", "eventName", "status")] == [
        "SecurityComplianceCenter",
        name,
        "success",
    ]
    assert parsed.ecs["rule.name"] == name


def test_exported_audit_data_is_opened() -> None:
    inner = {"CreationTime": "2026-03-01T08:00:00", "Operation": "UserLoginFailed", "Workload": "AzureActiveDirectory"}
    data = {"CreationDate": "x", "Operations": "UserLoginFailed", "RecordType": 15, "AuditData": json.dumps(inner)}
    parsed = Normaliser().parse(Record(json.dumps(data)))
    assert isinstance(parsed, Parsed)
    assert (parsed.time, parsed.ecs["event.outcome"]) == (1772352000000000, "failure")
