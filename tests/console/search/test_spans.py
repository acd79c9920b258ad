from __future__ import annotations

import pytest

from ringfence.console.search.spans import Span, read_span
from ringfence.events.model import TimeRange

MINUTE = 60_000_000


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        (("1h", "", ""), Span("1h")),
        (("custom", "5", "9"), Span("custom", 5, 9)),
        (("custom", "9", "5"), Span()),
        (("custom", "x", "9"), Span()),
        (("custom", "1" * 17, "9"), Span()),
        (("nonsense", "", ""), Span("24h")),
    ],
)
def test_a_span_is_read_from_an_address(asked: tuple[str, str, str], span: Span) -> None:
    assert read_span(*asked) == span


def test_a_relative_span_ends_a_little_after_now() -> None:
    assert Span("1h").range(100 * MINUTE) == TimeRange(40 * MINUTE, 105 * MINUTE)
    assert Span("all").range(100 * MINUTE) == TimeRange(None, None)
    assert Span("custom", 3, 4).range(100 * MINUTE) == TimeRange(3, 4)


@pytest.mark.parametrize("span", [Span("7d"), Span("custom", 3, 4)])
def test_a_span_survives_its_address(span: Span) -> None:
    params = span.params()
    assert read_span(params["r"], params.get("from", ""), params.get("to", "")) == span
