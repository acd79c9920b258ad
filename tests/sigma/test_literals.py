"""Texts that an expression needs are never claimed wrongly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.sigma.expression import ExpressionError, finder
from ringfence.sigma.literals import all_needed, needed
from ringfence.sigma.values import fold


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("abc", ("abc",)),
        ("ABC", ("abc",)),
        (r"\\cmd\.exe$", ("\\cmd.exe",)),
        ("ab?c", ("a",)),
        ("abc+d", ("abc",)),
        ("ab{2}cd", ("cd",)),
        ("ab*", ("a",)),
        ("a.bcd", ("bcd",)),
        ("(?:foo|barr)x", ("foo", "barr")),
        ("(foo|bar)?quux", ("quux",)),
        ("foo|bar", ("foo", "bar")),
        ("foo|.", None),
        ("[Ii][Ee][Xx]", ("iex",)),
        ("[^a]bc", ("bc",)),
        ("[]a]bc", ("bc",)),
        (r"[\w]bc", ("bc",)),
        ("(?i)abc", ("abc",)),
        ("(?P<name>abc)", ("abc",)),
        (r"\d+", None),
        (r"\x41bc", None),
        ("a{x}", None),
        ("", None),
        ("(abc", None),
        ("abc)", None),
    ],
)
def test_needed(pattern: str, expected: tuple[str, ...] | None) -> None:
    assert needed(pattern) == expected


def test_all_needed_gives_every_choice() -> None:
    assert all_needed(r"cmd.{0,5}(?:/c|/r).+power(shell)+.+(x|input?)\"") == (
        ("cmd",),
        ("/c", "/r"),
        ("power",),
        ("shell",),
        ("x", "inpu"),
        ('"',),
    )


pieces = st.recursive(
    st.sampled_from(["a", "b", "A", "ß", r"\.", ".", r"\w", "[ab]", "[Aa]", "[^a]", "^", "$"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: f"({'|'.join(found)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,1}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        st.tuples(st.sampled_from(["a", "b", r"\."]), st.sampled_from(["*", "+", "?", "{2}", "{0,1}", "*?"])).map(
            "".join
        ),
    ),
    max_leaves=6,
)


@given(pieces, st.lists(st.text("abAB.ßS", max_size=8), min_size=1, max_size=20), st.sampled_from(["", "i"]))
def test_every_matching_text_holds_one_of_the_needed(pattern: str, texts: list[str], flags: str) -> None:
    choices = all_needed(pattern)
    try:
        find = finder(pattern, flags)
    except ExpressionError:
        return
    for text in texts:
        if find(text):
            assert all(any(part in fold(text) for part in choice) for choice in choices)
