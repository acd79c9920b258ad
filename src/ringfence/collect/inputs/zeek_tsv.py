"""Zeek's own log format: tab-separated values under `#fields` and `#types`, values typed as in Zeek's JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ringfence.collect.inputs.limits import FileProblem, Limits
from ringfence.collect.inputs.lines import Overlong, rejected_line, split_lines, text_of
from ringfence.collect.inputs.source import Source
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import ParseError

_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
Cast = Callable[[str], Any]


def _text(value: str) -> str:
    if "\\x" not in value:
        return value
    data = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
    try:
        return data.encode("latin-1").decode()
    except UnicodeError:
        return data


def _boolean(value: str) -> bool:
    if value not in {"T", "F"}:
        raise ValueError(value)
    return value == "T"


_CASTS: dict[str, Cast] = {
    "count": int, "int": int, "port": int, "time": float, "interval": float, "double": float, "bool": _boolean,
}  # fmt: skip


class _Layout:
    """What the header lines have said so far. Files glued together bring a new header in the middle."""

    def __init__(self) -> None:
        self.separator, self.set_separator, self.empty, self.unset = "\t", ",", "(empty)", "-"
        self.path = ""
        self.names: list[str] = []
        self.casts: list[Cast] = []
        self.lists: list[bool] = []

    def header(self, line: str) -> None:
        """Take one `#` line in; unknown ones (`#open`, `#close`) say nothing about the rows."""
        if line.startswith("#separator"):
            self.separator = _text(line[len("#separator") :].strip()) or "\t"
            return
        key, _, value = line[1:].partition(self.separator)
        match key:
            case "set_separator":
                self.set_separator = value or ","
            case "empty_field":
                self.empty = value
            case "unset_field":
                self.unset = value
            case "path":
                self.path = value
            case "fields":
                self.names = value.split(self.separator)
                self.casts = [_text] * len(self.names)
                self.lists = [False] * len(self.names)
            case "types":
                kinds = value.split(self.separator)
                self.casts = [self._cast(kind) for kind in kinds]
                self.lists = ["[" in kind for kind in kinds]
            case _:
                pass

    def _cast(self, kind: str) -> Cast:
        _, bracket, inner = kind.partition("[")
        if not bracket:
            return _CASTS.get(kind, _text)
        element = _CASTS.get(inner.removesuffix("]"), _text)
        separator, unset = self.set_separator, self.unset
        return lambda value: [None if part == unset else element(part) for part in value.split(separator)]

    def row(self, line: str) -> dict[str, Any]:
        """Return the fields that are set. Raises: ParseError naming the field or the number of columns."""
        values = line.split(self.separator)
        if not self.names:
            raise ParseError("a row before the #fields line")
        if len(values) != len(self.names):
            raise ParseError(f"{len(values)} columns where #fields names {len(self.names)}")
        data: dict[str, Any] = {}
        unset, empty = self.unset, self.empty
        for name, value, cast, is_list in zip(self.names, values, self.casts, self.lists, strict=False):
            if value == unset:
                continue
            if value == empty:
                data[name] = [] if is_list else ""
                continue
            try:
                data[name] = cast(value)
            except ValueError:
                raise ParseError(f"field {name}: '{value[:80]}' is not of the type in #types") from None
        return data


def is_zeek(head: bytes) -> bool:
    """Tell from the first bytes whether this is a Zeek TSV log."""
    return head.startswith(b"#separator ") or (head.startswith(b"#") and b"\n#fields\t" in head[:4096])


def read_zeek(source: Source, limits: Limits) -> Iterator[Record | Rejected | FileProblem]:
    """Yield one record a row with the hint `zeek:<path>`; `number` counts rows, not header lines."""
    layout = _Layout()
    number, name, hint = 0, source.name, "zeek"
    for batch in split_lines(source.chunks(), limits):
        for line in batch:
            if isinstance(line, Overlong):
                number += 1
                yield rejected_line(line, number, name, limits)
                continue
            text = text_of(line.rstrip(b"\r"))
            if not text:
                continue
            if text[0] == "#":
                layout.header(text)
                hint = f"zeek:{layout.path}" if layout.path else "zeek"
                continue
            number += 1
            try:
                yield Record(text, layout.row(text), hint, number, meta={"path": name})
            except ParseError as error:
                yield Rejected(text, error.message, number, {"path": name})
