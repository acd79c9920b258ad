"""A real `ringfence up` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One server over one data folder; can be killed and started again on the same ports."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.arguments = arguments
        self.port, self.syslog, self.syslog_tls = free_port(), free_port(), free_port()
        self.log = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.ingest_token = ""
        self.password = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = os.environ | {
            "RINGFENCE_SYSLOG_UDP": str(self.syslog),
            "RINGFENCE_SYSLOG_TCP": str(self.syslog),
            "RINGFENCE_SYSLOG_TLS": str(self.syslog_tls),
        }
        command = [sys.executable, "-m", "ringfence", "up", "--data", str(self.data), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*command, *self.arguments], env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/health", timeout=2).status_code == 200:
                    self._after_start()
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        pytest.fail(f"the server did not come up:\n{self.log.read_text()[-4000:]}")

    def _after_start(self) -> None:
        if not self.ingest_token:
            self.ingest_token = self.command("tokens", "add", "test sender").stdout.strip()
        found = re.search(r"with the password (\S+)", self.log.read_text())
        self.password = found[1] if found else self.password

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ringfence", *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            check=check,
            timeout=60,
        )

    def get(self, path: str, **query: Any) -> Any:
        token = (self.data / "cli-token").read_text()
        answer = httpx.get(
            f"{self.url}/api/v1{path}", params=query, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        answer.raise_for_status()
        return answer.json()

    def send(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        return httpx.post(
            self.url + path,
            content=body,
            headers={"Authorization": f"Bearer {self.ingest_token}", **headers},
            timeout=60,
        )

    def find(self, query: str, at_least: int = 1, seconds: float = 10) -> dict[str, Any]:
        """Search until enough is there; a test that must be quick gives the seconds that its reader would wait."""
        deadline = time.monotonic() + seconds
        while True:
            answer: dict[str, Any] = self.get("/events", q=query)
            if answer["total"] >= at_least or time.monotonic() > deadline:
                return answer
            time.sleep(0.1)
