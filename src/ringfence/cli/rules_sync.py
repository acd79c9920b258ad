"""What `ringfence rules sync` does; apart, because the kernel takes time to import."""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict
from pathlib import Path

import typer
from rich.markup import escape

from ringfence.cli.client import data_folder
from ringfence.cli.output import err, out, print_json
from ringfence.core.clock import SystemClock
from ringfence.core.errors import UsageError
from ringfence.detect.rules.sync import Change, Difference, compare, fetched, name_of, sync_folder, take_over

_SHOWN = 20


def sync_rules(
    source: str,
    *,
    name: str,
    ref: str,
    folders: tuple[str, ...],
    yes: bool,
    signed_off_by: str,
    diff: bool,
    json_: bool,
    data: Path | None,
) -> None:
    """Show what the rules of the source would change, and take them over once that is signed off."""
    folder_of_data = data_folder(data)
    label = name or name_of(source)
    target = sync_folder(folder_of_data, label)
    with fetched(source, ref=ref, folders=folders) as incoming:
        found = compare(target, incoming)
        author = signed_off_by or getpass.getuser()

        def apply() -> None:
            folder_of_data.mkdir(mode=0o700, parents=True, exist_ok=True)
            now = SystemClock().now_us()
            take_over(folder_of_data, label, incoming, found, source=source, author=author, now=now)

        applied = bool(found) and yes
        if applied:  # before anything is said: a reader that goes away must not leave it undone
            apply()
        if not json_:
            _say(found, diff=diff)
            if found and not yes and _asked(signed_off_by):
                apply()
                applied = True
    if json_:
        print_json({"applied": applied, "folder": str(target), **asdict(found)})
    elif applied:
        err.print(f"taken over into {target}, signed off by {author}; restart the server to load them", markup=False)
    elif found:
        err.print("nothing was changed")


def _asked(signed_off_by: str) -> bool:
    if not sys.stdin.isatty() and not signed_off_by:
        raise UsageError("nobody is here to sign this off", remedy="look at the changes, then add --yes")
    return typer.confirm("Do you sign off these changes?", default=False, err=True)


def _say(found: Difference, *, diff: bool) -> None:
    for word, style, changes in (
        ("added", "green", found.added),
        ("changed", "yellow", found.changed),
        ("removed", "red", found.removed),
    ):
        out.print(f"[{style}]{word}[/] {len(changes):,}")
        for change in changes if diff else changes[:_SHOWN]:
            _say_change(change, diff=diff)
        if len(changes) > _SHOWN and not diff:
            out.print(f"  ... and {len(changes) - _SHOWN:,} more (--diff shows all)")
    out.print(f"unchanged {found.unchanged:,}")
    if found.skipped:
        out.print(f"[yellow]not taken[/] {len(found.skipped):,}, because of mistakes")
        for text in found.skipped[:_SHOWN]:
            out.print(f"  {escape(text)}", soft_wrap=True)


def _say_change(change: Change, *, diff: bool) -> None:
    out.print(f"  {escape(change.title)} [dim]{escape(change.path)}[/]", soft_wrap=True)
    if diff and change.diff:
        for line in change.diff.splitlines():
            style = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
            out.print(f"    [{style}]{escape(line)}[/]", soft_wrap=True)
