"""W3C extended logs: IIS, CloudFront, Windows Firewall, Exchange: rows under a `#Fields:` line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ringfence.collect.inputs.limits import FileProblem, Limits
from ringfence.collect.inputs.lines import Overlong, rejected_line, split_lines, text_of
from ringfence.collect.inputs.source import Source
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import ParseError

_FIRST = re.compile(rb"#(?:Software|Version|Date|Fields|Start-Date|Remark|Log-type):", re.IGNORECASE)


def is_w3c(head: bytes) -> bool:
    """Tell from the first bytes whether this is a W3C extended log."""
    return _FIRST.match(head) is not None and b"#fields:" in head[:16384].lower()


class _Layout:
    def __init__(self) -> None:
        self.names: list[str] = []
        self.delimiter = " "
        self.software = ""
        self.hint = ""

    def header(self, line: str) -> None:
        key, _, value = line[1:].partition(":")
        value = value.strip()
        if key.lower() == "software":
            self.software = value
        elif key.lower() == "fields":
            self.delimiter = "," if "," in value and " " not in value else " "
            self.names = value.split(",") if self.delimiter == "," else value.split()
            self.hint = "iis" if {"cs-uri-stem", "s-ip"} <= set(self.names) else ""

    def row(self, line: str) -> dict[str, str]:
        """Return the fields that are set (`-` means unset). Raises: ParseError on a wrong number of columns."""
        delimiter = "\t" if "\t" in line and self.delimiter == " " else self.delimiter
        values = next(csv.reader([line], delimiter=delimiter)) if '"' in line else line.split(delimiter)
        if not self.names:
            raise ParseError("a row before the #Fields line")
        if len(values) > len(self.names) and not any(values[len(self.names) :]):
            values = values[: len(self.names)]
        if len(values) != len(self.names):
            raise ParseError(f"{len(values)} columns where #Fields names {len(self.names)}")
        return {name: value for name, value in zip(self.names, values, strict=True) if value not in {"-", ""}}


def read_w3c(source: Source, limits: Limits) -> Iterator[Record | Rejected | FileProblem]:
    """Yield one record a row, hint `iis` where the columns are those of IIS; `meta["software"]` names the writer."""
    layout = _Layout()
    number, name = 0, source.name
    for batch in split_lines(source.chunks(), limits):
        for line in batch:
            if isinstance(line, Overlong):
                number += 1
                yield rejected_line(line, number, name, limits)
                continue
            text = text_of(line.rstrip(b"\r\n\0"))
            if not text.strip():
                continue
            if text[0] == "#":
                layout.header(text)
                continue
            number += 1
            try:
                data = layout.row(text)
            except (ParseError, csv.Error) as error:
                yield Rejected(text, str(error), number, {"path": name})
                continue
            yield Record(text, dict(data), layout.hint, number, meta={"path": name, "software": layout.software})
