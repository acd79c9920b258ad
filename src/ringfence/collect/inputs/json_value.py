"""JSON text to objects: strictly with orjson, forgivingly for what loggers really write, bounded in depth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import orjson

from ringfence.collect.inputs.limits import Limits
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError

_LISTS = ("Records", "records", "value", "events", "Events", "results", "hits")
"""Names under which services wrap a list of events: AWS, Azure, Microsoft Graph, Splunk, Elasticsearch."""
_AROUND = frozenset(
    {
        "@odata.context", "@odata.nextLink", "@odata.count", "nextLink", "NextToken", "nextToken", "next", "count",
        "total", "preview", "init_offset", "messages", "fields", "took", "timed_out", "_shards", "_scroll_id",
        "aggregations", "success", "status", "max_score", "_clusters", "pit_id", "terminated_early", "highlighted",
    }
)  # fmt: skip
"""What may stand beside the list in such a wrapper. Anything else and the object is an event of its own."""


def decode(text: bytes, limits: Limits) -> Any:
    """Return the value. Raises: InputError with the reason and place."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        value = _forgiving(text, error)
    if text.count(b"{") + text.count(b"[") > limits.json_depth and depth(value) > limits.json_depth:
        raise InputError(f"nested deeper than {limits.json_depth} levels")
    return value


def _forgiving(text: bytes, first: orjson.JSONDecodeError) -> Any:
    """Take NaN, lone surrogates, Latin-1 bytes and a trailing comma, as an attacker can put those into any log."""
    stripped = text.strip(b" \t\r\n,\0")
    try:
        decoded = stripped.decode()
    except UnicodeDecodeError:
        decoded = stripped.decode("latin-1")
    try:
        value = json.loads(decoded, parse_constant=str, strict=False)
        return orjson.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise InputError(f"not valid JSON: {first.msg}, column {first.pos + 1}") from first


def depth(value: Any) -> int:
    """How deep lists and objects are nested in a value; without recursion."""
    deepest = 0
    stack: list[tuple[Any, int]] = [(value, 1)]
    while stack:
        item, level = stack.pop()
        if isinstance(item, dict):
            children: list[Any] = list(cast("dict[str, Any]", item).values())
        elif isinstance(item, list):
            children = cast("list[Any]", item)
        else:
            continue
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in children)
    return deepest


def wrapped_in(data: dict[str, Any]) -> list[Any] | None:
    """Return the events that the object only wraps (`{"Records": [...]}` and its like), None for an event."""
    if len(data) > 12:
        return None
    for name in _LISTS:
        inner: Any = data.get(name)
        if inner is None or any(key != name and key not in _AROUND for key in data):
            continue
        if name == "hits" and isinstance(inner, dict):
            inner = cast("dict[str, Any]", inner).get("hits")
        if isinstance(inner, list):
            items = cast("list[Any]", inner)
            return items if all(isinstance(item, dict) for item in items) else None
    return None


def is_wrapper_start(data: dict[str, Any]) -> bool:
    """Tell whether an object whose last list was cut off empty looks like the beginning of a wrapper."""
    return wrapped_in(data) is not None


def records_of(raw: str, value: Any, number: int, name: str) -> Iterator[Record | Rejected]:
    """Yield the record, or those that the value wraps, numbered from `number`."""
    if not isinstance(value, dict):
        yield Rejected(raw, f"a JSON {_kind(value)} where an object was expected", number, {"path": name})
        return
    data = cast("dict[str, Any]", value)
    items = wrapped_in(data)
    if items is None:
        record = unwrapped(Record(raw, data, "", number, meta={"path": name}))
        if record is not None:
            yield record
        return
    for item in items:
        record = unwrapped(Record(orjson.dumps(item).decode(), item, "", number, meta={"path": name}))
        if record is not None:
            yield record
            number += 1


def unwrapped(record: Record) -> Record | None:
    """Take one event out of an Elasticsearch hit or a Splunk export line; None for a line that holds no event."""
    data = record.data
    if data is None:
        return record
    inner = data.get("_source")
    if isinstance(inner, dict) and "_index" in data:
        record.data = cast("dict[str, Any]", inner)
        record.raw = orjson.dumps(inner).decode()
        record.meta["index"] = data["_index"]
        return record
    inner = data.get("result")
    if isinstance(inner, dict) and "preview" in data:
        return _splunk(record, cast("dict[str, Any]", inner))
    if "lastrow" in data and data.keys() <= {"preview", "offset", "lastrow"}:
        return None
    return record


def _splunk(record: Record, result: dict[str, Any]) -> Record:
    """Prefer `_raw`, the event as it came, over the fields that Splunk extracted from it."""
    for theirs, ours in (("host", "host"), ("source", "source"), ("sourcetype", "sourcetype"), ("index", "index")):
        if isinstance(result.get(theirs), str):
            record.meta[ours] = result[theirs]
    original = result.get("_raw")
    if not isinstance(original, str):
        record.data, record.raw = result, orjson.dumps(result).decode()
        return record
    record.raw, record.data = original, None
    if original.lstrip().startswith("{"):
        try:
            value = orjson.loads(original)
        except orjson.JSONDecodeError:
            return record
        record.data = cast("dict[str, Any]", value) if isinstance(value, dict) else None
    return record


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "list"
    return "string" if isinstance(value, str) else "null" if value is None else "number or boolean"
