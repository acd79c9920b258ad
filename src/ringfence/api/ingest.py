"""The ingest endpoints, each in the protocol of its senders. An answer that says yes is given after the store."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from ringfence.api.ingest_elastic import VERSION, elastic_router
from ringfence.api.ingest_hec import hec_router
from ringfence.api.ingest_otlp import otlp_router
from ringfence.api.intake import Authenticate, Intake, IntakeLimits
from ringfence.api.problems import Problem
from ringfence.collect.inputs.http_body import Decoded, decode_lines, decode_ndjson
from ringfence.collect.normalise import Normaliser
from ringfence.collect.ports import Sink
from ringfence.core.clock import Clock
from ringfence.core.errors import UsageError

_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}, "example": '{"message": "one"}\n'},
            "text/plain": {"schema": {"type": "string"}, "example": "one line\n"},
        }
    },
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in ("host", "source", "sourcetype", "index", "format")
    ],
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The body is broken, or there is no such parser"},
    401: {"model": Problem, "description": "No token, or a wrong one"},
    403: {"model": Problem, "description": "The token may not ingest"},
    413: {"model": Problem, "description": "The body is too large"},
    503: {"model": Problem, "description": "Busy; nothing was taken, send it again"},
}
_NAMES = ("host", "source", "sourcetype", "index")


class Ingested(BaseModel):
    """What became of the request: its batch id, events stored (or there before), records in quarantine."""

    batch: str
    accepted: int
    rejected: int


def ingest_router(
    sink: Sink,
    authenticate: Authenticate,
    *,
    clock: Clock | None = None,
    limits: IntakeLimits | None = None,
    elastic_prefix: str = "/elastic",
    elastic_version: str = VERSION,
) -> APIRouter:
    """Return HEC (`/services/collector...`), Elasticsearch bulk (under the prefix), OTLP (`/v1/logs`) and our own.

    authenticate: turns a token into an actor or raises SignInError; the actor needs the permission to ingest.
    """
    intake = Intake(sink, authenticate, clock=clock, limits=limits)
    router = APIRouter()
    router.include_router(hec_router(intake))
    router.include_router(elastic_router(intake, elastic_prefix, elastic_version))
    router.include_router(otlp_router(intake))
    router.include_router(_native_router(intake))
    return router


def _native_router(intake: Intake) -> APIRouter:
    router = APIRouter(tags=["ingest"])
    known = Normaliser().parser_names()

    @router.post("/api/v1/ingest", responses=_ANSWERS, openapi_extra=_BODY)
    async def ingest(request: Request) -> Ingested:
        """Take JSON lines, or plain lines with `Content-Type: text/plain`.

        The query may name host, source, sourcetype and index of all records, and with `format` their parser.
        """
        actor = await intake.actor(request)
        query = request.query_params
        hint = query.get("format", "")
        if hint and hint.partition(":")[0] not in known:
            raise UsageError(f'there is no parser "{hint[:80]}"', remedy=f"use one of {', '.join(known)}")
        body = await intake.body(request)
        meta = {name: query[name] for name in _NAMES if query.get(name)}
        plain = request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/plain"

        def work() -> Decoded:
            return decode_lines(body, meta) if plain else decode_ndjson(body, meta)

        decoded = await intake.decode(len(body), work)
        for record in decoded.records if hint else ():
            record.hint = hint
        batch, receipt = await intake.submit(actor, "api", request, body, decoded.records, decoded.rejected)
        return Ingested(batch=batch, accepted=receipt.accepted, rejected=receipt.rejected)

    return router
