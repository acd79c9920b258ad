"""Time as an argument: everything that needs "now" takes a `Clock`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests and drills bring their own."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000


class ManualClock:
    """A clock that stands still until moved."""

    def __init__(self, now_us: int = 0) -> None:
        self._now = now_us

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._now += int(seconds * 1_000_000)


def to_datetime(us: int) -> datetime:
    """Aware UTC datetime of microseconds since the epoch."""
    return datetime.fromtimestamp(us / 1_000_000, UTC)


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch; a naive datetime is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000)


def to_iso(us: int) -> str:
    """ISO 8601 in UTC with microseconds, e.g. `2026-03-01T08:00:00.000000Z`."""
    return to_datetime(us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
