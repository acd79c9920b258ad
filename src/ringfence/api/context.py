"""What the routers stand on, and who is calling."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from ringfence.access import Tokens
from ringfence.core.actor import Actor
from ringfence.core.clock import Clock
from ringfence.core.errors import SignInError
from ringfence.events.ports import EventStore
from ringfence.flows.ingest import IngestStats
from ringfence.flows.replay import Replayed
from ringfence.runtime.database import Database
from ringfence.sigma import RuleSet


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The API's dependencies; whoever starts the process fills it in."""

    database: Database
    events: EventStore
    tokens: Tokens
    clock: Clock
    rules: Callable[[], RuleSet]
    ingest: Callable[[], IngestStats]
    replay: Callable[[Actor, Sequence[str]], Awaitable[Replayed]]


def context_of(request: Request) -> ApiContext:
    """Return the context that `create_api` put into the application."""
    context = request.app.state.api
    assert isinstance(context, ApiContext)
    return context


async def actor_of(request: Request) -> Actor:
    """Return the principal behind `Authorization: Bearer TOKEN`; raises `SignInError`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInError("this needs a token", remedy="send the header Authorization: Bearer TOKEN")
    return await context_of(request).tokens.actor_of(token.strip())


_bearer = HTTPBearer(auto_error=False, description="A token of `ringfence tokens add`")
"""Only for the description of the API; `actor_of` reads the header itself."""


async def _described(request: Request, _header: Annotated[object, Depends(_bearer)]) -> Actor:
    return await actor_of(request)


Context = Annotated[ApiContext, Depends(context_of)]
Caller = Annotated[Actor, Depends(_described)]
