"""AWS CloudTrail: one record of the trail, as S3 files, Lake exports and EventBridge give it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import compact, dig, flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("aws", (), "cloudtrail")
_STEPS = compile_table(
    {
        "eventName": "event.action",
        "eventID": "event.id",
        "eventSource": "cloud.service.name",
        "awsRegion": "cloud.region",
        "sourceIPAddress": "source.ip",
        "userAgent": "user_agent.original",
        "userIdentity.userName": "user.name",
        "userIdentity.sessionContext.sessionIssuer.userName": "user.name",
        "userIdentity.onBehalfOf.userId": "user.name",
        "userIdentity.invokedBy": "user.name",
        "userIdentity.arn": "user.id",
        "userIdentity.principalId": "user.id",
        "recipientAccountId": "cloud.account.id",
        "userIdentity.accountId": "cloud.account.id",
        "errorMessage": "event.reason",
        "errorCode": "event.reason",
        "requestParameters.instanceId": "cloud.instance.id",
        "requestParameters.userName": "user.target.name",
        "requestParameters.roleArn": "user.effective.name",
        "requestParameters.bucketName": "file.path",
        "requestParameters.groupName": "group.name",
        "tlsDetails.clientProvidedHostHeader": "url.domain",
        "tlsDetails.tlsVersion": "tls.version",
        "tlsDetails.cipherSuite": "tls.cipher",
    }
)
_CSV = {
    "Event Type": "eventType",
    "Event Name": "eventName",
    "Event name": "eventName",
    "Request ID": "requestID",
    "Event ID": "eventID",
    "Event DateTime": "eventTime",
    "Event time": "eventTime",
    "Source IP": "sourceIPAddress",
    "Source IP address": "sourceIPAddress",
    "Request User Agent": "userAgent",
    "User agent": "userAgent",
    "Request Parameters": "requestParameters",
    "User ID": "userIdentity",
    "User name": "userIdentity.userName",
    "Event source": "eventSource",
    "AWS region": "awsRegion",
    "Error code": "errorCode",
    "Resource name": "resources.ARN",
    "AWS access key": "userIdentity.accessKeyId",
    "Read-only": "readOnly",
}
"""Column names of the console's event history and of alert exports that are made of it."""


class CloudTrail(JsonParser):
    """AWS CloudTrail records; `requestParameters` and `responseElements` are also kept whole as JSON text for Sigma."""

    name: ClassVar[str] = "aws_cloudtrail"
    title: ClassVar[str] = "AWS CloudTrail"
    samples: ClassVar[Sequence[str]] = (
        '{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mia",'
        '"accountId":"111122223333","userName":"mia"},"eventTime":"2026-03-01T08:00:00Z","eventSource":'
        '"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7",'
        '"userAgent":"aws-cli/2","requestParameters":{"userName":"tom"},"recipientAccountId":"111122223333"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a CloudTrail record, bare, in EventBridge's `detail`, or a row of an export."""
        if "eventName" in data and "eventSource" in data and ("eventVersion" in data or "userIdentity" in data):
            return True
        if _is_export(data):
            return True
        detail = data.get("detail")
        return type(detail) is dict and "eventName" in detail and "eventSource" in detail

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        if _is_export(data):
            data = {_CSV.get(name, name): value for name, value in data.items()}
        elif "eventName" not in data:
            data = data["detail"]
        fields = flatten(data)
        for part in ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"):
            value: Any = data.get(part)
            if type(value) is dict and value:
                fields[part] = compact(value)
        console = dig(data, "responseElements.ConsoleLogin")
        failed = "errorCode" in data or "errorMessage" in data or console == "Failure"
        kind = data.get("eventName")
        category = (
            ["authentication"] if kind in ("ConsoleLogin", "AssumeRole", "GetSessionToken") else ["configuration"]
        )
        if str(data.get("eventSource", "")).startswith(("iam.", "sso.", "identitystore.")):
            category = ["iam"]
        parsed = event(
            "aws_cloudtrail",
            _SOURCE,
            "aws.cloudtrail",
            parse_time(data.get("eventTime")),
            fields,
            _STEPS,
            event__outcome="failure" if failed else "success",
            event__provider=_text(data.get("eventSource")),
            event__category=category,
            cloud__provider="aws",
        )
        if data.get("userIdentity") and "user.name" not in parsed.ecs:
            _name(data, parsed)
        client = data.get("sourceIPAddress")
        if type(client) is str and "source.ip" not in parsed.ecs and "." in client:
            parsed.ecs["source.domain"] = client
        return parsed


def _is_export(data: Json) -> bool:
    return ("Event Name" in data or "Event name" in data) and (
        "Source IP" in data or "Source IP address" in data or "Event source" in data
    )


def _text(value: Any) -> str | None:
    return value if type(value) is str else None


def _name(data: Json, parsed: Parsed) -> None:
    """Root and foreign accounts have no user name: their type or ARN stands for it."""
    identity: Any = data["userIdentity"]
    if type(identity) is str:
        parsed.ecs["user.name"] = identity[:512]
        return
    if type(identity) is not dict:
        return
    arn = identity.get("arn")
    if identity.get("type") == "Root":
        parsed.ecs["user.name"] = "root"
    elif type(arn) is str and "/" in arn:
        parsed.ecs["user.name"] = arn.rpartition("/")[2]
    elif type(identity.get("type")) is str:
        parsed.ecs["user.name"] = identity["type"]
