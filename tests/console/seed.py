"""A real server with a little data that came in through the real use cases. `python -m tests.console.seed DIR PORT`.

Prints `ready` when the console answers. Used by the browser tests and by whoever wants to look at the console.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import islice
from pathlib import Path

import uvicorn

from ringfence import drills
from ringfence.assets import import_assets
from ringfence.collect.batch import RawBatch
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record, Rejected
from ringfence.core.actor import DEFAULT_TENANT, Actor, Role
from ringfence.core.clock import SystemClock, to_iso
from ringfence.core.ids import digest
from ringfence.flows.demo import inventory
from ringfence.flows.ingest import Ingest
from ringfence.flows.process import Processor
from ringfence.flows.runner import ThreadRunner
from ringfence.runtime.settings import Settings
from ringfence.sigma import Matcher
from ringfence.wiring import Ringfence

PASSWORD = "three quiet herons wade"
HOSTILE = '<img src=x onerror="document.title=1337">'
SYSTEM = Actor("system", "system", DEFAULT_TENANT, frozenset({Role.ADMIN}))
HOUR = 3_600_000_000
USERS: dict[str, set[Role]] = {
    "alice": {Role.L3, Role.ADMIN},
    "lea": {Role.L1},
    "vera": {Role.VULN_MANAGER},
    "otto": {Role.L2},
    "rita": {Role.AUDITOR},
}
FRESH = "nora"
"""Still has the password that was made for her."""


async def fill(system: Ringfence) -> None:
    """Users, the demo company's inventory and day with all its attacks, hostile text, and what nobody understands."""
    for name, roles in USERS.items():
        await system.people.create(SYSTEM, name, PASSWORD, roles, must_change=False)
    await system.people.create(SYSTEM, FRESH, PASSWORD, {Role.L3, Role.ADMIN}, must_change=True)
    company = drills.company()
    async with system.database.session() as session:
        await import_assets(SYSTEM, session, inventory(company))
    now = system.clock.now_us()
    records = iter(drills.day(company, now - 24 * HOUR, rate=0.02, hours=(0.0, 24.0)))
    ingest = Ingest(system.store, ThreadRunner(Processor(Matcher(system.book.ruleset), Normaliser())))
    await ingest.start()
    number = 0
    while chunk := list(islice(records, 2000)):
        number += 1
        raws = [Record(raw=item.raw, meta={"host": item.source, "sourcetype": item.sourcetype}) for item in chunk]
        await ingest.submit(RawBatch(digest("seed", str(number)), DEFAULT_TENANT, "seed", now, raws))
    await ingest.submit(_odd(now))
    await ingest.stop()
    while await system.loop.step():
        pass


def _odd(now: int) -> RawBatch:
    hostile = f"<38>1 {to_iso(now)} web-01 sshd 77 - - Failed password for {HOSTILE} from 192.0.2.66 port 22 ssh2"
    broken = [
        Rejected(f"\\x00 garbage {number} {HOSTILE}", "not one line of any known format", meta={"peer": "192.0.2.9"})
        for number in range(60)
    ]
    return RawBatch(digest("odd"), DEFAULT_TENANT, "seed/odd", now, [Record(raw=hostile)], broken)


async def serve(folder: Path, port: int) -> None:
    """Open, fill where empty, and serve until killed."""
    settings = Settings(data=folder, port=port, syslog_udp=0, syslog_tcp=5514, syslog_tls=0)
    system = await Ringfence.open(settings, SystemClock())
    server = uvicorn.Server(uvicorn.Config(system.web(), host="127.0.0.1", port=port, log_level="warning"))
    await system.ingest.start()
    if await system.store.last_seq() == 0:
        await fill(system)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    print("ready", flush=True)
    await task
    await system.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
