"""Writes the tables of the reference that come from the code: `python docs/tables.py` rewrites them in place.

A table stands between `<!-- begin: name -->` and `<!-- end: name -->`; `tests/docs/test_reference.py` fails when one
of them no longer says what the code says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import typer
from pydantic_core import PydanticUndefined

from ringfence.cli.app import app
from ringfence.collect.parsers.registry import JSON_PARSERS, TEXT_PARSERS
from ringfence.core.actor import ALLOWED, Permission, Role
from ringfence.ecs.fields import FIELDS
from ringfence.runtime.settings import Settings

REFERENCE = Path(__file__).parent / "reference"
_BLOCK = re.compile(r"(<!-- begin: ([a-z]+) -->\n).*?(<!-- end: \2 -->)", re.S)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; bars in cells are escaped."""
    lines = [list(heads), ["---" for _ in heads], *[list(row) for row in rows]]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def settings() -> str:
    """Return the table of all settings."""
    rows: list[tuple[str, str, str]] = []
    for name, info in Settings.model_fields.items():
        default = "see below" if info.default is PydanticUndefined else _default(info.default)
        rows.append((f"`RINGFENCE_{name.upper()}`", default, str(info.description)))
    return table(("variable", "default", "meaning"), rows)


def _default(value: Any) -> str:
    if value is None or value == []:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def walk(command: Any, path: tuple[str, ...] = ("ringfence",)) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its full name."""
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(path), command
        return
    for name, child in children.items():
        yield from walk(child, (*path, name))


def parameters(command: Any) -> list[tuple[str, str, str]]:
    """Return arguments and options: spelling, default, help; `--help` is left out."""
    rows: list[tuple[str, str, str]] = []
    for one in command.params:
        if "--help" in one.opts:
            continue
        is_option = one.opts[0].startswith("-")
        spelled = ", ".join(f"`{opt}`" for opt in (*one.opts, *one.secondary_opts)) if is_option else f"`{one.name}`"
        words = [str(getattr(one, "help", None) or "Argument."), *_choices(one.type_descriptor.annotation)]
        default = "required" if one.required else _default(_plain(one.default))
        rows.append((spelled, default, " ".join(words)))
    return rows


def _choices(annotation: Any) -> list[str]:
    kind = next(iter(get_args(annotation)), annotation)
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return []
    return ["One of " + ", ".join(f"`{choice.value}`" for choice in kind) + "."]


def _plain(value: Any) -> Any:
    if callable(value) or value is False or value in ("", ()):
        return None
    return getattr(value, "value", value)


def commands() -> str:
    """Return a section for each command."""
    parts: list[str] = []
    for name, command in walk(typer.main.get_command(app)):
        text = re.sub(r"\s*\n\s*\n\s*", "\n\n", str(command.help or "").strip())
        parts.append(
            f"### {name}\n\n{text}\n\n{table(('argument or option', 'default', 'meaning'), parameters(command))}"
        )
    return "\n".join(parts)


def parsers() -> str:
    """Return the catalogue of parsers, by kind in the order in which they are asked."""
    kinds = (("JSON objects", JSON_PARSERS), ("text", TEXT_PARSERS))
    rows = [(f"`{parser.name}`", parser.title, kind) for kind, entries in kinds for parser in entries]
    return table(("name", "reads", "records that are"), rows)


def fields() -> str:
    """Return the table of ECS fields."""
    return table(
        ("field", "kind", "meaning", "column in SQL"),
        ((f"`{f.name}`", f.kind.value, f.about, f"`{f.column}`") for f in FIELDS.values()),
    )


def roles() -> str:
    """Return who may do what."""
    return table(
        ("permission", *(f"`{role.value}`" for role in Role)),
        ((f"`{p.value}`", *("yes" if p in ALLOWED[role] else "" for role in Role)) for p in Permission),
    )


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings,
    "commands": commands,
    "parsers": parsers,
    "fields": fields,
    "roles": roles,
}


def renewed(text: str) -> str:
    """Return the page with its tables as the code has them now."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", text)


def main() -> None:
    """Rewrite the pages."""
    for page in sorted(REFERENCE.glob("*.md")):
        text = page.read_text("utf-8")
        if (new := renewed(text)) != text:
            page.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
