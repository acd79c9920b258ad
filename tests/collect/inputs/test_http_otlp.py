"""OTLP logs: protobuf and JSON give the same records."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse

from ringfence.collect.inputs.http_otlp import (
    JSON,
    PROTOBUF,
    OtlpLogs,
    decode_otlp_logs,
    otlp_answer,
    otlp_status,
)
from ringfence.collect.inputs.limits import Limits
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError


def text(value: str) -> dict[str, Any]:
    return {"stringValue": value}


def pair(key: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "value": value}


LOGS: list[dict[str, Any]] = [
    {
        "timeUnixNano": "1700000000123456789",
        "severityNumber": 13,
        "severityText": "WARN",
        "body": text("<34>one"),
        "attributes": [pair("log.file.name", text("a.log")), pair("n", {"intValue": "7"})],
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "eventName": "e",
    },
    {
        "observedTimeUnixNano": "1700000001000000000",
        "body": {
            "kvlistValue": {
                "values": [
                    pair("a", {"arrayValue": {"values": [{"boolValue": True}, {"doubleValue": 1.5}, {}]}}),
                    pair("b", {"kvlistValue": {"values": [pair("c", {"bytesValue": "AAE="})]}}),
                ]
            }
        },
    },
    {"attributes": [pair("only", text("attributes"))]},
    {"body": text('{"json": true}')},
]
REQUEST = {
    "resourceLogs": [
        {
            "resource": {"attributes": [pair("host.name", text("h")), pair("service.name", text("s"))]},
            "scopeLogs": [{"scope": {"name": "lib", "version": "1"}, "logRecords": LOGS}],
        }
    ]
}
SHARED = {
    "host": "h",
    "resource": {"host.name": "h", "service.name": "s"},
    "scope": {"name": "lib", "version": "1"},
}
EXPECTED = [
    Record(
        "<34>one", None, "", 1,
        meta={
            **SHARED, "time": 1_700_000_000_123_456, "severity": "WARN", "severity_number": 13,
            "trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174", "event_name": "e",
            "attributes": {"log.file.name": "a.log", "n": 7},
        },
    ),
    Record(
        '{"a":[true,1.5,null],"b":{"c":"AAE="}}', {"a": [True, 1.5, None], "b": {"c": "AAE="}}, "", 2,
        meta={**SHARED, "time": 1_700_000_001_000_000},
    ),
    Record(
        '{"only":"attributes"}', {"only": "attributes"}, "", 3, meta={**SHARED, "attributes": {"only": "attributes"}}
    ),
    Record('{"json": true}', {"json": True}, "", 4, meta=SHARED),
]  # fmt: skip


def protobuf(request: dict[str, Any] = REQUEST) -> bytes:
    """The same request through the official messages."""
    message = ExportLogsServiceRequest()
    for resource_logs in request["resourceLogs"]:
        into = message.resource_logs.add()
        _fill(into.resource.attributes, resource_logs["resource"]["attributes"])
        for scope_logs in resource_logs["scopeLogs"]:
            scope = into.scope_logs.add()
            scope.scope.name, scope.scope.version = "lib", "1"
            for log in scope_logs["logRecords"]:
                record = scope.log_records.add()
                record.time_unix_nano = int(log.get("timeUnixNano", 0))
                record.observed_time_unix_nano = int(log.get("observedTimeUnixNano", 0))
                record.severity_number = log.get("severityNumber", 0)
                record.severity_text = log.get("severityText", "")
                record.trace_id = bytes.fromhex(log.get("traceId", ""))
                record.span_id = bytes.fromhex(log.get("spanId", ""))
                record.event_name = log.get("eventName", "")
                _fill(record.attributes, log.get("attributes", []))
                _value(record.body, log.get("body", {}))
    return message.SerializeToString()


def _fill(target: Any, pairs: list[dict[str, Any]]) -> None:
    for each in pairs:
        added = target.add()
        added.key = each["key"]
        _value(added.value, each["value"])


def _value(target: Any, value: dict[str, Any]) -> None:
    for kind, given in value.items():
        match kind:
            case "stringValue":
                target.string_value = given
            case "intValue":
                target.int_value = int(given)
            case "boolValue":
                target.bool_value = given
            case "doubleValue":
                target.double_value = given
            case "bytesValue":
                target.bytes_value = b"\x00\x01"
            case "arrayValue":
                for item in given["values"]:
                    _value(target.array_value.values.add(), item)
            case _:
                _fill(target.kvlist_value.values, given["values"])


def test_both_encodings() -> None:
    assert decode_otlp_logs(orjson.dumps(REQUEST), "application/json; charset=utf-8") == OtlpLogs(EXPECTED)
    assert decode_otlp_logs(protobuf(), PROTOBUF) == OtlpLogs(EXPECTED)


def test_long_and_deep_records_are_partial_success() -> None:
    deep: dict[str, Any] = text("x")
    for _ in range(6):
        deep = {"arrayValue": {"values": [deep]}}
    records = [{"body": text("x" * 50)}, {"body": text("ok")}, {"body": deep}]
    request = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
    logs = decode_otlp_logs(orjson.dumps(request), JSON, Limits(max_record=20, keep=3, json_depth=5))
    reason = "the record is 50 bytes long, more than 20 bytes; the first 3 bytes are kept"
    assert logs == OtlpLogs(
        [Record("ok", None, "", 2, meta={})],
        [Rejected("xxx", reason, 1, {}), Rejected("", "nested deeper than 5 levels", 3, {})],
    )
    assert otlp_answer(logs, JSON) == orjson.dumps(
        {"partialSuccess": {"rejectedLogRecords": "2", "errorMessage": reason}}
    )
    response = ExportLogsServiceResponse.FromString(otlp_answer(logs, PROTOBUF))
    assert (response.partial_success.rejected_log_records, response.partial_success.error_message) == (2, reason)
    assert (otlp_answer(OtlpLogs(), JSON), otlp_answer(OtlpLogs(), PROTOBUF)) == (b"{}", b"")


NOT = "the body is not an OTLP logs request:"


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"\xff\xff\xff", PROTOBUF, "the body is not an OTLP logs request in protobuf"),
        (b"[]", JSON, "the body is not an OTLP logs request: a JSON object was expected"),
        (b'{"resourceLogs":{}}', JSON, None),
        (b'{"resourceLogs":[1]}', JSON, f"{NOT} resourceLogs must be a list of objects"),
        (b'{"resourceLogs":[{"resource":[1]}]}', JSON, f"{NOT} resource must be an object"),
        (b"{}", "text/plain", "Content-Type 'text/plain' is not supported"),
    ],
)
def test_wrong_bodies(body: bytes, kind: str, message: str | None) -> None:
    if message is None:
        assert decode_otlp_logs(body, kind) == OtlpLogs()
        return
    with pytest.raises(InputError) as caught:
        decode_otlp_logs(body, kind)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ({"timeUnixNano": "soon"}, "timeUnixNano is not an integer"),
        ({"body": {"intValue": "9" * 30}}, "intValue has more than 64 bits"),
        ({"body": {"bytesValue": "!"}}, "bytesValue is not base64"),
        ({"body": "text"}, 'a value must be an object such as {"stringValue": "..."}'),
    ],
)
def test_wrong_values(log: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_otlp_logs(orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}), JSON)
    assert caught.value.message == message


def test_status_bodies() -> None:
    assert otlp_status(3, "wrong", JSON) == b'{"code":3,"message":"wrong"}'
    assert otlp_status(14, "x" * 200, PROTOBUF) == b"\x08\x0e\x12\xc8\x01" + b"x" * 200
