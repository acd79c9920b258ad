"""One alert or incident for people: facts first, then everything nested as small tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from ringfence.cli.table import Column, one_line, print_table

_A_TIME = 10**15
"""Numbers from here on are microseconds since 1970: no count gets there."""

_SHOWN: dict[str, tuple[str, ...]] = {
    "alerts": ("id", "level", "status", "first", "last", "count", "title", "entity"),
    "timeline": ("time", "level", "tactic", "what", "alert_id"),
    "joins": ("at", "score", "alert_id", "reasons"),
    "changes": ("at", "who", "what"),
    "assets": ("name", "importance", "business_system", "department", "owner"),
}
"""What of each nested object is worth a column, in order; of others everything."""

SHORT_ID = 12
"""Characters of an alert's id in lists; `alerts show` takes them for the whole."""
_IDS = frozenset({"id", "alert_id"})
_LINES = frozenset({"reasons", "notes"})
"""Lists of sentences: one a line."""


def print_detail(console: Console, value: dict[str, Any]) -> None:
    """Write the object; what is empty is left out, times are in UTC to the second."""
    facts = [(name, item) for name, item in value.items() if not _empty(item) and not _nested(name, item)]
    _pairs(console, [(_words(name), _text(item)) for name, item in facts])
    for name, item in value.items():
        if _empty(item) or not _nested(name, item):
            continue
        console.print(f"\n[bold]{_words(name)}[/]")
        if isinstance(item, dict):
            _pairs(console, [(f"  {_words(str(key))}", _text(one)) for key, one in item.items() if not _empty(one)])
        elif isinstance(item[0], dict):
            _objects(console, name, item)
        else:
            print_table(console, (Column(""),), [(str(one),) for one in item], heads=False, indent=2)


def moment(us: int | None) -> str:
    """Return the time in UTC to the second, "" for none."""
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S") if us is not None else ""


def _nested(name: str, item: Any) -> bool:
    return isinstance(item, dict) or (isinstance(item, list) and (name in _LINES or isinstance(item[0], dict)))


def _objects(console: Console, name: str, items: list[dict[str, Any]]) -> None:
    columns = [key for key in _SHOWN.get(name, tuple(items[0])) if any(not _empty(one.get(key)) for one in items)]
    heads = [Column(_words(key), right=key in {"count", "score"}, whole=key in _IDS) for key in columns]
    rows = [[_cell(key, one.get(key)) for key in columns] for one in items]
    print_table(console, heads, rows, indent=2)


def _cell(key: str, item: Any) -> str:
    if item is None:
        return ""
    return str(item)[:SHORT_ID] if key in _IDS else _text(item)


def _pairs(console: Console, pairs: list[tuple[str, str]]) -> None:
    print_table(console, (Column("", whole=True), Column("")), pairs, heads=False)


def _text(item: Any) -> str:
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, int):
        return f"{moment(item)} UTC" if item >= _A_TIME else f"{item:,}"
    if isinstance(item, float):
        return f"{item:.2f}"
    if isinstance(item, list):
        return ("; " if any(" " in str(one) for one in item) else ", ").join(_text(one) for one in item)
    if isinstance(item, dict):
        return ", ".join(f"{_words(str(key))} {_text(one)}" for key, one in item.items() if not _empty(one))
    return one_line(str(item))


def _empty(item: Any) -> bool:
    return item is None or (isinstance(item, str | list | dict) and not item)


def _words(name: str) -> str:
    return name.replace("_", " ")
