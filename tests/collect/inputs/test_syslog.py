"""Syslog servers on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import ssl
from pathlib import Path

import pytest
from tests.collect.inputs.sinks import MemorySink

from ringfence.collect.inputs.syslog import (
    DatagramServer,
    StreamServer,
    SyslogInputs,
    SyslogOptions,
    SyslogStats,
    Transport,
)
from ringfence.collect.inputs.tls_certificate import ensure_certificate, server_context
from ringfence.collect.record import Record
from ringfence.core.clock import ManualClock
from ringfence.runtime.settings import Settings

HOST = "127.0.0.1"


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind((HOST, 0))
        return sock.getsockname()[1]


async def send(port: int, data: bytes, context: ssl.SSLContext | None = None) -> None:
    _, writer = await asyncio.open_connection(HOST, port, ssl=context, server_hostname="localhost" if context else None)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def datagrams(port: int, *payloads: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for payload in payloads:
            sock.sendto(payload, (HOST, port))


async def test_tcp_records_batches_and_stats() -> None:
    sink = MemorySink()
    server = StreamServer(sink, HOST, 0, options=SyslogOptions(tenant="t1"), clock=ManualClock(5))
    await server.start()
    await send(server.port, b"<34>one\n8 <34>two\n<34>three")
    await sink.wait_for(3)
    await server.stop()
    meta = {"peer": HOST, "transport": "tcp"}
    assert sink.records == [
        Record("<34>one", None, "", 1, meta=meta),
        Record("<34>two", None, "", 2, meta=meta),
        Record("<34>three", None, "", 3, meta=meta),
    ]
    (batch,) = sink.batches.values()
    assert (batch.tenant, batch.source, batch.received) == ("t1", "syslog/tcp", 5)
    assert server.stats == SyslogStats(received=3, bytes=27)


async def test_an_overlong_frame_is_quarantined_and_the_connection_goes_on() -> None:
    sink = MemorySink()
    server = StreamServer(sink, HOST, 0, options=SyslogOptions(max_frame=1000))
    await server.start()
    await send(server.port, b"<34>one\n<34>" + b"x" * 300_000 + b"\n<34>two\n")
    await sink.wait_for(3)
    await server.stop()
    assert [record.raw for record in sink.records] == ["<34>one", "<34>two"]
    (rejected,) = [item for batch in sink.batches.values() for item in batch.rejected]
    assert rejected.reason == "the record is 293 KiB long, more than 1000 bytes; the first 64 KiB are kept"
    assert (len(rejected.raw), server.stats.overlong) == (1001, 1) or len(rejected.raw) == 65536


async def test_a_busy_sink_stops_the_reading_and_nothing_is_lost() -> None:
    sink = MemorySink()
    sink.busy = True
    server = StreamServer(sink, HOST, 0, options=SyslogOptions(batch_records=100))
    await server.start()
    lines = [b"<34>line %d of many, with a tail %s\n" % (n, b"x" * 200) for n in range(20_000)]
    sending = asyncio.create_task(send(server.port, b"".join(lines)))
    while sink.asked < 4:
        await asyncio.sleep(0.02)
    assert server.stats.bytes < 2_000_000  # of 4.7 MB: the rest is still with the sender
    assert not sink.records
    sink.busy = False
    await sink.wait_for(20_000)
    await sending
    await server.stop()
    assert [record.raw.encode() + b"\n" for record in sink.records] == lines
    assert [record.number for record in sink.records] == list(range(1, 20_001))


async def test_stopping_stores_what_was_received() -> None:
    sink = MemorySink()
    server = StreamServer(sink, HOST, 0, options=SyslogOptions(batch_wait=60))
    await server.start()
    _, writer = await asyncio.open_connection(HOST, server.port)
    writer.write(b"<34>one\n<34>no end yet")
    await writer.drain()
    while server.stats.received < 1:
        await asyncio.sleep(0.01)
    await server.stop()
    writer.close()
    assert [record.raw for record in sink.records] == ["<34>one", "<34>no end yet"]


async def test_stopping_reads_what_the_kernel_holds() -> None:
    sink = MemorySink()
    sink.busy = True
    server = StreamServer(sink, HOST, 0, options=SyslogOptions(batch_records=100))
    await server.start()
    lines = [b"<34>line %d %s\n" % (n, b"x" * 500) for n in range(3000)]
    with socket.create_connection((HOST, server.port)) as sender:
        sending = asyncio.create_task(asyncio.to_thread(sender.sendall, b"".join(lines)))
        while not sink.asked:
            await asyncio.sleep(0.01)
        assert server.stats.bytes < 1_000_000  # of 1.5 MB
        sink.busy = False
        await server.stop()
        await sending
    assert [record.raw.encode() + b"\n" for record in sink.records] == lines


async def test_stopping_gives_a_busy_sink_up_and_says_so() -> None:
    sink = MemorySink()
    sink.busy = True
    server = StreamServer(sink, HOST, 0, options=SyslogOptions(grace=0.3))
    await server.start()
    await send(server.port, b"<34>one\n<34>two\n")
    while not sink.asked:
        await asyncio.sleep(0.01)
    await server.stop()
    assert (server.stats.lost, server.stats.open) == (2, 0)


async def test_idle_and_surplus_connections_are_closed() -> None:
    server = StreamServer(MemorySink(), HOST, 0, options=SyslogOptions(idle=0.2, max_connections=1))
    await server.start()
    first, writer = await asyncio.open_connection(HOST, server.port)
    while not server.stats.open:
        await asyncio.sleep(0.01)
    second, surplus = await asyncio.open_connection(HOST, server.port)
    assert await second.read() == b""
    assert (server.stats.refused, server.stats.open) == (1, 1)
    assert await first.read() == b""
    await server.stop()
    for each in (writer, surplus):
        each.close()


async def test_a_fault_in_the_sink_does_not_end_the_connection() -> None:
    class Faulty(MemorySink):
        async def submit(self, batch: object) -> object:  # type: ignore[override]
            if self.asked == 0:
                self.asked = 1
                raise ValueError("a bug")
            return await super().submit(batch)  # type: ignore[arg-type]

    sink = Faulty()
    server = StreamServer(sink, HOST, 0)  # type: ignore[arg-type]
    await server.start()
    await send(server.port, b"<34>one\n")
    await sink.wait_for(1)
    await server.stop()
    assert server.stats.busy == 1


async def test_tls_with_our_own_certificate(tmp_path: Path) -> None:
    certificate, key = ensure_certificate(tmp_path / "tls", ["localhost", "127.0.0.1"])
    assert key.stat().st_mode & 0o777 == 0o600
    assert ensure_certificate(tmp_path / "tls", ["other"]) == (certificate, key)
    sink = MemorySink()
    server = StreamServer(sink, HOST, 0, tls=server_context(certificate, key))
    await server.start()
    await send(server.port, b"11 <34>one TLS", ssl.create_default_context(cafile=str(certificate)))
    await sink.wait_for(1)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await send(server.port, b"<34>x\n", ssl.create_default_context())  # does not trust it
    await send(server.port, b"<34>plain text to a TLS port\n")
    await server.stop()
    assert [(record.raw, record.meta["transport"]) for record in sink.records] == [("<34>one TLS", "tls")]


async def test_tls_may_ask_for_a_client_certificate(tmp_path: Path) -> None:
    certificate, key = ensure_certificate(tmp_path, ["localhost"])
    sink = MemorySink()
    server = StreamServer(sink, HOST, 0, tls=server_context(certificate, key, client_ca=certificate))
    await server.start()
    trusted = ssl.create_default_context(cafile=str(certificate))
    trusted.load_cert_chain(certificate, key)
    await send(server.port, b"<34>known\n", trusted)
    await sink.wait_for(1)
    nobody = ssl.create_default_context(cafile=str(certificate))
    with contextlib.suppress(ssl.SSLError, ConnectionError):  # TLS 1.3 tells the client late
        await send(server.port, b"<34>unknown\n", nobody)
    await server.stop()
    assert [record.raw for record in sink.records] == ["<34>known"]


async def test_udp() -> None:
    sink = MemorySink()
    server = DatagramServer(sink, HOST, 0, options=SyslogOptions(batch_records=2))
    await server.start()
    datagrams(server.port, b"<34>one\n", b"<34>two\nwith two lines\0", b"\n", b"<34>three")
    await sink.wait_for(3)
    await server.stop()
    assert [(r.raw, r.number, r.meta) for r in sink.records] == [
        ("<34>one", 1, {"peer": HOST, "transport": "udp"}),
        ("<34>two\nwith two lines", 2, {"peer": HOST, "transport": "udp"}),
        ("<34>three", 3, {"peer": HOST, "transport": "udp"}),
    ]


async def test_udp_stopping_stores_what_the_kernel_holds() -> None:
    sink = MemorySink()
    server = DatagramServer(sink, HOST, 0, options=SyslogOptions(batch_wait=60))
    await server.start()
    datagrams(server.port, *[b"<34>%d" % n for n in range(1500)])
    await server.stop()
    assert [record.raw for record in sink.records] == [f"<34>{n}" for n in range(1500)]
    assert server.stats == SyslogStats(received=1500, bytes=sum(len(b"<34>%d" % n) for n in range(1500)))


async def test_udp_counts_what_the_kernel_drops() -> None:
    sink = MemorySink()
    sink.busy = True
    options = SyslogOptions(queue_records=10, receive_buffer=4096, batch_wait=0.01, grace=0.2)
    server = DatagramServer(sink, HOST, 0, options=options)
    await server.start()
    for _ in range(20):
        datagrams(server.port, *[b"<34>" + b"x" * 1000] * 10)
        await asyncio.sleep(0.005)
    stats = server.stats
    assert stats.received <= 20  # ten in the queue, ten on their way to the sink
    assert 150 < stats.dropped < 190
    waited = stats.received
    sink.busy = False
    await sink.wait_for(waited + 1)  # the queue has room again, so reading goes on
    await server.stop()
    assert server.stats.received + server.stats.dropped == 200


async def test_the_settings_name_the_servers(tmp_path: Path) -> None:
    sink = MemorySink()
    tcp, tls = free_port(), free_port()
    settings = Settings(data=tmp_path, syslog_udp=0, syslog_tcp=tcp, syslog_tls=tls, syslog_tenant="t2")
    inputs = SyslogInputs(sink, settings, ManualClock())
    await inputs.start()
    await send(tcp, b"<34>one\n")
    await send(tls, b"<34>two\n", ssl.create_default_context(cafile=str(tmp_path / "tls" / "syslog.crt")))
    await sink.wait_for(2)
    await inputs.stop()
    assert {batch.tenant for batch in sink.batches.values()} == {"t2"}
    assert {transport: stats.received for transport, stats in inputs.stats().items()} == {
        Transport.TCP: 1,
        Transport.TLS: 1,
    }
    assert inputs.dropped == 0


async def test_a_taken_port_leaves_nothing_listening(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        udp = free_port(socket.SOCK_DGRAM)
        settings = Settings(data=tmp_path, syslog_udp=udp, syslog_tcp=taken.getsockname()[1], syslog_tls=0)
        inputs = SyslogInputs(MemorySink(), settings, ManualClock())
        with pytest.raises(OSError, match="address already in use"):
            await inputs.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, udp))


@pytest.mark.skipif(shutil.which("logger") is None, reason="logger (util-linux) is not installed")
@pytest.mark.parametrize("options", [["--tcp"], ["--udp"], ["--tcp", "--octet-count"], ["--tcp", "--rfc3164"]])
async def test_logger_is_understood(options: list[str]) -> None:
    sink = MemorySink()
    kind = DatagramServer if "--udp" in options else StreamServer
    server = kind(sink, HOST, 0)
    await server.start()
    process = await asyncio.create_subprocess_exec(
        "logger",
        *options,
        "--server",
        HOST,
        "--port",
        str(server.port),
        "--tag",
        "app",
        "-p",
        "auth.crit",
        "to be kept",
    )
    assert await process.wait() == 0
    await sink.wait_for(1)
    await server.stop()
    (record,) = sink.records
    assert record.raw.startswith("<34>")
    assert record.raw.endswith("to be kept")
