"""A real server, a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, WebSocket, sync_playwright
from tests.console.seed import PASSWORD

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with the demo company's day in it."""
    with serving("tests.console.seed", tmp_path_factory.mktemp("console")) as address:
        yield address


@contextmanager
def serving(module: str, folder: Path) -> Generator[str]:
    """Address of a server that the module starts with a data folder of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    log = folder / "log"
    with log.open("w") as output:  # a file, not a pipe: a pipe that nobody empties stops the server
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(folder / "data"), str(port)],
            stdout=output, stderr=output, env=environment, cwd=Path(__file__).parents[2],
        )  # fmt: skip
    try:
        while "ready\n" not in log.read_text():
            if process.poll() is not None:
                pytest.fail(log.read_text()[-4000:])
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def client_of(server: str, name: str, password: str = PASSWORD) -> Generator[httpx.Client]:
    """An HTTP client that signed in as the user."""
    with httpx.Client(base_url=server, verify=False) as client:
        csrf = client.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
        answer = client.post("/login", data={"name": name, "password": password, "csrf": csrf})
        assert answer.status_code == 303, answer.text
        yield client


@pytest.fixture(scope="session")
def token_of(server: str) -> Callable[[str], str]:
    """Session tokens by user, one sign-in each: checking a password is slow on purpose."""
    tokens: dict[str, str] = {}

    def get(name: str) -> str:
        if name not in tokens:
            with client_of(server, name) as client:
                tokens[name] = client.cookies["rf_session"]
        return tokens[name]

    return get


@pytest.fixture
def signed_in(server: str, token_of: Callable[[str], str]) -> Iterator[Callable[[str], httpx.Client]]:
    """Make clients that are signed in."""
    with ExitStack() as stack:

        def make(name: str) -> httpx.Client:
            cookies = {"rf_session": token_of(name)}
            return stack.enter_context(httpx.Client(base_url=server, verify=False, cookies=cookies))

        yield make


@pytest.fixture
def stranger(server: str) -> Iterator[httpx.Client]:
    """An HTTP client of nobody."""
    with httpx.Client(base_url=server, verify=False) as client:
        yield client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("there is no /usr/bin/chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """A person at a browser. Everything that goes wrong in the browser or leaves this machine is kept."""

    server: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    def goto(self, path: str) -> None:
        self.page.goto(self.server + path)
        self.page.wait_for_selector(".rf-content h1")

    def heading(self) -> str:
        return self.page.inner_text(".rf-content h1")

    def sign_in(self, name: str = "alice", password: str = PASSWORD) -> None:
        self.page.goto(self.server + "/login")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")

    def sideways(self) -> int:
        """How many pixels the page is wider than the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def visitor_at(stack: ExitStack, browser: Browser, server: str, width: int, **cookies: str) -> Visitor:
    """A visitor whose browser is closed with the stack; the complaints are for the caller to look at."""
    context = browser.new_context(viewport={"width": width, "height": 900}, timezone_id="Asia/Shanghai")
    stack.callback(context.close)
    context.add_cookies([{"name": f"rf_{key}", "value": value, "url": server} for key, value in cookies.items()])
    page = context.new_page()
    visitor = Visitor(server, page)

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            visitor.complaints.append(f"{message.type}: {message.text}")

    def asked(request: Request | WebSocket) -> None:
        if not request.url.startswith((server, "data:", server.replace("http", "ws", 1))):
            visitor.complaints.append(f"asked {request.url}")

    page.on("console", heard)
    page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    page.on("request", asked)
    page.on("websocket", asked)
    return visitor


@pytest.fixture
def visit(server: str, browser: Browser, token_of: Callable[[str], str]) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; the test fails when a browser complained or asked anybody but the server."""
    visitors: list[Visitor] = []
    with ExitStack() as stack:

        def make(*, signed_in_as: str = "alice", width: int = 1440, **cookies: str) -> Visitor:
            visitor = visitor_at(stack, browser, server, width, **cookies)
            visitors.append(visitor)
            if signed_in_as:
                session = {"name": "rf_session", "value": token_of(signed_in_as), "url": server}
                visitor.page.context.add_cookies([session])  # pyright: ignore[reportArgumentType]
            return visitor

        yield make
        assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
