from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.core.actor import Actor, Role
from ringfence.runtime.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.sqlite(tmp_path / "state.db")
    await database.create_all()
    yield database
    await database.close()


@pytest.fixture
def analyst() -> Actor:
    return Actor("a", "Ana", "default", frozenset({Role.L2}))


@pytest.fixture
def stranger() -> Actor:
    return Actor("s", "Sam", "other", frozenset({Role.L2}))
