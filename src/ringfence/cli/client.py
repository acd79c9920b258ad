"""Talks to the running server: finds its address and token in the data folder of this machine."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any

import httpx

from ringfence.core.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    QueryError,
    RingfenceError,
    SignInError,
    TooLargeError,
    UsageError,
)
from ringfence.runtime.paths import default_data_dir

ADDRESS_FILE = "address"
CERTIFICATE_FILE = "server.crt"
"""The server's own certificate, as `ringfence up` leaves it in the data folder: good for no other server."""
TOKEN_FILE = "cli-token"  # noqa: S105  the name of a file

_REMEDY = "start it with `ringfence up`, or set RINGFENCE_URL and RINGFENCE_TOKEN"
_KINDS: dict[int, type[RingfenceError]] = {
    400: UsageError,
    401: SignInError,
    403: DeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: TooLargeError,
}


def data_folder(given: Path | None) -> Path:
    """Return the data folder: the one given, `RINGFENCE_DATA`, `./data` where a server wrote there, the default."""
    if given is not None:
        return given
    if named := os.environ.get("RINGFENCE_DATA"):
        return Path(named)
    here = Path("data")
    return here if (here / TOKEN_FILE).exists() else default_data_dir()


class Client:
    """A signed-in caller of the API."""

    def __init__(self, data: Path | None = None) -> None:
        folder = data_folder(data)
        given = os.environ.get("RINGFENCE_URL")
        url = given.rstrip("/") if given else _read(folder / ADDRESS_FILE)
        token = os.environ.get("RINGFENCE_TOKEN") or _read(folder / TOKEN_FILE)
        self._http = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
            verify=_trust(None if given else folder / CERTIFICATE_FILE),
        )

    def get(self, path: str, **query: Any) -> Any:
        """Return the decoded answer; parameters that are None or empty are left out."""
        return self._send("GET", path, params={k: v for k, v in query.items() if v not in (None, "", [])})

    def post(self, path: str, body: Any) -> Any:
        """Return the decoded answer."""
        return self._send("POST", path, json=body)

    def upload(self, path: str, body: bytes, kind: str) -> Any:
        """Return the decoded answer to a body of the media type `kind`."""
        return self._send("POST", path, content=body, headers={"Content-Type": kind})

    def _send(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise UsageError(f"{self._http.base_url} is no address of a server: {error}", remedy=_REMEDY) from error
        except httpx.HTTPError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise RingfenceError(
                    f"the certificate of {self._http.base_url.host} is not trusted: {error}",
                    remedy="name the file of its authority with RINGFENCE_CA",
                ) from error
            raise RingfenceError(f"no answer from {self._http.base_url.host}: {error}", remedy=_REMEDY) from error
        if answer.is_success:
            return answer.json() if answer.content else None
        raise _error(answer)


def _trust(own: Path | None) -> ssl.SSLContext | bool:
    """What certificates to believe: those of `RINGFENCE_CA`, else the server's own where it left one, else public ones.

    The own certificate is believed whatever name it is for, because it alone is: the name in it is the one that
    browsers use, and the command line calls the loopback address.
    """
    if path := os.environ.get("RINGFENCE_CA"):
        try:
            return ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"RINGFENCE_CA: {path} is no file of PEM certificates") from error
    if own is None or not own.exists():
        return True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=_read(own))
    return context


def _error(answer: httpx.Response) -> RingfenceError:
    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        return RingfenceError(f"the server answered {answer.status_code}")
    message, remedy = str(body.get("message", answer.status_code)), str(body.get("remedy", ""))
    if body.get("code") == QueryError.code:
        query = str(answer.request.url.params.get("q", ""))
        length = int(body.get("length") or 1)
        return QueryError(message, query=query, position=int(body.get("position") or 0), length=length, remedy=remedy)
    return _KINDS.get(answer.status_code, RingfenceError)(message, remedy=remedy)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise UsageError(f"no running Ringfence found ({path})", remedy=_REMEDY) from error
