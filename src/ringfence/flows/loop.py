"""Stored signals become alerts, alerts become incidents: a loop behind the store that never loses its place.

The place is a checkpoint in the state database, moved in the same transaction as what it stands for. A process that
was killed, or a loop that was stopped for an hour, goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import structlog

from ringfence.assets import discover_assets, sightings_of
from ringfence.core.actor import robot
from ringfence.core.clock import Clock
from ringfence.core.errors import ConflictError
from ringfence.detect import Alert, RuleInfo, apply_pulses, apply_signals, read_checkpoint
from ringfence.detect.rules import Policy, Sifted, end_stale, levels_of, read_policy, record_kept_back, sift
from ringfence.ecs.event import Event
from ringfence.events.model import Pulse, Signal
from ringfence.events.ports import EventStore
from ringfence.incidents import absorb_alerts
from ringfence.runtime.database import Database
from ringfence.sigma import RuleSet

log = structlog.get_logger()

_NO_RULES = RuleSet(())
_PAGE = 20_000
_QUIET = 5.0
"""Seconds after which the loop looks without being told: a wake-up must never be the only way."""

_TIDY_EVERY = 3_600_000_000
"""Microseconds between two looks for exclusions that have run out or that nothing needs any more."""


class SignalLoop:
    """Follows the event store."""

    def __init__(
        self,
        store: EventStore,
        database: Database,
        rules: Callable[[], Mapping[str, RuleInfo]],
        clock: Clock,
        *,
        ruleset: Callable[[], RuleSet] = lambda: _NO_RULES,
    ) -> None:
        self._store = store
        self._database = database
        self._rules = rules
        self._clock = clock
        self._ruleset = ruleset
        self._changed = asyncio.Event()
        self._tidied: int | None = None
        self._hosts: dict[str, dict[tuple[str, str], tuple[int, int]]] = defaultdict(dict)

    def stored(self, table: pa.Table | None) -> None:
        """Hear that events were stored; cheap, called by the ingest after each insert."""
        if table is not None:
            self._see_hosts(table)
        self._changed.set()

    async def run(self) -> None:
        """Follow until cancelled; an error is logged and tried again, it never ends the loop."""
        while True:
            try:
                more = await self.step()
            except Exception:
                log.exception("signals.failed")
                await asyncio.sleep(1)
                continue
            if not more:
                self._changed.clear()
                try:
                    await asyncio.wait_for(self._changed.wait(), _QUIET)
                except TimeoutError:
                    continue

    async def step(self) -> bool:
        """Take the next page of signals, and what it adds to correlations; return whether there was one."""
        await self._discover()
        await self._tidy()
        async with self._database.reading() as session:
            done = await read_checkpoint(session)
            policy = await read_policy(session, now=self._clock.now_us())
        signals = await self._store.signals(done, limit=_PAGE)
        if not signals:
            return False
        upto = max(signal.seq for signal in signals)
        ruleset, rules, levels = self._ruleset(), self._rules(), levels_of(policy)
        sifted = await self._sift(signals, policy)
        found = await self._correlate(signals, sifted, done, upto)
        held, pulses = await self._sift_pulses(found, policy)
        async with self._database.session() as session:
            if await read_checkpoint(session) != done:
                raise ConflictError("another process applies signals too", remedy="run one at a time")
            for kept in (sifted, held):
                await record_kept_back(session, kept, now=self._clock.now_us())
            changed = await apply_signals(
                session, sifted.signals, rules, checkpoint=upto, levels=levels, silent=ruleset.silent
            )
            changed += await apply_pulses(
                session, pulses, {item.id: item for item in ruleset.correlations}, rules, levels=levels
            )
            for tenant, alerts in _by_tenant(changed).items():
                await absorb_alerts(robot(tenant), session, alerts, now=self._clock.now_us())
        return True

    async def _correlate(self, signals: Sequence[Signal], sifted: Sifted, done: int, upto: int) -> list[Pulse]:
        """What the page adds to correlations that raise alerts; matches that were kept back do not count."""
        ruleset = self._ruleset()
        if not ruleset.correlations:
            return []
        left = {(s.tenant, s.event_id, rule) for s in sifted.signals for rule in s.rules}
        kept_back = {(s.tenant, s.event_id, rule) for s in signals for rule in s.rules} - left
        pulses = await self._store.correlate(ruleset.correlations, done, upto, without=kept_back)
        return [pulse for pulse in pulses if pulse.rule_id not in ruleset.silent]

    async def _sift_pulses(self, pulses: Sequence[Pulse], policy: Policy) -> tuple[Sifted, list[Pulse]]:
        """Apply what the tenants decided about correlations, as if each pulse were the event that decided it."""
        stand_ins = [
            Signal(
                number,
                pulse.deciding[0].event_id if pulse.deciding else "",
                pulse.tenant,
                pulse.last,
                (pulse.rule_id,),
                pulse.deciding[0].ecs if pulse.deciding else {},
            )
            for number, pulse in enumerate(pulses)
        ]
        sifted = await self._sift(stand_ins, policy)
        return sifted, [pulses[signal.seq] for signal in sifted.signals]

    async def _sift(self, signals: Sequence[Signal], policy: Policy) -> Sifted:
        """Apply what the tenants decided about rules; events are read before the state database is locked."""

        async def fetch(tenant: str, ids: Sequence[str]) -> list[Event]:
            return await self._store.get(robot(tenant), ids)

        return await sift(signals, policy, fetch)

    async def _tidy(self) -> None:
        now = self._clock.now_us()
        if self._tidied is not None and now - self._tidied < _TIDY_EVERY:
            return
        async with self._database.session() as session:
            for exclusion in await end_stale(session, now=now):
                log.info("exclusion.ended", rule=exclusion.rule_id, why=exclusion.ended_why)
        self._tidied = now

    def _see_hosts(self, table: pa.Table) -> None:
        columns = [name for name in ("tenant", "host_name", "host_ip") if name in table.column_names]
        if "host_name" not in columns:
            return
        for row in table.group_by(columns).aggregate([("time", "min"), ("time", "max")]).to_pylist():
            if row["host_name"]:
                known = self._hosts[row["tenant"]]
                if len(known) < 50_000:
                    known[row["host_name"], row.get("host_ip") or ""] = (row["time_min"], row["time_max"])

    async def _discover(self) -> None:
        seen, self._hosts = self._hosts, defaultdict(dict)
        for tenant, hosts in seen.items():
            rows = [
                (_us(moment), {"host.name": name, "host.ip": address})
                for (name, address), span in hosts.items()
                for moment in span
            ]
            async with self._database.session() as session:
                await discover_assets(robot(tenant), session, sightings_of(rows))


def _us(moment: object) -> int:
    timestamp = getattr(moment, "timestamp", None)
    return round(timestamp() * 1_000_000) if timestamp else int(str(moment))


def _by_tenant(alerts: Sequence[Alert]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        found[alert.tenant].append(alert)
    return found
