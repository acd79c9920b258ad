"""Points of time and durations as people write them in a query."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ringfence.core.clock import to_us

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"([0-9]{1,10})([smhdw])")
_NOW = re.compile(r"now((?:[+-][0-9]{1,9}[smhdw]){0,8})")
_STEP = re.compile(r"([+-])([0-9]{1,9})([smhdw])")
_EPOCH = re.compile(r"[0-9]{9,16}")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DAY_US = 86_400_000_000
_MAX_SECONDS = 200 * 366 * 86_400


def seconds_of(text: str) -> int | None:
    """Return the seconds of a duration such as `90s`, `15m`, `24h`, `7d`, `2w`; None if it is none."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    seconds = int(found[1]) * _UNITS[found[2]]
    return seconds if seconds <= _MAX_SECONDS else None


def span_of(text: str, now_us: int) -> tuple[int, int] | None:
    """Return the half-open span in microseconds UTC that the words name, None if they name no time.

    Words: `now`, `now-1h`, `now-1d+2h`, a date (the day), date and time to the minute, second or fraction, with `Z`
    or an offset (UTC where none is given), or seconds or milliseconds since 1970.
    """
    relative = _NOW.fullmatch(text)
    if relative is not None:
        steps = _STEP.findall(relative[1])
        moment = now_us + sum(int(sign + count) * _UNITS[unit] * 1_000_000 for sign, count, unit in steps)
        return moment, moment + 1
    if _EPOCH.fullmatch(text):
        return _epoch(int(text))
    return _calendar(text)


def _epoch(number: int) -> tuple[int, int]:
    unit = 1_000_000 if number < 10**11 else 1_000 if number < 10**14 else 1
    return number * unit, (number + 1) * unit


def _calendar(text: str) -> tuple[int, int] | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    day, minute, second, fraction, zone = found.groups()
    iso = f"{day}T{minute or '00:00'}{(second or ':00')[:3]}"
    try:
        moment = datetime.fromisoformat(iso + (zone or "+00:00").replace("Z", "+00:00"))
        start = to_us(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None
    if fraction:
        digits = fraction[1:]
        unit = 10 ** (6 - len(digits))
        start += int(digits) * unit
        return start, start + unit
    return start, start + (1_000_000 if second else 60_000_000 if minute else _DAY_US)
