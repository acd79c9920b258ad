"""Puts the routers together."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from ringfence.api import alerts, incidents, problems, rules, search, status
from ringfence.api.context import ApiContext

PREFIX = "/api/v1"


def create_api(app: FastAPI, context: ApiContext, *more: APIRouter) -> None:
    """Add the API under `/api/v1`, the health check, and the routers of the HTTP inputs to the application."""
    app.state.api = context
    problems.install(app)
    app.include_router(status.open_router)
    for router in (status.router, search.router, alerts.router, incidents.router, rules.router):
        app.include_router(router, prefix=PREFIX, responses={401: {"model": problems.Problem}})
    for router in more:
        app.include_router(router)
