"""Expressions are linear or refused."""

from __future__ import annotations

import pytest

from ringfence.sigma.expression import ExpressionError, finder

HUGE = 300_000


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a+)+$", "a" * HUGE + "!"),
        (r"(a|aa)+$", "a" * HUGE + "!"),
        (r"(.*a){12}$", "a" * HUGE + "!"),
        (r"^(\w+\s?)*$", "word " * (HUGE // 5) + "!"),
        (r"\+.*\+.*\+.*\+.*\+.*\+.*\+x", "+" * HUGE),
    ],
)
def test_shapes_that_hang_backtracking_engines_end(pattern: str, text: str) -> None:
    # The limit of the test runner is the judge: backtracking would go on for ever.
    assert finder(pattern, "")(text) is False


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(?=a)b", "look-around cannot be run in linear time"),
        (r"(?<!a)b", "look-around cannot be run in linear time"),
        (r"(a)\1", "a back-reference cannot be run in linear time"),
        (r"(a{1000}){1000}", "its repetitions need too much memory"),
        (r"\pL{900}", "its repetitions need too much memory"),
        ("a" * 5000, "longer than 4096 characters"),
        ("[a", "missing ]"),
        ("a\ud800", "half a surrogate pair"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason.replace("[", r"\[")):
        finder(pattern, "")


def test_the_dialect_of_re2() -> None:
    assert finder(r"^\d$", "")("٣") is False
    assert finder("a$", "")("a\n") is False
    assert finder("a$", "m")("a\nb") is True
    assert finder("ſ", "i")("S") is True
    assert finder("é.", "")("xéy") is True
    assert finder("a.b", "")("a\ud800b") is True


@pytest.mark.parametrize(
    ("text", "plain", "dot_all"),
    [("abc", True, True), ("ab", False, False), ("ab\ncd", False, True), ("a\nbcd", True, True), ("éèê", True, True)],
)
def test_a_question_of_length(text: str, plain: bool, dot_all: bool) -> None:
    assert (finder(".{3,}", "")(text), finder(".{3,}", "s")(text)) == (plain, dot_all)
