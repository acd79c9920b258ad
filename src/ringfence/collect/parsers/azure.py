"""Azure: activity, sign-in, audit and risk logs, as diagnostic settings, Graph and Log Analytics write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson

from ringfence.collect.flatten import dig, flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event, outcome_of
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.logsource import logsource

_STEPS = compile_table(
    {
        "operationName": "event.action",
        "OperationName": "event.action",
        "activityDisplayName": "event.action",
        "OperationNameValue": "event.action",
        "riskEventType": "event.action",
        "callerIpAddress": "source.ip",
        "CallerIpAddress": "source.ip",
        "ipAddress": "source.ip",
        "IPAddress": "source.ip",
        "IpAddress": "source.ip",
        "properties.ipAddress": "source.ip",
        "properties.initiatedBy.user.ipAddress": "source.ip",
        "InitiatedBy.user.ipAddress": "source.ip",
        "initiatedBy.user.ipAddress": "source.ip",
        "properties.clientIpAddress": "source.ip",
        "properties.userPrincipalName": "user.name",
        "userPrincipalName": "user.name",
        "UserPrincipalName": "user.name",
        "properties.initiatedBy.user.userPrincipalName": "user.name",
        "InitiatedBy.user.userPrincipalName": "user.name",
        "initiatedBy.user.userPrincipalName": "user.name",
        "properties.initiatedBy.app.displayName": "user.name",
        "InitiatedBy.app.displayName": "user.name",
        "initiatedBy.app.displayName": "user.name",
        "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "user.name",
        "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "user.name",
        "caller": "user.name",
        "Caller": "user.name",
        "servicePrincipalName": "user.name",
        "properties.servicePrincipalName": "user.name",
        "ServicePrincipalName": "user.name",
        "identity": "user.name",
        "Identity": "user.name",
        "UserName": "user.name",
        "properties.userId": "user.id",
        "userId": "user.id",
        "UserId": "user.id",
        "properties.targetResources.userPrincipalName": "user.target.name",
        "TargetResources.userPrincipalName": "user.target.name",
        "targetResources.userPrincipalName": "user.target.name",
        "properties.targetResources.displayName": "service.name",
        "TargetResources.displayName": "service.name",
        "targetResources.displayName": "service.name",
        "properties.appDisplayName": "service.name",
        "appDisplayName": "service.name",
        "AppDisplayName": "service.name",
        "properties.userAgent": "user_agent.original",
        "userAgent": "user_agent.original",
        "UserAgent": "user_agent.original",
        "location.countryOrRegion": "source.geo.country_iso_code",
        "properties.location.countryOrRegion": "source.geo.country_iso_code",
        "subscriptionId": "cloud.account.id",
        "SubscriptionId": "cloud.account.id",
        "tenantId": "cloud.account.id",
        "AADTenantId": "cloud.account.id",
        "TenantId": "cloud.account.id",
        "resourceId": "cloud.service.name",
        "ResourceId": "cloud.service.name",
        "_ResourceId": "cloud.service.name",
        "resultDescription": "event.reason",
        "ResultDescription": "event.reason",
        "properties.status.failureReason": "event.reason",
        "status.failureReason": "event.reason",
        "resultReason": "event.reason",
        "correlationId": "event.id",
        "CorrelationId": "event.id",
        "id": "event.id",
        "level": "log.level",
        "Level": "log.level",
        "Computer": "host.name",
        "properties.deviceDetail.displayName": "host.name",
        "deviceDetail.displayName": "host.name",
    }
)
_UPPER = (
    ("operationName", "OperationName"),
    ("category", "Category"),
    ("resultType", "ResultType"),
    ("resultDescription", "ResultDescription"),
    ("activityDisplayName", "ActivityDisplayName"),
    ("loggedByService", "LoggedByService"),
    ("authenticationRequirement", "AuthenticationRequirement"),
    ("resourceDisplayName", "ResourceDisplayName"),
    ("riskState", "RiskState"),
    ("deviceDetail", "DeviceDetail"),
    ("targetResources", "TargetResources"),
    ("networkLocationDetails", "NetworkLocationDetails"),
    ("userPrincipalName", "Username"),
    ("clientAppUsed", "ClientApp"),
)
"""Names that Graph and diagnostic settings begin with a small letter and Log Analytics with a capital: both are set."""
_SIGN_IN = frozenset(
    (
        "SignInLogs",
        "SigninLogs",
        *("NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs"),
        *("AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs"),
    )
)
_RISK = frozenset(("UserRiskEvents", "RiskyUsers", "AADUserRiskEvents", "AADRiskyUsers", "ServicePrincipalRiskEvents"))
_ACTIVITY = frozenset(
    (
        *("Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy", "Autoscale"),
        *("ResourceHealth", "AzureActivity", "Write", "Delete", "Action"),
    )
)
_TYPES = frozenset(("AzureActivity", "AuditLogs", "AzureDiagnostics", "AADProvisioningLogs", *_SIGN_IN, *_RISK))
_TIMES = (
    "createdDateTime",
    "properties.createdDateTime",
    "activityDateTime",
    "properties.activityDateTime",
    "time",
    "eventTimestamp",
    "EventTimestamp",
    "TimeGenerated",
    "CreatedDateTime",
    "detectedDateTime",
)


class Azure(JsonParser):
    """Azure activity, Entra sign-in, audit and risk logs; names are set as Graph and as Log Analytics spell them."""

    name: ClassVar[str] = "azure"
    title: ClassVar[str] = "Azure activity, sign-in, audit and risk logs"
    samples: ClassVar[Sequence[str]] = (
        '{"time":"2026-03-01T08:00:00.1234567Z","resourceId":"/tenants/t1/providers/Microsoft.aadiam","operationName":'
        '"Sign-in activity","category":"SignInLogs","resultType":"50126","resultDescription":"Invalid password.",'
        '"callerIpAddress":"192.0.2.7","tenantId":"t1","properties":{"userPrincipalName":"mia@example.com",'
        '"appDisplayName":"Portal","createdDateTime":"2026-03-01T08:00:00Z"}}',
        '{"TimeGenerated":"2026-03-01T08:00:00Z","OperationNameValue":"MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",'
        '"CategoryValue":"Administrative","ActivityStatusValue":"Success","Caller":"mia@example.com",'
        '"CallerIpAddress":"192.0.2.7","SubscriptionId":"s1","Type":"AzureActivity"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an Azure log record."""
        return _service(data) is not None

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        service = _service(data) or ""
        data = _decoded(data)
        fields = flatten(data)
        _both_spellings(fields)
        extra: dict[str, EcsValue | None] = {"event__outcome": _outcome(service, fields)}
        if service == "signinlogs":
            extra |= {"event__category": ["authentication"], "event__action": "sign-in"}
        elif service == "activitylogs":
            extra["event__category"] = ["configuration"]
        elif service in ("riskdetection", "pim"):
            extra["event__category"] = ["threat"]
        elif service == "auditlogs":
            extra["event__category"] = ["iam"]
        time = next((t for name in _TIMES if (t := parse_time(fields.get(name))) is not None), None)
        source = logsource("azure", (), service)
        return event(
            self.name, source, f"azure.{service or 'other'}", time, fields, _STEPS, cloud__provider="azure", **extra
        )


