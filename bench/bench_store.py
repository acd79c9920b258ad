"""Measure the event store: making tables, inserting, disk, searching, memory.

`python -m bench.bench_store --events 1000000 [--batch 20000] [--json]`. The events are made up here: Windows process
creations of about 1.1 KB with 25 native fields, 5,000 hosts, fresh command lines and process ids in each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table as RichTable

from ringfence.core.actor import Actor, Role
from ringfence.core.clock import SystemClock
from ringfence.core.ids import digest
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource
from ringfence.events.arrow import to_events, to_ipc, to_table
from ringfence.events.chdb_store import ChdbStore
from ringfence.events.model import TimeRange

ANALYST = Actor(id="bench", name="bench", tenant="default", roles=frozenset({Role.L3}))
WORDS = [f"{a}{b}" for a in ("svc", "host", "admin", "tool", "update", "kern", "net", "crypt") for b in range(400)]
PROVIDER = "Microsoft-Windows-Security-Auditing"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result."""

    name: str
    value: float
    unit: str


def make(number: int, batch: int, start: int, dice: random.Random) -> Event:
    """Return one made-up event."""
    image = f"C:\\Program Files\\{dice.choice(WORDS)}\\{dice.choice(WORDS)}.exe"
    fields: dict[str, Any] = {
        "EventID": 4688,
        "Channel": "Security",
        "Computer": f"host{dice.randrange(5000)}.example.com",
        "Provider_Name": PROVIDER,
        "SubjectUserName": f"user{dice.randrange(300)}",
        "SubjectDomainName": "EXAMPLE",
        "SubjectUserSid": f"S-1-5-21-1-2-3-{dice.randrange(3000)}",
        "SubjectLogonId": hex(dice.randrange(2**24)),
        "NewProcessId": hex(dice.randrange(2**16)),
        "NewProcessName": image,
        "TokenElevationType": "%%1936",
        "ProcessId": hex(dice.randrange(2**16)),
        "CommandLine": f"{' '.join(dice.choices(WORDS, k=6))} --id {dice.randrange(10**9)}",
        "TargetUserName": "-",
        "TargetDomainName": "-",
        "TargetLogonId": "0x0",
        "ParentProcessName": f"C:\\Windows\\System32\\{dice.choice(WORDS)}.exe",
        "MandatoryLabel": "S-1-16-12288",
        "ProviderGuid": "{54849625-5478-4994-A5BA-3E3B0328C30D}",
        "Version": 2,
        "Level": 0,
        "Task": 13312,
        "Opcode": 0,
        "Keywords": "0x8020000000000000",
        "EventRecordID": number,
    }
    ecs: dict[str, Any] = {
        "event.code": "4688",
        "event.action": "created-process",
        "event.category": ["process"],
        "event.type": ["start"],
        "event.outcome": "success",
        "event.provider": PROVIDER,
        "event.module": "windows",
        "event.dataset": "windows.security",
        "host.name": fields["Computer"],
        "user.name": fields["SubjectUserName"],
        "user.domain": "EXAMPLE",
        "user.id": fields["SubjectUserSid"],
        "process.pid": int(fields["NewProcessId"], 16),
        "process.name": image.rsplit("\\", 1)[1],
        "process.executable": image,
        "process.command_line": fields["CommandLine"],
        "process.parent.executable": fields["ParentProcessName"],
    }
    raw = json.dumps({"Event": {"System": {"EventID": 4688, "Channel": "Security"}, "EventData": fields}})
    return Event(
        id=digest("bench", str(number)),
        tenant="default",
        time=start + number * 20_000,
        received=start + number * 20_000,
        batch=f"bench-{batch}",
        source="bench",
        parser="windows.event",
        logsource=logsource("windows", ("process_creation",), "security"),
        ecs=ecs,
        fields=fields,
        raw=raw,
        rules=("11111111-2222-4333-8444-555555555555",) if number % 500 == 0 else (),
    )


def batches(events: int, size: int) -> Iterator[list[Event]]:
    """Yield the events in batches."""
    dice = random.Random(1)
    start = SystemClock().now_us() - events * 20_000
    for batch, first in enumerate(range(0, events, size)):
        yield [make(n, batch, start, dice) for n in range(first, min(first + size, events))]


