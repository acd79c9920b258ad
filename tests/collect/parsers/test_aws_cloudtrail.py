"""AWS CloudTrail: our own records in, the exact event out."""

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
            "eventVersion": "1.08",
            "userIdentity": {
                "type": "IAMUser",
                "arn": "arn:aws:iam::111122223333:user/mia",
                "accountId": "111122223333",
                "userName": "mia",
            },
            "eventTime": "2026-03-01T08:00:00Z",
            "eventSource": "iam.amazonaws.com",
            "eventName": "CreateAccessKey",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "192.0.2.7",
            "userAgent": "aws-cli/2",
            "requestParameters": {"userName": "tom"},
            "recipientAccountId": "111122223333",
        },
        Parsed(
            parser="aws_cloudtrail",
            logsource=logsource("aws", (), "cloudtrail"),
            time=1772352000000000,
            ecs={
                "event.module": "aws",
                "event.dataset": "aws.cloudtrail",
                "event.outcome": "success",
                "event.provider": "iam.amazonaws.com",
                "event.category": ["iam"],
                "cloud.provider": "aws",
                "event.action": "CreateAccessKey",
                "cloud.service.name": "iam.amazonaws.com",
                "cloud.region": "us-east-1",
                "source.ip": "192.0.2.7",
                "user_agent.original": "aws-cli/2",
                "user.name": "mia",
                "user.id": "arn:aws:iam::111122223333:user/mia",
                "cloud.account.id": "111122223333",
                "user.target.name": "tom",
            },
            fields={
                "eventVersion": "1.08",
                "userIdentity.type": "IAMUser",
                "userIdentity.arn": "arn:aws:iam::111122223333:user/mia",
                "userIdentity.accountId": "111122223333",
                "userIdentity.userName": "mia",
                "eventTime": "2026-03-01T08:00:00Z",
                "eventSource": "iam.amazonaws.com",
                "eventName": "CreateAccessKey",
                "awsRegion": "us-east-1",
                "sourceIPAddress": "192.0.2.7",
                "userAgent": "aws-cli/2",
                "requestParameters.userName": "tom",
                "recipientAccountId": "111122223333",
                "requestParameters": '{"userName":"tom"}',
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
