"""Microsoft 365: the unified audit log and alerts of the compliance centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson

from ringfence.collect.flatten import compact, flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event, outcome_of
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.logsource import logsource

_STEPS = compile_table(
    {
        "Operation": "event.action",
        "UserId": "user.name",
        "UserKey": "user.id",
        "ClientIP": "source.ip",
        "ClientIPAddress": "source.ip",
        "ActorIpAddress": "source.ip",
        "SenderIp": "source.ip",
        "UserAgent": "user_agent.original",
        "ObjectId": "service.name",
        "SourceFileName": "@file",
        "SourceFileExtension": "file.extension",
        "SiteUrl": "url.full",
        "TargetUserOrGroupName": "user.target.name",
        "MailboxOwnerUPN": "user.target.name",
        "OrganizationId": "cloud.account.id",
        "OrganizationName": "organization.name",
        "Id": "event.id",
        "LogonError": "event.reason",
        "P1Sender": "email.from",
        "Recipients": "email.to",
        "Subject": "email.subject",
        "AlertId": "rule.id",
        "Severity": "rule.level",
    }
)
_ALERTS = "SecurityComplianceCenter"
_DETECTIONS = frozenset(("Activity from suspicious IP addresses",))
"""Alerts that SigmaHQ files under `threat_detection`, not `threat_management`."""
_TIMES = ("CreationTime", "CreationDate", "TimeGenerated", "createdDateTime")


class M365(JsonParser):
    """Records of the unified audit log (Exchange, SharePoint, Teams, Entra ID, Defender); `AuditData` text is opened.

    SigmaHQ's threat management rules compare `eventSource`, `eventName` and `status`: they are set from Workload, the
    alert's Name or the Operation, and ResultStatus.
    """

    name: ClassVar[str] = "m365"
    title: ClassVar[str] = "Microsoft 365 unified audit log"
    samples: ClassVar[Sequence[str]] = (
        '{"CreationTime":"2026-03-01T08:00:00","Id":"i1","Operation":"New-InboxRule","OrganizationId":"o1","RecordType":1,'
        '"ResultStatus":"True","UserKey":"k1","UserType":2,"Workload":"Exchange","ClientIP":"192.0.2.7:50001","UserId":'
        '"mia@example.com","ObjectId":"mailbox","Parameters":[{"Name":"ForwardTo","Value":"x@example.net"}]}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a record of the audit log."""
        if "AuditData" in data and ("Operations" in data or "Operation" in data or "RecordType" in data):
            return True
        return "Operation" in data and ("Workload" in data or "RecordType" in data or "OfficeWorkload" in data)

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        data = _opened(data)
        fields = flatten(data)
        for part in ("ExtendedProperties", "Parameters", "DeviceProperties", "OperationProperties"):
            _pairs(data.get(part), part, fields)
        workload = str(data.get("Workload") or data.get("OfficeWorkload") or "")
        threat = workload == _ALERTS
        fields.setdefault("eventSource", workload)
        fields.setdefault(
            "eventName", compact(data.get("Name") if threat and "Name" in data else data.get("Operation"))
        )
        outcome = outcome_of(data.get("ResultStatus", ""))
        operation = str(data.get("Operation", ""))
        if operation == "UserLoginFailed":
            outcome = "failure"
        fields.setdefault("status", outcome or "success")
        service = "audit"
        if threat:
            service = "threat_detection" if fields["eventName"] in _DETECTIONS else "threat_management"
        time = next((t for name in _TIMES if (t := parse_time(data.get(name))) is not None), None)
        extra = _words(operation, workload, threat, fields)
        return event(
            self.name,
            logsource("m365", (), service),
            f"m365.{service}",
            time,
            fields,
            _STEPS,
            event__outcome=outcome,
            event__provider=workload,
            cloud__provider="azure",
            **extra,
        )


def _opened(data: Json) -> Json:
    """Exports keep the record as text in a column of its own."""
    text = data.get("AuditData")
    inner: Any = text
    if type(text) is str:
        try:
            inner = orjson.loads(text)
        except orjson.JSONDecodeError:
            return data
    return inner if type(inner) is dict else data


def _pairs(items: Any, part: str, fields: Json) -> None:
    """Lists of `{"Name": .., "Value": ..}` as fields of their own."""
    for item in items[:200] if type(items) is list else []:
        if type(item) is dict and type(item.get("Name")) is str:
            fields.setdefault(f"{part}.{item['Name']}", compact(item.get("Value")))


def _words(operation: str, workload: str, threat: bool, fields: Json) -> dict[str, EcsValue | None]:
    if "Login" in operation or "Logged" in operation:
        return {"event__category": ["authentication"]}
    if workload in ("SharePoint", "OneDrive"):
        return {"event__category": ["file"]}
    if threat:
        return {"event__category": ["threat"], "rule__name": str(fields.get("eventName") or "")}
    return {}
