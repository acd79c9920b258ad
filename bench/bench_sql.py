"""Rules over stored events: how long a hunt takes, alone and many in one statement.

    python -m bench.bench_sql --events 300000 --rules 60 [--content FOLDER]

Events are made up (see `bench.windows_events`), the rules are our own unless a folder is given.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from bench.windows_events import Generator
from ringfence.core.actor import robot
from ringfence.detect.sql import backtest, matching_any
from ringfence.ecs.event import Event
from ringfence.events import TimeRange
from ringfence.events.chdb_store import ChdbStore
from ringfence.runtime.paths import shipped
from ringfence.sigma import Rule, load_rules

INSERT = 20_000
T0 = 1_760_000_000_000_000
EVER = TimeRange()
Row = tuple[str, str, str, str, str]


def events(count: int) -> list[Event]:
    """Windows events a tenth of a second apart."""
    return [
        Event(
            id=f"e{n}",
            tenant="default",
            time=T0 + n * 100_000,
            received=T0,
            batch=f"b{n // INSERT}",
            source="bench",
            parser="windows",
            logsource=parsed.logsource,
            ecs=parsed.ecs,
            fields=parsed.fields,
            raw=orjson.dumps(parsed.fields).decode(),
        )
        for n, parsed in enumerate(Generator().events(count))
    ]


async def measure(count: int, rules: list[Rule], folder: Path) -> list[Row]:
    store = ChdbStore(folder, read_seconds=600)
    actor = robot()
    made = events(count)
    for start in range(0, count, INSERT):
        await store.insert(made[start : start + INSERT])
    rows: list[Row] = []
    started = time.perf_counter()
    keys = await store.field_names(actor, EVER)
    rows.append(row("names of fields", 1, count, time.perf_counter() - started, len(keys)))
    started, hits = time.perf_counter(), 0
    for rule in rules[:20]:
        hits += (await backtest(actor, store, rule, EVER)).hits
    rows.append(row("backtest, one rule each", min(20, len(rules)), count, time.perf_counter() - started, hits))
    for together in (10, 50):
        started, hits = time.perf_counter(), 0
        for at in range(0, len(rules), together):
            matching, conditions = matching_any(rules[at : at + together], keys)
            found = await store.match_each(actor, matching, conditions, EVER)
            hits += sum(map(len, found.values()))
        rows.append(row(f"{together} rules a statement", len(rules), count, time.perf_counter() - started, hits))
    store.close()
    return rows


def row(name: str, rules: int, count: int, seconds: float, hits: int) -> Row:
    return (name, f"{rules}", f"{rules / seconds:,.1f}", f"{rules * count / seconds:,.0f}", f"{hits:,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--rules", type=int, default=60)
    parser.add_argument("--content", type=Path, default=shipped("content") / "rules")
    chosen = parser.parse_args()
    rules = [one for one in load_rules([chosen.content]).rules if one.product in (None, "windows")][: chosen.rules]
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measure(chosen.events, rules, Path(folder) / "events"))
    table = Table(title=f"{len(rules)} rules over {chosen.events:,} stored events")
    for name in ("way", "rules", "rules/s", "rule x events/s", "found"):
        table.add_column(name, justify="left" if name == "way" else "right")
    for one in rows:
        table.add_row(*one)
    Console().print(table)


if __name__ == "__main__":
    main()
