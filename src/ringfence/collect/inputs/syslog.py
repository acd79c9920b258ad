"""The syslog inputs of an installation: UDP, TCP and TLS as the settings say."""

from __future__ import annotations

import asyncio
import socket
import ssl

import structlog

from ringfence.collect.inputs.syslog_batch import SyslogStats
from ringfence.collect.inputs.syslog_datagram import DatagramServer
from ringfence.collect.inputs.syslog_options import SyslogOptions, Transport
from ringfence.collect.inputs.syslog_stream import StreamServer
from ringfence.collect.inputs.tls_certificate import ensure_certificate, server_context
from ringfence.collect.ports import Sink
from ringfence.core.clock import Clock
from ringfence.runtime.settings import Settings

__all__ = ["DatagramServer", "StreamServer", "SyslogInputs", "SyslogOptions", "SyslogStats", "Transport"]

log = structlog.get_logger()


class SyslogInputs:
    """The servers that the settings name; a port of 0 leaves one out.

    TLS uses the configured certificate, or one of our own making in the data folder (`tls/`).
    """

    def __init__(self, sink: Sink, settings: Settings, clock: Clock) -> None:
        self._sink = sink
        self._settings = settings
        self._clock = clock
        self._options = SyslogOptions(tenant=settings.syslog_tenant)
        self.servers: dict[Transport, StreamServer | DatagramServer] = {}

    @property
    def dropped(self) -> int:
        """Datagrams lost and records that could not be stored by the end, of all servers."""
        return sum(stats.dropped + stats.lost for stats in self.stats().values())

    def stats(self) -> dict[Transport, SyslogStats]:
        """Counters of each server."""
        return {transport: server.stats for transport, server in self.servers.items()}

    async def start(self) -> None:
        """Begin to listen. Raises: OSError when an address is taken; nothing listens then."""
        settings, host = self._settings, self._settings.syslog_host
        try:
            if settings.syslog_udp:
                await self._add(
                    Transport.UDP,
                    DatagramServer(self._sink, host, settings.syslog_udp, options=self._options, clock=self._clock),
                )
            if settings.syslog_tcp:
                await self._add(
                    Transport.TCP,
                    StreamServer(self._sink, host, settings.syslog_tcp, options=self._options, clock=self._clock),
                )
            if settings.syslog_tls:
                context = await asyncio.to_thread(self._context)
                server = StreamServer(
                    self._sink, host, settings.syslog_tls, tls=context, options=self._options, clock=self._clock
                )
                await self._add(Transport.TLS, server)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening and store what was received."""
        await asyncio.gather(*(server.stop() for server in self.servers.values()))

    async def _add(self, transport: Transport, server: StreamServer | DatagramServer) -> None:
        await server.start()
        self.servers[transport] = server
        log.info("syslog.listening", transport=transport.value, port=server.port)

    def _context(self) -> ssl.SSLContext:
        settings = self._settings
        if settings.tls_cert is not None and settings.tls_key is not None:
            return server_context(settings.tls_cert, settings.tls_key)
        names = dict.fromkeys([socket.gethostname(), "localhost", "127.0.0.1", "::1"])
        return server_context(*ensure_certificate(settings.data / "tls", list(names)))
