"""Both engines find the same texts, and find all of them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.sigma import column, search
from ringfence.sigma.column import Texts
from ringfence.sigma.search import Search, buffer, folded, needle
from ringfence.sigma.values import fold

texts = st.text("aAbßİςΣK\x00\x04.?", max_size=6)


@pytest.fixture(params=["fast from the start", "fast after a while", "automaton"], autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if search.hyperscan is None and request.param != "automaton":
        pytest.skip("Hyperscan is not installed")
    if request.param == "automaton":
        monkeypatch.setattr(search, "hyperscan", None)
    monkeypatch.setattr(search, "_WORTHWHILE", 0 if request.param == "fast from the start" else 30)


def test_every_place_of_overlapping_texts_in_any_case() -> None:
    subject = Search([b"aba", b"ab", b"\x01x"])
    for _ in range(3):
        assert sorted(subject.find(b"ABABA \x01X")) == [(0, 3), (0, 5), (1, 2), (1, 4), (2, 8)]
        assert sorted(set(subject.which(b"ababab"))) == [0, 1]
        assert subject.find(b"") == []


def test_where_the_fast_engine_does_not_run_the_other_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise search.hyperscan.error

    if search.hyperscan is None:
        pytest.skip("Hyperscan is not there")
    monkeypatch.setattr(search, "_database", refuse)
    subject = Search([b"ab"])
    for _ in range(3):
        assert subject.find(b"x" * 40 + b"AB") == [(0, 42)]
        assert list(subject.which(b"x" * 40 + b"AB")) == [0]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts.filter(bool), min_size=1, max_size=4, unique_by=lambda text: needle(fold(text))), texts)
def test_whatever_holds_a_text_is_found(wanted: list[str], value: str) -> None:
    subject = Search([needle(fold(text)) for text in wanted])
    for _ in range(2):
        found = {number for number, _ in subject.find(buffer(folded(value)))}
        assert found >= {number for number, text in enumerate(wanted) if fold(text) in fold(value)}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, min_size=1, max_size=5), st.sampled_from([0, 3, 4096]))
def test_texts_are_found_in_the_values_that_hold_them(values: list[str], long: int) -> None:
    subject = Texts({b"a": 1, b"\x01ab": 2, b"b\x01": 4, "ß".casefold().encode(): 8, "ς".casefold().encode(): 16})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column, "LONG", long)
        masks = dict.fromkeys(range(len(values)), 0)
        for place, mask in subject.among(values):
            masks[place] |= mask
    for place, value in enumerate(map(fold, values)):
        tests = ["a" in value, value.startswith("ab"), value.endswith("b"), "ss" in value, "σ" in value]
        assert masks[place] == sum(1 << bit for bit, test in enumerate(tests) if test)
