"""Gaps fill by themselves: events that were stored while a known rule was not applied get its signals later.

Each event is stored with the version of the rule set that its process applied (`ruleset`), and the store keeps which
rules each version has and since which `seq` each rule is known. What is missing is then a plain difference: events
after a rule became known whose rule set lacks it. That holds for a worker that ran without rules or with older ones,
for a start with fewer rules, and for an outage of this loop itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.detect.apply import read_checkpoint
from ringfence.detect.sql.compile import matching_any
from ringfence.detect.store import CheckpointRow
from ringfence.events.model import Extent
from ringfence.events.ports import EventStore
from ringfence.runtime.database import Database
from ringfence.sigma import Rule
from ringfence.sigma.version import rule_key, ruleset_version

log = structlog.get_logger()

TOGETHER = 50
"""Rules in one statement."""

INSERTS = 200
"""Inserts (values of `seq`) that one statement looks through."""

EVERY = 30.0
"""Seconds between two looks for gaps."""


class BackFill:
    """Finds and fills gaps, for all tenants. One per installation."""

    def __init__(self, store: EventStore, database: Database, rules: Callable[[], Sequence[Rule]]) -> None:
        self._store = store
        self._database = database
        self._rules = rules
        self._seen = 0
        self._noted = ""

    async def note(self) -> str:
        """Make the rules of now known and return their version; to be called before events are taken."""
        rules = self._rules()
        version = ruleset_version(rules)
        if version != self._noted:
            await self._store.note_rules(version, [rule_key(rule) for rule in rules])
            self._noted, self._seen = version, 0
        return version

    async def run(self) -> None:
        """Look for gaps until cancelled; an error is logged and tried again."""
        while True:
            try:
                await self.step()
            except Exception:
                log.exception("backfill.failed")
            await asyncio.sleep(EVERY)

    async def step(self) -> int:
        """Fill what is missing now and return how many signals that gave."""
        current = await self.note()
        upto = await self._store.last_seq()
        written = 0
        for applied in await self._store.applied(self._seen):
            if applied.ruleset != current:
                written += await self._fill(applied.ruleset, current, min(upto, applied.last_seq))
        self._seen = upto
        if written:
            log.info("backfill.filled", signals=written)
        return written

    async def _fill(self, ruleset: str, current: str, upto: int) -> int:
        name = f"fill:{ruleset[:28]}:{current[:28]}"
        async with self._database.reading() as session:
            done = await read_checkpoint(session, name)
        if done >= upto:
            return 0
        had, since = await self._store.rules_of(ruleset), await self._store.known_since()
        missing = [(rule, since.get(rule_key(rule), upto)) for rule in self._rules() if rule_key(rule) not in had]
        missing = [(rule, seq) for rule, seq in missing if seq < upto]
        written = 0
        start = max(done, min((seq for _, seq in missing), default=upto))
        while start < upto:
            end = min(start + INSERTS, upto)
            written += await self._run(missing, Extent(after_seq=start, upto_seq=end, ruleset=ruleset))
            start = end
            async with self._database.session() as session:
                await _keep(session, name, end)
        return written

    async def _run(self, missing: Sequence[tuple[Rule, int]], extent: Extent) -> int:
        keys = await self._store.extent_names(extent)
        groups: dict[int, list[Rule]] = {}
        # In order of log source: rules of one statement then read the same few events.
        for rule, since in sorted(missing, key=lambda pair: _logsource(pair[0])):
            # Rules that came later than the extent begins are asked apart, each from its own beginning.
            groups.setdefault(max(since, extent.after_seq), []).append(rule)
        written = 0
        for since, rules in groups.items():
            if extent.upto_seq is not None and since >= extent.upto_seq:
                continue
            part = Extent(after_seq=since, upto_seq=extent.upto_seq, ruleset=extent.ruleset)
            for at in range(0, len(rules), TOGETHER):
                together = rules[at : at + TOGETHER]
                matching, conditions = matching_any(together, keys)
                written += await self._store.add_signals(matching, conditions, [rule.id for rule in together], part)
        return written


def _logsource(rule: Rule) -> tuple[str, str, str]:
    return rule.product or "", rule.category or "", rule.service or ""


async def _keep(session: AsyncSession, name: str, seq: int) -> None:
    if await session.get(CheckpointRow, name) is None:
        await session.execute(insert(CheckpointRow), [{"name": name, "seq": seq}])
    else:
        await session.execute(update(CheckpointRow).where(CheckpointRow.name == name).values(seq=seq))
