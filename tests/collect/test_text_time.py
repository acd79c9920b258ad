from __future__ import annotations

import pytest

from ringfence.collect.text_time import any_us, bsd_us, clf_us, iso_us

T = 1_772_352_000_000_000  # 2026-03-01T08:00:00Z


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01T08:00:00Z", T),
        ("2026-03-01 08:00:00", T),
        ("2026/03/01 08:00:00.5", T + 500_000),
        ("2026-03-01T10:00:00,123456789+02:00", T + 123_456),
        ("01/Mar/2026:09:00:00 +0100", T),
        ("Sun Mar  1 08:00:00 2026", T),
        ("Sun Mar 01 08:00:00.25 2026", T + 250_000),
        ("Sun Mar  1 08:00:00 CET 2026", T - 3_600_000_000),
        ("Mar 1, 2026 08:00:00", T),
        ("01-Mar-2026 08:00:00.100", T + 100_000),
        ("3/1/2026 8:00:00 AM", T),
        ("3/1/2026 8:00:00 PM", T + 12 * 3_600_000_000),
        ("20260301 080000", T),
        ("03/01/26-08:00:00.000001", T + 1),
        ("1772352000.5", T + 500_000),
    ],
)
def test_forms(text: str, time: int) -> None:
    assert any_us(text) == (time, len(text))


@pytest.mark.parametrize(
    "text", ["", "hello", "2026-13-01 08:00:00", "2026-02-30 08:00:00", "99:99", "Xyz 31 25:61:61"]
)
def test_what_is_no_time(text: str) -> None:
    assert any_us(text, now_us=T) is None


def test_zone_is_for_times_that_have_none() -> None:
    assert iso_us("2026-03-01 08:00:00", 0, 60) == T - 3_600_000_000
    assert iso_us("2026-03-01 08:00:00Z", 0, 60) == T
    assert clf_us("01/Mar/2026:08:00:00", 0, 60) == T - 3_600_000_000
    assert bsd_us("Mar  1 08:00:00", T, 0, -60) == T + 3_600_000_000
