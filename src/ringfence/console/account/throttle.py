"""Slow down whoever guesses passwords from one address (the lock of a single account is the access room's)."""

from __future__ import annotations

from collections import OrderedDict, deque

from ringfence.core.clock import Clock

MAX_FAILURES = 30
WINDOW_US = 300 * 1_000_000
MAX_ADDRESSES = 10_000


class Throttle:
    """Counts wrong passwords by address over five minutes; remembers the 10,000 addresses that failed last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[int]] = OrderedDict()

    def failed(self, address: str) -> None:
        """Count a wrong password."""
        times = self._failures.setdefault(address, deque(maxlen=MAX_FAILURES))
        times.append(self._clock.now_us())
        self._failures.move_to_end(address)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def blocked(self, address: str) -> bool:
        """Tell whether the address has had 30 wrong passwords within the last five minutes."""
        times = self._failures.get(address)
        if times is None or len(times) < MAX_FAILURES:
            return False
        return times[0] > self._clock.now_us() - WINDOW_US
