"""`ringfence parse`: what the parsers make of records; the tool of whoever writes one."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ringfence.cli.output import BAD_INPUT, err, print_json, speaks_plainly
from ringfence.collect.inputs.files import FileProblem, read_path, walk
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record, Rejected
from ringfence.core.clock import to_iso
from ringfence.core.errors import UsageError
from ringfence.ecs.event import Parsed


@speaks_plainly
def parse(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders; - or nothing: standard input.")] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="Parser to use instead of finding out; `list` names them all.")
    ] = None,
    summary: Annotated[bool, typer.Option(help="Print counts by parser instead of the events.")] = False,
) -> None:
    """Print normalised events as JSON lines and, for what was not understood, why.

    Exit codes: 0 done, 2 wrong usage, 3 nothing was understood.
    """
    normaliser = Normaliser()
    if format_ == "list":
        for name in normaliser.parser_names():
            typer.echo(name)
        return
    if format_ is not None and format_ not in normaliser.parser_names():
        raise UsageError(f"there is no parser {format_!r}", remedy="--format list names them all")
    for path in paths or ():
        if str(path) != "-" and not path.exists():
            raise UsageError(f"there is no {path}")
    counts: Counter[str] = Counter()
    for item in _records(paths or [Path("-")]):
        if isinstance(item, FileProblem):
            counts["(unread file)"] += 1
            err.print(f"not read: {item.path}: {item.reason}", style="yellow", markup=False)
            continue
        outcome = item
        if isinstance(item, Record):
            outcome = normaliser.parse_as(item, format_) if format_ else normaliser.parse(item)
        if isinstance(outcome, Rejected):
            counts["(rejected)"] += 1
            line = {"rejected": outcome.reason, "record": item.number, "path": item.meta.get("path"), "raw": item.raw}
        else:
            assert isinstance(outcome, Parsed)
            counts[outcome.parser] += 1
            line = _event(outcome, item.number, str(item.meta.get("path", "")), item.raw)
        if not summary:
            print_json(line)
    if summary:
        for name, count in counts.most_common():
            typer.echo(f"{count:>10,}  {name}")
    if not any(not name.startswith("(") for name in counts):
        raise typer.Exit(BAD_INPUT)


def _records(paths: list[Path]) -> Iterator[Record | Rejected | FileProblem]:
    for path in paths:
        if str(path) != "-":
            for file in walk([path]):
                yield from read_path(file)
            continue
        with tempfile.NamedTemporaryFile(prefix="ringfence-stdin-") as copy:  # formats are told by content, needs seek
            while chunk := sys.stdin.buffer.read(1 << 20):
                copy.write(chunk)
            copy.flush()
            for item in read_path(Path(copy.name)):
                if isinstance(item, FileProblem):
                    item = FileProblem("-", item.reason)
                else:
                    item.meta["path"] = "-"
                yield item


def _event(outcome: Parsed, number: int, path: str, raw: str) -> dict[str, Any]:
    source = outcome.logsource
    return {
        "@timestamp": None if outcome.time is None else to_iso(outcome.time),
        "parser": outcome.parser,
        "logsource": {"product": source.product, "category": list(source.categories), "service": source.service},
        "ecs": outcome.ecs,
        "fields": outcome.fields,
        "record": number,
        "path": path,
        "raw": raw,
    }
