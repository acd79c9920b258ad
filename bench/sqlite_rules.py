"""The same rules the way SQLite-based scanners run them: compiled by pySigma, one query a rule over a table of events.

To be fair to it there is one table for each log source and only the rules of that log source are run over it, columns
that rules name are added, and compiling is not counted.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection

from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import Logsource
from ringfence.sigma.values import text_of

_MAX_COLUMNS = 1900
_NO_COLUMN = re.compile(r"no such column: \"?([^\"]+)\"?$")

Query = tuple[Logsource, str]


def compile_rules(paths: Sequence[Path]) -> tuple[list[Any], int]:
    """Return (product, category, service, SQL) for each rule, and the number of rules that were refused."""
    compiled: list[Any] = []
    refused = 0
    backend = sqliteBackend(fulltext_field="everything")
    files = [file for path in paths for file in sorted(path.rglob("*.yml") if path.is_dir() else [path])]
    for rule in SigmaCollection.merge([_read(file) for file in files]).rules:
        try:
            queries = backend.convert(SigmaCollection([rule]))
        except Exception:
            refused += 1
            continue
        source = rule.logsource
        compiled += [(source.product, source.category, source.service, query) for query in queries]
    return compiled, refused


def _read(file: Path) -> SigmaCollection:
    return SigmaCollection.from_yaml(file.read_text(encoding="utf-8"), collect_errors=True)


class Scanner:
    """Runs compiled rules over events. Both ways of counting: `seconds` of CPU, `matches`, and `failed` queries."""

    def __init__(self, compiled: Iterable[Any]) -> None:
        self._compiled = list(compiled)
        self.seconds = 0.0
        self.matches = 0
        self.failed = 0

    def run(self, events: Sequence[Parsed]) -> None:
        """Put the events into tables and count the rows that each rule selects."""
        groups: dict[Logsource, list[Parsed]] = {}
        for event in events:
            groups.setdefault(event.logsource, []).append(event)
        for source, group in groups.items():
            queries = [query for *parts, query in self._compiled if source.covers(*parts)]
            self._run(group, queries)

    def _run(self, events: Sequence[Parsed], queries: Sequence[str]) -> None:
        database = sqlite3.connect(":memory:")
        database.create_function("REGEXP", 2, _regexp, deterministic=True)
        keys = list(dict.fromkeys(key for event in events for key in event.fields))
        start = time.process_time()
        columns = ", ".join(f'"{key}" TEXT COLLATE NOCASE' for key in [*keys, "everything"])
        database.execute(f"CREATE TABLE logs ({columns})")
        marks = ", ".join("?" for _ in range(len(keys) + 1))
        database.executemany(f"INSERT INTO logs VALUES ({marks})", [_row(event, keys) for event in events])
        self.seconds += time.process_time() - start
        runnable = [query for query in queries if self._prepare(database, query)]
        start = time.process_time()
        for query in runnable:
            self.matches += len(database.execute(query).fetchall())
        self.seconds += time.process_time() - start
        database.close()

    def _prepare(self, database: sqlite3.Connection, query: str) -> bool:
        """Add the columns that a query misses; false where it cannot be run at all."""
        for _ in range(_MAX_COLUMNS):
            try:
                database.execute(f"EXPLAIN {query}")
            except sqlite3.OperationalError as error:
                missing = _NO_COLUMN.match(str(error))
                if missing is None:
                    break
                database.execute(f'ALTER TABLE logs ADD COLUMN "{missing[1]}" TEXT COLLATE NOCASE')
            else:
                return True
        self.failed += 1
        return False


def _row(event: Parsed, keys: Sequence[str]) -> list[str | None]:
    texts = [None if (value := event.fields.get(key)) is None else text_of(value) for key in keys]
    return [*texts, "\n".join(text for text in texts if text)]


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _regexp(pattern: str, value: str | None) -> bool:
    return value is not None and _expression(pattern).search(value) is not None
