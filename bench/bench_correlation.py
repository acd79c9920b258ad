"""What correlation of a million failed logins an hour costs: `python -m bench.bench_correlation --events N`.

Failed logins from 20,000 addresses, of 5,000 users, come through the store in inserts of 20,000 with a step of the
signal loop after each. Among them are five brute-force attacks (one goes on for the whole hour, one ends with a
login that works) and one password spraying. The rules: 50 failures of an address in 10 minutes, 40 users of an
address in 10 minutes, and the first followed by a success within 30 minutes. A second run is cut off in the middle of
a step and opened again.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ringfence.core.actor import Actor, Role
from ringfence.core.clock import ManualClock
from ringfence.core.ids import digest
from ringfence.detect import Alert, AlertFilter, RuleInfo, list_alerts
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource
from ringfence.events import to_table
from ringfence.events.chdb_store import ChdbStore
from ringfence.flows.loop import SignalLoop
from ringfence.runtime.database import Database
from ringfence.sigma import RuleSet, load_rules

NOON = 1_772_366_400_000_000
SECOND = 1_000_000
HOUR = 3600 * SECOND
BATCH = 20_000
WINDOWS = logsource("windows", (), "security")
ANALYST = Actor("bench", "bench", "default", frozenset({Role.L2}))
RULES = """
title: Failed login
name: failed
id: 5f0c6d2e-0000-4c1e-9d3f-000000000001
level: low
logsource: {product: windows, service: security}
detection: {s: {EventID: 4625}, condition: s}
---
title: Login
name: success
id: 5f0c6d2e-0000-4c1e-9d3f-000000000002
level: informational
logsource: {product: windows, service: security}
detection: {s: {EventID: 4624}, condition: s}
---
title: Brute force
name: brute
id: 5f0c6d2e-0000-4c1e-9d3f-000000000003
level: high
correlation:
  {type: event_count, rules: [failed], generate: false, group-by: [source.ip], timespan: 10m, condition: {gte: 50}}
---
title: Password spraying
id: 5f0c6d2e-0000-4c1e-9d3f-000000000004
level: high
correlation:
  type: value_count
  rules: [failed]
  group-by: [source.ip]
  timespan: 10m
  condition: {field: TargetUserName, gte: 40}
