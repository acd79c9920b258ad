"""Time ranges of the search page."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.core.i18n import N_
from ringfence.events.model import TimeRange

_MINUTE = 60_000_000

SPANS: dict[str, tuple[int, str]] = {
    "15m": (15 * _MINUTE, N_("Last 15 minutes")),
    "1h": (60 * _MINUTE, N_("Last hour")),
    "4h": (240 * _MINUTE, N_("Last 4 hours")),
    "24h": (1440 * _MINUTE, N_("Last 24 hours")),
    "7d": (7 * 1440 * _MINUTE, N_("Last 7 days")),
    "30d": (30 * 1440 * _MINUTE, N_("Last 30 days")),
    "all": (0, N_("Any time")),
}
DEFAULT = "24h"
CUSTOM = "custom"
_AHEAD = 5 * _MINUTE
"""How far ahead a clock may be before its events are left out of "the last hour"; "any time" has them."""


@dataclass(frozen=True, slots=True)
class Span:
    """A choice of time: a key of `SPANS`, or `custom` with both ends in microseconds UTC."""

    key: str = DEFAULT
    start: int | None = None
    end: int | None = None

    def range(self, now: int) -> TimeRange:
        """Return the range as it is at `now` (microseconds UTC)."""
        if self.key == CUSTOM:
            return TimeRange(self.start, self.end)
        width = SPANS[self.key][0]
        return TimeRange(now - width, now + _AHEAD) if width else TimeRange()

    def params(self) -> dict[str, str]:
        """Return the span as it stands in an address."""
        if self.key != CUSTOM:
            return {"r": self.key}
        return {"r": CUSTOM, "from": str(self.start), "to": str(self.end)}


def read_span(key: str, start: str, end: str) -> Span:
    """Return the span that an address names; the default where it makes no sense."""
    if key == CUSTOM and _is_moment(start) and _is_moment(end) and int(start) < int(end):
        return Span(CUSTOM, int(start), int(end))
    return Span(key) if key in SPANS else Span()


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 16
