"""How many signals per second become alerts and incidents: `python -m bench.bench_alerts --signals N`.

Four mixes: one loud rule on one host; 50 rules over 700 hosts; password guessing from as many addresses as signals
(the bound on alerts at work); and alerts through correlation into incidents.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ringfence.core.actor import Actor, Role, robot
from ringfence.core.severity import Severity
from ringfence.detect import AlertFilter, AlertSort, RuleInfo, aggregate, alert_counts, apply_signals, list_alerts
from ringfence.events.model import Signal
from ringfence.incidents import absorb_alerts, list_incidents
from ringfence.runtime.database import Database

NOON = 1_772_366_400_000_000
BATCH = 20_000
RULES = {
    f"r{n}": RuleInfo(
        f"r{n}", f"Rule {n}", list(Severity)[n % 5], ("execution",), ("T1059",), "windows", "process_creation"
    )
    for n in range(50)
}
ANALYST = Actor("bench", "bench", "default", frozenset({Role.L2}))


def loud(count: int) -> Iterator[Signal]:
    for n in range(count):
        yield _signal(n, "r3", {"host.name": "ws1", "user.name": "m.chen", "process.name": "a.exe"}, step=1000)


def company(count: int) -> Iterator[Signal]:
    for n in range(count):
        ecs = {
            "host.name": f"WS{n * 7 % 700}",
            "user.name": f"user{n * 11 % 900}",
            "source.ip": f"10.0.{n % 40}.{n % 250}",
            "process.name": f"tool{n % 300}.exe",
            "event.action": "process-started",
        }
        yield _signal(n, f"r{n % 50}", ecs, step=20_000)


def strangers(count: int) -> Iterator[Signal]:
    for n in range(count):
        ecs = {
            "host.name": "bastion01",
            "user.name": f"name{n % 5000}",
            "source.ip": f"{1 + n % 200}.{n // 200 % 250}.{n // 50_000 % 250}.{n % 251}",
            "event.outcome": "failure",
        }
        yield _signal(n, "r1", ecs, step=3600)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=1_000_000)
    parser.add_argument("--alerts", type=int, default=100_000, help="alerts in the queue for the last rows")
    arguments = parser.parse_args()
    table = Table(title=f"signals to alerts, {arguments.signals:,} signals, one process, batches of {BATCH:,}")
    for column in ("what", "signals", "alerts", "seconds", "CPU s", "per CPU s", "peak RSS MB"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, mix in (("one loud rule", loud), ("company", company), ("a stranger each", strangers)):
        _pure(table, name, list(mix(arguments.signals)))
    for name, mix in (("one loud rule", loud), ("company", company), ("a stranger each", strangers)):
        asyncio.run(_stored(table, name, mix, arguments.signals, incidents=False))
    asyncio.run(_stored(table, "company, with incidents", company, arguments.signals, incidents=True))
    asyncio.run(_queue(table, arguments.alerts))
    Console().print(table)


def _pure(table: Table, name: str, signals: list[Signal]) -> None:
    watch = Watch()
    deltas = aggregate(signals, RULES)
    _row(table, f"aggregate: {name}", len(signals), len(deltas), watch)


async def _stored(
    table: Table, name: str, mix: Callable[[int], Iterator[Signal]], count: int, *, incidents: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.sqlite(Path(folder) / "state.db")
        await database.create_all()
        batches = _batches(list(mix(count)))
        watch = Watch()
        for batch in batches:
            async with database.session() as session:
                alerts = await apply_signals(session, batch, RULES)
                if incidents:
                    await absorb_alerts(robot(), session, alerts, now=batch[-1].time)
        watch.stop()
        async with database.session() as session:
            total = sum((await alert_counts(ANALYST, session))[0].values())
            if incidents:
                name += f" ({(await list_incidents(ANALYST, session))[1]})"
        await database.close()
    _row(table, f"apply: {name}", count, total, watch)


async def _queue(table: Table, count: int) -> None:
    signals = [
        _signal(n, f"r{n % 50}", {"host.name": f"host{n // 50 % 450}", "user.name": f"user{n % 997}"}, step=1)
        for n in range(count)
    ]
    hours = -(-count // (50 * 450))
    signals = [_at(signal, n // (50 * 450)) for n, signal in enumerate(signals)]
    with tempfile.TemporaryDirectory() as folder:
        database = Database.sqlite(Path(folder) / "state.db")
        await database.create_all()
        for batch in _batches(signals):
            async with database.session() as session:
                await apply_signals(session, batch, RULES)
        for name, wanted, sort in (
            ("queue: first page", AlertFilter(), AlertSort.NEWEST),
            ("queue: worst first", AlertFilter(), AlertSort.LEVEL),
            ("queue: filter on level", AlertFilter(level=frozenset({Severity.HIGH})), AlertSort.NEWEST),
            ("queue: filter on entity", AlertFilter(entity="user5"), AlertSort.NEWEST),
            ("queue: text", AlertFilter(text="host44"), AlertSort.NEWEST),
        ):
            async with database.session() as session:
                watch = Watch()
                _, total = await list_alerts(ANALYST, session, wanted, sort=sort)
                _row(table, f"{name} ({hours} h)", count, total, watch, rate=False)
        await database.close()


def _at(signal: Signal, turn: int) -> Signal:
    return Signal(signal.seq, signal.event_id, signal.tenant, NOON + turn * 2 * 3_600_000_000, signal.rules, signal.ecs)


def _signal(number: int, rule: str, ecs: dict[str, str], *, step: int) -> Signal:
    return Signal(number // 1000 + 1, f"{number:032x}", "default", NOON + number * step, (rule,), ecs)


def _batches(signals: list[Signal]) -> list[list[Signal]]:
    return [signals[n : n + BATCH] for n in range(0, len(signals), BATCH)]


class Watch:
    """Wall and CPU seconds from the start to the first stop."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        self.seconds: tuple[float, float] | None = None

    def stop(self) -> tuple[float, float]:
        if self.seconds is None:
            self.seconds = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return self.seconds


def _row(table: Table, name: str, signals: int, alerts: int, watch: Watch, *, rate: bool = True) -> None:
    wall, cpu = watch.stop()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    speed = f"{signals / cpu:,.0f}" if rate else ""
    table.add_row(name, f"{signals:,}", f"{alerts:,}", f"{wall:.3f}", f"{cpu:.3f}", speed, f"{rss:,}")


if __name__ == "__main__":
    main()
