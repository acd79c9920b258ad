"""Nested objects as flat fields."""

from __future__ import annotations

from typing import Any

from ringfence.collect.flatten import MAX_DEPTH, MAX_FIELDS, MAX_ITEMS, compact, dig, flatten


def test_names_are_joined_with_dots() -> None:
    assert flatten({"a": {"b": {"c": 1}}, "d.e": "x", "f": None, "g": {}}) == {"a.b.c": 1, "d.e": "x", "f": None}


def test_lists_of_values_stay_lists() -> None:
    assert flatten({"a": [1, "x", None], "b": []}) == {"a": [1, "x", None], "b": []}


def test_lists_of_objects_give_the_values_of_each_name_and_the_objects_as_text() -> None:
    assert flatten({"t": [{"n": "a", "m": {"k": 1}}, {"n": "b"}]}) == {
        "t": ['{"n":"a","m":{"k":1}}', '{"n":"b"}'],
        "t.n": ["a", "b"],
        "t.m.k": 1,
    }


def test_one_object_in_a_list_gives_plain_values() -> None:
    assert flatten({"t": [{"n": "a"}]}, keep_lists=False) == {"t.n": "a"}


def test_a_deep_object_is_cut() -> None:
    deep: dict[str, Any] = {"leaf": 1}
    for _ in range(MAX_DEPTH + 5):
        deep = {"x": deep}
    assert flatten({"top": "kept", **deep}) == {"top": "kept"}


def test_a_wide_object_is_cut() -> None:
    assert len(flatten({str(n): n for n in range(MAX_FIELDS * 2)})) == MAX_FIELDS
    assert len(flatten({"o": {str(n): n for n in range(MAX_FIELDS * 2)}})) == MAX_FIELDS


def test_a_long_list_is_cut() -> None:
    many = list(range(MAX_ITEMS * 2))
    fields = flatten({"a": many, "b": [{"n": n} for n in many], "c": [{"m": many}, {"m": many}]}, keep_lists=False)
    assert {name: len(value) for name, value in fields.items() if isinstance(value, list)} == {
        "a": MAX_ITEMS,
        "b.n": MAX_ITEMS,
        "c.m": MAX_ITEMS,
    }


def test_dig_finds_nested_dotted_and_mixed_names() -> None:
    assert dig({"a": {"b": 1}}, "a.b") == 1
    assert dig({"a.b": 1}, "a.b") == 1
    assert dig({"a": {"b.c": 1}}, "a.b.c") == 1
    assert dig({"a": 1}, "a.b") is None


def test_numbers_of_any_size_have_a_text() -> None:
    assert compact({"n": 10**30}) == '{"n":1000000000000000000000000000000}'
