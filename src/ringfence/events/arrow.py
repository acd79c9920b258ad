"""Events as an Arrow table and back: what the store inserts and what a worker sends to the main process.

Columns: the envelope (`ENVELOPE`, always there), then one column for each ECS field that at least one event of the
batch holds (a column that is absent means: missing in all events). `seq` is not here, the store adds it.

Missing values: an ECS text that is missing is `""` (an empty ECS text therefore reads back as missing), a missing
number is null, a missing list is empty.

Native fields become a map of text to text. Sigma must see a stored event as it saw the live one, so:
text stays as it is, numbers and booleans become their JSON text (`7`, `1.5`, `true`), and what has no text form
(null, a list) becomes `MARKER` + JSON (`\\x01null`, `\\x01["a","b"]`). Text that happens to start with the marker
gets it doubled. Numbers and booleans read back as text: Sigma compares both by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, chain
from math import isfinite
from typing import Any, cast

import orjson
import pyarrow as pa
from pyarrow import compute

from ringfence.core.errors import InputError
from ringfence.ecs.event import EcsValue, Event, FieldValue
from ringfence.ecs.fields import FIELDS, Kind
from ringfence.ecs.logsource import logsource

pc: Any = compute  # its functions are made at run time, type checkers see none of them

MARKER = "\x01"
"""First character of a map value that is JSON and not the text itself."""

_TEXT = pa.string()
_TEXTS = pa.list_(pa.string())
_MOMENT = pa.timestamp("us", "UTC")

ENVELOPE: dict[str, pa.DataType] = {
    "time": _MOMENT,
    "received": _MOMENT,
    "tenant": _TEXT,
    "id": _TEXT,
    "batch": _TEXT,
    "source": _TEXT,
    "parser": _TEXT,
    "logsource_product": _TEXT,
    "logsource_categories": _TEXTS,
    "logsource_service": _TEXT,
    "rules": _TEXTS,
    "fields": pa.map_(_TEXT, _TEXT),
    "raw": _TEXT,
}
"""Columns that every table of events has, with their types."""

ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.KEYWORD: _TEXT,
    Kind.TEXT: _TEXT,
    Kind.IP: _TEXT,
    Kind.LONG: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.KEYWORDS: _TEXTS,
}

_INT64 = range(-(2**63), 2**63)


def to_table(events: Sequence[Event]) -> pa.Table:
    """Return the events as an Arrow table, in their order (see the module for columns and encodings)."""
    sources = [e.logsource for e in events]
    maps = [e.fields for e in events]
    ecs = [e.ecs for e in events]
    columns: dict[str, pa.Array] = {
        "time": pa.array([e.time for e in events], _MOMENT),
        "received": pa.array([e.received for e in events], _MOMENT),
        "tenant": _texts([e.tenant for e in events]),
        "id": _texts([e.id for e in events]),
        "batch": _texts([e.batch for e in events]),
        "source": _texts([e.source for e in events]),
        "parser": _texts([e.parser for e in events]),
        "logsource_product": _texts([s.product for s in sources]),
        "logsource_categories": _lists([s.categories for s in sources]),
        "logsource_service": _texts([s.service for s in sources]),
        "rules": _lists([e.rules for e in events]),
        "fields": _field_maps(maps),
        "raw": _texts([e.raw for e in events]),
    }
    used: set[str] = set().union(*ecs)
    for name in used - FIELDS.keys():
        raise InputError(f"{name} is no ECS field of this product", remedy="parsers put other names into fields")
    for name, field in FIELDS.items():
        if name in used:
            columns[field.column] = _ecs_column(field.kind, ecs, name)
    return pa.table(columns)


def to_events(table: pa.Table) -> list[Event]:
    """Return the events of a table made by `to_table` or read from the store (other columns are passed over)."""
    if table.num_rows == 0:
        return []
    held = {name: table.column(name).to_pylist() for name in _TEXT_COLUMNS}
    times = _moments(table, "time")
    received = _moments(table, "received")
    maps = table.column("fields").to_pylist()
    ecs = _ecs_dicts(table)
    return [
        Event(
            id=held["id"][i],
            tenant=held["tenant"][i],
            time=times[i],
            received=received[i],
            batch=held["batch"][i],
            source=held["source"][i],
            parser=held["parser"][i],
            logsource=logsource(
                held["logsource_product"][i], tuple(held["logsource_categories"][i]), held["logsource_service"][i]
            ),
            ecs=ecs[i],
            fields={key: decode_value(text) for key, text in maps[i]},
            raw=held["raw"][i],
            rules=tuple(held["rules"][i]),
        )
        for i in range(table.num_rows)
    ]


_TEXT_COLUMNS = [name for name, kind in ENVELOPE.items() if kind in (_TEXT, _TEXTS)]


def to_ipc(table: pa.Table) -> bytes:
    """Return the table as Arrow IPC stream bytes, for another process."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def from_ipc(data: bytes | memoryview) -> pa.Table:
    """Return the table of bytes made by `to_ipc`; the columns are views into `data`, nothing is copied."""
    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_all()


