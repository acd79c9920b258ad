"""Other shapes and special cases of structured formats, beyond the main one of each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed

T = 1772352000_000000


def parse(data: dict[str, Any], hint: str = "") -> Parsed:
    parsed = Normaliser().parse(Record(json.dumps(data), data, hint))
    assert isinstance(parsed, Parsed), parsed
    return parsed


def test_zeek_row_of_a_tsv_file_takes_its_path_from_the_hint() -> None:
    parsed = parse({"ts": 1772352000.5, "uid": "C1", "id.orig_h": "192.0.2.7", "id.resp_p": 22}, "zeek:ssh")
    assert (parsed.time, parsed.logsource.service, parsed.ecs["event.dataset"]) == (T + 500_000, "ssh", "zeek.ssh")


def test_zeek_names_written_with_underscores() -> None:
    parsed = parse(
        {
            "@stream": "http",
            "@system": "sensor1",
            "ts": 1772352000.0,
            "id_orig_h": "192.0.2.7",
            "id_resp_h": "198.51.100.9",
            "method": "GET",
            "host": "www.example.com",
            "uri": "/a?b=1",
            "user_agent": "curl",
            "status_code": 200,
        }
    )
    names = ("id.orig_h", "c-uri", "cs-uri-stem", "cs-uri-query", "c-useragent", "cs-method", "sc-status", "cs-host")
    assert [parsed.fields[name] for name in names] == [
        "192.0.2.7",
        "/a?b=1",
        "/a",
        "b=1",
        "curl",
        "GET",
        200,
        "www.example.com",
    ]
    assert parsed.ecs["observer.name"] == "sensor1"
    assert parsed.logsource.categories == ("proxy", "webserver")


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"query": "a.example.com", "qclass_name": "C_INTERNET"}, "dns"),
        ({"conn_state": "SF", "service": "dns"}, "conn"),
        ({"method": "GET", "status_code": 200}, "http"),
        ({"note": "Scan::Port_Scan"}, "notice"),
    ],
)
def test_zeek_json_without_a_path_is_told_by_its_fields(row: dict[str, Any], path: str) -> None:
    assert parse({"ts": 1772352000, "uid": "C1", "id.orig_h": "192.0.2.7", **row}).logsource.service == path


def test_zeek_certificate_names_its_server() -> None:
    parsed = parse(
        {"_path": "x509", "ts": 1772352000, "certificate_serial": "AB", "certificate_subject": "CN=*.example.com,O=X"}
    )
    assert parsed.fields["certificate.serial"] == "AB"
    assert (parsed.ecs["tls.server.name"], parsed.ecs["destination.domain"]) == ("*.example.com", "example.com")


@pytest.mark.parametrize(
    "dns",
    [
        {"type": "query", "rrname": "a.example.com", "rrtype": "A"},
        {"type": "answer", "rrname": "a.example.com", "rrtype": "A", "answers": [{"rdata": "192.0.2.9"}]},
        {"version": 3, "queries": [{"rrname": "a.example.com", "rrtype": "A"}, {"rrname": "b.example.com"}]},
    ],
)
def test_suricata_dns_of_all_versions(dns: dict[str, Any]) -> None:
    parsed = parse(
        {"timestamp": "2026-03-01T08:00:00.000000+0000", "event_type": "dns", "src_ip": "192.0.2.7", "dns": dns}
    )
    assert (parsed.fields["query"], parsed.fields["record_type"]) == ("a.example.com", "A")
    assert (parsed.ecs["dns.question.name"], parsed.logsource.categories) == ("a.example.com", ("dns",))
    assert parsed.ecs.get("dns.answers") == (["192.0.2.9"] if "answers" in dns else None)


def trail(**more: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "eventTime": "2026-03-01T08:00:00Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "sourceIPAddress": "192.0.2.7",
        "userIdentity": {"type": "Root", "accountId": "111122223333"},
        **more,
    }


def test_cloudtrail_root_has_a_name_and_a_failed_login_its_outcome() -> None:
    parsed = parse(trail(responseElements={"ConsoleLogin": "Failure"}))
    assert (parsed.ecs["user.name"], parsed.ecs["event.outcome"]) == ("root", "failure")
    assert parsed.fields["responseElements"] == '{"ConsoleLogin":"Failure"}'
    assert parsed.fields["responseElements.ConsoleLogin"] == "Failure"


def test_cloudtrail_by_an_aws_service_and_with_an_error() -> None:
    parsed = parse(trail(sourceIPAddress="ec2.amazonaws.com", errorCode="AccessDenied"))
    assert (parsed.ecs["source.domain"], parsed.ecs["event.reason"], parsed.ecs["event.outcome"]) == (
        "ec2.amazonaws.com",
        "AccessDenied",
        "failure",
    )


def test_cloudtrail_in_eventbridge_and_as_a_row_of_an_export() -> None:
    bridge = parse({"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s", "detail": trail()})
    row = parse({"Event Name": "ListObjects", "Event DateTime": "2026-03-01T08:00:00Z", "Source IP": "192.0.2.7"})
    assert (bridge.parser, bridge.time, bridge.ecs["event.action"]) == ("aws_cloudtrail", T, "ConsoleLogin")
    assert (row.parser, row.time, row.fields["eventName"], row.ecs["source.ip"]) == (
        "aws_cloudtrail",
        T,
        "ListObjects",
        "192.0.2.7",
    )


def test_aws_access_log_of_s3_in_wazuhs_envelope() -> None:
    parsed = parse(
        {
            "integration": "aws",
            "aws": {
                "bucket_owner": "b",
                "bucket": "files",
                "time": "01/Mar/2026:08:00:00 +0000",
                "remote_ip": "192.0.2.7",
                "operation": "REST.GET.OBJECT",
                "key": "a/secret.txt",
                "http_status": "403",
            },
        }
    )
    assert (parsed.time, parsed.logsource.service, parsed.ecs["event.outcome"], parsed.ecs["file.name"]) == (
        T,
        "s3access",
        "failure",
        "secret.txt",
    )


def test_security_hub_in_eventbridge() -> None:
    finding = {"ProductArn": "p", "GeneratorId": "g1", "Id": "f1", "Title": "Bad", "UpdatedAt": "2026-03-01T08:00:00Z"}
    parsed = parse({"source": "aws.securityhub", "detail-type": "Findings", "detail": {"findings": [finding]}})
    assert (parsed.time, parsed.logsource.service, parsed.ecs["rule.name"]) == (T, "securityhub", "Bad")


@pytest.mark.parametrize(
    ("data", "service"),
    [
        ({"riskEventType": "unfamiliarFeatures", "detectedDateTime": "2026-03-01T08:00:00Z"}, "riskdetection"),
        (
            {"riskEventType": "roleAssignedOutsidePimAlertIncident", "detectedDateTime": "2026-03-01T08:00:00Z"},
            "pim",
        ),
        (
            {
                "userPrincipalName": "mia@example.com",
                "appDisplayName": "Portal",
                "createdDateTime": "2026-03-01T08:00:00Z",
                "status": {"errorCode": 0},
            },
            "signinlogs",
        ),
        (
            {
                "activityDisplayName": "Add user",
                "activityDateTime": "2026-03-01T08:00:00Z",
                "initiatedBy": {"user": {"userPrincipalName": "mia@example.com"}},
                "targetResources": [{"displayName": "tom", "modifiedProperties": [{"newValue": "x"}]}],
                "result": "success",
            },
            "auditlogs",
        ),
        (
            {
                "TimeGenerated": "2026-03-01T08:00:00Z",
                "Type": "SigninLogs",
                "UserPrincipalName": "mia@example.com",
                "ResultType": "50057",
                "DeviceDetail": '{"trustType":"x"}',
            },
            "signinlogs",
        ),
    ],
)
def test_azure_services(data: dict[str, Any], service: str) -> None:
    parsed = parse(data)
    assert (parsed.parser, parsed.logsource.product, parsed.logsource.service, parsed.time) == (
        "azure",
        "azure",
        service,
        T,
    )


def test_azure_audit_names_are_there_in_both_spellings() -> None:
    parsed = parse(
        {
            "time": "2026-03-01T08:00:00Z",
            "category": "AuditLogs",
            "operationName": "Add member to role",
            "properties": {
                "activityDisplayName": "Add member to role",
                "targetResources": [{"modifiedProperties": [{"displayName": "Role", "newValue": "Admin"}]}],
                "result": "success",
            },
        }
    )
    names = ("OperationName", "operationName", "properties.message", "ActivityDisplayName", "Status")
    assert [parsed.fields[name] for name in names] == [*["Add member to role"] * 4, "success"]
    assert parsed.fields["TargetResources.modifiedProperties.newValue"] == "Admin"


def test_gcp_names_of_sigmahq_and_a_failed_call() -> None:
    parsed = parse(
        {
            "protoPayload": {
                "methodName": "storage.buckets.delete",
                "serviceName": "storage.googleapis.com",
                "status": {"code": 7},
            },
            "timestamp": "2026-03-01T08:00:00Z",
            "logName": "l",
        }
    )
    assert parsed.fields["gcp.audit.method_name"] == "storage.buckets.delete"
    assert parsed.fields["data.protoPayload.serviceName"] == "storage.googleapis.com"
    assert parsed.ecs["event.outcome"] == "failure"


def test_generic_json_guesses_from_nested_and_differently_spelled_names() -> None:
    parsed = parse({"meta": {"eventTime": 1772352000123}, "Client-IP": "192.0.2.7", "actor": {"userName": "mia"}})
    assert (parsed.parser, parsed.time, parsed.ecs["source.ip"], parsed.ecs["user.name"]) == (
        "json",
        T + 123_000,
        "192.0.2.7",
        "mia",
    )


def test_generic_json_takes_time_and_host_of_the_transport_where_it_holds_none() -> None:
    record = Record('{"a":1}', {"a": 1}, meta={"time": T, "host": "srv1", "sourcetype": "app"})
    parsed = Normaliser().parse(record)
    assert isinstance(parsed, Parsed)
    assert (parsed.time, parsed.ecs) == (
        T,
        {"event.module": "json", "event.dataset": "json.app", "host.name": "srv1"},
    )


def test_wazuh_envelopes_are_opened_where_the_product_has_its_own_parser() -> None:
    cloud = parse({"integration": "aws", "aws": {**trail(), "source": "cloudtrail"}})
    office = parse(
        {
            "integration": "office365",
            "office365": {"CreationTime": "2026-03-01T08:00:00", "Operation": "New-InboxRule", "Workload": "Exchange"},
        }
    )
    assert (cloud.parser, cloud.ecs["event.action"]) == ("aws_cloudtrail", "ConsoleLogin")
    assert (office.parser, office.ecs["event.action"]) == ("m365", "New-InboxRule")


def test_gitlab_requests() -> None:
    parsed = parse(
        {
            "method": "POST",
            "path": "/users/sign_in",
            "controller": "SessionsController",
            "action": "create",
            "status": 401,
            "time": "2026-03-01T08:00:00.000Z",
            "remote_ip": "192.0.2.7",
            "username": "mia",
        }
    )
    assert (parsed.parser, parsed.time, parsed.logsource.categories) == ("gitlab_audit", T, ("webserver",))
    assert (parsed.ecs["event.action"], parsed.ecs["user.name"], parsed.fields["sc-status"]) == (
        "SessionsController#create",
        "mia",
        401,
    )
