"""The door in front of the toolkit: no page, no socket and no toolkit object for who is not signed in."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringfence.console.services import Services
from ringfence.console.session import FIRST_STEP, session_of

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Nothing from anywhere else. The toolkit's page start and its options need inline scripts and `new Function`."""

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}

_ASSETS = "/_nicegui/"
_SOCKET = "/_nicegui_ws/"
_EARLY = frozenset({"/account"})
"""Pages for who has not yet changed the password that was made for them; their socket serves these pages only."""


class Guard:
    """ASGI middleware around the toolkit. Scripts and styles are open to all; everything else needs a session."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or send it to the sign-in page."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        if path.startswith(_ASSETS) or path == "/favicon.ico":
            await self._app(scope, receive, send)
            return
        found = await session_of(self._services, HTTPConnection(scope))
        if found is None:
            await _refuse(scope, receive, send, path)
            return
        if found.must_change_password and path not in _EARLY and not path.startswith(_SOCKET):
            await RedirectResponse(FIRST_STEP, 303)(scope, receive, send)
            return
        await self._app(scope, receive, _with_headers(send))


async def _refuse(scope: Scope, receive: Receive, send: Send, path: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "sign in first"})
        return
    if path.startswith(_SOCKET) or scope["method"] not in {"GET", "HEAD"}:
        await PlainTextResponse("sign in first", 401)(scope, receive, send)
        return
    query = scope["query_string"].decode("latin-1")
    wanted = path + (f"?{query}" if query else "")
    target = "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}"
    await RedirectResponse(target, 303)(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return wrapped
