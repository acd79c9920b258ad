"""One real chDB store: its directory is the only one that this process can have open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ringfence.core.actor import Actor, Role
from ringfence.core.clock import ManualClock
from ringfence.core.ids import digest
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource
from ringfence.events.chdb_store import ChdbStore

NOW = 1_772_524_800_000_000
"""2026-03-03T08:00:00Z, the time of the clock in these tests."""

Maker = Callable[..., Event]


@pytest.fixture
def make() -> Maker:
    """Builds an event; what a test does not name has a fixed value, the id follows from tenant, batch and number."""

    def event(number: int = 0, **given: Any) -> Event:
        values: dict[str, Any] = {
            "tenant": "default",
            "time": NOW - 60_000_000 + number,
            "received": NOW,
            "batch": "batch-1",
            "source": "file",
            "parser": "windows.event",
            "logsource": logsource("windows", ("process_creation",), "sysmon"),
            "ecs": {},
            "fields": {},
            "raw": f"record {number}",
            "rules": (),
            **given,
        }
        return Event(id=values.pop("id", digest(values["tenant"], values["batch"], str(number))), **values)

    return event


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[ChdbStore]:
    store = ChdbStore(tmp_path / "data", clock=clock)
    yield store
    store.close()


def analyst(tenant: str = "default") -> Actor:
    return Actor(id=f"l3-{tenant}", name="Lee", tenant=tenant, roles=frozenset({Role.L3}))


@pytest.fixture
def lee() -> Actor:
    return analyst()


@pytest.fixture
def ada() -> Actor:
    """The same role in another tenant."""
    return analyst("other")