async def filled(store: ChdbStore, events: int, size: int, progress: Progress) -> tuple[list[Figure], Event]:
    """Insert all events; return the figures and one of the events."""
    task = progress.add_task("insert", total=events)
    tables = inserts = 0.0
    cpu = time.process_time()
    spent_making = 0.0
    sample: Event | None = None
    before = time.process_time()
    for batch in batches(events, size):
        spent_making += time.process_time() - before
        started = time.perf_counter()
        table = to_table(batch)
        tables += time.perf_counter() - started
        started = time.perf_counter()
        await store.insert_table(table)
        inserts += time.perf_counter() - started
        sample = sample or batch[len(batch) // 2]
        progress.advance(task, len(batch))
        before = time.process_time()
    if sample is None:
        raise SystemExit("no events")
    cpu = time.process_time() - cpu - spent_making
    figures = [
        Figure("to_table", tables / events * 1e6, "us/event"),
        Figure("insert (one after the other)", events / inserts, "events/s"),
        Figure("to_table + insert, CPU of all threads", cpu / events * 1e6, "us/event"),
    ]
    return figures, sample


async def timed(call: Callable[[], Awaitable[Any]], times: int = 3) -> float:
    """Return the median of the milliseconds of a few calls."""
    spent: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        await call()
        spent.append((time.perf_counter() - started) * 1000)
    return sorted(spent)[len(spent) // 2]


async def searched(store: ChdbStore, sample: Event) -> list[Figure]:
    """Measure reads."""
    ever = TimeRange()
    number = str(sample.fields["CommandLine"]).rsplit(" ", 1)[1]
    part = number[1:-1]
    queries = {
        "page: newest 100": "",
        "page: ECS term (user.name:user7)": "user.name:user7",
        "page: native term (SubjectUserName:user7)": "SubjectUserName:user7",
        "page: native, one event": f'CommandLine:"{sample.fields["CommandLine"]}"',
        "page: native, wildcard": f"CommandLine:*{number}",
        "page: free word, one event": number,
        "page: free part of a word": part,
        "page: free word, in all": "security",
        "page: free word, in none": "mimikatz",
        "page: AND of three": "user.name:user7 process.name:tool* NOT host.name:host1.example.com",
    }
    figures: list[Figure] = []
    for name, query in queries.items():
        figures.append(Figure(name, await timed(lambda q=query: store.search(ANALYST, q, ever)), "ms"))
    reads: dict[str, Callable[[], Awaitable[Any]]] = {
        "histogram, all": lambda: store.histogram(ANALYST, "", ever),
        "histogram, ECS term": lambda: store.histogram(ANALYST, "user.name:user7", ever),
        "top host.name, all": lambda: store.top(ANALYST, "", ever, "host.name"),
        "top native field, all": lambda: store.top(ANALYST, "", ever, "SubjectUserName"),
        "get one by id": lambda: store.get(ANALYST, [sample.id]),
        "signals, 5000": lambda: store.signals(0, limit=5000),
        "count": lambda: store.count(ANALYST),
        "sql: count by user and hour": lambda: store.sql(
            ANALYST, "SELECT user_name, toStartOfHour(time) AS h, count() FROM events GROUP BY user_name, h"
        ),
    }
    for name, call in reads.items():
        figures.append(Figure(name, await timed(call), "ms"))
    return figures


def resident_mb() -> float:
    """Return the memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def disk_bytes(folder: Path) -> int:
    """Return what the files of the folder take on disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


async def measured(events: int, size: int, progress: Progress) -> list[Figure]:
    """Run all measurements in a directory that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-store-"))
    idle_before = resident_mb()
    store = ChdbStore(folder)
    figures = [
        Figure("RSS before opening", idle_before, "MB"),
        Figure("RSS of an idle, empty store", resident_mb(), "MB"),
    ]
    try:
        made, sample = await filled(store, events, size, progress)
        figures += made
        small = next(batches(2000, 2000))
        started = time.perf_counter()
        data = to_ipc(to_table(small))
        figures.append(Figure("to_table + to_ipc", (time.perf_counter() - started) / len(small) * 1e6, "us/event"))
        figures.append(Figure("IPC bytes", len(data) / len(small), "bytes/event"))
        started = time.perf_counter()
        to_events(to_table(small))
        figures.append(Figure("to_table + to_events", (time.perf_counter() - started) / len(small) * 1e6, "us/event"))
        figures.append(Figure("raw", len(sample.raw), "bytes/event"))
        used = disk_bytes(folder)
        figures.append(Figure("on disk right after (before all merges)", used / events, "bytes/event"))
        stored = await store.sql(ANALYST, "SELECT count() FROM events")
        if stored.rows != [[events]]:
            raise SystemExit(f"{stored.rows} events stored, {events} inserted")
        figures += await searched(store, sample)
        await asyncio.sleep(3)
        figures.append(Figure("RSS after, at rest", resident_mb(), "MB"))
        figures.append(Figure("RSS at its highest", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, "MB"))
        started = time.perf_counter()
        store.close()
        store = ChdbStore(folder)
        figures.append(Figure("close and open again", (time.perf_counter() - started) * 1000, "ms"))
    finally:
        store.close()
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    asked = parser.parse_args()
    screen = Console(stderr=True)
    with Progress(console=screen, disable=not sys.stderr.isatty()) as progress:
        figures = asyncio.run(measured(asked.events, asked.batch, progress))
    if asked.json:
        print(json.dumps({figure.name: {"value": figure.value, "unit": figure.unit} for figure in figures}))
        return
    table = RichTable(title=f"Event store, {asked.events:,} events in batches of {asked.batch:,}")
    table.add_column("what")
    table.add_column("value", justify="right")
    table.add_column("unit")
    for figure in figures:
        table.add_row(figure.name, f"{figure.value:,.1f}", figure.unit)
    Console().print(table)


if __name__ == "__main__":
    main()
