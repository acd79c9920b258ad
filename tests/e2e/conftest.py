"""Servers in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.e2e.server import Server


@pytest.fixture
def make_server(tmp_path: Path) -> Generator[Callable[..., Server]]:
    made: list[Server] = []

    def make(*arguments: str) -> Server:
        server = Server(tmp_path / f"data{len(made)}", *arguments)
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    server = Server(tmp_path_factory.mktemp("server") / "data")
    server.start()
    yield server
    server.kill()
