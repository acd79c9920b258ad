"""The error tree. Everything Ringfence raises on purpose is a `RingfenceError`.

RingfenceError
├── UsageError          the caller asked for something that makes no sense (exit code 2, HTTP 400)
│   └── QueryError      a search expression is wrong; knows the place (HTTP 400)
├── InputError          what was read is broken (exit code 3, HTTP 400)
│   ├── ParseError      one record was not understood; the stream goes on
│   ├── ContentError    a rule or other content file is wrong; knows file, line, column
│   └── TooLargeError   a bound on size, depth or count was passed (HTTP 413)
├── NotFoundError       (HTTP 404)
├── ConflictError       somebody else changed it meanwhile (HTTP 409)
├── DeniedError         the actor may not do this (HTTP 403)
├── SignInError         wrong or missing credentials (HTTP 401)
└── BusyError           a bounded queue is full, try again (HTTP 503)
"""

from __future__ import annotations


class RingfenceError(Exception):
    """Base of all errors raised on purpose: `code` for machines, `remedy` for people (may be empty)."""

    code = "error"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class UsageError(RingfenceError):
    """The request itself makes no sense."""

    code = "usage"


class QueryError(UsageError):
    """A search expression is wrong at `position` (0-based character offset, `length` characters long)."""

    code = "query"

    def __init__(self, message: str, *, query: str, position: int, length: int = 1, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.query = query
        self.position = position
        self.length = length

    def pointer(self) -> str:
        """Return the query with a line of carets under the wrong place."""
        return f"{self.query}\n{' ' * self.position}{'^' * max(1, self.length)}"


class InputError(RingfenceError):
    """Something that was read is broken."""

    code = "input"


class ParseError(InputError):
    """One record was not understood; it goes to quarantine with this message as the reason."""

    code = "parse"


class ContentError(InputError):
    """A content file (rule, playbook, ...) is wrong; `str()` reads `path:line:column message`."""

    code = "content"

    def __init__(self, message: str, *, path: str = "", line: int = 0, column: int = 0, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column} " if self.line else f"{self.path} " if self.path else ""
        return place + super().__str__()


class TooLargeError(InputError):
    """A bound on size, depth or count was passed."""

    code = "too_large"


class NotFoundError(RingfenceError):
    """The thing does not exist, or not for this tenant."""

    code = "not_found"


class ConflictError(RingfenceError):
    """Somebody else changed the thing meanwhile."""

    code = "conflict"


class DeniedError(RingfenceError):
    """The actor is known and may not do this."""

    code = "denied"


class SignInError(RingfenceError):
    """Credentials are wrong, missing, expired or locked."""

    code = "sign_in"


class BusyError(RingfenceError):
    """A bounded queue is full: nothing was taken, send it again."""

    code = "busy"
