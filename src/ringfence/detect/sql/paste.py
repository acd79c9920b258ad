"""A Sigma rule as SQL for people: one SELECT that can be pasted into the page for expert SQL."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from ringfence.core.errors import ContentError, TooLargeError
from ringfence.detect.sql.compile import compile_rule
from ringfence.sigma import Rule, load_rules

MAX_TEXT = 1 << 18
_PLACE = re.compile(r"\{(rf_b[0-9]+):(?:String|Float64|Array\(String\))\}")
_CARRIED = "raw, logsource_product, logsource_categories, logsource_service"


def read_rule(text: str, name: str = "rule.yml") -> Rule:
    """Return the one rule in a YAML text; raises `ContentError` with the place of the first mistake."""
    if len(text) > MAX_TEXT:
        raise TooLargeError(f"a rule has at most {MAX_TEXT} characters")
    with TemporaryDirectory(prefix="ringfence-rule-") as folder:
        path = Path(folder) / "rule.yml"
        path.write_text(text, encoding="utf-8", errors="replace")
        loaded = load_rules([path])
    if loaded.problems:
        first = loaded.problems[0]
        raise ContentError(first.message, path=name, line=first.line, column=first.column, remedy=first.remedy)
    if len(loaded.rules) != 1:
        raise ContentError(f"one rule is wanted, here are {len(loaded.rules)}", path=name, line=1, column=1)
    return loaded.rules[0]


def sigma_to_sql(text: str, keys: Collection[str] | None = None) -> str:
    """Return a SELECT over `events` that finds what the Sigma rule (YAML) matches, newest first, at most 100 events.

    Values stand in it as literals. `keys`: names of the native fields that occur, where they are known.
    """
    matching = compile_rule(read_rule(text), keys)

    def literal(found: re.Match[str]) -> str:
        return _literal(matching.params[found[1]])

    def put(sql: str) -> str:
        return _PLACE.sub(literal, sql)

    columns, source = f"id, time, {_CARRIED}", "events"
    for number, level in enumerate(matching.definitions):
        names = ",\n  ".join(f"{put(sql)} AS {name}" for name, sql in level)
        before = f"{columns}, fields" if number == 0 else columns
        source = f"(SELECT {before},\n  {names}\nFROM {source})"
        columns = before + "".join(f", {name}" for name, _ in level)
    return f"SELECT id, time, raw\nFROM {source}\nWHERE {put(matching.sql)}\nORDER BY time DESC\nLIMIT 100"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + "".join(_ESCAPED.get(letter, letter) for letter in value) + "'"
    if isinstance(value, int | float):
        return repr(float(value))
    assert isinstance(value, list | tuple)
    return "[" + ", ".join(map(_literal, value)) + "]"


_ESCAPED = {"\\": "\\\\", "'": "\\'", "\0": "\\0", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
