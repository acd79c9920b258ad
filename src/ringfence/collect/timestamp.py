"""Times as JSON records carry them: one tolerant function, fast for ISO 8601, which nearly all of them are."""

from __future__ import annotations

import math
from functools import lru_cache

from ringfence.collect.text_time import any_us, day_number

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_MAX_SECONDS = 20_000
_LATEST = 253_402_300_800 * _SECOND
"""First microsecond of the year 10000: nothing later is a time."""
_FILETIME_EPOCH = 11_644_473_600
"""Seconds from 1601-01-01, where FILETIME begins, to 1970-01-01."""

_seconds: dict[str, int] = {}


def parse_time(value: object, zone: int = 0, now_us: int = 0) -> int | None:
    """Return microseconds since 1970-01-01 UTC, or None where the value is no time.

    Takes ISO 8601 with any fraction and offset, numbers (and digits as text) in seconds, milliseconds, microseconds or
    nanoseconds since 1970, RFC 2822, Common Log Format, ctime, `MM/DD/YYYY HH:MM:SS`. zone: minutes east of UTC of
    times that name no zone. now_us: gives the year to times that name none; without it those are no times.
    """
    if type(value) is str:
        if 18 < len(value) < 64:
            start = value[:19]
            second = _seconds.get(start)
            if second is None:
                second = _second(start)
            if second is not None:
                tail = _tail(value[19:])
                if tail is not None:
                    return second + tail[0] - zone * _MINUTE if zone and not tail[1] else second + tail[0]
        return _slow(value.strip(), zone, now_us)
    if type(value) is int or type(value) is float:
        return epoch_us(value)
    return None


def _second(text: str) -> int | None:
    """Microseconds of `YYYY-MM-DD?HH:MM:SS`, remembered: events of one second share it. None for anything else."""
    if text[4] != "-" or text[7] != "-" or text[10] not in "Tt _" or text[13] != ":" or text[16] != ":":
        return None
    parts = (text[:4], text[5:7], text[8:10], text[11:13], text[14:16], text[17:19])
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    year, month, day, hour, minute, second = map(int, parts)
    number = day_number(year, month, day)
    if number is None or hour > 23 or minute > 59 or second > 60:
        return None
    found = (number * 86_400 + hour * 3600 + minute * 60 + second) * _SECOND
    if len(_seconds) >= _MAX_SECONDS:
        _seconds.clear()
    _seconds[text] = found
    return found


@lru_cache(maxsize=16384)
def _tail(text: str) -> tuple[int, bool] | None:
    """What stands behind the second, as microseconds to add, and whether it names a zone; None if it is no such thing.

    Remembered: there are a thousand milliseconds, and loggers rarely write more.
    """
    micro = 0
    if text[:1] in (".", ","):
        digits = text[1:]
        rest = digits.lstrip("0123456789")
        digits = digits[: len(digits) - len(rest)]
        if not digits:
            return None
        micro = int(digits[:6].ljust(6, "0"))
        text = rest
    if not text:
        return micro, False
    east = _offset(text)
    return None if east is None else (micro - east * _MINUTE, True)


def _offset(text: str) -> int | None:
    """Minutes east of UTC of `Z`, `UTC`, `+01:00`, `-0500`, `+01`; None for anything else."""
    text = text.strip()
    if text in ("Z", "z", "UTC", "GMT"):
        return 0
    if text[:1] not in ("+", "-"):
        return None
    digits = text[1:].replace(":", "")
    if len(digits) not in (2, 4) or not digits.isdigit():
        return None
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if text[0] == "-" else minutes


def _slow(text: str, zone: int, now_us: int) -> int | None:
    if not text or len(text) > 80:
        return None
    if text[0].isdigit() and text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit():
        if len(text) == 14 and "." not in text and text[0] in "12":
            found = any_us(text, 0, zone)
            if found is not None:
                return found[0]
        return epoch_us(float(text) if "." in text else int(text))
    if text.startswith("/Date(") and text.endswith(")/"):
        return _slow(text[6:-2].split("+", maxsplit=1)[0], zone, now_us)
    if len(text) == 10 and text[4] == "-" and text[7] == "-":
        start = _second(f"{text} 00:00:00")
        return None if start is None else start - zone * _MINUTE
    found = any_us(text, 0, zone, now_us)
    return found[0] if found is not None else None


def epoch_us(number: int | float) -> int | None:
    """Return microseconds of a count since 1970; the unit (s, ms, µs, ns) is told by the size. None before 1971."""
    if isinstance(number, float) and not math.isfinite(number):
        return None
    if number < 31_536_000:
        return None
    for limit, multiply, divide in (
        (10**11, _SECOND, 1),
        (10**14, 1000, 1),
        (10**17, 1, 1),
        (10**20, 1, 1000),
    ):
        if number < limit:
            moment = round(number * multiply) if multiply > 1 else int(number) // divide
            return moment if moment < _LATEST else None
    return None


def filetime_us(number: int) -> int | None:
    """Return microseconds since 1970 of a Windows FILETIME (100 ns since 1601)."""
    moment = number // 10 - _FILETIME_EPOCH * _SECOND
    return moment if 0 <= moment < _LATEST else None
