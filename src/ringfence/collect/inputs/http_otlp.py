"""OpenTelemetry logs over HTTP (OTLP 1.x), protobuf and JSON.

Source: OpenTelemetry Protocol Specification 1.x, "OTLP/HTTP" and "JSON Protobuf Encoding".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from ringfence.collect.inputs.http_body import text_record
from ringfence.collect.inputs.json_value import decode, depth
from ringfence.collect.inputs.limits import DEFAULT, Limits, too_long
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
Attributes = dict[str, Any]


@dataclass(slots=True)
class OtlpLogs:
    """A decoded request: `rejected` were too large or too deep and are told to the sender as partial success."""

    records: list[Record] = field(default_factory=list[Record])
    rejected: list[Rejected] = field(default_factory=list[Rejected])


def media_type(content_type: str) -> str:
    """Return `PROTOBUF` or `JSON`. Raises: InputError for anything else."""
    name = content_type.partition(";")[0].strip().lower()
    if name not in {PROTOBUF, JSON}:
        raise InputError(f"Content-Type '{name[:60]}' is not supported", remedy=f"use {PROTOBUF} or {JSON}")
    return name


def otlp_answer(logs: OtlpLogs, kind: str) -> bytes:
    """Return the response body; without rejected records it says nothing, as the specification asks."""
    if kind == JSON:
        if not logs.rejected:
            return b"{}"
        partial = {"rejectedLogRecords": str(len(logs.rejected)), "errorMessage": logs.rejected[0].reason}
        return orjson.dumps({"partialSuccess": partial})
    response = ExportLogsServiceResponse()
    if logs.rejected:
        response.partial_success.rejected_log_records = len(logs.rejected)
        response.partial_success.error_message = logs.rejected[0].reason
    return response.SerializeToString()


def otlp_status(code: int, message: str, kind: str) -> bytes:
    """Return a `google.rpc.Status` (gRPC code and words) as the body of an error answer."""
    if kind == JSON:
        return orjson.dumps({"code": code, "message": message})
    text = message.encode()[:1000]
    return b"\x08" + _varint(code) + b"\x12" + _varint(len(text)) + text


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode_otlp_logs(body: bytes, content_type: str, limits: Limits = DEFAULT) -> OtlpLogs:
    """Return the log records.

    A text body becomes `raw` (decoded where it is a JSON object), a key-value body `data`; a record without a body
    has its attributes as `data`. `meta` has time (µs), severity, severity_number, host, resource, scope, attributes,
    trace_id, span_id, event_name where given. Raises: InputError where the body cannot be decoded.
    """
    logs = OtlpLogs()
    resources = _from_json(body, limits) if media_type(content_type) == JSON else _from_protobuf(body)
    for resource, scope, record in resources:
        number = len(logs.records) + len(logs.rejected) + 1
        item = _record(resource, scope, record, number, limits)
        if isinstance(item, Record):
            logs.records.append(item)
        else:
            logs.rejected.append(item)
    return logs


@dataclass(frozen=True, slots=True)
class _Log:
    """One log record, whatever encoding it came in."""

    body: Any
    time: int
    attributes: Attributes
    extra: Attributes


def _record(resource: Attributes, scope: Attributes, log: _Log, number: int, limits: Limits) -> Record | Rejected:
    meta: dict[str, Any] = {name: value for name, value in log.extra.items() if value}
    if log.time:
        meta["time"] = log.time // 1000
    host = resource.get("host.name")
    if isinstance(host, str) and host:
        meta["host"] = host
    for name, value in (("resource", resource), ("scope", scope), ("attributes", log.attributes)):
        if value:
            meta[name] = value
    body = log.body if log.body not in (None, "", {}) else log.attributes
    if isinstance(body, str):
        raw = body
    else:
        if depth(body) > limits.json_depth:
            return Rejected("", f"nested deeper than {limits.json_depth} levels", number, meta)
        raw = orjson.dumps(body).decode()
    if len(raw) > limits.max_record:
        return Rejected(raw[: limits.keep], too_long(len(raw), limits), number, meta)
    if isinstance(body, str):
        return text_record(raw, number, meta)
    return Record(raw, cast("Attributes", body) if isinstance(body, dict) else None, "", number, meta=meta)


def _from_protobuf(body: bytes) -> Iterable[tuple[Attributes, Attributes, _Log]]:
    try:
        request = ExportLogsServiceRequest.FromString(body)
    except DecodeError as error:
        raise InputError("the body is not an OTLP logs request in protobuf") from error
    for resource_logs in request.resource_logs:
        resource = _attributes(resource_logs.resource.attributes)
        for scope_logs in resource_logs.scope_logs:
            scope = _scope(scope_logs.scope.name, scope_logs.scope.version, _attributes(scope_logs.scope.attributes))
            for record in scope_logs.log_records:
                yield resource, scope, _log(record)


def _scope(name: str, version: str, attributes: Attributes) -> Attributes:
    named = {key: value for key, value in (("name", name), ("version", version)) if value}
    return {**attributes, **named}


def _log(record: LogRecord) -> _Log:
    return _Log(
        body=_value(record.body),
        time=record.time_unix_nano or record.observed_time_unix_nano,
        attributes=_attributes(record.attributes),
        extra={
            "severity": record.severity_text,
            "severity_number": int(record.severity_number),
            "trace_id": record.trace_id.hex(),
            "span_id": record.span_id.hex(),
            "event_name": record.event_name,
        },
    )


def _attributes(pairs: Iterable[KeyValue]) -> Attributes:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    """Plain Python of an AnyValue. Protobuf itself bounds the nesting to 100 messages."""
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
        case "bool_value":
            return value.bool_value
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case _:
            return None


def _from_json(body: bytes, limits: Limits) -> Iterable[tuple[Attributes, Attributes, _Log]]:
    # One level of a value takes three of JSON, and there are some above the body; the body itself is judged later.
    request = decode(body, Limits(max_record=limits.max_record, json_depth=16 + 3 * limits.json_depth))
    if not isinstance(request, dict):
        raise InputError("the body is not an OTLP logs request: a JSON object was expected")
    for resource_logs in _objects(cast("Attributes", request), "resourceLogs"):
        resource = _json_attributes(_object(resource_logs, "resource"))
        for scope_logs in _objects(resource_logs, "scopeLogs"):
            given = _object(scope_logs, "scope")
            scope = _scope(_text(given, "name"), _text(given, "version"), _json_attributes(given))
            for record in _objects(scope_logs, "logRecords"):
                yield resource, scope, _json_log(record)


def _objects(parent: Mapping[str, Any], name: str) -> list[Attributes]:
    value: Any = parent.get(name) or []
    items = cast("list[Any]", value) if isinstance(value, list) else None
    if items is None or not all(isinstance(item, dict) for item in items):
        raise InputError(f"the body is not an OTLP logs request: {name} must be a list of objects")
    return items


def _object(parent: Mapping[str, Any], name: str) -> Attributes:
    value: Any = parent.get(name) or {}
    if not isinstance(value, dict):
        raise InputError(f"the body is not an OTLP logs request: {name} must be an object")
    return cast("Attributes", value)


def _text(parent: Mapping[str, Any], name: str) -> str:
    value: Any = parent.get(name)
    return value if isinstance(value, str) else ""


def _integer(value: Any, name: str) -> int:
    """64-bit integers are text in protobuf's JSON; numbers are let pass, as the specification asks."""
    try:
        number = int(value or 0)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name} is not an integer") from None
    if not -(1 << 63) <= number < 1 << 63:
        raise InputError(f"{name} has more than 64 bits")
    return number


