"""Every public rule over other people's recordings: the store and the kernel find the same, event by event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ringfence.collect.batch import RawBatch
from ringfence.collect.inputs.files import FileProblem, read_path
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record, Rejected
from ringfence.core.actor import robot
from ringfence.detect.sql import matching_any
from ringfence.ecs.event import Event
from ringfence.events import TimeRange
from ringfence.events.chdb_store import ChdbStore
from ringfence.flows.process import Processor
from ringfence.sigma import Matcher, RuleSet, load_rules

pytestmark = [pytest.mark.shared, pytest.mark.slow]

FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")
TOGETHER = 100
EVER = TimeRange()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChdbStore]:
    opened = ChdbStore(tmp_path / "events", read_seconds=120)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def rules(shared: Path) -> RuleSet:
    return load_rules([shared / "sigmahq" / folder for folder in FOLDERS])


def batches(paths: list[Path], most: int) -> Iterator[RawBatch]:
    for number, path in enumerate(paths):
        records: list[Record] = []
        for item in read_path(path):
            if isinstance(item, FileProblem | Rejected):
                continue
            records.append(item)
            if len(records) >= most:
                break
        yield RawBatch(
            id=f"b{number}", tenant="default", source=path.name, received=1_700_000_000_000_000, records=records
        )


async def differences(store: ChdbStore, rules: RuleSet, paths: list[Path], most: int) -> tuple[int, int, list[str]]:
    processor = Processor(Matcher(rules), Normaliser())
    live: dict[str, Event] = {}
    for batch in batches(paths, most):
        events = processor.process(batch).events
        live.update({event.id: event for event in events})
        if events:
            await store.insert(events)
    expected = {(event.id, rule) for event in live.values() for rule in event.rules}
    keys = await store.field_names(robot(), EVER)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(rules.rules), TOGETHER):
        part = rules.rules[start : start + TOGETHER]
        matching, conditions = matching_any(part, keys)
        hits = await store.match_each(robot(), matching, conditions, EVER)
        found |= {(event, part[place].id) for event, places in hits.items() for place in places}
    told = [
        f"only the kernel: {rules.by_id[rule].title}: {live[event].fields}"[:600] for event, rule in expected - found
    ]
    told += [
        f"only the store: {rules.by_id[rule].title}: {live[event].fields}"[:600] for event, rule in found - expected
    ]
    return len(live), len(expected), told


async def test_the_attack_samples(store: ChdbStore, rules: RuleSet, shared: Path) -> None:
    paths = sorted((shared / "evtx-attack-samples").rglob("*.evtx"))
    events, matches, told = await differences(store, rules, paths, 100_000)
    print(events, matches, len(rules.rules))
    assert events > 3_000
    assert matches > 500
    assert told == []
