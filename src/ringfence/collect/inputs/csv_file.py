"""CSV with a header line: exports of Excel, Wazuh, Event Viewer and every console with a download button."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ringfence.collect.inputs.limits import FileProblem, Limits
from ringfence.collect.inputs.lines import Overlong, rejected_line, split_lines, text_of
from ringfence.collect.inputs.source import Source
from ringfence.collect.record import Record, Rejected

_DELIMITERS = ",;\t|"
_NAME = re.compile(r"[^\W\d][\w@#.$/()%\[\]{}-]*(?: [\w@#.$/()%\[\]{}-]+){0,4}")
"""A column name: begins with a letter or `_`/`@`, no colon and no `=`, at most five words."""
_MAX_NAME = 80
_MAX_QUOTED_LINES = 1000
csv.field_size_limit(1 << 20)  # the default, 128 KiB, is less than a long PowerShell script block


def csv_delimiter(head: str, complete: bool = True) -> str | None:
    """Return the delimiter if the text is CSV with a header, else None.

    The header must be names, and three of four rows that can be seen must have as many fields (one more is let pass:
    Event Viewer leaves the message column without a name). complete: the text is the whole file, not its beginning.
    """
    lines = head.split("\n")
    first = lines[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[-1]
    for delimiter in _DELIMITERS:
        if delimiter in first and _fits(lines[:20], delimiter, complete and len(lines) <= 20):
            return delimiter
    return None


def _fits(lines: list[str], delimiter: str, complete: bool) -> bool:
    try:
        rows = [row for row in csv.reader([f"{line.rstrip()}\n" for line in lines], delimiter=delimiter) if row]
    except csv.Error:
        return False
    if len(rows) < 2 or not _is_header(rows[0]):
        return False
    width = len(rows[0])
    judged = rows[1:] if complete else rows[1:-1]  # the last may have been cut by the end of the look-ahead
    fitting = sum(1 for row in judged if width <= len(row) <= width + 1)
    return fitting > 0 and 4 * fitting >= 3 * len(judged)


def _is_header(names: list[str]) -> bool:
    filled = [name for name in names if name]
    if len(names) < 2 or len(filled) < len(names) - 1 or len(set(filled)) < len(filled):
        return False
    return all(len(name) <= _MAX_NAME and (_NAME.fullmatch(name) or name[0] == "@") for name in filled)


class _Lines:
    """Feeds decoded lines to `csv.reader` and remembers which of them the current row took."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self._batches = split_lines(source.chunks(), limits)
        self._batch: Iterator[bytes | Overlong] = iter(())
        self.taken: list[str] = []
        self.overlong: Overlong | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for line in self._batch:
            return self._take(line)
        for batch in self._batches:
            self._batch = iter(batch)
            for line in self._batch:
                return self._take(line)
        raise StopIteration

    def _take(self, line: bytes | Overlong) -> str:
        if isinstance(line, Overlong):
            self.overlong = line
            return ""
        text = text_of(line.rstrip(b"\r")).replace("\0", "")
        self.taken.append(text)
        if len(self.taken) > _MAX_QUOTED_LINES:
            raise csv.Error(f"a quoted field runs over more than {_MAX_QUOTED_LINES:,} lines")
        return text + "\n"


def read_csv(source: Source, limits: Limits, delimiter: str) -> Iterator[Record | Rejected | FileProblem]:
    """Yield one record a row: `data` maps column names to text; fields without a name go under `_extra`.

    `number` counts rows after the header.
    """
    lines = _Lines(source, limits)
    reader = csv.reader(lines, delimiter=delimiter)
    names: list[str] = []
    number, name = 0, source.name
    while True:
        lines.taken, lines.overlong = [], None
        try:
            row = next(reader, None)
        except csv.Error as error:
            number += 1
            yield Rejected("\n".join(lines.taken)[: limits.keep], f"not valid CSV: {error}", number, {"path": name})
            continue
        if lines.overlong is not None:
            number += 1
            yield rejected_line(lines.overlong, number, name, limits)
        if row is None:
            return
        if not row or (not names and row[0].lower().startswith("sep=")):
            continue
        if not names:
            names = _unique(row)
            continue
        number += 1
        raw = "\n".join(lines.taken)
        if len(row) < len(names) and len(row) == 1:
            yield Rejected(raw, f"1 field where the header names {len(names)}", number, {"path": name})
            continue
        yield Record(raw, _fields(names, row), "", number, meta={"path": name})


def _unique(header: list[str]) -> list[str]:
    """Give a nameless column and the second column of a name a name of their own."""
    names: list[str] = []
    for position, name in enumerate(header, 1):
        wanted = name.strip() or f"column{position}"
        names.append(wanted if wanted not in names else f"{wanted}_{position}")
    return names


def _fields(names: list[str], row: list[str]) -> dict[str, object]:
    data: dict[str, object] = dict(zip(names, row, strict=False))
    if len(row) > len(names):
        data["_extra"] = row[len(names) :]
    return data