def _json_log(record: Attributes) -> _Log:
    time = _integer(record.get("timeUnixNano"), "timeUnixNano")
    severity: Any = record.get("severityNumber")
    return _Log(
        body=_json_value(record.get("body")),
        time=time or _integer(record.get("observedTimeUnixNano"), "observedTimeUnixNano"),
        attributes=_json_attributes(record),
        extra={
            "severity": _text(record, "severityText"),
            "severity_number": severity if isinstance(severity, int) else 0,
            "trace_id": _text(record, "traceId"),
            "span_id": _text(record, "spanId"),
            "event_name": _text(record, "eventName"),
        },
    )


def _json_attributes(parent: Attributes) -> Attributes:
    return {_text(pair, "key"): _json_value(pair.get("value")) for pair in _objects(parent, "attributes")}


def _json_value(value: Any) -> Any:
    if not isinstance(value, dict):
        if value is None:
            return None
        raise InputError('a value must be an object such as {"stringValue": "..."}')
    given = cast("Attributes", value)
    for name in ("stringValue", "doubleValue", "boolValue"):
        if name in given:
            return given[name]
    if "intValue" in given:
        return _integer(given["intValue"], "intValue")
    if "bytesValue" in given:
        return _base64(given["bytesValue"])
    if "arrayValue" in given:
        return [_json_value(item) for item in _objects(_object(given, "arrayValue"), "values")]
    if "kvlistValue" in given:
        pairs = _objects(_object(given, "kvlistValue"), "values")
        return {_text(pair, "key"): _json_value(pair.get("value")) for pair in pairs}
    return None


def _base64(value: Any) -> str:
    try:
        return base64.b64encode(base64.b64decode(value, validate=True)).decode()
    except (binascii.Error, TypeError, ValueError):
        raise InputError("bytesValue is not base64") from None
