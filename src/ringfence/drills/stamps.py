"""Time stamps as the products write them. The part down to the second is cached: records come in time order."""

from __future__ import annotations

from functools import lru_cache

from ringfence.core.clock import to_datetime

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


@lru_cache(maxsize=4096)
def _iso(second: int) -> str:
    return to_datetime(second * SECOND).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=4096)
def _rfc3164(second: int) -> str:
    moment = to_datetime(second * SECOND)
    return f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}"


@lru_cache(maxsize=4096)
def _apache(second: int) -> str:
    return to_datetime(second * SECOND).strftime("%d/%b/%Y:%H:%M:%S +0000")


def iso(time_us: int) -> str:
    """`2026-03-01T08:00:00Z`."""
    return _iso(time_us // SECOND) + "Z"


def iso_bare(time_us: int) -> str:
    """`2026-03-01T08:00:00` (UTC without saying so, as Microsoft 365 does)."""
    return _iso(time_us // SECOND)


def iso_ms(time_us: int) -> str:
    """`2026-03-01T08:00:00.123Z`."""
    return f"{_iso(time_us // SECOND)}.{time_us % SECOND // 1000:03d}Z"


def iso_us(time_us: int) -> str:
    """`2026-03-01T08:00:00.123456Z`."""
    return f"{_iso(time_us // SECOND)}.{time_us % SECOND:06d}Z"


def sysmon(time_us: int) -> str:
    """`2026-03-01 08:00:00.123`."""
    return f"{_iso(time_us // SECOND).replace('T', ' ')}.{time_us % SECOND // 1000:03d}"


def rfc3164(time_us: int) -> str:
    """`Mar  1 08:00:00` (UTC)."""
    return _rfc3164(time_us // SECOND)


def apache(time_us: int) -> str:
    """`01/Mar/2026:08:00:00 +0000`."""
    return _apache(time_us // SECOND)
