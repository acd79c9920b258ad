"""The command line against a real HTTPS server whose certificate no public authority signed."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ringfence.cli.client import Client
from ringfence.cli.server import _leave_address  # pyright: ignore[reportPrivateUsage]
from ringfence.collect.inputs.tls_certificate import ensure_certificate, server_context
from ringfence.core.errors import ConflictError, NotFoundError, RingfenceError, UsageError
from ringfence.runtime.settings import read_settings


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = {"/api/v1/gone": 404, "/api/v1/two": 409}.get(self.path, 200)
        body = b'{"code": "x", "message": "no", "remedy": "try"}' if status != 200 else b'{"name": "mia"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(context: ssl.SSLContext) -> HTTPServer:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return ensure_certificate(tmp_path / "tls", ["soc.example.com"])  # a name that the loopback address is not


@pytest.fixture
def server(certificate: tuple[Path, Path]) -> Generator[HTTPServer]:
    server = serve(server_context(*certificate))
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def data(tmp_path: Path, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("RINGFENCE_URL", "RINGFENCE_TOKEN", "RINGFENCE_CA"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "address").write_text(f"https://127.0.0.1:{server.server_port}")
    (folder / "cli-token").write_text("rf_1_2")
    return folder


def test_the_servers_own_certificate_is_trusted_whatever_its_name(
    data: Path, server: HTTPServer, certificate: tuple[Path, Path]
) -> None:
    with pytest.raises(RingfenceError, match="is not trusted"):
        Client(data).get("/me")
    settings = read_settings(data=data, port=server.server_port, tls_cert=certificate[0], tls_key=certificate[1])
    _leave_address(settings)
    assert Client(data).get("/me") == {"name": "mia"}
    _leave_address(read_settings(data=data, port=server.server_port))
    assert not (data / "server.crt").exists()


def test_only_the_first_certificate_of_a_chain_is_left(
    data: Path, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    other, _ = ensure_certificate(tmp_path / "authority", ["authority.example.com"])
    chain = tmp_path / "chain.pem"
    chain.write_text("a comment\n" + certificate[0].read_text() + other.read_text())
    _leave_address(read_settings(data=data, tls_cert=chain, tls_key=certificate[1]))
    assert (data / "server.crt").read_text() == certificate[0].read_text()


def test_another_certificate_is_not_trusted(data: Path, tmp_path: Path, server: HTTPServer) -> None:
    other, key = ensure_certificate(tmp_path / "other", ["127.0.0.1"])
    _leave_address(read_settings(data=data, port=server.server_port, tls_cert=other, tls_key=key))
    with pytest.raises(RingfenceError, match=r"is not trusted.*RINGFENCE_CA") as caught:
        Client(data).get("/me")
    assert "no answer" not in str(caught.value)


def test_an_authority_can_be_named(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = ensure_certificate(tmp_path / "named", ["127.0.0.1", "soc.example.com"])
    named = serve(server_context(certificate, key))
    try:
        monkeypatch.setenv("RINGFENCE_URL", f"https://127.0.0.1:{named.server_port}/")
        with pytest.raises(RingfenceError, match="is not trusted"):
            Client(data).get("/me")
        monkeypatch.setenv("RINGFENCE_CA", str(certificate))
        assert Client(data).get("/me") == {"name": "mia"}
    finally:
        named.shutdown()
        named.server_close()


def test_with_a_named_authority_the_name_counts(
    data: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGFENCE_CA", str(certificate[0]))
    with pytest.raises(RingfenceError, match="is not trusted"):
        Client(data).get("/me")


def test_a_wrong_file_of_authorities_is_said(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rubbish = tmp_path / "rubbish.pem"
    for make in (lambda: None, lambda: rubbish.write_text("no certificate")):
        make()
        monkeypatch.setenv("RINGFENCE_CA", str(rubbish))
        with pytest.raises(UsageError, match=r"RINGFENCE_CA: .* is no file of PEM certificates"):
            Client(data)


def test_answers_keep_their_kind(data: Path, server: HTTPServer, certificate: tuple[Path, Path]) -> None:
    _leave_address(read_settings(data=data, port=server.server_port, tls_cert=certificate[0], tls_key=certificate[1]))
    with pytest.raises(NotFoundError, match=r"no \(try\)"):
        Client(data).get("/gone")
    with pytest.raises(ConflictError):
        Client(data).get("/two")


def test_an_address_that_is_none_is_wrong_usage(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_URL", "soc.example.com")
    with pytest.raises(UsageError, match="is no address of a server"):
        Client(data).get("/me")
