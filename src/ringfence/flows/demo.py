"""Play the demo company through the ordinary way in: its inventory, some quiet hours, then live with attacks."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from itertools import islice

import structlog

from ringfence import drills
from ringfence.assets import import_assets
from ringfence.collect.batch import RawBatch
from ringfence.collect.ports import Sink
from ringfence.collect.record import Record
from ringfence.core.actor import Actor, Role
from ringfence.core.clock import Clock
from ringfence.core.errors import BusyError
from ringfence.core.ids import digest
from ringfence.drills import Company, DemoRecord, GroundTruth
from ringfence.runtime.database import Database

log = structlog.get_logger()

QUIET_HOURS = 12
_HOUR = 3_600_000_000
_CHUNK = 2_000
_KINDS = (
    ("domain controller", "domain_controller"),
    ("database", "database"),
    ("workstation", "workstation"),
    ("scanner", "scanner"),
    ("firewall", "gateway"),
    ("vpn", "gateway"),
    ("kubernetes", "container"),
    ("aws", "cloud"),
)


class Demo:
    """Feeds the demo telemetry of one tenant into the sink until cancelled; `truths` are the attacks begun so far."""

    def __init__(self, sink: Sink, database: Database, clock: Clock, tenant: str, *, seed: int = 1) -> None:
        self.truths: list[GroundTruth] = []
        self._sink = sink
        self._database = database
        self._clock = clock
        self._tenant = tenant
        self._seed = seed
        self._company = drills.company(seed)
        self._sent = 0

    async def run(self, *, fill_history: bool) -> None:
        """Import the inventory, fill the hours before now with quiet background, then play live."""
        await self._import_assets()
        if fill_history:
            await self._history()
        async for records in drills.stream(self._company, clock=self._clock, on_attack=self._begun):
            await self._send(records)

    def _begun(self, truth: GroundTruth) -> None:
        self.truths.append(truth)
        log.info("demo.attack", title=truth.title)

    async def _import_assets(self) -> None:
        admin = Actor("demo", "demo", self._tenant, frozenset({Role.ADMIN}))
        async with self._database.session() as session:
            report = await import_assets(admin, session, inventory(self._company))
        log.info("demo.inventory", added=report.added, updated=report.updated)

    async def _history(self) -> None:
        now = self._clock.now_us()
        begin = now - QUIET_HOURS * _HOUR
        days = (begin, begin + 24 * _HOUR)
        for start in {moment - moment % (24 * _HOUR) for moment in days}:
            quiet = drills.day(self._company, start, seed=self._seed, rate=0.25, scenarios=())
            wanted = (record for record in quiet if begin <= record.time_us < now)
            while chunk := await asyncio.to_thread(lambda source=wanted: list(islice(source, _CHUNK))):
                await self._send(chunk)

    async def _send(self, records: Sequence[DemoRecord]) -> None:
        self._sent += 1
        now = self._clock.now_us()
        batch = RawBatch(
            id=digest("demo", self._tenant, str(now), str(self._sent)),
            tenant=self._tenant,
            source="demo",
            received=now,
            records=[
                Record(raw=r.raw, meta={"host": r.source, "sourcetype": r.sourcetype, "received": now}) for r in records
            ],
        )
        while True:
            try:
                await self._sink.submit(batch)
            except BusyError:
                await asyncio.sleep(1)
            else:
                return


def inventory(company: Company) -> bytes:
    """Return the company's hosts as the CSV that the inventory takes."""
    text = io.StringIO()
    names = ("name", "addresses", "kind", "importance", "business_system", "department", "owner", "exposure")
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    for row in drills.export_assets(company):
        addresses = row["ips"]
        writer.writerow(
            {
                "name": row["hostname"],
                "addresses": ";".join(addresses) if isinstance(addresses, list) else addresses,
                "kind": _kind(str(row["role"]).lower(), str(row["system"])),
                "importance": row["importance"],
                "business_system": row["business_system"],
                "department": row["department"],
                "owner": row["owner"],
                "exposure": row["exposure"],
            }
        )
    return text.getvalue().encode()


def _kind(role: str, system: str) -> str:
    for word, kind in _KINDS:
        if word in role or word == system:
            return kind
    return "network" if system == "device" else "server"
