"""Puts the routers together."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI

from ringfence.api import alerts, assets, backtest, incidents, problems, rule_life, rules, search, status
from ringfence.api.context import ApiContext
from ringfence.api.description import describe, description_router, nowhere_router

PREFIX = "/api/v1"

_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"model": problems.Problem, "description": "The request makes no sense"},
    401: {"model": problems.Problem, "description": "No token, or a wrong one"},
    403: {"model": problems.Problem, "description": "The token may not do this"},
    404: {"model": problems.Problem, "description": "There is no such thing"},
    409: {"model": problems.Problem, "description": "It does not fit with what is there"},
}


def create_api(app: FastAPI, context: ApiContext, *more: APIRouter) -> None:
    """Add the API under `/api/v1`, the health check, and the routers of the HTTP inputs to the application.

    Call it before the console is mounted: it also answers below `/api`, `/elastic`, `/services` and `/v1` where no
    route is.
    """
    app.state.api = context
    problems.install(app)
    app.include_router(status.open_router)
    routers = (status.router, search.router, alerts.router, incidents.router, rules.router, rule_life.router)
    for router in (*routers, backtest.router, assets.router, description_router()):
        app.include_router(router, prefix=PREFIX, responses=_ANSWERS)
    for router in more:
        app.include_router(router)
    app.include_router(nowhere_router("/api", "/elastic", "/services", "/v1"))
    describe(app)
