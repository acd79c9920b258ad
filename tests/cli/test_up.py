"""What is wrong at the start is one sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ringfence.cli.app import app


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("RINGFENCE_") and name != "RINGFENCE_CACHE"]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("environment", "options", "words"),
    [
        ({"PORT": "abc"}, [], "RINGFENCE_PORT is 'abc', expected is a whole number from 0 to 65535"),
        ({"LOG_LEVEL": "loud"}, [], "RINGFENCE_LOG_LEVEL is 'loud', expected is debug, info, warning or error"),
        ({"RULES": "/nowhere/a:/nowhere/b"}, [], "there is no /nowhere/a"),
        ({"RULES": "[1"}, [], "RINGFENCE_RULES is '[1', expected is a list of paths with : between, or a JSON list"),
        ({}, ["--port", "70000"], "--port is '70000', expected is a whole number from 0 to 65535"),
        ({"TLS_CERT": "/nowhere/c"}, [], "RINGFENCE_TLS_CERT is set and RINGFENCE_TLS_KEY is not (set both or none)"),
        (
            {"TLS_CERT": "/nowhere/c", "TLS_KEY": "/nowhere/k"},
            [],
            "RINGFENCE_TLS_CERT: cannot read /nowhere/c: No such file or directory",
        ),
        ({"PORT": "0"}, ["--data", "/dev/null/data"], "cannot use /dev/null/data for data: Not a directory"),
        ({"PORT": "0"}, ["--data", "/dev/null"], "cannot use /dev/null for data: File exists"),
    ],
)
def test_wrong_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], options: list[str], words: str
) -> None:
    monkeypatch.setenv("RINGFENCE_DATA", str(tmp_path / "data"))
    for name, value in environment.items():
        monkeypatch.setenv(f"RINGFENCE_{name}", value)
    result = CliRunner().invoke(app, ["up", *options])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"ringfence: {words}")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_other_commands_say_it_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RINGFENCE_PORT", "abc")
    result = CliRunner().invoke(app, ["users", "list", "--data", str(tmp_path)])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "RINGFENCE_PORT" in result.stderr


@pytest.fixture(params=[(socket.SOCK_DGRAM, "udp"), (socket.SOCK_STREAM, "tcp"), (socket.SOCK_STREAM, "tls")])
def taken(request: pytest.FixtureRequest) -> Generator[tuple[int, str]]:
    kind, name = request.param
    with socket.socket(type=kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        yield holder.getsockname()[1], name


@pytest.mark.slow
def test_a_syslog_port_that_is_taken_is_named(tmp_path: Path, taken: tuple[int, str]) -> None:
    port, name = taken
    ports = {f"RINGFENCE_SYSLOG_{one}": "0" for one in ("UDP", "TCP", "TLS")}
    ports[f"RINGFENCE_SYSLOG_{name.upper()}"] = str(port)
    done = subprocess.run(
        [sys.executable, "-m", "ringfence", "up", "--port", "0", "--data", str(tmp_path / "data")],
        env=os.environ | ports | {"RINGFENCE_LOG_LEVEL": "error"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        f"ringfence: cannot listen for syslog on 127.0.0.1 port {port} ({name}): Address already in use "
        f"(choose another with RINGFENCE_SYSLOG_{name.upper()}, 0 for none)\n"
    )
