"""AWS CloudTrail records, one JSON object a record (event version 1.08)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from ringfence.drills import stamps
from ringfence.drills.model import Company, DemoRecord

_DATA_EVENTS = frozenset({"GetObject", "PutObject", "DeleteObject"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls AWS from where: an IAM user or role with its access key, address and user agent."""

    name: str
    key: str
    ip: str
    agent: str
    role: bool = False


def trail(
    time_us: int,
    company: Company,
    caller: Caller,
    *,
    service: str,
    action: str,
    request: dict[str, Any] | None = None,
    response: dict[str, Any] | None = None,
    error: str = "",
    read_only: bool = True,
    region: str = "eu-central-1",
) -> DemoRecord:
    """Return one API call; `service` without `.amazonaws.com`."""
    entry: dict[str, Any] = {
        "eventVersion": "1.08",
        "userIdentity": _identity(company, caller),
        "eventTime": stamps.iso(time_us),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": action,
        "awsRegion": region,
        "sourceIPAddress": caller.ip,
        "userAgent": caller.agent,
        "requestParameters": request,
        "responseElements": response,
        "requestID": f"{time_us & 0xFFFFFFFF:08x}-0000-4000-8000-{time_us & 0xFFFFFFFFFFFF:012x}",
        "eventID": f"{time_us >> 8 & 0xFFFFFFFF:08x}-0000-4000-9000-{time_us & 0xFFFFFFFFFFFF:012x}",
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": action not in _DATA_EVENTS,
        "recipientAccountId": company.aws_account,
        "eventCategory": "Data" if action in _DATA_EVENTS else "Management",
    }
    if error:
        entry |= {"errorCode": error, "errorMessage": f"User: {caller.name} is not authorized to perform: {action}"}
    return DemoRecord(time_us, orjson.dumps(entry).decode(), f"aws-{company.aws_account}", "aws:cloudtrail")


def _identity(company: Company, caller: Caller) -> dict[str, Any]:
    account = company.aws_account
    if caller.role:
        return {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE{caller.name.upper()[:8]}:session",
            "arn": f"arn:aws:sts::{account}:assumed-role/{caller.name}/session",
            "accountId": account,
            "accessKeyId": caller.key,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "arn": f"arn:aws:iam::{account}:role/{caller.name}",
                    "accountId": account,
                    "userName": caller.name,
                }
            },
        }
    return {
        "type": "IAMUser",
        "principalId": f"AIDAEXAMPLE{caller.name.upper()[:8]}",
        "arn": f"arn:aws:iam::{account}:user/{caller.name}",
        "accountId": account,
        "accessKeyId": caller.key,
        "userName": caller.name,
    }
