"""Text with one record a line: syslog files and everything that nothing else claims."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from ringfence.collect.inputs.limits import FileProblem, Limits
from ringfence.collect.inputs.lines import Overlong, rejected_line, split_lines, text_of
from ringfence.collect.inputs.source import Source
from ringfence.collect.record import Record, Rejected


def read_text(source: Source, limits: Limits) -> Iterator[Record | Rejected | FileProblem]:
    """Yield one record a line; empty lines are left out but counted, so that `number` is the line number."""
    number, name = 0, source.name
    for batch in split_lines(source.chunks(), limits):
        for line in batch:
            number += 1
            if isinstance(line, Overlong):
                yield rejected_line(line, number, name, limits)
                continue
            text = text_of(line.rstrip(b"\r\n\0 \t"))
            if text:
                yield Record(text, _object(line), "", number, meta={"path": name})


def _object(line: bytes) -> dict[str, object] | None:
    """Decode a line that is a JSON object all the same, in a file where most lines are not."""
    if line[:1] != b"{" or line.rstrip()[-1:] != b"}":
        return None
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
