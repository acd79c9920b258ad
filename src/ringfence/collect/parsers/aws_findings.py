"""What other AWS services write as JSON: GuardDuty, Security Hub, Inspector, Macie, VPC flow, S3 access, WAF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import Step, compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.logsource import logsource

_FINDING = {
    "Title": "rule.name",
    "title": "rule.name",
    "Description": "message",
    "description": "message",
    "Id": "event.id",
    "id": "event.id",
    "Types": "event.reason",
    "type": "rule.id",
    "GeneratorId": "rule.id",
    "Severity.Label": "rule.level",
    "AwsAccountId": "cloud.account.id",
    "accountId": "cloud.account.id",
    "awsAccountId": "cloud.account.id",
    "account": "cloud.account.id",
    "Region": "cloud.region",
    "region": "cloud.region",
    "ProductName": "observer.product",
    "Compliance.Status": "event.outcome",
    "Resources.Id": "service.name",
    "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4": "source.ip",
    "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": "source.ip",
    "service.action.portProbeAction.portProbeDetails.remoteIpDetails.ipAddressV4": "source.ip",
    "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4": "source.ip",
    "service.action.awsApiCallAction.api": "event.action",
    "service.action.actionType": "event.action",
    "service.action.dnsRequestAction.domain": "dns.question.name",
    "resource.accessKeyDetails.userName": "user.name",
    "resource.instanceDetails.instanceId": "cloud.instance.id",
    "resource.instanceDetails.networkInterfaces.privateIpAddress": "host.ip",
    "Network.SourceIpV4": "source.ip",
    "Network.DestinationIpV4": "destination.ip",
    "Process.Name": "process.name",
    "Malware.Name": "threat.indicator.name",
}
_FLOW = {
    "srcaddr": "source.ip",
    "srcAddr": "source.ip",
    "srcport": "source.port",
    "srcPort": "source.port",
    "dstaddr": "destination.ip",
    "dstAddr": "destination.ip",
    "dstport": "destination.port",
    "dstPort": "destination.port",
    "protocol": "network.transport",
    "bytes": "network.bytes",
    "action": "event.action",
    "account_id": "cloud.account.id",
    "account-id": "cloud.account.id",
    "accountId": "cloud.account.id",
    "instance_id": "cloud.instance.id",
    "instance-id": "cloud.instance.id",
    "flow_direction": "network.direction",
}
_S3 = {
    "remote_ip": "source.ip",
    "requester": "user.name",
    "operation": "event.action",
    "bucket": "service.name",
    "key": "@file",
    "http_status": "http.response.status_code",
    "error_code": "event.reason",
    "user_agent": "user_agent.original",
    "referer": "http.request.referrer",
    "bytes_sent": "http.response.bytes",
    "request_id": "event.id",
    "tls_version": "tls.version",
    "host_header": "url.domain",
}
_WAF = {
    "httpRequest.clientIp": "source.ip",
    "httpRequest.country": "source.geo.country_iso_code",
    "httpRequest.uri": "url.path",
    "httpRequest.args": "url.query",
    "httpRequest.httpMethod": "http.request.method",
    "action": "event.action",
    "terminatingRuleId": "rule.id",
    "ja3Fingerprint": "tls.client.ja3",
}
_RESOLVER = {
    "query_name": "dns.question.name",
    "query_type": "dns.question.type",
    "rcode": "dns.response_code",
    "srcaddr": "source.ip",
    "srcport": "source.port",
    "account_id": "cloud.account.id",
    "region": "cloud.region",
    "srcids.instance": "cloud.instance.id",
    "transport": "network.transport",
}
_GENERAL = {**_FINDING, **_S3}
_TABLES: dict[str, tuple[tuple[Step, ...], tuple[str, ...], list[str]]] = {
    "guardduty": (compile_table(_FINDING), (), ["intrusion_detection"]),
    "securityhub": (compile_table(_FINDING), (), ["intrusion_detection"]),
    "inspector": (compile_table(_FINDING), (), ["vulnerability"]),
    "macie": (compile_table(_FINDING), (), ["intrusion_detection"]),
    "vpcflow": (compile_table(_FLOW), ("firewall",), ["network"]),
    "s3access": (compile_table(_S3), (), ["file"]),
    "waf": (compile_table(_WAF), ("webserver",), ["web"]),
    "route53_resolver": (compile_table(_RESOLVER), ("dns",), ["network"]),
    "other": (compile_table(_GENERAL), (), ["host"]),
}
_TIMES = (
    "UpdatedAt",
    "updatedAt",
    "service.eventLastSeen",
    "CreatedAt",
    "createdAt",
    "time",
    "query_timestamp",
    "timestamp",
    "start",
    "eventTime",
    "LastObservedAt",
)
_SERVICES = {"guardduty": "guardduty", "securityhub": "securityhub", "inspector2": "inspector", "macie": "macie"}


class AwsFindings(JsonParser):
    """AWS findings and access logs as JSON, bare, in EventBridge's `detail`, or as Wazuh's AWS module wraps them."""

    name: ClassVar[str] = "aws"
    title: ClassVar[str] = "AWS GuardDuty, Security Hub, Inspector, Macie, VPC flow, S3 access, WAF, Route 53 (JSON)"
    samples: ClassVar[Sequence[str]] = (
        '{"schemaVersion":"2.0","accountId":"111122223333","region":"eu-west-1","id":"f1","type":'
        '"UnauthorizedAccess:IAMUser/MaliciousIPCaller","service":{"serviceName":"guardduty","action":{"actionType":'
        '"AWS_API_CALL","awsApiCallAction":{"api":"ListBuckets","remoteIpDetails":{"ipAddressV4":"192.0.2.7"}}}},'
        '"resource":{"accessKeyDetails":{"userName":"mia"}},"severity":5,"title":"API called from a bad address",'
        '"updatedAt":"2026-03-01T08:00:00.000Z"}',
        '{"version":"2","account_id":"111122223333","interface_id":"eni-1","srcaddr":"192.0.2.7","dstaddr":'
        '"198.51.100.9","srcport":50001,"dstport":22,"protocol":6,"packets":1,"bytes":40,"start":1772352000,'
        '"end":1772352060,"action":"REJECT","log_status":"OK"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is of one of these services."""
        return _inner(data) is not None

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        found = _inner(data)
        kind, inner = found if found is not None else ("other", data)
        fields = flatten(inner)
        steps, categories, category = _TABLES[kind]
        time = next((t for name in _TIMES if (t := parse_time(fields.get(name))) is not None), None)
        if time is None:
            time = parse_time(data.get("time"))
        extra: dict[str, EcsValue | None] = {}
        severity: Any = fields.get("severity", fields.get("Severity.Normalized"))
        if type(severity) in (int, float):
            extra["event__severity"] = int(severity)
        if kind == "vpcflow":
            _firewall(fields)
            action = str(fields.get("action", "")).upper()
            extra["event__outcome"] = {"ACCEPT": "success", "REJECT": "failure"}.get(action)
        elif kind == "route53_resolver":
            fields.setdefault("query", fields.get("query_name"))
            fields.setdefault("record_type", fields.get("query_type"))
        elif kind == "s3access":
            status = str(fields.get("http_status", ""))
            extra["event__outcome"] = "failure" if status[:1] in ("4", "5") else "success"
        return event(
            self.name,
            logsource("aws", categories, "" if kind == "other" else kind),
            f"aws.{kind}",
            time,
            fields,
            steps,
            event__category=category,
            cloud__provider="aws",
            **extra,
        )


