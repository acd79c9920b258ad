"""Times in the words of a query."""

from __future__ import annotations

import pytest

from ringfence.ecs.query.times import seconds_of, span_of

NOW = 1_772_524_800_000_000  # 2026-03-03T08:00:00Z
DAY = 86_400_000_000
S = 1_000_000


@pytest.mark.parametrize(
    ("words", "start", "length"),
    [
        ("now", NOW, 1),
        ("now-1h", NOW - 3600 * S, 1),
        ("now-1d+30m", NOW - DAY + 1800 * S, 1),
        ("2026-03-03", NOW - 8 * 3600 * S, DAY),
        ("2026-03-03T08:00", NOW, 60 * S),
        ("2026-03-03 08:00:00", NOW, S),
        ("2026-03-03T08:00:00Z", NOW, S),
        ("2026-03-03T16:00:00+08:00", NOW, S),
        ("2026-03-03T16:00:00+0800", NOW, S),
        ("2026-03-03T08:00:00.25Z", NOW + 250_000, 10_000),
        ("1772524800", NOW, S),
        ("1772524800123", NOW + 123_000, 1000),
    ],
)
def test_names_a_span(words, start, length):
    assert span_of(words, NOW) == (start, start + length)


@pytest.mark.parametrize("words", ["", "lunch", "2026-13-01", "2026-02-30", "now-", "now-1y", "12", "2026-03-03T25:00"])
def test_is_no_time(words):
    assert span_of(words, NOW) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("24h", 86_400), ("2w", 1_209_600), ("5", None), ("-1h", None)]
)
def test_duration(text, seconds):
    assert seconds_of(text) == seconds
