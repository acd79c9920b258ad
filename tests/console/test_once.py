from __future__ import annotations

from ringfence.console.once import KEEP_US, MAX_KEPT, Once
from ringfence.core.clock import ManualClock


def test_a_value_is_taken_once_and_in_its_own_session() -> None:
    once = Once[str](ManualClock(1_000_000))
    key = once.keep("mine", "secret")
    assert once.take("other", key) is None
    assert once.take("mine", "guess") is None
    assert once.take("mine", key) == "secret"
    assert once.take("mine", key) is None


def test_a_value_is_forgotten_after_two_minutes() -> None:
    clock = ManualClock(1_000_000)
    once = Once[str](clock)
    key = once.keep("mine", "secret")
    clock.advance(KEEP_US // 1_000_000)
    assert once.take("mine", key) is None


def test_no_more_than_a_thousand_are_held() -> None:
    once = Once[int](ManualClock(1_000_000))
    keys = [once.keep("mine", number) for number in range(MAX_KEPT + 1)]
    assert once.take("mine", keys[0]) is None
    assert once.take("mine", keys[1]) == 1
    assert once.take("mine", keys[-1]) == MAX_KEPT
