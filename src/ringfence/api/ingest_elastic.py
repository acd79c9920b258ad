"""`/elastic`: the part of Elasticsearch's API that log shippers need in order to send.

Filebeat, Winlogbeat, Logstash, Vector, Fluent Bit and Fluentd ask for version, licence, health and templates before
they send the first event. Those questions are answered so that they go on; templates and policies mean nothing here
and are acknowledged without being kept.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ringfence.api.intake import RETRY_AFTER, Intake
from ringfence.collect.inputs.http_bulk import decode_bulk, es_error
from ringfence.core.errors import BusyError, DeniedError, InputError, RingfenceError, SignInError, TooLargeError

VERSION = "8.19.0"
"""The version told to clients. Beats refuse servers older than themselves unless `allow_older_versions` is set."""
_JSON = "application/json"
_PRODUCT = {"X-Elastic-Product": "Elasticsearch"}
_LICENSE = {
    "status": "active",
    "uid": "00000000-0000-0000-0000-000000000000",
    "type": "basic",
    "mode": "basic",
    "issued_to": "ringfence",
    "issuer": "ringfence",
    "max_nodes": 1000,
    "start_date_in_millis": -1,
}
_SETUP = (
    "_template", "_index_template", "_component_template", "_ilm/policy", "_ingest/pipeline", "_data_stream", "_alias",
    "_logstash", "_security", "_slm",
)  # fmt: skip
_HEALTH: dict[str, Any] = {
    "cluster_name": "ringfence",
    "status": "green",
    "timed_out": False,
    "number_of_nodes": 1,
    "number_of_data_nodes": 1,
    "active_primary_shards": 1,
    "active_shards": 1,
    "relocating_shards": 0,
    "initializing_shards": 0,
    "unassigned_shards": 0,
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body as a whole is wrong; nothing is stored"},
    401: {"description": "No token, or a wrong one"},
    403: {"description": "The token may not ingest"},
    413: {"description": "The body is too large"},
    429: {"description": "Busy; send again"},
}


def elastic_router(intake: Intake, prefix: str = "/elastic", version: str = VERSION) -> APIRouter:
    """Return the bulk endpoints and the probes, all under the prefix and all behind a token."""
    router = APIRouter(tags=["ingest"])
    answers = {
        "": _information(version),
        "/": _information(version),
        "/_license": {"license": _LICENSE},
        "/_xpack": {
            "build": {"hash": "unknown", "date": "2025-01-01T00:00:00.000Z"},
            "license": _LICENSE,
            "features": {},
            "tagline": "",
        },
        "/_cluster/health": _HEALTH,
        "/_nodes": {"nodes": {}},
        "/_nodes/http": {"nodes": {}},
    }
    for path, answer in answers.items():
        if prefix or path:
            router.add_api_route(
                prefix + path, _probe(intake, answer), methods=["GET", "HEAD"], include_in_schema=False
            )
    for name in _SETUP:
        for path in (f"{prefix}/{name}", f"{prefix}/{name}/{{rest:path}}"):
            router.add_api_route(path, _probe(intake, {}), methods=["GET", "HEAD"], include_in_schema=False)
            kept = _probe(intake, {"acknowledged": True})
            router.add_api_route(path, kept, methods=["PUT", "POST"], include_in_schema=False)

    async def bulk(request: Request) -> Response:
        """Take `index` and `create` actions; the answer has one item for each, once all are stored."""
        return await _guarded(lambda: _bulk(intake, request, ""))

    async def bulk_of_index(request: Request, index: str) -> Response:
        """Take `index` and `create` actions; those that name no index are for the one in the address."""
        return await _guarded(lambda: _bulk(intake, request, index))

    for method in ("POST", "PUT"):  # one route each: a route with both has one operation id for two operations
        router.add_api_route(prefix + "/_bulk", bulk, methods=[method], responses=_ANSWERS)
        router.add_api_route(prefix + "/{index}/_bulk", bulk_of_index, methods=[method], responses=_ANSWERS)
    if prefix:
        router.add_api_route(prefix + "/{index}", _probe(intake, {}), methods=["HEAD"], include_in_schema=False)
    return router


def _information(version: str) -> dict[str, Any]:
    return {
        "name": "ringfence",
        "cluster_name": "ringfence",
        "cluster_uuid": "_na_",
        "version": {
            "number": version,
            "build_flavor": "default",
            "build_type": "docker",
            "build_hash": "unknown",
            "build_date": "2025-01-01T00:00:00.000Z",
            "build_snapshot": False,
            "lucene_version": "9.12.2",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    }


def _probe(intake: Intake, answer: dict[str, Any]) -> Callable[[Request], Awaitable[Response]]:
    body = orjson.dumps(answer)

    async def probe(request: Request) -> Response:
        async def work() -> Response:
            await intake.actor(request)
            return _answer(200, body)

        return await _guarded(work)

    return probe


async def _bulk(intake: Intake, request: Request, index: str) -> Response:
    started = time.monotonic()
    actor = await intake.actor(request)
    body = await intake.body(request)
    bulk = await intake.decode(len(body), lambda: decode_bulk(body, index))
    await intake.submit(actor, "elastic", request, body, bulk.records, [])
    return _answer(200, bulk.answer(round((time.monotonic() - started) * 1000)))


async def _guarded(work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except SignInError as error:
        challenge = {"WWW-Authenticate": 'Basic realm="security", charset="UTF-8"'}
        return _answer(401, es_error(401, "security_exception", error.message), challenge)
    except DeniedError as error:
        return _answer(403, es_error(403, "security_exception", error.message))
    except TooLargeError as error:
        return _answer(413, es_error(413, "content_too_long_exception", error.message))
    except BusyError as error:
        return _answer(429, es_error(429, "es_rejected_execution_exception", error.message), RETRY_AFTER)
    except InputError as error:
        return _answer(400, es_error(400, "illegal_argument_exception", error.message))
    except RingfenceError as error:
        return _answer(500, es_error(500, "exception", error.message))


def _answer(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, {**_PRODUCT, **(headers or {})}, media_type=_JSON)
