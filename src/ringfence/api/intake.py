"""What all ingest endpoints share: who is calling, the body in bounds, the batch into the sink."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from ringfence.collect.batch import RawBatch, Receipt, request_batch_id
from ringfence.collect.inputs.http_body import inflate_body
from ringfence.collect.inputs.limits import size_text
from ringfence.collect.ports import Sink
from ringfence.collect.record import Record, Rejected
from ringfence.core.actor import Actor, Permission
from ringfence.core.clock import Clock, SystemClock
from ringfence.core.errors import InputError, SignInError, TooLargeError

Authenticate = Callable[[str], Awaitable[Actor]]
RETRY_AFTER = {"Retry-After": "2"}
_INLINE = 4 << 10
"""Bodies up to this size are decoded on the event loop (even as bombs they take a moment only); larger ones in a
thread, so that nobody else waits."""
Result = TypeVar("Result")


class NoTokenError(SignInError):
    """The request has no `Authorization` header at all."""


class BadAuthorizationError(SignInError):
    """The `Authorization` header cannot be understood."""


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Bounds of one request in bytes: as sent, and decompressed."""

    max_body: int = 64 << 20
    max_decompressed: int = 256 << 20


class Intake:
    """Takes requests apart for the routers; knows no protocol."""

    def __init__(
        self,
        sink: Sink,
        authenticate: Authenticate,
        *,
        clock: Clock | None = None,
        limits: IntakeLimits | None = None,
    ) -> None:
        self._sink = sink
        self._authenticate = authenticate
        self._clock = clock or SystemClock()
        self._limits = limits or IntakeLimits()

    async def actor(self, request: Request) -> Actor:
        """Return the caller, who may ingest. Raises: SignInError, DeniedError."""
        actor = await self._authenticate(token_of(request.headers.get("authorization", "")))
        actor.require(Permission.INGEST)
        return actor

    async def body(self, request: Request) -> bytes:
        """Return the decompressed body. Raises: TooLargeError without reading on, InputError when it is broken."""
        body = await read_body(request, self._limits.max_body)
        encoding = request.headers.get("content-encoding", "")
        if not encoding:
            return body
        maximum = self._limits.max_decompressed
        return await self.decode(len(body), lambda: inflate_body(body, encoding, max_bytes=maximum))

    async def decode(self, size: int, work: Callable[[], Result]) -> Result:
        """Return what `work` returns, run beside the event loop when the body is large."""
        return work() if size <= _INLINE else await asyncio.to_thread(work)

    async def submit(
        self,
        actor: Actor,
        source: str,
        request: Request,
        body: bytes,
        records: list[Record],
        rejected: list[Rejected],
    ) -> tuple[str, Receipt]:
        """Store a request's records; return batch id and receipt. Raises: BusyError."""
        endpoint = f"{request.url.path}?{request.url.query}"
        batch_id = request_batch_id(actor.tenant, actor.id, endpoint, body)
        if not records and not rejected:
            return batch_id, Receipt(0, 0)
        batch = RawBatch(batch_id, actor.tenant, source, self._clock.now_us(), records, rejected)
        return batch_id, await self._sink.submit(batch)


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body as it was sent. Raises: TooLargeError without reading on, InputError when it was cut off."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLargeError(f"the body is larger than {size_text(limit)}")
    parts: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLargeError(f"the body is larger than {size_text(limit)}")
            parts.append(chunk)
    except ClientDisconnect as error:
        raise InputError("the request ends in the middle") from error
    return b"".join(parts)


def token_of(authorization: str) -> str:
    """Return the token in an `Authorization` header: Splunk, Bearer, Basic (the password) or ApiKey (behind the `:`).

    Raises: NoTokenError, BadAuthorizationError.
    """
    if not authorization.strip():
        raise NoTokenError("this needs a token", remedy="send the header Authorization: Bearer TOKEN")
    scheme, _, value = authorization.strip().partition(" ")
    value = value.strip()
    match scheme.lower():
        case "splunk" | "bearer":
            token = value
        case "basic":
            token = _decoded(value).partition(":")[2]
        case "apikey":
            token = _api_key(value)
        case _:
            token = ""
    if not token:
        raise BadAuthorizationError("the Authorization header cannot be understood")
    return token


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise BadAuthorizationError("the Authorization header is not valid base64") from None


def _api_key(value: str) -> str:
    """`ApiKey base64(id:key)` as Elasticsearch has it, or the token as it is."""
    try:
        decoded = _decoded(value)
    except BadAuthorizationError:
        return value
    return decoded.partition(":")[2] if ":" in decoded and decoded.isprintable() else value
