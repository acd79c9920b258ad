from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

import ringfence.tables  # noqa: F401
from ringfence.runtime.database import Base
from ringfence.runtime.migrate import config_for, migrate


async def test_migrations_end_at_the_tables_of_the_code(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.db"
    await migrate(f"sqlite+aiosqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert set(Base.metadata.tables) < set(inspect(connection).get_table_names())
    engine.dispose()


async def test_a_second_run_changes_nothing_and_keeps_the_data(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    url = f"sqlite+aiosqlite:///{path}"
    await migrate(url)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO checkpoints (name, seq) VALUES ('alerts', 7)"))
    await migrate(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT seq FROM checkpoints")).scalar() == 7
    engine.dispose()


def test_the_migrations_are_one_line() -> None:
    assert len(ScriptDirectory.from_config(config_for("sqlite://")).get_heads()) == 1
