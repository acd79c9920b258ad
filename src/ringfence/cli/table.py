"""Rows for people: a table on a terminal, one whole line per row in a pipe or a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

LEVEL_STYLES: Mapping[str, str] = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "informational": "dim",
    "P0": "bold red",
    "P1": "red",
    "P2": "yellow",
    "P3": "cyan",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head; `right` for numbers, `whole` for what must not be cut (ids); `styles` by the cell's text."""

    name: str
    right: bool = False
    whole: bool = False
    styles: Mapping[str, str] = field(default_factory=dict[str, str])


def one_line(text: str) -> str:
    r"""Return the text on one line: line ends and tabs as spaces, other control characters as `\x1b`.

    What logs hold must neither move the cursor nor colour the terminal, and must not turn the direction of writing.
    """
    return text if text.isprintable() else _CONTROL.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    character = found[0]
    if character in "\r\n\t":
        return " "
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def print_table(
    console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, heads: bool = True, indent: int = 0
) -> None:
    """Write the rows under their heads; away from a terminal nothing is folded, cut or coloured."""
    clean = [[one_line(cell) for cell in row] for row in rows]
    if console.is_terminal:
        console.print(Padding(_table(columns, clean, heads), (0, 0, 0, indent)), soft_wrap=False)
        return
    lines = [[column.name for column in columns], *clean] if heads else clean
    widths = [max((cell_len(line[place]) for line in lines), default=0) for place in range(len(columns))]
    for line in lines:
        cells = [
            " " * (width - cell_len(cell)) + cell if column.right else cell + " " * (width - cell_len(cell))
            for cell, column, width in zip(line, columns, widths, strict=True)
        ]
        console.file.write(" " * indent + "  ".join(cells).rstrip() + "\n")
    console.file.flush()


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], heads: bool) -> Table:
    table = Table(box=None, pad_edge=False, show_header=heads)
    for place, column in enumerate(columns):
        widest = max((cell_len(row[place]) for row in rows), default=0)
        table.add_column(
            column.name,
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=column.whole,
            min_width=widest if column.whole else None,
        )
    for row in rows:
        cells = [Text(cell, column.styles.get(cell, "")) for cell, column in zip(row, columns, strict=True)]
        table.add_row(*cells)
    return table
