"""`ringfence send`: bring files and folders into the running server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import orjson
import typer

from ringfence.cli.client import Client
from ringfence.cli.output import BAD_INPUT, err, speaks_plainly
from ringfence.collect.inputs.files import FileProblem, read_path, walk
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import UsageError

_RECORDS = 2_000
_BYTES = 4 * 1024 * 1024


@speaks_plainly
def send(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders: EVTX, JSON, CSV, Zeek, syslog, archives.")],
    data: Annotated[Path | None, typer.Option(help="Data folder of the server.")] = None,
) -> None:
    """Send files and folders to the running server, as `scan` reads them; the same file twice is stored once.

    Each batch is acknowledged once it is stored. Exit codes: 0 done, 2 wrong usage, 3 nothing could be read.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no {path}")
    client = Client(data)
    counts: Counter[str] = Counter()
    for file in walk(paths):
        counts["files"] += 1
        for (hint, is_json), lines in _batches(file):
            query = f"?format={quote(hint)}" if hint else ""
            kind = "application/x-ndjson" if is_json else "text/plain"
            answer = client.upload(f"/ingest{query}", b"\n".join(lines), kind)
            counts["accepted"] += answer["accepted"]
            counts["rejected"] += answer["rejected"]
    err.print(
        f"{counts['files']:,} files: {counts['accepted']:,} events stored, {counts['rejected']:,} records in quarantine"
    )
    if not counts["accepted"] + counts["rejected"]:
        raise typer.Exit(BAD_INPUT)


def _batches(file: Path) -> Iterator[tuple[tuple[str, bool], list[bytes]]]:
    """Lines that go together: of one format, JSON or not, up to a size. What cannot be read is said."""
    lines: list[bytes] = []
    held, size = ("", False), 0
    for item in read_path(file):
        if isinstance(item, FileProblem):
            err.print(f"not read: {item.path}: {item.reason}", style="yellow", markup=False)
            continue
        line, form = _line(item)
        if lines and (form != held or len(lines) >= _RECORDS or size > _BYTES):
            yield held, lines
            lines, size = [], 0
        held = form
        lines.append(line)
        size += len(line)
    if lines:
        yield held, lines


def _line(item: Record | Rejected) -> tuple[bytes, tuple[str, bool]]:
    """The record as one line, and its form: parser (empty: to be found out) and whether it is JSON.

    What the reader could not take whole goes along as it is: the server keeps it in quarantine with its reason.
    """
    if isinstance(item, Record) and item.data is not None:
        return orjson.dumps(item.data, default=str), (item.hint, True)
    text = " ".join(item.raw.splitlines()) if "\n" in item.raw else item.raw
    hint = item.hint if isinstance(item, Record) else ""
    return text.encode("utf-8", "replace"), (hint, isinstance(item, Record) and text[:1] == "{")
