"""Bring the state database to today's tables; data stays."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config

from ringfence.runtime.paths import shipped


def config_for(url: str) -> Config:
    """Return Alembic's configuration for an async SQLAlchemy URL."""
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("+aiosqlite", "").replace("%", "%%"))
    return config


async def migrate(url: str) -> None:
    """Run every migration that the database has not seen; makes the file and its folder when missing."""
    if url.startswith("sqlite"):
        Path(url.split("///", 1)[1]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    await asyncio.to_thread(command.upgrade, config_for(url), "head")
