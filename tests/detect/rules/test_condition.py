from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.core.errors import ContentError
from ringfence.detect.rules.condition import compile_condition, escape, write_condition
from ringfence.sigma.reference import holds
from ringfence.sigma.values import View

ODD = "a\\*?%'\"\n\x85\u2028 :#-{[\t\r\x00é"


def held(text: str, value: str) -> bool:
    return holds(compile_condition(text), View({"F": value}, {}, ""))


@settings(max_examples=300, deadline=None)
@given(st.text(ODD, min_size=1, max_size=12), st.text("a\\*?", max_size=6))
def test_a_written_condition_means_exactly_its_value(value: str, other: str) -> None:
    text = write_condition([("F", value)])
    assert held(text, value)
    assert held(text, other) == (other.casefold() == value.casefold())


def test_paths_stay_readable() -> None:
    assert write_condition([("Image", "C:\\a\\b.exe"), ("x.y", "12")]) == (
        "selection:\n  Image: C:\\a\\b.exe\n  x.y: '12'\ncondition: selection\n"
    )
    assert escape("\\\\srv\\*") == "\\\\\\\\srv\\\\\\*"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "selection:\n  A|contians: x\ncondition: selection",
            "condition:2:5 unknown modifier 'contians' (did you mean contains?)",
        ),
        (
            "selection:\n  A: x\ncondition: selektion",
            "condition:3:12 condition names 'selektion', which is no detection of this rule (selection)",
        ),
        ("a: b", "condition:1:1 the line `condition:` is missing"),
        ("x" * 20_000, "condition:1:1 a condition has at most 16384 characters"),
    ],
)
def test_mistakes_have_their_place(text: str, expected: str) -> None:
    with pytest.raises(ContentError) as caught:
        compile_condition(text)
    assert str(caught.value) == expected


def test_a_hanging_expression_is_refused() -> None:
    with pytest.raises(ContentError, match="cannot be run in linear time"):
        compile_condition("selection:\n  A|re: '(?=a+)+b'\ncondition: selection")


def test_no_second_rule_can_be_smuggled_in() -> None:
    with pytest.raises(ContentError):
        compile_condition("condition: a\na: {F: x}\n---\ntitle: other")
