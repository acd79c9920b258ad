"""Rows of repeating values: what is remembered, what is given up, and what a row may rule out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.core.severity import Severity
from ringfence.ecs.logsource import logsource
from ringfence.sigma import Matcher, Rule, rows
from ringfence.sigma.layout import Values
from ringfence.sigma.reference import holds
from ringfence.sigma.rows import Budget, Rows
from ringfence.sigma.tree import And, Exists, FieldRef, Leaf, Node, Not, Null, Or, Place, Text, read_by, weakened
from ringfence.sigma.values import View


def nothing(_place: int, _bits: int) -> int:
    return 0


def made(*keys: str) -> Rows:
    return Rows([(True, key) for key in keys], [], 0, 1, 0, Budget())


def events(**columns: list[Any]) -> list[Values]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def ask(subject: Rows, given: list[Values]) -> None:
    assert len(subject.answers(given, [{}] * len(given), nothing, nothing)) == len(given)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_WARM_UP", 20)
    monkeypatch.setattr(rows, "_WINDOW", 20)
    monkeypatch.setattr(rows, "_MAX_VALUE", 8)
    monkeypatch.setattr(rows, "_MAX_LONG", 5)


def test_a_field_that_is_new_in_every_event_is_given_up_and_one_that_repeats_is_kept() -> None:
    subject = made("a", "b")
    for start in range(0, 60, 10):
        ask(subject, events(a=["x", "y"] * 5, b=[f"v{n}" for n in range(start, start + 10)]))
        if dropped := subject.unsteady():
            break
    assert dropped == [(True, "b")]


def test_rows_that_repeat_are_kept() -> None:
    subject = made("a", "b")
    for _ in range(8):
        ask(subject, events(a=["x", "y"] * 5, b=["p", "q"] * 5))
        assert subject.unsteady() == []


@pytest.mark.parametrize("value", [["x"], "longer than eight"])
def test_lists_and_long_texts_are_given_up(value: Any) -> None:
    subject = made("a", "b")
    ask(subject, events(a=["x"] * 10, b=[value] * 10))
    assert subject.unsteady() == [(True, "b")]


@pytest.mark.parametrize(
    "values", [[1, True, 1.0, "1"], [True, 1, "true"], ["1", 1, True, 1.0], [0.0, -0.0, 0], [None, "", "none"]]
)
def test_equal_values_of_other_types_are_told_apart(values: list[Any]) -> None:
    wanted = [
        Rule(f"r{n}", "T", Severity.LOW, Leaf("a", Text(text))) for n, text in enumerate(["1", "true", "-0.0", ""])
    ]
    subject = Matcher(wanted)
    for value in values * 3:
        found = subject.match(logsource("demo"), {"a": value}, {})
        assert found == tuple(one for one in wanted if holds(one.condition, View({"a": value}, {})))


leaf = st.one_of(
    st.builds(Leaf, st.sampled_from("abc"), st.builds(Text, st.sampled_from(["x", "y"]), st.sampled_from(Place))),
    st.builds(Leaf, st.sampled_from("abc"), st.one_of(st.just(Null()), st.builds(Exists, st.booleans()))),
    st.builds(Leaf, st.sampled_from("abc"), st.builds(FieldRef, st.sampled_from("abc"))),
    st.just(Leaf(None, Text("x", Place.CONTAINS))),
)
trees = st.recursive(
    leaf,
    lambda items: st.one_of(
        st.builds(Not, items),
        st.builds(And, st.lists(items, max_size=3).map(tuple)),
        st.builds(Or, st.lists(items, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(
    trees,
    st.frozensets(st.sampled_from("abc")),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "xy", ""])),
)
def test_a_weakened_condition_holds_wherever_the_condition_does(
    node: Node, known: frozenset[str], fields: dict[str, str]
) -> None:
    weak = weakened(node, known)
    assert read_by(weak) <= known
    assert holds(weak, View(fields, {})) or not holds(node, View(fields, {}))
    if read_by(node) <= known:
        assert weak == node
