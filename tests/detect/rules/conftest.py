"""A real store, the real processor and the real loop, with rules of these tests alone."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.detect.rules.people import LEE

import ringfence.tables  # noqa: F401  every table is made
from ringfence.collect.batch import RawBatch
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.core.clock import ManualClock, to_iso
from ringfence.detect import Alert, AlertFilter, RuleInfo, list_alerts
from ringfence.events.arrow import to_table
from ringfence.events.chdb_store import ChdbStore
from ringfence.flows.loop import SignalLoop
from ringfence.flows.process import Processor
from ringfence.runtime.database import Database
from ringfence.sigma import Matcher, RuleSet, load_rules

NOW = 1_790_000_000_000_000
HOUR = 3_600_000_000
COPIES = "5a000000-0000-4000-8000-000000000001"

RULE = f"""
title: Shadow Copies Removed
id: {COPIES}
status: test
level: high
logsource: {{product: windows, category: process_creation}}
detection:
    selection:
        CommandLine|contains|all: [vssadmin, delete, shadows]
    condition: selection
tags: [attack.impact, attack.t1490]
"""


@dataclass
class Bench:
    """One small installation: `send` puts records in and lets the loop work, `alerts` are what came of them."""

    store: ChdbStore
    database: Database
    clock: ManualClock
    ruleset: RuleSet
    processor: Processor
    loop: SignalLoop
    batches: list[str] = field(default_factory=list[str])

    async def send(self, *records: str, tenant: str = "default") -> list[str]:
        """Return the ids of the stored events."""
        batch = RawBatch(
            f"batch-{len(self.batches)}", tenant, "test", self.clock.now_us(), [Record(raw=raw) for raw in records]
        )
        self.batches.append(batch.id)
        done = self.processor.process(batch)
        assert done.rejected == []
        await self.store.insert_table(to_table(done.events))
        while await self.loop.step():
            pass
        return [event.id for event in done.events]

    async def alerts(self, **wanted: Any) -> list[Alert]:
        async with self.database.reading() as session:
            found, _ = await list_alerts(LEE, session, AlertFilter(**wanted))
        return found


@pytest.fixture
async def bench(tmp_path: Path, database: Database) -> AsyncGenerator[Bench]:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "copies.yml").write_text(RULE)
    ruleset = load_rules([folder])
    assert ruleset.problems == ()
    clock = ManualClock(NOW)
    store = ChdbStore(tmp_path / "events", clock=clock)
    infos = {rule.id: RuleInfo.of(rule) for rule in ruleset.rules}
    loop = SignalLoop(store, database, lambda: infos, clock)
    yield Bench(store, database, clock, ruleset, Processor(Matcher(ruleset), Normaliser()), loop)
    store.close()


def process(time: int, host: str, command: str, parent: str, parent_command: str, user: str = "SYSTEM") -> str:
    """A process creation as an agent ships it from Sysmon."""
    return json.dumps(
        {
            "EventTime": to_iso(time),
            "Hostname": f"{host}.example.com",
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "SourceName": "Microsoft-Windows-Sysmon",
            "EventID": 1,
            "RecordNumber": time // 1000 % 1_000_000,
            "UtcTime": to_iso(time)[:23].replace("T", " "),
            "ProcessGuid": f"{{6B29FC40-0000-0000-0000-{time % 10**12:012d}}}",
            "ProcessId": time // 7 % 60_000,
            "Image": command.partition(" ")[0],
            "CommandLine": command,
            "CurrentDirectory": "C:\\Windows\\system32\\",
            "User": f"EXAMPLE\\{user}",
            "LogonId": "0x3e7",
            "IntegrityLevel": "System",
            "ParentProcessId": time // 11 % 60_000,
            "ParentImage": parent,
            "ParentCommandLine": parent_command,
            "SourceModuleType": "im_msvistalog",
        }
    )


def backup(time: int, host: str) -> str:
    """The innocent script: the backup program makes room."""
    return process(
        time,
        host,
        f"C:\\Windows\\System32\\vssadmin.exe delete shadows /for={'DEFG'[time // (24 * HOUR) % 4]}: /oldest",
        "C:\\Program Files\\Keeper\\keeper.exe",
        "keeper.exe --job nightly",
    )


def attack(time: int, host: str) -> str:
    """Ransomware removing what could be restored."""
    return process(
        time,
        host,
        "C:\\Windows\\System32\\vssadmin.exe delete shadows /all /quiet",
        "C:\\Users\\mia\\AppData\\Local\\Temp\\invoice.exe",
        "invoice.exe",
        "mia",
    )


def ordinary(time: int, host: str) -> str:
    """Something that no rule asks for."""
    return process(time, host, "C:\\Windows\\System32\\notepad.exe a.txt", "C:\\Windows\\explorer.exe", "explorer.exe")
