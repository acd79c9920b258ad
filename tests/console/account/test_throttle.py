from __future__ import annotations

from ringfence.console.account.throttle import MAX_ADDRESSES, MAX_FAILURES, Throttle
from ringfence.core.clock import ManualClock


def test_an_address_is_blocked_after_thirty_failures_for_five_minutes() -> None:
    clock = ManualClock(10**15)
    throttle = Throttle(clock)
    for _ in range(MAX_FAILURES - 1):
        throttle.failed("192.0.2.1")
    assert not throttle.blocked("192.0.2.1")
    throttle.failed("192.0.2.1")
    assert throttle.blocked("192.0.2.1")
    assert not throttle.blocked("192.0.2.2")
    clock.advance(299)
    assert throttle.blocked("192.0.2.1")
    clock.advance(2)
    assert not throttle.blocked("192.0.2.1")


def test_only_so_many_addresses_are_remembered() -> None:
    throttle = Throttle(ManualClock(10**15))
    for _ in range(MAX_FAILURES):
        throttle.failed("first")
    for number in range(MAX_ADDRESSES):
        throttle.failed(str(number))
    assert not throttle.blocked("first")
