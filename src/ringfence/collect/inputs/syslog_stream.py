"""Syslog over TCP (RFC 6587) and TLS (RFC 5425). Reading stops while the sink is busy, so the sender feels it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

import structlog

from ringfence.collect.inputs.syslog_batch import Outbox, Stopping, SyslogStats
from ringfence.collect.inputs.syslog_frames import Framer
from ringfence.collect.inputs.syslog_options import SyslogOptions, Transport
from ringfence.collect.ports import Sink
from ringfence.core.clock import Clock, SystemClock

log = structlog.get_logger()

_READ = 256 << 10
_LINGER = 0.05
"""Seconds without data after which a stopping server takes a connection for drained."""


class StreamServer:
    """A TCP or TLS syslog server."""

    def __init__(
        self,
        sink: Sink,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        options: SyslogOptions | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.stats = SyslogStats()
        self._sink = sink
        self._address = (host, port)
        self._tls = tls
        self._transport = Transport.TLS if tls else Transport.TCP
        self._options = options or SyslogOptions()
        self._limits = self._options.limits()
        self._clock = clock or SystemClock()
        self._server: asyncio.Server | None = None
        self._scopes: dict[asyncio.Task[None], asyncio.Timeout | None] = {}
        self._stopping = Stopping()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._server.sockets[0].getsockname()[1] if self._server and self._server.sockets else 0

    async def start(self) -> None:
        """Begin to listen. Raises: OSError when the address is taken."""
        host, port = self._address
        handshake = 10.0 if self._tls else None
        self._server = await asyncio.start_server(
            self._accept, host, port, ssl=self._tls, limit=_READ, ssl_handshake_timeout=handshake, backlog=512
        )

    async def stop(self) -> None:
        """Stop listening; what was received already is stored before this returns (for `grace` seconds at most)."""
        if self._server is None:
            return
        loop = asyncio.get_running_loop()
        self._server.close()
        self._stopping.at = loop.time() + self._options.grace
        for scope in self._scopes.values():
            if scope is not None:
                with contextlib.suppress(RuntimeError):  # expired at this very moment
                    scope.reschedule(loop.time())
        if self._scopes:
            await asyncio.wait(list(self._scopes), timeout=self._options.grace + 1)
        for task in list(self._scopes):
            task.cancel()
        await asyncio.gather(*self._scopes, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._scopes) >= self._options.max_connections or self._stopping.at is not None:
            self.stats.refused += 1
            writer.close()
            return
        self._scopes[task] = None
        self.stats.open += 1
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            await self._serve(task, reader, peer)
        finally:
            self.stats.open -= 1
            del self._scopes[task]
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await writer.wait_closed()

    async def _serve(self, task: asyncio.Task[None], reader: asyncio.StreamReader, peer: str) -> None:
        loop, options = asyncio.get_running_loop(), self._options
        framer = Framer(options.max_frame, self._limits.keep)
        outbox = Outbox(
            self._sink,
            self._clock,
            tenant=options.tenant,
            transport=self._transport.value,
            size=options.batch_records,
            stats=self.stats,
            stopping=self._stopping,
        )
        try:
            while data := await self._read(task, reader, outbox, peer):
                self.stats.bytes += len(data)
                due = loop.time() + options.batch_wait
                for frame in framer.feed(data):
                    outbox.add(frame, peer, due, self._limits)
                if outbox.full or (outbox.deadline is not None and loop.time() >= outbox.deadline):
                    await outbox.flush()
            for frame in framer.finish():
                outbox.add(frame, peer, loop.time(), self._limits)
            await outbox.flush()
        except asyncio.CancelledError:
            self.stats.lost += outbox.waiting
            raise

    async def _read(self, task: asyncio.Task[None], reader: asyncio.StreamReader, outbox: Outbox, peer: str) -> bytes:
        """Return the next data, b"" at the end, after too long a silence or when the stopping server has it all."""
        loop = asyncio.get_running_loop()
        quiet_until = loop.time() + self._options.idle
        while True:
            stopping = self._stopping.at is not None
            if self._stopping.at is not None:
                until = min(loop.time() + _LINGER, self._stopping.at)
            else:
                until = quiet_until if outbox.deadline is None else outbox.deadline
            try:
                async with asyncio.timeout_at(until) as scope:
                    self._scopes[task] = scope
                    return await reader.read(_READ)
            except TimeoutError:
                pass
            except (ConnectionError, ssl.SSLError) as error:
                log.info("syslog.connection_lost", peer=peer, reason=str(error))
                return b""
            finally:
                self._scopes[task] = None
            if stopping or loop.time() >= quiet_until:
                return b""
            if self._stopping.at is None:
                await outbox.flush()
