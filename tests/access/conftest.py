from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from ringfence.access import People, Staff, Tokens
from ringfence.core.clock import ManualClock
from ringfence.runtime.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    database = Database.sqlite(tmp_path / "state.db")
    await database.create_all()
    yield database
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_700_000_000_000_000)


@pytest.fixture
def people(database: Database, clock: ManualClock) -> People:
    return People(database, clock)


@pytest.fixture
def tokens(database: Database, clock: ManualClock) -> Tokens:
    return Tokens(database, clock)


@pytest.fixture
def staff(database: Database, clock: ManualClock) -> Staff:
    return Staff(database, clock)
