from __future__ import annotations

import pytest
from tests.flows.conftest import NOW, failed

from ringfence.collect.batch import RawBatch
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.core.actor import Actor, Role
from ringfence.core.clock import ManualClock
from ringfence.core.errors import DeniedError
from ringfence.events.chdb_store import ChdbStore
from ringfence.events.model import QuarantineState, TimeRange
from ringfence.flows.ingest import Ingest
from ringfence.flows.process import Processor
from ringfence.flows.replay import Replayed, replay
from ringfence.flows.runner import ThreadRunner
from ringfence.sigma import Matcher, RuleSet

LEE = Actor("lee", "Lee", "default", frozenset({Role.L3}))


async def test_a_record_leaves_quarantine_once_a_parser_knows_it(
    store: ChdbStore, ruleset: RuleSet, clock: ManualClock
) -> None:
    yesterday = Normaliser(text_parsers=())  # the parser is written only tomorrow
    before = Ingest(store, ThreadRunner(Processor(Matcher(ruleset), yesterday)))
    await before.start()
    await before.submit(RawBatch("b", "default", "syslog", NOW, [Record(raw=failed("ana")), Record(raw="%%noise%%")]))
    await before.stop()
    records, total = await store.quarantined(LEE)
    assert total == 2
    today = Normaliser()
    sink = Ingest(store, ThreadRunner(Processor(Matcher(ruleset), today)))
    await sink.start()
    ids = [record.id for record in records]
    with pytest.raises(DeniedError):
        await replay(
            Actor("x", "x", "default", frozenset({Role.L1})), ids, store=store, sink=sink, normaliser=today, clock=clock
        )
    assert await replay(LEE, ids, store=store, sink=sink, normaliser=today, clock=clock) == Replayed(1, 1)
    assert await replay(LEE, ids, store=store, sink=sink, normaliser=today, clock=clock) == Replayed(0, 1)
    page = await store.search(LEE, "", TimeRange())
    assert [(event.ecs["user.name"], event.received, len(event.rules)) for event in page.events] == [("ana", NOW, 1)]
    _, waiting = await store.quarantined(LEE)
    _, done = await store.quarantined(LEE, state=QuarantineState.REPLAYED)
    assert (waiting, done) == (1, 1)
    await sink.stop()