def encode_value(value: FieldValue | dict[str, Any]) -> str:
    """Return the text under which a native value is stored."""
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return MARKER + value if value[:1] == MARKER else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return MARKER + _json(value)


def decode_value(text: str) -> FieldValue:
    """Return the native value of a stored text: text, list or None."""
    if not text.startswith(MARKER):
        return text
    rest = text[1:]
    if rest.startswith(MARKER):
        return rest
    return cast("FieldValue", orjson.loads(rest))


def _json(value: object) -> str:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, orjson.JSONEncodeError):
        return orjson.dumps(_plain(value)).decode()


def _plain(value: object) -> object:
    """What orjson refuses (lone surrogates, whole numbers over 64 bits, deep nesting) as plain text."""
    if isinstance(value, list):
        return [_plain(item) if not isinstance(item, list | dict) else _clean(repr(item)) for item in value]
    return _clean(value if isinstance(value, str) else repr(value))


def _clean(text: str) -> str:
    """The text with lone surrogates (JSON escapes can make them) replaced: Arrow and ClickHouse hold UTF-8 only."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _texts(values: Sequence[object]) -> pa.Array:
    try:
        return pa.array(values, _TEXT)
    except (UnicodeEncodeError, pa.ArrowException, TypeError):
        return pa.array(
            [_clean(v if isinstance(v, str) else encode_value(cast("FieldValue", v))) for v in values], _TEXT
        )


def _lists(values: Sequence[Sequence[str]]) -> pa.Array:
    offsets = pa.array(list(accumulate(map(len, values), initial=0)), pa.int32())
    return pa.ListArray.from_arrays(offsets, _texts(list(chain.from_iterable(values))))


def _field_maps(maps: list[dict[str, FieldValue]]) -> pa.Array:
    offsets = pa.array(list(accumulate(map(len, maps), initial=0)), pa.int32())
    encode = encode_value
    values = _texts([v if type(v) is str else encode(v) for held in maps for v in held.values()])
    if pc.any(pc.starts_with(values, MARKER)).as_py():
        # Rare: a list, a null or text with the marker. Then look at the first character of each text, which costs
        # more than all the rest of this function.
        values = _texts([encode(v) for held in maps for v in held.values()])
    return pa.MapArray.from_arrays(offsets, _texts(list(chain.from_iterable(maps))), values)


def _ecs_column(kind: Kind, ecs: list[dict[str, EcsValue]], name: str) -> pa.Array:
    if kind is Kind.KEYWORDS:
        return _lists([_as_list(held.get(name)) for held in ecs])
    if kind is Kind.LONG:
        return _numbers([held.get(name) for held in ecs], pa.int64(), _as_long)
    if kind is Kind.DOUBLE:
        return _numbers([held.get(name) for held in ecs], pa.float64(), _as_double)
    return _texts([held.get(name, "") for held in ecs])


def _as_list(value: EcsValue | None) -> Sequence[str]:
    if isinstance(value, list):
        return value
    return () if value is None else (encode_value(value),)


def _numbers(values: Iterable[object], kind: pa.DataType, repair: Callable[[object], int | float | None]) -> pa.Array:
    cells = list(values)
    try:
        return pa.array(cells, kind)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array([repair(cell) for cell in cells], kind)


def _as_long(value: object) -> int | None:
    number = _as_double(value)
    if number is None or not isfinite(number):
        return None
    whole = int(value) if isinstance(value, int | str) and str(value).strip().lstrip("-").isdecimal() else int(number)
    return whole if whole in _INT64 else None


def _as_double(value: object) -> float | None:
    try:
        return float(value)  # pyright: ignore[reportArgumentType]  # a wrong type is what the except is for
    except (TypeError, ValueError, OverflowError):
        return None


def _moments(table: pa.Table, name: str) -> list[int]:
    return table.column(name).cast(_MOMENT).cast(pa.int64()).to_pylist()


def _ecs_dicts(table: pa.Table) -> list[dict[str, EcsValue]]:
    found: list[dict[str, EcsValue]] = [{} for _ in range(table.num_rows)]
    names = set(table.column_names)
    for name, field in FIELDS.items():
        if field.column not in names:
            continue
        empty = {Kind.LONG: None, Kind.DOUBLE: None, Kind.KEYWORDS: []}.get(field.kind, "")
        for held, value in zip(found, table.column(field.column).to_pylist(), strict=True):
            if value is not None and value != empty:
                held[name] = value
    return found
