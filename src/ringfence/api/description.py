"""The description of the API (OpenAPI), and the answer where no route is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.routing import Match

from ringfence.api.context import Caller
from ringfence.api.problems import Problem

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` say what the routes really answer: a wrong request gets a `Problem` with 400."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = made()
            for path in schema["paths"].values():
                for operation in path.values():
                    operation.get("responses", {}).pop("422", None)
            for name in ("HTTPValidationError", "ValidationError"):
                schema.get("components", {}).get("schemas", {}).pop(name, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi


def description_router() -> APIRouter:
    """Return the route of the description; it needs a token like everything else under the prefix."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi(request: Request, _caller: Caller) -> JSONResponse:
        app = request.app
        assert isinstance(app, FastAPI)
        return JSONResponse(app.openapi())

    return router


def nowhere_router(*prefixes: str) -> APIRouter:
    """Return what answers below the prefixes where no route is; it must be the last router.

    Without it the console, which is mounted at `/`, would send programs to its sign-in page.
    """
    router = APIRouter(include_in_schema=False)

    async def nowhere(request: Request) -> JSONResponse:
        allowed = _allowed(request, router)
        path = request.url.path[:200]
        if allowed:
            problem = Problem(code="method", message=f"{request.method} is not for {path}", remedy=f"use {allowed}")
            return JSONResponse(problem.model_dump(exclude_none=True), 405, {"Allow": allowed})
        problem = Problem(code="not_found", message=f"there is no route {path}", remedy="see /api/v1/openapi.json")
        return JSONResponse(problem.model_dump(exclude_none=True), 404)

    for prefix in prefixes:
        router.add_api_route(f"{prefix}/{{rest:path}}", nowhere, methods=METHODS)
        router.add_api_route(prefix, nowhere, methods=METHODS)
    return router


def _allowed(request: Request, last: APIRouter) -> str:
    """Methods that a route before the last router takes at this address, "" where there is none."""
    methods: set[str] = set()
    for route in request.app.routes:
        # The framework puts a router in as one route (its older versions: all its routes one by one).
        if getattr(route, "original_router", None) is last or route in last.routes:
            break
        methods |= {m for m in METHODS if route.matches({**request.scope, "method": m})[0] is Match.FULL}
    return ", ".join(sorted(methods))
