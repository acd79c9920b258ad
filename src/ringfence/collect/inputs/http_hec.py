"""Splunk's HTTP Event Collector protocol: what senders post, and the answers they understand.

Source: Splunk Enterprise, "Format events for HTTP Event Collector" and "Troubleshoot HTTP Event Collector" (codes).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, cast

import orjson

from ringfence.collect.inputs.http_body import Decoded, decode_lines, text_record
from ringfence.collect.inputs.json_stream import Splitter
from ringfence.collect.inputs.json_value import decode
from ringfence.collect.inputs.limits import DEFAULT, Limits, too_long
from ringfence.collect.inputs.lines import Overlong, text_of
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError

_NAMES = ("host", "source", "sourcetype", "index")
_MS_FROM = 100_000_000_000
"""A time this large is in milliseconds: as seconds it would be the year 5138."""


class HecCode(IntEnum):
    """Codes of the protocol; `HEC_ANSWERS` has their HTTP status and words."""

    SUCCESS = 0
    TOKEN_DISABLED = 1
    TOKEN_REQUIRED = 2
    INVALID_AUTHORIZATION = 3
    INVALID_TOKEN = 4
    NO_DATA = 5
    INVALID_FORMAT = 6
    INTERNAL = 8
    BUSY = 9
    EVENT_REQUIRED = 12
    EVENT_BLANK = 13
    ACK_DISABLED = 14
    BAD_FIELDS = 15
    QUERY_TOKEN = 16
    HEALTHY = 17
    TOO_LARGE = 27


HEC_ANSWERS: dict[HecCode, tuple[int, str]] = {
    HecCode.SUCCESS: (200, "Success"),
    HecCode.TOKEN_DISABLED: (403, "Token disabled"),
    HecCode.TOKEN_REQUIRED: (401, "Token is required"),
    HecCode.INVALID_AUTHORIZATION: (401, "Invalid authorization"),
    HecCode.INVALID_TOKEN: (403, "Invalid token"),
    HecCode.NO_DATA: (400, "No data"),
    HecCode.INVALID_FORMAT: (400, "Invalid data format"),
    HecCode.INTERNAL: (500, "Internal server error"),
    HecCode.BUSY: (503, "Server is busy"),
    HecCode.EVENT_REQUIRED: (400, "Event field is required"),
    HecCode.EVENT_BLANK: (400, "Event field cannot be blank"),
    HecCode.ACK_DISABLED: (400, "ACK is disabled"),
    HecCode.BAD_FIELDS: (400, "Error in handling indexed fields"),
    HecCode.QUERY_TOKEN: (400, "Query string authorization is not enabled"),
    HecCode.HEALTHY: (200, "HEC is healthy"),
    HecCode.TOO_LARGE: (413, "Request entity too large"),
}


class HecError(InputError):
    """A HEC body is wrong at the event `event` (0-based; -1: as a whole). `before` came before it and is taken."""

    def __init__(self, code: HecCode, event: int = -1, before: Decoded | None = None) -> None:
        super().__init__(HEC_ANSWERS[code][1])
        self.hec_code = code
        self.event = event
        self.before = before or Decoded()


def hec_answer(code: HecCode, event: int = -1) -> tuple[int, bytes]:
    """Return HTTP status and JSON body."""
    status, text = HEC_ANSWERS[code]
    body: dict[str, Any] = {"text": text, "code": int(code)}
    if event >= 0:
        body["invalid-event-number"] = event
    return status, orjson.dumps(body)


def decode_hec(body: bytes, query: Mapping[str, str], limits: Limits = DEFAULT) -> Decoded:
    """Return the events of `/services/collector/event`: objects one after the other, or in an array.

    `query` gives defaults for host, source, sourcetype and index. `time` becomes `meta["time"]` in µs, `fields`
    `meta["attributes"]`. Raises: HecError; as in Splunk the events before the wrong one count as received.
    """
    decoded = Decoded()
    splitter = Splitter(limits)
    values = list(splitter.feed(body))
    left = splitter.finish()
    if left is not None:
        values.append(left)
    for position, value in enumerate(values):
        if isinstance(value, Overlong):
            reason = too_long(value.size, limits)
            decoded.rejected.append(Rejected(text_of(value.head), reason, position + 1, _defaults(query)))
            continue
        try:
            decoded.records.append(_event(decode(value, limits), query, position))
        except HecError as error:
            raise HecError(error.hec_code, position, decoded) from error
        except InputError as error:
            raise HecError(HecCode.INVALID_FORMAT, position, decoded) from error
    if not values:
        raise HecError(HecCode.NO_DATA)
    return decoded


def decode_hec_raw(body: bytes, query: Mapping[str, str], limits: Limits = DEFAULT) -> Decoded:
    """Return the lines of `/services/collector/raw`. Raises: HecError where there is none or the time is wrong."""
    meta = _defaults(query)
    if "time" in query:
        meta["time"] = _micros(query["time"])
    decoded = decode_lines(body, meta, limits)
    if not decoded.records and not decoded.rejected:
        raise HecError(HecCode.NO_DATA)
    return decoded


def _defaults(query: Mapping[str, str]) -> dict[str, Any]:
    return {name: query[name] for name in _NAMES if query.get(name)}


def _event(envelope: Any, query: Mapping[str, str], position: int) -> Record:
    if not isinstance(envelope, dict):
        raise HecError(HecCode.INVALID_FORMAT)
    given = cast("dict[str, Any]", envelope)
    meta = _defaults(query)
    for name in _NAMES:
        value = given.get(name)
        if value is not None:
            if not isinstance(value, str):
                raise HecError(HecCode.INVALID_FORMAT)
            meta[name] = value
    if given.get("time") is not None:
        meta["time"] = _micros(given["time"])
    fields: Any = given.get("fields")
    if fields is not None:
        if not isinstance(fields, dict):
            raise HecError(HecCode.BAD_FIELDS)
        meta["attributes"] = fields
    if "event" not in given:
        raise HecError(HecCode.EVENT_REQUIRED)
    event: Any = given["event"]
    if event in (None, "", {}):
        raise HecError(HecCode.EVENT_BLANK)
    if isinstance(event, str):
        return text_record(event, position + 1, meta)
    data = cast("dict[str, Any]", event) if isinstance(event, dict) else None
    return Record(orjson.dumps(event).decode(), data, "", position + 1, meta=meta)


def _micros(value: Any) -> int:
    """Seconds since the epoch, as a number or text, with any fraction; milliseconds where plainly meant."""
    if isinstance(value, bool):
        raise HecError(HecCode.INVALID_FORMAT)
    try:
        seconds = float(value)
        micros = round(seconds * (1_000 if abs(seconds) >= _MS_FROM else 1_000_000))
    except (TypeError, ValueError, OverflowError):
        raise HecError(HecCode.INVALID_FORMAT) from None
    if not 0 <= micros < 1 << 62:
        raise HecError(HecCode.INVALID_FORMAT)
    return micros
