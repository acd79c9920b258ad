"""What is shown exactly once: a new password, the secret of a token, the report of an import."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Generic, TypeVar

from ringfence.core.clock import Clock
from ringfence.core.ids import digest

_T = TypeVar("_T")

KEEP_US = 120 * 1_000_000
MAX_KEPT = 1000


class Once(Generic[_T]):
    """Holds a value for two minutes between the answer to a form and the page after it.

    The value is in memory alone, never in an address, a cookie or a file; the key opens it once and only in the
    session that it was kept for.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, _T]] = OrderedDict()

    def keep(self, session: str, value: _T) -> str:
        """Return the key that `take` opens in the same session."""
        self._forget()
        if len(self._kept) >= MAX_KEPT:
            self._kept.popitem(last=False)
        key = secrets.token_urlsafe(12)
        self._kept[digest("once", session, key)] = (self._clock.now_us() + KEEP_US, value)
        return key

    def take(self, session: str, key: str) -> _T | None:
        """Return the value and forget it; None when it was taken, is too old or belongs to another session."""
        self._forget()
        found = self._kept.pop(digest("once", session, key), None)
        return found[1] if found else None

    def _forget(self) -> None:
        now = self._clock.now_us()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)
