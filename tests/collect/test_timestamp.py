"""Times of JSON records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.collect.timestamp import epoch_us, filetime_us, parse_time
from ringfence.core.clock import to_iso

T = 1772352000_000000
"""2026-03-01T08:00:00Z."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T08:00:00Z", T),
        ("2026-03-01T08:00:00", T),
        ("2026-03-01 08:00:00", T),
        ("2026-03-01T08:00:00.1Z", T + 100_000),
        ("2026-03-01T08:00:00.123456789Z", T + 123_456),
        ("2026-03-01 08:00:00.123", T + 123_000),
        ("2026-03-01T08:00:00,5", T + 500_000),
        ("2026-03-01T09:00:00+01:00", T),
        ("2026-03-01T09:00:00.25+0100", T + 250_000),
        ("2026-03-01T13:30:00+05:30", T),
        ("2026-03-01T03:00:00-05", T),
        ("2026-03-01 08:00:00 UTC", T),
        (" 2026-03-01T08:00:00Z ", T),
        ("2026-03-01", T - 8 * 3600 * 1_000_000),
        ("01/Mar/2026:09:00:00 +0100", T),
        ("Sun, 01 Mar 2026 08:00:00 GMT", T),
        ("Sun Mar  1 08:00:00 2026", T),
        ("3/1/2026 8:00:00 AM", T),
        ("20260301080000", T),
        ("/Date(1772352000123)/", T + 123_000),
        (1772352000, T),
        (1772352000.25, T + 250_000),
        (1772352000123, T + 123_000),
        (1772352000123456, T + 123_456),
        (1772352000123456789, T + 123_456),
        ("1772352000", T),
        ("1772352000.5", T + 500_000),
        ("1772352000123", T + 123_000),
    ],
)
def test_forms(value: object, expected: int) -> None:
    assert parse_time(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-",
        "soon",
        "2026-13-01T08:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T08:61:00Z",
        "2026-03-01Tab:cd:ef.123456",
        "９9999999999",
        "1" * 300,
        0,
        7,
        -5,
        10**25,
        float("nan"),
        float("inf"),
        True,
        None,
        [1772352000],
        {"a": 1},
    ],
)
def test_what_is_no_time(value: object) -> None:
    assert parse_time(value) is None


def test_zone_is_taken_for_times_that_name_none() -> None:
    assert parse_time("2026-03-01 09:00:00", 60) == T
    assert parse_time("2026-03-01 09:00:00.5", 60) == T + 500_000
    assert parse_time("2026-03-01T08:00:00Z", 60) == T
    assert parse_time("2026-03-01T09:00:00+01:00", 120) == T


def test_filetime() -> None:
    assert filetime_us((1772352000 + 11_644_473_600) * 10_000_000) == T


def test_counts_from_before_1971_are_no_times() -> None:
    assert epoch_us(86_400) is None


@given(st.integers(40_000_000_000_000, 7_000_000_000_000_000))
def test_iso_is_read_back(moment: int) -> None:
    assert parse_time(to_iso(moment)) == moment


@given(st.text(max_size=60))
def test_any_text_is_taken_without_raising(text: str) -> None:
    found = parse_time(text)
    assert found is None or isinstance(found, int)