def _inner(data: Json) -> tuple[str, Json] | None:
    """The service and the object that it wrote, out of its envelope."""
    wazuh = data.get("aws")
    if type(wazuh) is dict and data.get("integration") == "aws":
        finding = wazuh.get("finding")
        if type(finding) is dict:
            return "securityhub", finding
        return _kind(wazuh) or "other", wazuh
    detail = data.get("detail")
    if type(detail) is dict and "detail-type" in data:
        findings = detail.get("findings")
        if type(findings) is list and findings and type(findings[0]) is dict:
            return "securityhub", findings[0]
        source = str(data.get("source", "")).removeprefix("aws.")
        return _SERVICES.get(source) or _kind(detail) or "other", {**detail, "account": data.get("account")}
    kind = _kind(data)
    return (kind, data) if kind is not None else None


def _kind(data: Json) -> str | None:
    service = data.get("service")
    if type(service) is dict and "serviceName" in service and "type" in data:
        return "guardduty" if service.get("serviceName") == "guardduty" else "other"
    if "ProductArn" in data and "GeneratorId" in data:
        return "securityhub"
    if "findingArn" in data and "packageVulnerabilityDetails" in data:
        return "inspector"
    if "bucket_owner" in data and "remote_ip" in data:
        return "s3access"
    if ("srcaddr" in data or "srcAddr" in data) and ("dstaddr" in data or "dstAddr" in data):
        return "vpcflow"
    if "webaclId" in data and "httpRequest" in data:
        return "waf"
    if "query_name" in data and "query_timestamp" in data:
        return "route53_resolver"
    return None


def _firewall(fields: Json) -> None:
    for native, name in (("srcaddr", "src_ip"), ("dstaddr", "dst_ip"), ("dstport", "dst_port")):
        if native in fields:
            fields.setdefault(name, fields[native])
    fields.setdefault("blocked", str(str(fields.get("action", "")).upper() == "REJECT").lower())