---
title: Brute force that worked
id: 5f0c6d2e-0000-4c1e-9d3f-000000000005
level: critical
correlation: {type: temporal_ordered, rules: [brute, success], generate: true, group-by: [source.ip], timespan: 30m}
"""
FAILED, SUCCESS, BRUTE, SPRAY, WORKED = (f"5f0c6d2e-0000-4c1e-9d3f-00000000000{n}" for n in range(1, 6))
Login = tuple[int, str, str, bool]
"""Time, address, user, whether it worked."""


def attacks(total: int) -> tuple[list[Login], dict[tuple[str, str], int]]:
    """Return the attacks and, by rule and address, how many events their alerts must count."""
    logins: list[Login] = []
    expected: dict[tuple[str, str], int] = {}
    for number in range(4):
        start = NOON + (3 + 13 * number) * 60 * SECOND
        address = f"203.0.113.{number + 1}"
        logins += [(start + n * 2 * SECOND, address, "admin", False) for n in range(120)]
        expected[BRUTE, address] = 120
    logins.append((NOON + 55 * 60 * SECOND, "203.0.113.4", "admin", True))
    # The success, and the 71 failures with which the brute force was complete: those after the 49th.
    expected[WORKED, "203.0.113.4"] = 72
    expected[SUCCESS, "dc01.example.com"] = 1  # its correlation says that it raises alerts of its own too
    steady = max(600, total // 30)
    step = (HOUR - 60 * SECOND) // steady
    logins += [(NOON + n * step, "203.0.113.99", "root", False) for n in range(steady)]
    expected[BRUTE, "203.0.113.99"] = steady
    spray = NOON + 31 * 60 * SECOND
    logins += [(spray + n * 5 * SECOND, "203.0.113.77", f"user{n}", False) for n in range(45)]
    expected[SPRAY, "203.0.113.77"] = 45
    return sorted(logins), expected


def logins(total: int) -> Iterator[Login]:
    """All logins in order of time, the attacks among the noise; a hundredth is up to a minute late."""
    chance = random.Random(7)
    hostile, _ = attacks(total)
    noise = total - len(hostile)
    at = 0
    for number in range(noise):
        now = NOON + number * HOUR // noise
        while at < len(hostile) and hostile[at][0] <= now:
            yield hostile[at]
            at += 1
        address = f"198.18.{chance.randrange(80)}.{chance.randrange(250)}"
        late = chance.randrange(60) * SECOND if number % 100 == 0 else 0
        yield max(NOON, now - late), address, f"user{chance.randrange(5000)}", False
    yield from hostile[at:]


def event(number: int, login: Login) -> Event:
    """A Windows logon event with the fields that matter and some that do not."""
    moment, address, user, worked = login
    code = "4624" if worked else "4625"
    fields = {
        "EventID": int(code),
        "TargetUserName": user,
        "TargetDomainName": "EXAMPLE",
        "IpAddress": address,
        "IpPort": str(40_000 + number % 20_000),
        "LogonType": "3",
        "Status": "0xc000006d",
        "SubStatus": "0xc000006a",
        "WorkstationName": f"WS{number % 700}",
        "LogonProcessName": "NtLmSsp",
        "AuthenticationPackageName": "NTLM",
        "Computer": "dc01.example.com",
    }
    outcome = "success" if worked else "failure"
    ecs = {"host.name": "dc01.example.com", "user.name": user, "source.ip": address, "event.outcome": outcome}
    batch, rules = str(number // BATCH), (SUCCESS if worked else FAILED,)
    id_ = digest("bench", str(number))
    return Event(
        id_, "default", moment, moment, batch, "bench", "windows", WINDOWS, {**ecs, "event.code": code}, {**fields},
        f"{code} {user} {address}", rules,
    )  # fmt: skip


@dataclass
class Clocks:
    """Wall and CPU seconds by name, and the alerts at the end."""

    spent: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    alerts: list[Alert] = field(default_factory=list[Alert])
    slowest: float = 0.0

    def add(self, name: str, wall: float, cpu: float) -> None:
        before = self.spent.setdefault(name, [0.0, 0.0])
        before[0] += wall
        before[1] += cpu


class Site:
    """Store, state database and loop in one folder."""

    def __init__(self, folder: Path, ruleset: RuleSet) -> None:
        self.clock = ManualClock(NOON + HOUR)
        self.store = ChdbStore(folder / "events", clock=self.clock)
        self.database = Database.sqlite(folder / "state.db")
        infos = {rule.id: RuleInfo.of(rule) for rule in (*ruleset.rules, *ruleset.correlations)}
        self.loop = SignalLoop(self.store, self.database, lambda: infos, self.clock, ruleset=lambda: ruleset)

    async def close(self) -> None:
        await self.database.close()
        self.store.close()


async def run(total: int, ruleset: RuleSet, *, cut: bool) -> Clocks:
    """Bring all logins through; with `cut` a step in the middle is thrown away and everything is opened again."""
    clocks = Clocks()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(folder, ruleset)
        await site.database.create_all()
        batch: list[Event] = []
        batches = -(-total // BATCH)
        done = 0
        for number, login in enumerate(logins(total)):
            batch.append(event(number, login))
            if len(batch) < BATCH and number < total - 1:
                continue
            table, batch = to_table(batch), []
            await _timed(clocks, "insert", site.store.insert_table(table))
            done += 1
            if cut and done == batches // 2:
                upto = await site.store.last_seq()
                await site.store.correlate(ruleset.correlations, upto - 1, upto)  # killed before it was committed
                await site.close()
                site = Site(folder, ruleset)
            await _timed(clocks, "step", site.loop.step())
        async with site.database.reading() as session:
            clocks.alerts, _ = await list_alerts(ANALYST, session, AlertFilter(), limit=1000)
        await site.close()
    return clocks


async def _timed(clocks: Clocks, name: str, work: object) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    await work  # type: ignore[misc]
    spent = time.perf_counter() - wall
    clocks.add(name, spent, time.process_time() - cpu)
    if name == "step":
        clocks.slowest = max(clocks.slowest, spent)


def summary(alerts: list[Alert]) -> dict[tuple[str, str], int]:
    return {(alert.rule_id, alert.entity): alert.count for alert in alerts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    total = parser.parse_args().events
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rules.yml"
        path.write_text(RULES)
        ruleset = load_rules([path])
    assert not ruleset.problems, ruleset.problems
    table = Table(title=f"{total:,} failed logins in an hour, {len(ruleset.correlations)} correlation rules")
    for column in ("what", "n", "seconds", "CPU s", "per CPU s", "slowest s", "peak RSS MB", "alerts", "expected"):
        table.add_column(column, justify="left" if column == "what" else "right")
    _, expected = attacks(total)
    whole = asyncio.run(run(total, ruleset, cut=False))
    _rows(table, "", total, whole, expected)
    again = asyncio.run(run(total, ruleset, cut=True))
    _rows(table, ", cut off and opened again", total, again, expected)
    Console(width=140).print(table)
    same = sorted(map(repr, whole.alerts)) == sorted(map(repr, again.alerts))
    right = summary(whole.alerts) == expected
    Console().print(f"alerts and counts as expected: {right}; the same after the cut: {same}")
    if not right:
        Console().print(summary(whole.alerts), expected)
    raise SystemExit(0 if right and same else 1)


def _rows(table: Table, how: str, total: int, clocks: Clocks, expected: dict[tuple[str, str], int]) -> None:
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name, (wall, cpu) in clocks.spent.items():
        slowest = f"{clocks.slowest:.2f}" if name == "step" else ""
        found = (str(len(clocks.alerts)), str(len(expected))) if name == "step" else ("", "")
        what = {"insert": "insert into the store", "step": "signals, correlation, alerts, incidents"}[name] + how
        table.add_row(
            what, f"{total:,}", f"{wall:.2f}", f"{cpu:.2f}", f"{total / cpu:,.0f}", slowest, f"{rss:,}", *found
        )


if __name__ == "__main__":
    main()