def _service(data: Json) -> str | None:
    """The Sigma service of a record, "" for another log of Azure, None where it is none."""
    kind: Any = data.get("category") or data.get("Category") or data.get("CategoryValue")
    table = data.get("Type")
    for name in (table, kind):
        if type(name) is not str:
            continue
        if name in _SIGN_IN:
            return "signinlogs"
        if name in _RISK:
            return "riskdetection"
        if name == "AuditLogs":
            return "auditlogs"
    table = table if type(table) is str else ""
    azure = "resourceId" in data or "ResourceId" in data or "_ResourceId" in data or table in _TYPES
    if "riskEventType" in data and ("detectedDateTime" in data or "riskLevel" in data):
        return "pim" if str(data["riskEventType"]).endswith("AlertIncident") else "riskdetection"
    if "userPrincipalName" in data and "appDisplayName" in data and "createdDateTime" in data:
        return "signinlogs"
    if "activityDisplayName" in data and "initiatedBy" in data:
        return "auditlogs"
    if table == "AzureActivity" or (type(kind) is str and kind in _ACTIVITY and azure):
        return "activitylogs"
    if azure and ("operationName" in data or "OperationName" in data or "OperationNameValue" in data):
        return "activitylogs" if "caller" in data or "Caller" in data or "subscriptionId" in data else ""
    if azure and ("TimeGenerated" in data or "time" in data) and (table in _TYPES or kind is not None):
        return ""
    return None


def _decoded(data: Json) -> Json:
    """Open the columns that Log Analytics keeps as JSON text."""
    out = data
    for name, value in data.items():
        if type(value) is str and value[:1] in ("{", "[") and value[-1:] in ("}", "]") and len(value) < 1 << 18:
            try:
                inner = orjson.loads(value)
            except orjson.JSONDecodeError:
                continue
            if out is data:
                out = data.copy()
            out[name] = inner
    name = dig(out, "operationName.value")
    if type(name) is str:
        out = {**out, "operationName": name}
    return out


def _both_spellings(fields: Json) -> None:
    for name in list(fields):
        if name.startswith("properties."):
            fields.setdefault(name[11:], fields[name])
    if "Properties.message" in fields:
        fields.setdefault("properties.message", fields["Properties.message"])
    for low, high in _UPPER:
        for name in (low, high):
            other = high if name == low else low
            if name in fields:
                fields.setdefault(other, fields[name])
    prefixes = {"targetResources.": "TargetResources.", "deviceDetail.": "DeviceDetail."}
    for name in list(fields):
        for low, high in prefixes.items():
            if name.startswith(low):
                fields.setdefault(high + name[len(low) :], fields[name])
            elif name.startswith(high):
                fields.setdefault(low + name[len(high) :], fields[name])
    action = fields.get("OperationNameValue") or fields.get("activityDisplayName")
    if action:
        fields.setdefault("operationName", action)
        fields.setdefault("OperationName", action)
        fields.setdefault("properties.message", action)
    elif "operationName" in fields:
        fields.setdefault("properties.message", fields["operationName"])
    code: Any = fields.get("status.errorCode")
    if code is not None:
        fields.setdefault("ResultType", code)
        fields.setdefault("Status", "Success" if code == 0 else "Failure")
    if "result" in fields:
        fields.setdefault("Status", fields["result"])


def _outcome(service: str, fields: Json) -> str:
    result: Any = fields.get("ResultType")
    if service == "signinlogs" and result is not None:
        return "success" if str(result) == "0" else "failure"
    for name in ("result", "Result", "ActivityStatusValue", "resultType", "status.value", "status", "Status"):
        value = fields.get(name)
        if type(value) is str:
            found = outcome_of(value)
            if found:
                return found
    return ""
