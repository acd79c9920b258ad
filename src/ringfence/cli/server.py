"""Runs the server: opens the installation, serves the web application, ends everything in order."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from ringfence.cli.client import ADDRESS_FILE, CERTIFICATE_FILE
from ringfence.cli.output import err, out
from ringfence.core.errors import UsageError
from ringfence.runtime.memory import settle
from ringfence.runtime.settings import Settings, check_tls
from ringfence.wiring import Ringfence, base_url


class _Server(uvicorn.Server):
    """Leaves the signals to `serve`, which has more to end than the web server."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises: UsageError when a port or the data folder cannot be had, or certificate and key are no pair.
    """
    check_tls(settings)
    listener = _listen(settings)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})  # 0 asks for any that is free
    system = await Ringfence.open(settings)
    first = await system.people.ensure_first()
    token = await system.local_token()
    _leave_address(settings)
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "timeout_graceful_shutdown": 5}
    if settings.tls_cert is not None:
        options |= {"ssl_certfile": settings.tls_cert, "ssl_keyfile": settings.tls_key}
    server = _Server(uvicorn.Config(system.web(), ws_max_size=16 * 1024 * 1024, **options))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    try:
        await system.start()
        settle()
        _welcome(settings, first, token)
        await server.serve(sockets=[listener])
        err.print("stopping: finishing what was taken ...")
    finally:
        await system.stop()


def _leave_address(settings: Settings) -> None:
    """Leave address and certificate in the data folder for the commands on this machine."""
    (settings.data / ADDRESS_FILE).write_text(base_url(settings))
    certificate = settings.data / CERTIFICATE_FILE
    if settings.tls_cert is None:
        certificate.unlink(missing_ok=True)
        return
    # The first one alone is the server's; what follows are authorities, which vouch for others too.
    own, end, _ = settings.tls_cert.read_text().partition("-----END CERTIFICATE-----")
    certificate.write_text(f"{own[own.find('-----BEGIN CERTIFICATE-----') :]}{end}\n")


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise UsageError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}",
            remedy="choose another with --port or RINGFENCE_PORT",
        ) from error
    return listener


def _welcome(settings: Settings, first: tuple[str, str] | None, token: Path) -> None:
    out.print(f"\nRingfence runs at [bold]{base_url(settings)}[/]")
    if first is not None:
        out.print(f"  sign in as [bold]{first[0]}[/] with the password [bold]{first[1]}[/] (shown this once)")
    else:
        out.print("  sign in with your password; forgotten: ringfence users reset-password admin")
    ports = (("udp", settings.syslog_udp), ("tcp", settings.syslog_tcp), ("tls", settings.syslog_tls))
    out.print("  syslog: " + (", ".join(f"{name} {port}" for name, port in ports if port) or "off"))
    out.print(f"  HTTP inputs and API: see Sources in the console; token for this machine: {token}")
    if settings.demo:
        out.print("  the demo plays: the first attack shows within half a minute, all five within four")
    out.print("  Ctrl-C ends it\n")
