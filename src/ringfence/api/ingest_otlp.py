"""`/v1/logs`: OpenTelemetry logs over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ringfence.api.intake import RETRY_AFTER, Intake
from ringfence.collect.inputs.http_otlp import PROTOBUF, decode_otlp_logs, media_type, otlp_answer, otlp_status
from ringfence.core.errors import BusyError, DeniedError, InputError, RingfenceError, SignInError, TooLargeError

_INVALID, _DENIED, _EXHAUSTED, _INTERNAL, _UNAVAILABLE, _UNAUTHENTICATED = 3, 7, 8, 13, 14, 16
"""gRPC status codes."""
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body is broken"},
    401: {"description": "No token, or a wrong one"},
    403: {"description": "The token may not ingest"},
    413: {"description": "The body is too large"},
    415: {"description": "Neither protobuf nor JSON"},
    503: {"description": "Busy; send again"},
}


def otlp_router(intake: Intake) -> APIRouter:
    """Return the OTLP endpoint."""
    router = APIRouter(tags=["ingest"])

    @router.post("/v1/logs", responses=_ANSWERS)
    async def logs(request: Request) -> Response:
        """Take an ExportLogsServiceRequest in protobuf or JSON."""
        try:
            kind = media_type(request.headers.get("content-type", ""))
        except InputError as error:
            return Response(otlp_status(_INVALID, str(error), PROTOBUF), 415, media_type=PROTOBUF)
        return await _guarded(kind, lambda: _take(intake, request, kind))

    return router


async def _take(intake: Intake, request: Request, kind: str) -> Response:
    actor = await intake.actor(request)
    body = await intake.body(request)
    logs = await intake.decode(len(body), lambda: decode_otlp_logs(body, kind))
    await intake.submit(actor, "otlp", request, body, logs.records, logs.rejected)
    return Response(otlp_answer(logs, kind), 200, media_type=kind)


async def _guarded(kind: str, work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except SignInError as error:
        status, code, text = 401, _UNAUTHENTICATED, error.message
    except DeniedError as error:
        status, code, text = 403, _DENIED, error.message
    except TooLargeError as error:
        status, code, text = 413, _EXHAUSTED, error.message
    except BusyError as error:
        status, code, text = 503, _UNAVAILABLE, error.message
    except InputError as error:
        status, code, text = 400, _INVALID, error.message
    except RingfenceError as error:
        status, code, text = 500, _INTERNAL, error.message
    headers = RETRY_AFTER if status == 503 else None
    return Response(otlp_status(code, text, kind), status, headers, media_type=kind)
