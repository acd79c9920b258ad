"""Times as text logs write them, read without `strptime` (a text parser reads one for every line).

All functions return microseconds UTC, or None where the text is no valid time. `zone` is what a time without a zone is
taken for: minutes east of UTC.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

SECOND = 1_000_000
DAY = 86_400 * SECOND
MONTHS = {
    name: number + 1
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}
_EPOCH = date(1970, 1, 1).toordinal()
_FUTURE_DAYS = 2
"""A time without a year may lie this many days after now (clocks that run fast, zones) and still be of this year."""

ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "MET": 60, "CEST": 120, "MEST": 120,
    "EET": 120, "EEST": 180, "MSK": 180, "IST": 330, "HKT": 480, "SGT": 480, "AWST": 480, "JST": 540, "KST": 540,
    "AEST": 600, "AEDT": 660, "ACST": 570, "NZST": 720, "NZDT": 780, "EST": -300, "EDT": -240, "CST": -360,
    "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "HST": -600, "BRT": -180,
}  # fmt: skip
"""Minutes east of UTC of the zone names that logs use; CST is the American one, as RFC 2822 has it."""

_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T _]{1,2}(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    r"(?:\s?(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)(?![\w:]))?",
)
_CLF = re.compile(r"(\d{1,2})/([A-Za-z]{3})/(\d{4}):(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ([+-]\d{4}))?")
_CTIME = re.compile(
    r"(?:[A-Za-z]{3},? {1,2})?([A-Za-z]{3}) {1,2}(\d{1,2}) {1,2}(\d\d)"
    r":(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ([A-Z]{1,5}))? (\d{4})(?!\d)"
)
_YEAR_FIRST = re.compile(
    r"(?:[A-Za-z]{3},? )?([A-Za-z]{3}) {1,2}(\d{1,2}),? (\d{4}),? (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    r"(?: ?(Z|[+-]\d\d:?\d\d|[A-Z]{3,4})\b)?"
)
_DAY_FIRST = re.compile(
    r"(?:[A-Za-z]{3}, )?(\d{1,2})[- ]([A-Za-z]{3})[- ](\d{4})[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    r"(?: ?(Z|[+-]\d\d:?\d\d|[A-Z]{3,4})\b)?"
)
_AMERICAN = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}),? {1,2}(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?([AP]M))?", re.I
)
_SNORT = re.compile(r"(\d\d)/(\d\d)(?:/(\d{2,4}))?-(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_KLOG = re.compile(r"[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})")
_SHORT = re.compile(r"(\d\d)(\d\d)(\d\d) ([ \d]\d):(\d\d):(\d\d)(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[ T-]|<;>)?(\d\d):?(\d\d):?(\d\d)(?:[.,](\d{1,9}))?(Z)?(?!\d)")
_BSD = re.compile(r"([A-Za-z]{3}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?![\d:])")
_EPOCH_TIME = re.compile(r"(\d{9,10})(?:\.(\d{1,9}))?(?![\d.])")


@lru_cache(maxsize=4096)
def day_number(year: int, month: int, day: int) -> int | None:
    """Days since 1970-01-01, or None where the calendar has no such day."""
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def day_without_year(month: int, day: int, today: int) -> int | None:
    """Days since 1970-01-01 of the last such day that is not far after `today` (days since 1970-01-01)."""
    this_year = date.fromordinal(max(today, 0) + _EPOCH).year
    for year in range(this_year + 1, max(this_year - 9, 1), -1):
        found = day_number(year, month, day)
        if found is not None and found <= today + _FUTURE_DAYS:
            return found
    return None


def fraction(digits: str | None) -> int:
    """Microseconds of the digits after a decimal point; nanoseconds are cut off."""
    return int(digits[:6].ljust(6, "0")) if digits else 0


@lru_cache(maxsize=256)
def offset(text: str | None, zone: int = 0) -> int:
    """Minutes east of UTC of `Z`, `+02:00`, `-0500`, `CEST`; `zone` where there is none or it is not known."""
    if not text:
        return zone
    if text[0] in "+-":
        digits = text[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:4])
        return -minutes if text[0] == "-" else minutes
    return ZONES.get(text.upper(), zone)


def join(day: int | None, hour: str, minute: str, second: str, part: str | None, east: int) -> int | None:
    """Microseconds UTC of the parts of a local time `east` minutes east of UTC; None for a part out of range."""
    h, m, s = int(hour), int(minute), int(second)
    if day is None or h > 24 or m > 59 or s > 60:
        return None
    return ((day * 24 + h) * 60 + m - east) * 60 * SECOND + s * SECOND + fraction(part)


def iso_us(text: str, position: int = 0, zone: int = 0) -> int | None:
    """Read `2026-03-01T08:00:00.123+01:00` and its kin (blank for T, slashes for dashes, a comma) at `position`."""
    found = _ISO.match(text, position)
    if found is None:
        return None
    year, month, day, hour, minute, second, part, east = found.groups()
    return join(day_number(int(year), int(month), int(day)), hour, minute, second, part, offset(east, zone))


def clf_us(text: str, position: int = 0, zone: int = 0) -> int | None:
    """Read `01/Mar/2026:08:00:00 +0100` (web servers) at `position`."""
    found = _CLF.match(text, position)
    if found is None:
        return None
    day, month, year, hour, minute, second, part, east = found.groups()
    number = day_number(int(year), MONTHS.get(month.lower(), 0), int(day))
    return join(number, hour, minute, second, part, offset(east, zone))


def bsd_us(text: str, now_us: int, position: int = 0, zone: int = 0) -> int | None:
    """Read `Mar  1 08:00:00.123` at `position`; the year is the last that is not far after `now_us`."""
    found = _BSD.match(text, position)
    if found is None:
        return None
    month, day, hour, minute, second, part = found.groups()
    number = day_without_year(MONTHS.get(month.lower(), 0), int(day), now_us // DAY)
    return join(number, hour, minute, second, part, zone)


def _named(found: re.Match[str], order: str, zone: int) -> int | None:
    """Build the time of a match whose groups stand in `order`: y, b (month name), m, d, H, M, S, f, z, p (AM/PM)."""
    part = dict(zip(order, found.groups(), strict=True))
    month = MONTHS.get(part["b"].lower(), 0) if "b" in part else int(part["m"])
    hour = part["H"]
    if part.get("p"):
        hour = str(int(hour) % 12 + (12 if part["p"].upper() == "PM" else 0))
    day = day_number(int(part["y"]), month, int(part["d"]))
    return join(day, hour, part["M"], part["S"], part["f"], offset(part.get("z"), zone))


_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_ISO, "ymdHMSfz"),
    (_CLF, "dbyHMSfz"),
    (_CTIME, "bdHMSfzy"),
    (_YEAR_FIRST, "bdyHMSfz"),
    (_DAY_FIRST, "dbyHMSfz"),
    (_AMERICAN, "mdyHMSfp"),
    (_COMPACT, "ymdHMSfz"),
)


def any_us(text: str, position: int = 0, zone: int = 0, now_us: int = 0) -> tuple[int, int] | None:
    """Read a time of any known form at `position`: (microseconds, position after it), or None.

    Forms without a year are read only where `now_us` is given.
    """
    for pattern, order in _FORMS:
        found = pattern.match(text, position)
        if found is not None:
            time = _named(found, order, zone)
            if time is not None:
                return time, found.end()
    found = _SNORT.match(text, position)
    if found is not None and (found[3] or now_us):
        month, day, year, hour, minute, second, part = found.groups()
        number = (
            day_number(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
            if year
            else day_without_year(int(month), int(day), now_us // DAY)
        )
        time = join(number, hour, minute, second, part, zone)
        return None if time is None else (time, found.end())
    found = _KLOG.match(text, position)
    if found is not None and now_us:
        month, day, hour, minute, second, part = found.groups()
        number = day_without_year(int(month), int(day), now_us // DAY)
        time = join(number, hour, minute, second, part, zone)
        return None if time is None else (time, found.end())
    found = _SHORT.match(text, position)
    if found is not None:
        year, month, day, hour, minute, second = found.groups()
        time = join(day_number(2000 + int(year), int(month), int(day)), hour, minute, second, None, zone)
        return None if time is None else (time, found.end())
    if now_us:
        found = _BSD.match(text, position)
        if found is not None:
            time = bsd_us(text, now_us, position, zone)
            return None if time is None else (time, found.end())
    found = _EPOCH_TIME.match(text, position)
    if found is not None:
        return int(found[1]) * SECOND + fraction(found[2]), found.end()
    return None
