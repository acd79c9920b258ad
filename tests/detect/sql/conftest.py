"""A store, a state database and events for tests of this room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from ringfence.core.severity import Severity
from ringfence.detect.sql import read_rule
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource
from ringfence.events.chdb_store import ChdbStore
from ringfence.runtime.database import Database
from ringfence.sigma import Rule

T0 = 1_760_000_000_000_000
"""2025-10-09T08:53:20Z"""
SECOND = 1_000_000
DAY = 86_400 * SECOND


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChdbStore]:
    opened = ChdbStore(tmp_path / "events")
    yield opened
    opened.close()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database.sqlite(tmp_path / "state.db")
    await opened.create_all()
    yield opened
    await opened.close()


@pytest.fixture
def rule() -> Callable[..., Rule]:
    """A rule on the end of `Image`."""

    def make(word: str, title: str = "") -> Rule:
        made = read_rule(
            f"title: {title or word}\nid: {uuid5(NAMESPACE_URL, title or word)}\n"
            "logsource: {product: windows}\nlevel: high\n"
            f"detection:\n  one:\n    Image|endswith: '{word}'\n  condition: one\n"
        )
        assert made.level is Severity.HIGH
        return made

    return make


@pytest.fixture
def event() -> Callable[..., Event]:
    """An event of a Windows host."""

    def make(
        number: int, image: str, *, time: int = T0, host: str = "pc1", rules: tuple[str, ...] = (), **more: Any
    ) -> Event:
        return Event(
            f"e{number}",
            more.pop("tenant", "default"),
            time,
            T0,
            f"b{number}",
            "s",
            "p",
            logsource("windows"),
            {"host.name": host, "user.name": "mallory"},
            {"Image": image, **more},
            image,
            rules,
        )

    return make
