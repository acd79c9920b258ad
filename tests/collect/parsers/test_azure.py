"""Azure activity, sign-in, audit and risk logs: our own records in, the exact event out."""

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
            "time": "2026-03-01T08:00:00.1234567Z",
            "resourceId": "/tenants/t1/providers/Microsoft.aadiam",
            "operationName": "Sign-in activity",
            "category": "SignInLogs",
            "resultType": "50126",
            "resultDescription": "Invalid password.",
            "callerIpAddress": "192.0.2.7",
            "tenantId": "t1",
            "properties": {
                "userPrincipalName": "mia@example.com",
                "appDisplayName": "Portal",
                "createdDateTime": "2026-03-01T08:00:00Z",
            },
        },
        Parsed(
            parser="azure",
            logsource=logsource("azure", (), "signinlogs"),
            time=1772352000000000,
            ecs={
                "event.module": "azure",
                "event.dataset": "azure.signinlogs",
                "cloud.provider": "azure",
                "event.outcome": "failure",
                "event.category": ["authentication"],
                "event.action": "sign-in",
                "source.ip": "192.0.2.7",
                "user.name": "mia@example.com",
                "user.email": "mia@example.com",
                "service.name": "Portal",
                "cloud.account.id": "t1",
                "cloud.service.name": "/tenants/t1/providers/Microsoft.aadiam",
                "event.reason": "Invalid password.",
            },
            fields={
                "time": "2026-03-01T08:00:00.1234567Z",
                "resourceId": "/tenants/t1/providers/Microsoft.aadiam",
                "operationName": "Sign-in activity",
                "category": "SignInLogs",
                "resultType": "50126",
                "resultDescription": "Invalid password.",
                "callerIpAddress": "192.0.2.7",
                "tenantId": "t1",
                "properties.userPrincipalName": "mia@example.com",
                "properties.appDisplayName": "Portal",
                "properties.createdDateTime": "2026-03-01T08:00:00Z",
                "userPrincipalName": "mia@example.com",
                "appDisplayName": "Portal",
                "createdDateTime": "2026-03-01T08:00:00Z",
                "OperationName": "Sign-in activity",
                "Category": "SignInLogs",
                "ResultType": "50126",
                "ResultDescription": "Invalid password.",
                "Username": "mia@example.com",
                "properties.message": "Sign-in activity",
            },
        ),
    ),
    (
        {
            "TimeGenerated": "2026-03-01T08:00:00Z",
            "OperationNameValue": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
            "CategoryValue": "Administrative",
            "ActivityStatusValue": "Success",
            "Caller": "mia@example.com",
            "CallerIpAddress": "192.0.2.7",
            "SubscriptionId": "s1",
            "Type": "AzureActivity",
        },
        Parsed(
            parser="azure",
            logsource=logsource("azure", (), "activitylogs"),
            time=1772352000000000,
            ecs={
                "event.module": "azure",
                "event.dataset": "azure.activitylogs",
                "cloud.provider": "azure",
                "event.outcome": "success",
                "event.category": ["configuration"],
                "event.action": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
                "source.ip": "192.0.2.7",
                "user.name": "mia@example.com",
                "user.email": "mia@example.com",
                "cloud.account.id": "s1",
            },
            fields={
                "TimeGenerated": "2026-03-01T08:00:00Z",
                "OperationNameValue": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
                "CategoryValue": "Administrative",
                "ActivityStatusValue": "Success",
                "Caller": "mia@example.com",
                "CallerIpAddress": "192.0.2.7",
                "SubscriptionId": "s1",
                "Type": "AzureActivity",
                "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
                "OperationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
                "properties.message": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
