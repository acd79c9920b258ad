"""Elasticsearch's bulk protocol, as Beats, Logstash, Vector and Fluent Bit speak it.

Source: Elasticsearch reference, "Bulk API". Only `index` and `create` make sense for an event store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from ringfence.collect.inputs.http_body import json_record
from ringfence.collect.inputs.limits import DEFAULT, Limits
from ringfence.collect.record import Record
from ringfence.core.errors import InputError
from ringfence.core.ids import digest

_ACTIONS = frozenset({"index", "create", "update", "delete"})


@dataclass(slots=True)
class Bulk:
    """A decoded bulk request: the records, and one answer item for each action, in order."""

    records: list[Record] = field(default_factory=list[Record])
    items: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    errors: bool = False

    def answer(self, took_ms: int) -> bytes:
        """Return the response body once the records are stored."""
        return orjson.dumps({"took": took_ms, "errors": self.errors, "items": self.items})


def es_error(status: int, kind: str, reason: str) -> bytes:
    """Return an error body of Elasticsearch's shape."""
    cause = {"type": kind, "reason": reason}
    return orjson.dumps({"error": {"root_cause": [cause], **cause}, "status": status})


def decode_bulk(body: bytes, index: str = "", limits: Limits = DEFAULT) -> Bulk:
    """Return records and per-action results; `index` is the default from the path.

    `_index` and `_id` go to `meta["index"]` and `meta["id"]`. Raises: InputError where the body as a whole is wrong,
    so nothing of it may be stored: a broken action line, a source without its line, no line end at the end (the sign
    of a body that was cut).
    """
    if not body.strip():
        raise InputError("request body is required")
    if not body.endswith(b"\n"):
        raise InputError("The bulk request must be terminated by a newline [\\n]")
    bulk = Bulk()
    lines = enumerate(body.split(b"\n"), 1)
    for number, line in lines:
        if not line.strip():
            continue
        action, target = _action(line, number)
        position = len(bulk.items)
        target_index = str(target.get("_index") or index)
        if action == "delete":
            _fail(bulk, action, target_index, str(target.get("_id", "")), 400, "illegal_argument_exception", _ONLY)
            continue
        source = next(lines, (0, b""))[1].strip()
        if not source:
            raise InputError(f"the action on line {number} has no document")
        given = target.get("_id")
        identity = str(given) if given is not None else digest("bulk", str(position), source)[:20]
        if action == "update":
            _fail(bulk, action, target_index, identity, 400, "illegal_argument_exception", _ONLY)
            continue
        if not target_index:
            raise InputError("Validation Failed: 1: index is missing;")
        _take(bulk, action, target_index, identity, source, limits)
    if not bulk.items:
        raise InputError("Validation Failed: 1: no requests added;")
    return bulk


_ONLY = "events cannot be changed: only [index] and [create] are supported"


def _action(line: bytes, number: int) -> tuple[str, dict[str, Any]]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"Malformed action/metadata line [{number}]: {error.msg}") from error
    if not isinstance(value, dict) or len(cast("dict[str, Any]", value)) != 1:
        raise InputError(f"Malformed action/metadata line [{number}], expected one action in an object")
    action, target = next(iter(cast("dict[str, Any]", value).items()))
    if action not in _ACTIONS or not isinstance(target, dict):
        raise InputError(
            f"Malformed action/metadata line [{number}], expected field [create], [delete], [index] or [update] "
            f"but found [{action[:40]}]"
        )
    return action, cast("dict[str, Any]", target)


def _fail(bulk: Bulk, action: str, index: str, identity: str, status: int, kind: str, reason: str) -> None:
    bulk.errors = True
    error = {"type": kind, "reason": reason}
    bulk.items.append({action: {"_index": index, "_id": identity, "status": status, "error": error}})


def _take(bulk: Bulk, action: str, index: str, identity: str, source: bytes, limits: Limits) -> None:
    item = json_record(source, len(bulk.items) + 1, {"index": index, "id": identity}, limits)
    if not isinstance(item, Record):
        _fail(bulk, action, index, identity, 400, "document_parsing_exception", f"failed to parse: {item.reason}")
        return
    bulk.records.append(item)
    bulk.items.append(
        {
            action: {
                "_index": index,
                "_id": identity,
                "_version": 1,
                "result": "created",
                "_shards": {"total": 1, "successful": 1, "failed": 0},
                "_seq_no": 0,
                "_primary_term": 1,
                "status": 201,
            }
        }
    )
