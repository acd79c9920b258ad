"""A running installation in which a backup script raised ten false alerts. `python -m tests.console.story DIR PORT`.

Unlike the seed it is started whole: what is sent to its HTTP input goes all the way by itself. Prints `ready` when
the console answers and the alerts are there.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from tests.console.seed import HOUR, PASSWORD, SYSTEM
from tests.detect.rules.conftest import COPIES, RULE, attack, backup, ordinary, process

from ringfence.collect.batch import RawBatch
from ringfence.collect.record import Record
from ringfence.core.actor import DEFAULT_TENANT, Actor, Role
from ringfence.core.ids import digest
from ringfence.detect import Alert, AlertFilter, Verdict, close_alert, list_alerts, set_verdict
from ringfence.runtime.settings import Settings
from ringfence.wiring import Ringfence

DAY = 24 * HOUR
USERS: dict[str, set[Role]] = {"alice": {Role.L3, Role.ADMIN}, "lea": {Role.L1}}
ALICE = Actor("alice", "alice", DEFAULT_TENANT, frozenset(USERS["alice"]))


async def fill(system: Ringfence) -> None:
    """Ten nights of backup, an attack, two matches that nobody judges; nine verdicts of false, one of true."""
    for name, roles in USERS.items():
        await system.people.create(SYSTEM, name, PASSWORD, roles, must_change=False)
    start = system.clock.now_us() - 12 * DAY
    records = [backup(start + day * DAY, f"SRV{day % 5}") for day in range(10)]
    records += [ordinary(start + number * HOUR, "PC1") for number in range(20)]
    records += [attack(start + 3 * HOUR, "PC7"), backup(start + 10 * DAY, "SRV9"), by_hand(start + 4 * HOUR, "ADM1")]
    raws = [Record(raw=raw) for raw in records]
    await system.ingest.submit(RawBatch(digest("story"), DEFAULT_TENANT, "story", system.clock.now_us(), raws))
    while len(alerts := await alerts_of(system)) < 13:
        await asyncio.sleep(0.1)
    nightly = [alert for alert in alerts if alert.entity.lower().startswith(("srv0", "srv1", "srv2", "srv3", "srv4"))]
    hit = next(alert for alert in alerts if alert.entity.lower().startswith("pc7"))
    async with system.database.session() as session:
        for alert in sorted(nightly, key=lambda one: one.first)[:9]:
            await close_alert(ALICE, session, alert.id, Verdict.FALSE_POSITIVE)
        await set_verdict(ALICE, session, hit.id, Verdict.TRUE_POSITIVE)


def by_hand(time: int, host: str) -> str:
    """Somebody makes room at the keyboard: nobody has judged that yet."""
    command = "C:\\Windows\\System32\\vssadmin.exe delete shadows /for=C: /oldest"
    return process(time, host, command, "C:\\Windows\\System32\\cmd.exe", "cmd.exe", "ada")


async def alerts_of(system: Ringfence) -> list[Alert]:
    """All alerts of the rule of the story."""
    async with system.database.reading() as session:
        found, _ = await list_alerts(SYSTEM, session, AlertFilter(rule_id=COPIES))
    return found


@asynccontextmanager
async def running(folder: Path, port: int) -> AsyncGenerator[Ringfence]:
    """The installation, started as `ringfence serve` starts it, with one rule of ours beside those that ship."""
    rules = folder / "more-rules"
    rules.mkdir(parents=True, exist_ok=True)
    (rules / "copies.yml").write_text(RULE)
    data = folder / "data"
    settings = Settings(data=data, port=port, syslog_udp=0, syslog_tcp=0, syslog_tls=0, rules=[rules])
    system = await Ringfence.open(settings)
    await system.start()
    yield system
    await system.stop()


async def serve(folder: Path, port: int) -> None:
    """Open, fill where empty, and serve until killed."""
    async with running(folder, port) as system:
        if await system.store.last_seq() == 0:
            await fill(system)
        await system.local_token()
        server = uvicorn.Server(uvicorn.Config(system.web(), host="127.0.0.1", port=port, log_level="warning"))
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.02)
        print("ready", flush=True)
        await task


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
