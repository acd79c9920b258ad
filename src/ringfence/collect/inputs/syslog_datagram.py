"""Syslog over UDP (RFC 5426). A busy sink cannot slow the sender: the kernel's buffer takes what it can and what it
drops is counted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import structlog

from ringfence.collect.inputs.syslog_batch import Outbox, Stopping, SyslogStats
from ringfence.collect.inputs.syslog_options import SyslogOptions, Transport
from ringfence.collect.ports import Sink
from ringfence.core.clock import Clock, SystemClock

log = structlog.get_logger()

_DATAGRAM = 65535
_BURST = 512
"""Datagrams taken in one go before other tasks get their turn."""
_SO_RCVBUFFORCE = 33


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
