"""Syslog servers: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425).

TCP and TLS stop reading while the sink is busy, so the sender feels it. UDP cannot: the kernel's buffer takes what
it can, and what it drops is counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog

from ringfence.collect.inputs.limits import Limits
from ringfence.collect.inputs.syslog_batch import Outbox, Stopping, SyslogStats
from ringfence.collect.inputs.syslog_frames import Framer
from ringfence.collect.ports import Sink
from ringfence.core.actor import DEFAULT_TENANT
from ringfence.core.clock import Clock, SystemClock

log = structlog.get_logger()

_READ = 256 << 10
_DATAGRAM = 65535
_BURST = 512
"""Datagrams taken in one go before other tasks get their turn."""
_LINGER = 0.05
"""Seconds without data after which a stopping server takes a connection for drained."""
_SO_RCVBUFFORCE = 33


class Transport(StrEnum):
    """How a syslog message came."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SyslogOptions:
    """Bounds of a syslog server. Times in seconds, sizes in bytes."""

    tenant: str = DEFAULT_TENANT
    max_frame: int = 1 << 20
    batch_records: int = 1000
    batch_wait: float = 0.2
    max_connections: int = 1000
    idle: float = 3600.0
    receive_buffer: int = 16 << 20
    queue_records: int = 50_000
    grace: float = 5.0

    def limits(self) -> Limits:
        """The same bounds as the file inputs know them."""
        return Limits(max_record=self.max_frame)


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


class DatagramServer:
    """A UDP syslog server."""

    def __init__(
        self,
        sink: Sink,
        host: str,
        port: int,
        *,
        options: SyslogOptions | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._stats = SyslogStats()
        self._address = (host, port)
        self._options = options or SyslogOptions()
        self._limits = self._options.limits()
        self._stopping = Stopping()
        self._outbox = Outbox(
            sink,
            clock or SystemClock(),
            tenant=self._options.tenant,
            transport=Transport.UDP.value,
            size=self._options.batch_records,
            stats=self._stats,
            stopping=self._stopping,
        )
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._arrived = asyncio.Event()
        self._reading = False
        self._dropped = 0

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._socket.getsockname()[1] if self._socket else 0

    @property
    def stats(self) -> SyslogStats:
        """Counters, the kernel's drops included."""
        if self._socket is not None:
            self._dropped = max(self._dropped, kernel_drops(self._socket))
        self._stats.dropped = self._dropped
        return self._stats

    async def start(self) -> None:
        """Begin to listen. Raises: OSError when the address is taken."""
        host, port = self._address
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            _raise_buffer(sock, self._options.receive_buffer)
            sock.bind(address)
        except BaseException:
            sock.close()
            raise
        self._socket = sock
        self._resume(sock)
        self._task = loop.create_task(self._deliver(sock))

    def _resume(self, sock: socket.socket) -> None:
        if not self._reading:
            asyncio.get_running_loop().add_reader(sock, self._receive, sock)
            self._reading = True

    def _pause(self, sock: socket.socket) -> None:
        if self._reading:
            asyncio.get_running_loop().remove_reader(sock)
            self._reading = False

    def _receive(self, sock: socket.socket) -> int:
        """Take a burst of datagrams. Past the queue's bound reading stops: the kernel drops then, and counts."""
        due = asyncio.get_running_loop().time() + self._options.batch_wait
        taken = 0
        for _ in range(_BURST):
            if self._outbox.waiting >= self._options.queue_records:
                self._pause(sock)
                break
            try:
                data, address = sock.recvfrom(_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:  # an ICMP error of an earlier answer; nothing to do with the next datagram
                log.debug("syslog.receive_failed", reason=str(error))
                continue
            taken += 1
            self._stats.bytes += len(data)
            frame = data.rstrip(b"\r\n\0 ")
            if frame:
                self._outbox.add(frame, str(address[0]), due, self._limits)
        if self._outbox.waiting:
            self._arrived.set()
        return taken

    async def _deliver(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while self._stopping.at is None:
            await self._arrived.wait()
            self._arrived.clear()
            while self._stopping.at is None and not self._outbox.full and self._outbox.deadline is not None:
                left = self._outbox.deadline - loop.time()
                if left <= 0:
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._arrived.wait(), left)
                self._arrived.clear()
            await self._outbox.flush()
            if self._stopping.at is None:
                self._resume(sock)

    async def stop(self) -> None:
        """Stop listening; what the kernel holds and what waits is stored before this returns (for `grace` seconds)."""
        sock, task = self._socket, self._task
        if sock is None or task is None:
            return
        loop = asyncio.get_running_loop()
        self._pause(sock)
        while self._outbox.waiting < self._options.queue_records and self._receive(sock):
            pass
        self._stopping.at = loop.time() + self._options.grace
        self._arrived.set()
        try:
            async with asyncio.timeout(self._options.grace + 1):
                await task
                await self._outbox.flush()
        except TimeoutError:
            task.cancel()
        self._dropped = max(self._dropped, kernel_drops(sock))
        self._socket = None
        sock.close()


def _raise_buffer(sock: socket.socket, size: int) -> None:
    """Ask for a large receive buffer; with CAP_NET_ADMIN beyond the system's limit."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def kernel_drops(sock: socket.socket) -> int:
    """Return how many datagrams the kernel has dropped at this socket (Linux; 0 elsewhere)."""
    inode = str(os.fstat(sock.fileno()).st_ino)
    table = Path("/proc/net/udp6" if sock.family == socket.AF_INET6 else "/proc/net/udp")
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return 0
    for line in lines:
        columns = line.split()
        if len(columns) > 12 and columns[9] == inode:
            return int(columns[12])
    return 0
