"""Nested JSON to flat native fields, bounded in depth, number and size."""

from __future__ import annotations

import json
from typing import Any, cast

import orjson

from ringfence.ecs.event import FieldValue

MAX_DEPTH = 24
MAX_FIELDS = 2_000
MAX_ITEMS = 500
"""Longer lists are cut: the untouched record is in `raw`."""


def flatten(data: dict[str, Any], prefix: str = "", *, keep_lists: bool = True) -> dict[str, FieldValue]:
    """Return the object's values under dotted names, e.g. `{"a": {"b": 1}}` gives `{"a.b": 1}`.

    Lists of plain values stay lists. Of a list of objects every inner name gets the list of its values
    (`{"t": [{"n": 1}, {"n": 2}]}` gives `t.n = [1, 2]`), as Sigma rules read them, and with `keep_lists` the list
    itself stays too, as JSON text per object, for rules that search in it. Deeper than 24 levels, beyond 2,000 names or
    500 list items the rest is left out.
    """
    out: dict[str, FieldValue] = {}
    _walk(data, prefix, out, 0, keep_lists)
    return out


def _walk(data: dict[str, Any], prefix: str, out: dict[str, FieldValue], depth: int, keep: bool) -> None:
    for key, value in data.items():
        if len(out) >= MAX_FIELDS:
            return
        name = f"{prefix}{key}"
        kind = type(value)
        if kind is dict:
            if not value:
                continue
            if depth < MAX_DEPTH:
                _walk(value, f"{name}.", out, depth + 1, keep)
        elif kind is list:
            _list(value, name, out, depth, keep)
        else:
            out[name] = value


def _list(items: list[Any], name: str, out: dict[str, FieldValue], depth: int, keep: bool) -> None:
    if not any(type(item) is dict or type(item) is list for item in items):
        out[name] = items if len(items) <= MAX_ITEMS else items[:MAX_ITEMS]
        return
    if keep:
        out[name] = [compact(item) for item in items[:MAX_ITEMS]]
    if depth >= MAX_DEPTH:
        return
    merged: dict[str, FieldValue] = {}
    for item in items[:MAX_ITEMS]:
        if type(item) is not dict:
            continue
        inner: dict[str, FieldValue] = {}
        _walk(cast("dict[str, Any]", item), f"{name}.", inner, depth + 1, False)
        for key, value in inner.items():
            _add(merged, key, value)
    for key, value in merged.items():
        if len(out) >= MAX_FIELDS:
            return
        out.setdefault(key, value)


def _add(merged: dict[str, FieldValue], key: str, value: FieldValue) -> None:
    """One value stays as it is, more become a list."""
    if key not in merged:
        if len(merged) < MAX_FIELDS:
            merged[key] = value
        return
    earlier = merged[key]
    values = list(earlier) if isinstance(earlier, list) else [earlier]
    values.extend(value if isinstance(value, list) else [value])
    merged[key] = values[:MAX_ITEMS]


def compact(value: Any) -> FieldValue:
    """Return a plain value as it is, an object or a list as compact JSON text."""
    if isinstance(value, (dict, list)):
        try:
            return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
        except orjson.JSONEncodeError:  # a number of more than 64 bits
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return cast("FieldValue", value)


def dig(data: dict[str, Any], path: str) -> Any:
    """Return the value at a dotted path, whether the record nests or writes the dots into its names; else None."""
    if path in data:
        return data[path]
    here: Any = data
    parts = path.split(".")
    for position, part in enumerate(parts):
        if not isinstance(here, dict):
            return None
        inner = cast("dict[str, Any]", here)
        if part in inner:
            here = inner[part]
            continue
        return inner.get(".".join(parts[position:]))
    return here
