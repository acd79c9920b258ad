"""Queues at full size: a database of many alerts and incidents, and how long the server needs for each look at it.

`python -m bench.bench_queue --alerts 100000 --incidents 5000`; with `--data DIR` the database is kept and used again.
The numbers are those of the use cases that the pages call, in one process on SQLite after the migrations.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from rich.progress import track
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bench.measure import console, peak_mb, table
from ringfence.core.actor import Actor, Role
from ringfence.core.message import Message
from ringfence.core.severity import Level, Severity
from ringfence.detect import (
    AlertFilter,
    AlertSort,
    AlertStatus,
    Verdict,
    alert_counts,
    alerts_about,
    alerts_over_time,
    list_alerts,
    top_entities,
    top_rules,
)
from ringfence.detect.store import AlertEntityRow, AlertRow
from ringfence.incidents import (
    Category,
    IncidentFilter,
    IncidentSort,
    IncidentStatus,
    incident_counts,
    list_incidents,
    show_incident,
)
from ringfence.incidents.store import IncidentRow, JoinRow
from ringfence.runtime.database import Database
from ringfence.runtime.migrate import migrate

NOON = 1_772_366_400_000_000
HOUR = 3_600_000_000
SPAN = 90 * 24 * HOUR
BATCH = 5_000
RUNS = 7
PAGE = 100
ANALYST = Actor("bench", "bench", "default", frozenset({Role.L3}))
LEVELS, STATES, VERDICTS = list(Severity), list(AlertStatus), list(Verdict)
TACTICS = ("initial-access", "execution", "persistence", "discovery", "lateral-movement", "exfiltration")

Look = Callable[[AsyncSession], Awaitable[Any]]


def alert_rows(alerts: int, incidents: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Alerts of 300 rules on 2,000 hosts over 90 days; three of four are closed, as in a queue that is worked on."""
    for n in range(alerts):
        rule, host, user = n * 7 % 300, n * 13 % 2000, n * 31 % 5000
        last = NOON - n * SPAN // alerts
        names = {
            "host": [f"host{host}"],
            "user": [f"user{user}"],
            "source": [f"10.{host % 200}.{user % 250}.{n % 250}"],
        }
        status = AlertStatus.CLOSED if n % 4 else STATES[n // 4 % 2]
        yield (
            {
                "id": f"{n:032x}", "key": f"{rule * 10_000 + host:032x}", "tenant": "default",
                "rule_id": f"rule-{rule}",
                "title": f"Something Of Kind {rule} Was Seen", "level": LEVELS[rule % 5].value,
                "rank": LEVELS[rule % 5].rank, "entity_type": "host", "entity": f"host{host}", "window_start": last,
                "first": last - HOUR // 2, "last": last, "count": 1 + n % 90, "samples": [f"{n:032x}"],
                "tactics": [TACTICS[rule % 6]], "techniques": ["T1059"], "entities": names, "logsource": "windows",
                "status": status.value, "verdict": VERDICTS[1 + n % 4].value if n % 4 else "none",
                "incident_id": f"INC-2026-{n % incidents:04d}" if incidents else None,
                "assignee": f"analyst{n % 12}" if n % 3 else None, "notes": "",
            },
            [
                {"tenant": "default", "alert_id": f"{n:032x}", "kind": kind, "value": values[0], "last": last}
                for kind, values in names.items()
            ],
        )  # fmt: skip


def incident_row(n: int, incidents: int) -> dict[str, Any]:
    """An incident; nine of ten are closed."""
    at = NOON - n * SPAN // incidents
    level = list(Level)[n % 4]
    open_states = [IncidentStatus.NEW, IncidentStatus.TRIAGE, IncidentStatus.INVESTIGATING]
    status = IncidentStatus.CLOSED if n % 10 else open_states[n // 10 % 3]
    title = Message("{title} on {entity}", {"title": f"Attack of kind {n % 40}", "entity": f"host{n % 2000}"})
    return {
        "tenant": "default", "id": f"INC-2026-{n:04d}", "title": title.to_json(), "title_text": title.english(),
        "category": list(Category)[n % 3].value, "level": level.value, "graded": level.value, "reasons": [],
        "tactics": list(TACTICS[: 1 + n % 5]), "techniques": ["T1059"], "first_event": at - HOUR, "last_event": at,
        "detected_at": at, "updated_at": at, "status": status.value, "verdict": VERDICTS[n % 4].value,
        "assignee": None, "alert_count": 20, "signal_count": 900, "entities": {"host": [f"host{n % 2000}"]},
        "assets": [], "override": None, "merged_into": None, "closed_at": None,
    }  # fmt: skip


async def fill(database: Database, alerts: int, incidents: int) -> None:
    """Insert everything in bulk."""
    rows: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    source = track(alert_rows(alerts, incidents), "alerts", total=alerts, transient=True)
    for row, values in source:
        rows.append(row)
        names += values
        if len(rows) == BATCH:
            await _write(database, rows, names)
    await _write(database, rows, names)
    async with database.session() as session:
        if incidents:
            await session.execute(insert(IncidentRow), [incident_row(n, incidents) for n in range(incidents)])


async def _write(database: Database, rows: list[dict[str, Any]], names: list[dict[str, Any]]) -> None:
    if not rows:
        return
    joins = [
        {"tenant": "default", "alert_id": row["id"], "incident_id": row["incident_id"], "at": row["last"],
         "score": 1.0, "reasons": []}
        for row in rows if row["incident_id"]
    ]  # fmt: skip
    async with database.session() as session:
        await session.execute(insert(AlertRow), rows)
        await session.execute(insert(AlertEntityRow), names)
        if joins:
            await session.execute(insert(JoinRow), joins)
    rows.clear()
    names.clear()


def _alerts(wanted: AlertFilter, sort: AlertSort = AlertSort.NEWEST, offset: int = 0) -> Look:
    return lambda session: list_alerts(ANALYST, session, wanted, limit=PAGE, offset=offset, sort=sort)


def _incidents(wanted: IncidentFilter, sort: IncidentSort = IncidentSort.LEVEL) -> Look:
    return lambda session: list_incidents(ANALYST, session, wanted, limit=PAGE, sort=sort)


async def overview(session: AsyncSession, days: int) -> None:
    """Everything that the overview asks for."""
    since = AlertFilter(since=NOON - days * 24 * HOUR)
    await alert_counts(ANALYST, session, AlertFilter())
    await incident_counts(ANALYST, session, IncidentFilter(open_only=True))
    await list_incidents(ANALYST, session, IncidentFilter(open_only=True), limit=8)
    await alerts_over_time(ANALYST, session, NOON - days * 24 * HOUR, NOON, buckets=48)
    await top_rules(ANALYST, session, since, limit=8)
    await top_entities(ANALYST, session, "host", since, limit=8)


def looks() -> dict[str, Look]:
    """What is measured, by name."""
    high = frozenset({Severity.HIGH})
    about = {"host5", "10.5.1.2"}
    return {
        "alerts: first page, newest": _alerts(AlertFilter()),
        "alerts: worst first": _alerts(AlertFilter(), AlertSort.LEVEL),
        "alerts: most events first": _alerts(AlertFilter(), AlertSort.COUNT),
        "alerts: by title": _alerts(AlertFilter(), AlertSort.TITLE),
        "alerts: row 50,000": _alerts(AlertFilter(), offset=50_000),
        "alerts: level": _alerts(AlertFilter(level=high)),
        "alerts: status new": _alerts(AlertFilter(status=frozenset({AlertStatus.NEW}))),
        "alerts: closed, worst first": _alerts(AlertFilter(status=frozenset({AlertStatus.CLOSED})), AlertSort.LEVEL),
        "alerts: level and status": _alerts(AlertFilter(level=high, status=frozenset({AlertStatus.OPEN}))),
        "alerts: text, many": _alerts(AlertFilter(text="kind 2")),
        "alerts: text, nothing": _alerts(AlertFilter(text="no such words")),
        "alerts: entity": _alerts(AlertFilter(entity="host77")),
        "alerts: rule": _alerts(AlertFilter(rule_id="rule-7")),
        "alerts: mine": _alerts(AlertFilter(assignee="analyst4")),
        "alerts: tactic": _alerts(AlertFilter(tactic="execution")),
        "alerts: verdict": _alerts(AlertFilter(verdict=frozenset({Verdict.TRUE_POSITIVE}))),
        "alerts: last 7 days": _alerts(AlertFilter(since=NOON - 7 * 24 * HOUR)),
        "alerts: of an asset": lambda session: alerts_about(
            ANALYST, session, about, since=NOON - SPAN, until=NOON, limit=50
        ),
        "incidents: first page, worst": _incidents(IncidentFilter()),
        "incidents: newest": _incidents(IncidentFilter(), IncidentSort.NEWEST),
        "incidents: open": _incidents(IncidentFilter(open_only=True)),
        "incidents: level": _incidents(IncidentFilter(level=frozenset({Level.P0}))),
        "incidents: text": _incidents(IncidentFilter(text="kind 3")),
        "incident page": lambda session: show_incident(ANALYST, session, "INC-2026-0007"),
        "counts: alerts": lambda session: alert_counts(ANALYST, session, AlertFilter()),
        "counts: incidents": lambda session: incident_counts(ANALYST, session, IncidentFilter()),
        "overview: 24 hours": lambda session: overview(session, 1),
        "overview: 7 days": lambda session: overview(session, 7),
        "overview: 30 days": lambda session: overview(session, 30),
    }


async def measure(database: Database, look: Look) -> tuple[float, float, float, float]:
    """Return the first, the median and the slowest of several runs in milliseconds, and the median of CPU time."""
    spent: list[float] = []
    worked: list[float] = []
    for _ in range(RUNS):
        start, busy = time.perf_counter(), time.process_time()
        async with database.reading() as session:
            await look(session)
        spent.append((time.perf_counter() - start) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    return spent[0], median(spent), max(spent), median(worked)


async def run(folder: Path, alerts: int, incidents: int) -> None:
    """Fill where empty, measure, print."""
    url = f"sqlite+aiosqlite:///{folder / 'state.db'}"
    fresh = not (folder / "state.db").exists()
    await migrate(url)
    database = Database(url)
    start = time.perf_counter()
    if fresh:
        await fill(database, alerts, incidents)
    filled = time.perf_counter() - start
    size = (folder / "state.db").stat().st_size / 1e6
    result = table(
        f"{alerts:,} alerts, {incidents:,} incidents: ms on the server", "look", "first", "median", "slowest"
    )
    for name, look in looks().items():
        result.add_row(name, *(f"{value:,.1f}" for value in await measure(database, look)))
    await database.close()
    console().print(result)
    console().print(f"filled in {filled:.1f} s, {size:,.0f} MB on disk, peak {peak_mb():,.0f} MB")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=100_000)
    parser.add_argument("--incidents", type=int, default=5_000)
    parser.add_argument("--data", type=Path, help="keep the database here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = arguments.data or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(run(folder, arguments.alerts, arguments.incidents))


if __name__ == "__main__":
    main()
