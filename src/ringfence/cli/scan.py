"""`ringfence scan`: which rules fire in a folder of logs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from ringfence.cli.output import BAD_INPUT, err, speaks_plainly
from ringfence.cli.scan_page import write_page
from ringfence.cli.table import LEVEL_STYLES, Column, print_table
from ringfence.collect.inputs.files import walk
from ringfence.core.errors import UsageError
from ringfence.core.severity import Severity
from ringfence.flows.scan import Match, Summary, sizes
from ringfence.flows.scan_all import FileDone, scan_all
from ringfence.runtime.memory import settle
from ringfence.runtime.paths import cache_dir, shipped
from ringfence.sigma import Matcher, RuleSet, load_rules

_COLUMNS = (
    Column("level", styles=LEVEL_STYLES),
    Column("count", right=True),
    Column("rule"),
    Column("first"),
    Column("last"),
    Column("hosts"),
)


@speaks_plainly
def scan(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders: EVTX, JSON, CSV, Zeek, syslog, archives.")],
    rules: Annotated[
        list[Path] | None, typer.Option(help="Folder or file of Sigma rules, may be repeated; default: our own rules.")
    ] = None,
    json_: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Write one JSON object per match here.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained HTML page here.")] = None,
    min_level: Annotated[Severity, typer.Option(help="Leave out rules below this level.")] = Severity.INFORMATIONAL,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
    top: Annotated[int, typer.Option(min=0, help="Lines of the table; 0: all.")] = 40,
) -> None:
    """Find out what happened in a folder of logs, without a server.

    Exit codes: 0 done (also when something was found), 2 wrong usage, 3 nothing could be read.
    """
    for path in (*paths, *(rules or ())):
        if not path.exists():
            raise UsageError(f"there is no {path}")
    folders = rules or [shipped("content") / "rules"]
    started = time.monotonic()
    ruleset = load_rules(folders, cache_dir=cache_dir())
    settle()
    _say_loaded(ruleset, time.monotonic() - started)
    files = sizes(walk(paths))
    summary = Summary()
    started = time.monotonic()
    with ExitStack() as stack:
        write = stack.enter_context(_writer(json_))
        progress = stack.enter_context(_progress())
        task = progress.add_task("scanning", total=sum(files.values()))
        for item in scan_all(
            files,
            Matcher(ruleset),
            summary,
            rules=folders,
            cache=cache_dir(),
            min_level=min_level,
            workers=workers or os.cpu_count() or 1,
            ruleset=ruleset,
        ):
            if isinstance(item, FileDone):
                progress.advance(task, files[item.path])
                progress.update(task, description=item.path.name[:40])
            else:
                write(item)
    seconds = time.monotonic() - started
    _say_summary(summary, seconds, top)
    if html is not None:
        write_page(html, summary, seconds, len(ruleset.rules))
        err.print(f"page: {html}")
    if not summary.records:
        err.print("nothing could be read", style="red")
        raise typer.Exit(BAD_INPUT)


@contextmanager
def _writer(target: str | None) -> Generator[Callable[[Match], None]]:
    encode = msgspec.json.Encoder().encode
    with ExitStack() as stack:
        if target is None:
            yield lambda match: None
            return
        try:
            stream: BinaryIO = sys.stdout.buffer if target == "-" else stack.enter_context(Path(target).open("wb"))
        except OSError as error:
            raise UsageError(f"cannot write {target}: {error.strerror}") from error

        def write(match: Match) -> None:
            stream.write(encode(match))
            stream.write(b"\n")

        yield write
        stream.flush()


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<40}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _say_loaded(ruleset: RuleSet, seconds: float) -> None:
    correlations = f" and {len(ruleset.correlations):,} correlations" if ruleset.correlations else ""
    err.print(f"{len(ruleset.rules):,} rules{correlations} loaded in {seconds:.1f} s")
    for problem in ruleset.problems[:20]:
        err.print(f"not loaded: {problem}", style="yellow", markup=False)
    if len(ruleset.problems) > 20:
        err.print(f"... and {len(ruleset.problems) - 20} more", style="yellow")


def _say_summary(summary: Summary, seconds: float, top: int) -> None:
    rows: list[tuple[str, ...]] = []
    lines = summary.by_weight()
    for line in lines[: top or None]:
        hosts = sorted(line.hosts)
        shown = ", ".join(hosts[:3]) + (f" +{len(hosts) - 3}" if len(hosts) > 3 else "")
        first, last = ((moment or "")[:19] for moment in (line.first, line.last))
        rows.append((line.level.value, f"{line.count:,}", line.title, first, last, shown))
    if rows:
        print_table(err, _COLUMNS, rows)
    if top and len(lines) > top:
        err.print(f"... and {len(lines) - top} more rules (--top 0 shows all)")
    rate = summary.records / seconds if seconds else 0
    err.print(
        f"{summary.records:,} records in {summary.files:,} files, {summary.matches:,} matches of {len(lines):,} rules "
        f"in {summary.matched:,} records; {seconds:.1f} s, {rate:,.0f} records/s"
    )
    if summary.rejected:
        worst = sorted(summary.reasons.items(), key=lambda pair: -pair[1])[:3]
        err.print(f"{summary.rejected:,} records were not understood, most often:", style="yellow")
        for reason, count in worst:
            err.print(f"  {count:,} x {reason}", style="yellow", markup=False)
    if summary.uncorrelated:
        reason = "records without a time, or too many to keep"
        err.print(f"{summary.uncorrelated:,} matches could not be counted by correlations: {reason}", style="yellow")
    for problem in summary.unread:
        err.print(f"not read: {problem.path}: {problem.reason}", style="yellow", markup=False)
