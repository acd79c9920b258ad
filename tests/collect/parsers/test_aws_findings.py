"""AWS findings and access logs as JSON: our own records in, the exact event out."""

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
            "schemaVersion": "2.0",
            "accountId": "111122223333",
            "region": "eu-west-1",
            "id": "f1",
            "type": "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
            "service": {
                "serviceName": "guardduty",
                "action": {
                    "actionType": "AWS_API_CALL",
                    "awsApiCallAction": {"api": "ListBuckets", "remoteIpDetails": {"ipAddressV4": "192.0.2.7"}},
                },
            },
            "resource": {"accessKeyDetails": {"userName": "mia"}},
            "severity": 5,
            "title": "API called from a bad address",
            "updatedAt": "2026-03-01T08:00:00.000Z",
        },
        Parsed(
            parser="aws",
            logsource=logsource("aws", (), "guardduty"),
            time=1772352000000000,
            ecs={
                "event.module": "aws",
                "event.dataset": "aws.guardduty",
                "event.category": ["intrusion_detection"],
                "cloud.provider": "aws",
                "event.severity": 5,
                "rule.name": "API called from a bad address",
                "event.id": "f1",
                "rule.id": "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
                "cloud.account.id": "111122223333",
                "cloud.region": "eu-west-1",
                "source.ip": "192.0.2.7",
                "event.action": "ListBuckets",
                "user.name": "mia",
            },
            fields={
                "schemaVersion": "2.0",
                "accountId": "111122223333",
                "region": "eu-west-1",
                "id": "f1",
                "type": "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
                "service.serviceName": "guardduty",
                "service.action.actionType": "AWS_API_CALL",
                "service.action.awsApiCallAction.api": "ListBuckets",
                "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4": "192.0.2.7",
                "resource.accessKeyDetails.userName": "mia",
                "severity": 5,
                "title": "API called from a bad address",
                "updatedAt": "2026-03-01T08:00:00.000Z",
            },
        ),
    ),
    (
        {
            "version": "2",
            "account_id": "111122223333",
            "interface_id": "eni-1",
            "srcaddr": "192.0.2.7",
            "dstaddr": "198.51.100.9",
            "srcport": 50001,
            "dstport": 22,
            "protocol": 6,
            "packets": 1,
            "bytes": 40,
            "start": 1772352000,
            "end": 1772352060,
            "action": "REJECT",
            "log_status": "OK",
        },
        Parsed(
            parser="aws",
            logsource=logsource("aws", ("firewall",), "vpcflow"),
            time=1772352000000000,
            ecs={
                "event.module": "aws",
                "event.dataset": "aws.vpcflow",
                "event.category": ["network"],
                "cloud.provider": "aws",
                "event.outcome": "failure",
                "source.ip": "192.0.2.7",
                "source.port": 50001,
                "destination.ip": "198.51.100.9",
                "destination.port": 22,
                "network.transport": "tcp",
                "network.bytes": 40,
                "event.action": "REJECT",
                "cloud.account.id": "111122223333",
            },
            fields={
                "version": "2",
                "account_id": "111122223333",
                "interface_id": "eni-1",
                "srcaddr": "192.0.2.7",
                "dstaddr": "198.51.100.9",
                "srcport": 50001,
                "dstport": 22,
                "protocol": 6,
                "packets": 1,
                "bytes": 40,
                "start": 1772352000,
                "end": 1772352060,
                "action": "REJECT",
                "log_status": "OK",
                "src_ip": "192.0.2.7",
                "dst_ip": "198.51.100.9",
                "dst_port": 22,
                "blocked": "true",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
