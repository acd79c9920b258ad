from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from tests.collect.inputs.sinks import MemorySink

from ringfence.access import Tokens
from ringfence.api import ApiContext, create_api
from ringfence.api.ingest import ingest_router
from ringfence.core.actor import DEFAULT_TENANT, Actor, Permission, Role
from ringfence.core.clock import ManualClock
from ringfence.runtime.database import Database

NOW = 1_772_366_400_000_000
ADMIN = Actor("system", "system", DEFAULT_TENANT, frozenset({Role.ADMIN}))
Caller = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.sqlite(tmp_path / "state.db")
    await database.create_all()
    yield database
    await database.close()


@pytest.fixture
async def app(database: Database) -> FastAPI:
    """The API over a real state database; what needs the event store is tried against real servers."""
    clock = ManualClock(NOW)
    tokens = Tokens(database, clock)
    nothing = cast("Any", None)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    create_api(
        app,
        ApiContext(database, nothing, tokens, clock, nothing, nothing, nothing),
        ingest_router(MemorySink(), tokens.actor_of, clock=clock),
    )
    return app


@pytest.fixture
async def call(app: FastAPI, database: Database) -> AsyncIterator[Caller]:
    """Send a request: `await call("GET", "/api/v1/me", role=Role.L1)`; role None: without a token."""
    tokens = Tokens(database, ManualClock(NOW))

    async def send(method: str, path: str, role: Role | None = Role.L2, **options: Any) -> httpx.Response:
        if role is not None:
            _, secret = await tokens.create(ADMIN, "test", set(Permission), roles=(role,))
            options["headers"] = {"Authorization": f"Bearer {secret}", **options.get("headers", {})}
        return await client.request(method, path, **options)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://soc.example.com") as client:
        yield send
