"""Alembic's entry: which tables there are and how the database is reached."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

import ringfence.tables  # noqa: F401  every feature's tables register themselves on Base
from ringfence.runtime.database import Base

config = context.config


def run_online() -> None:
    """Run the migrations over one connection of their own."""
    url = config.get_main_option("sqlalchemy.url")
    assert url is not None
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run_online()
