"""`/services/collector`: Splunk's HTTP Event Collector, answered as its senders expect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ringfence.api.intake import RETRY_AFTER, BadAuthorizationError, Intake, NoTokenError
from ringfence.collect.inputs.http_body import Decoded
from ringfence.collect.inputs.http_hec import HecCode, HecError, decode_hec, decode_hec_raw, hec_answer
from ringfence.core.errors import BusyError, DeniedError, InputError, RingfenceError, SignInError, TooLargeError

JSON = "application/json"
Decode = Callable[[bytes, Mapping[str, str]], Decoded]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "No data, or a wrong format; `code` says which"},
    401: {"description": "No token"},
    403: {"description": "A wrong token, or it may not ingest"},
    413: {"description": "The body is too large"},
    503: {"description": "Busy; send again"},
}


def hec_router(intake: Intake) -> APIRouter:
    """Return the HEC endpoints. Acknowledgement by channel is answered as Splunk does where it is not enabled."""
    router = APIRouter(tags=["ingest"])

    async def event(request: Request) -> Response:
        """Take events as JSON objects, one after the other or in an array."""
        return await _guarded(request, lambda: _take(intake, request, decode_hec))

    async def raw(request: Request) -> Response:
        """Take lines as they are."""
        return await _guarded(request, lambda: _take(intake, request, decode_hec_raw))

    async def health(request: Request) -> Response:
        """Tell that the collector runs."""
        return _answer(HecCode.HEALTHY)

    async def ack(request: Request) -> Response:
        """Tell that acknowledgement by channel is off: the answer to the events themselves is the acknowledgement."""
        return await _guarded(request, lambda: _no_ack(intake, request))

    for base in ("/services/collector", "/services/collector/event", "/services/collector/event/1.0"):
        router.add_api_route(base, event, methods=["POST"], responses=_ANSWERS)
    for base in ("/services/collector/raw", "/services/collector/raw/1.0"):
        router.add_api_route(base, raw, methods=["POST"], responses=_ANSWERS)
    for base in ("/services/collector/health", "/services/collector/health/1.0"):
        router.add_api_route(base, health, methods=["GET"])
    router.add_api_route("/services/collector/ack", ack, methods=["POST"], responses=_ANSWERS)
    return router


async def _take(intake: Intake, request: Request, decode: Decode) -> Response:
    actor = await intake.actor(request)
    body = await intake.body(request)
    query = dict(request.query_params)
    try:
        decoded = await intake.decode(len(body), lambda: decode(body, query))
    except HecError as error:
        if error.before.records or error.before.rejected:
            await intake.submit(actor, "hec", request, body, error.before.records, error.before.rejected)
        raise
    await intake.submit(actor, "hec", request, body, decoded.records, decoded.rejected)
    return _answer(HecCode.SUCCESS)


async def _no_ack(intake: Intake, request: Request) -> Response:
    await intake.actor(request)
    return _answer(HecCode.ACK_DISABLED)


async def _guarded(request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except HecError as error:
        return _answer(error.hec_code, error.event)
    except NoTokenError:
        return _answer(HecCode.QUERY_TOKEN if "token" in request.query_params else HecCode.TOKEN_REQUIRED)
    except BadAuthorizationError:
        return _answer(HecCode.INVALID_AUTHORIZATION)
    except (SignInError, DeniedError):
        return _answer(HecCode.INVALID_TOKEN)
    except TooLargeError:
        return _answer(HecCode.TOO_LARGE)
    except BusyError:
        return _answer(HecCode.BUSY, headers=RETRY_AFTER)
    except InputError as error:
        # Splunk's words for the code, and ours for the person who looks: clients read `code` alone.
        body = {"text": "Invalid data format", "code": int(HecCode.INVALID_FORMAT), "reason": error.message}
        return Response(orjson.dumps(body), 400, media_type=JSON)
    except RingfenceError:
        return _answer(HecCode.INTERNAL)


def _answer(code: HecCode, event: int = -1, headers: dict[str, str] | None = None) -> Response:
    status, body = hec_answer(code, event)
    return Response(body, status, headers, media_type=JSON)
