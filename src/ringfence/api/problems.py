"""Errors as HTTP answers: the one place where the error tree meets status codes."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from ringfence.core import errors

log = structlog.get_logger()

_STATUS: tuple[tuple[type[errors.RingfenceError], int], ...] = (
    (errors.TooLargeError, 413),
    (errors.UsageError, 400),
    (errors.InputError, 400),
    (errors.NotFoundError, 404),
    (errors.ConflictError, 409),
    (errors.DeniedError, 403),
    (errors.SignInError, 401),
    (errors.BusyError, 503),
)


class Problem(BaseModel):
    """Body of every error: `code` for programs, `message` and `remedy` for people, place of a mistake in a query."""

    code: str
    message: str
    remedy: str = ""
    position: int | None = None
    length: int | None = None


def status_of(error: errors.RingfenceError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def answer(error: errors.RingfenceError) -> JSONResponse:
    """Return the answer to an error raised on purpose."""
    problem = Problem(code=error.code, message=error.message, remedy=error.remedy)
    if isinstance(error, errors.QueryError):
        problem.position, problem.length = error.position, error.length
    headers = {}
    if isinstance(error, errors.SignInError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.BusyError):
        headers["Retry-After"] = "2"
    return JSONResponse(problem.model_dump(exclude_none=True), status_of(error), headers)


def install(app: FastAPI) -> None:
    """Make the application answer every error with a `Problem`."""

    @app.exception_handler(errors.RingfenceError)
    async def on_purpose(_request: Request, error: errors.RingfenceError) -> JSONResponse:
        return answer(error)

    @app.exception_handler(RequestValidationError)
    async def wrong_request(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first.get("loc", ())[1:])
        return answer(
            errors.UsageError(f"{place}: {first.get('msg', 'not valid')}" if place else str(first.get("msg")))
        )

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        log.error("api.failed", path=request.url.path, exc_info=error)
        return JSONResponse(Problem(code="error", message="this went wrong here; it is in the log").model_dump(), 500)
