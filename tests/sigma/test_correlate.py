"""The plain engine against the wording of the specification, type by type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.severity import Severity
from ringfence.sigma.correlate import Entry, Outcome, evaluate
from ringfence.sigma.correlation import Correlation, read_correlation

S = 1_000_000


def correlation(kind: str, condition: dict[str, Any] | None = None, rules: int = 1, span: str = "10s") -> Correlation:
    names = [f"r{n}" for n in range(rules)]
    data: dict[str, Any] = {"type": kind, "rules": names, "timespan": span, "group-by": ["user.name"]}
    if condition:
        data["condition"] = condition
    return Correlation("c", "C", Severity.HIGH, definition=data, refs=tuple(names), **read_correlation(data))


def entries(*moments: tuple[float, Any]) -> list[Entry]:
    """Entries named a, b, c, ... at (second, slot or value)."""
    return [
        Entry(int(second * S), chr(97 + number), *((what, "") if isinstance(what, int) else (0, what)))
        for number, (second, what) in enumerate(moments)
    ]


def found(rule: Correlation, *moments: tuple[float, Any]) -> tuple[str, str]:
    outcome = evaluate(rule, entries(*moments))
    return "".join(outcome.hits), "".join(outcome.covered)


def test_event_count_counts_over_any_border_of_time() -> None:
    rule = correlation("event_count", {"gte": 3})
    assert found(rule, (8, 0), (12, 0), (17, 0)) == ("c", "abc")
    assert found(rule, (0, 0), (4, 0)) == ("", "")


def test_both_ends_of_a_window_belong_to_it() -> None:
    rule = correlation("event_count", {"gte": 2})
    assert found(rule, (0, 0), (10, 0)) == ("b", "ab")
    assert found(rule, (0, 0), (10.000001, 0)) == ("", "")


def test_events_of_one_time_are_all_hits() -> None:
    assert found(correlation("event_count", {"gte": 2}), (5, 0), (5, 0)) == ("ab", "ab")


def test_a_continued_attack_is_covered_to_its_end_and_no_further() -> None:
    rule = correlation("event_count", {"gt": 2})
    assert found(rule, (0, 0), (4, 0), (8, 0), (12, 0), (40, 0)) == ("cd", "abcd")


def test_an_event_that_matches_two_rules_is_one_event() -> None:
    rule = correlation("event_count", {"gte": 2}, rules=2)
    both = [Entry(0, "a", 0), Entry(0, "a", 1)]
    assert evaluate(rule, both) == Outcome((), ())
    assert evaluate(rule, [*both, Entry(S, "b", 0)]) == Outcome(("b",), ("a", "b"))


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ({"gt": 2}, "cd"),
        ({"gte": 2}, "bcd"),
        ({"lt": 2}, "a"),
        ({"lte": 2}, "ab"),
        ({"eq": 3}, "c"),
        ({"neq": 3}, "abd"),
        ({"gt": 1, "lte": 3}, "bc"),
    ],
)
def test_conditions(condition: dict[str, Any], hits: str) -> None:
    assert found(correlation("event_count", condition), (0, 0), (1, 0), (2, 0), (3, 0))[0] == hits


def test_value_count_counts_distinct_values() -> None:
    rule = correlation("value_count", {"field": "User", "gte": 3})
    assert found(rule, (0, "x"), (1, "y"), (2, "x"), (3, "z")) == ("d", "abcd")
    assert found(rule, (0, "x"), (1, "y"), (11, "z"), (11.5, "y"))[0] == ""


def test_temporal_wants_every_rule_in_any_order() -> None:
    rule = correlation("temporal", rules=3)
    assert found(rule, (0, 2), (1, 0), (2, 0), (3, 1)) == ("d", "abcd")
    assert found(rule, (0, 2), (1, 0), (10.5, 1)) == ("", "")


def test_temporal_with_a_condition_wants_that_many_rules() -> None:
    assert found(correlation("temporal", {"gte": 2}, rules=3), (0, 2), (1, 2), (2, 0)) == ("c", "abc")


def test_temporal_ordered_wants_the_order_of_the_rules() -> None:
    rule = correlation("temporal_ordered", rules=2)
    assert found(rule, (0, 0), (5, 1)) == ("b", "ab")
    assert found(rule, (0, 1), (5, 0)) == ("", "")
    assert found(rule, (0, 1), (5, 0), (6, 1)) == ("c", "abc")
    assert found(rule, (0, 0), (10, 1)) == ("b", "ab")
    assert found(rule, (0, 0), (10.000001, 1)) == ("", "")


def test_of_equal_times_every_order_is_possible() -> None:
    assert found(correlation("temporal_ordered", rules=2), (5, 1), (5, 0))[0] == "ab"


def test_temporal_ordered_takes_the_latest_start() -> None:
    rule = correlation("temporal_ordered", rules=3)
    assert found(rule, (0, 0), (8, 0), (9, 1), (15, 2)) == ("d", "bcd")


def test_temporal_ordered_with_a_condition_wants_that_many_in_order() -> None:
    rule = correlation("temporal_ordered", {"gte": 2}, rules=3)
    assert found(rule, (0, 2), (1, 0), (2, 2))[0] == "c"
    assert found(rule, (0, 2), (1, 1), (2, 0))[0] == ""


def test_value_sum_is_exact() -> None:
    rule = correlation("value_sum", {"field": "bytes", "gte": 0.3})
    assert found(rule, (0, "0.1"), (1, "0.2")) == ("b", "ab")
    assert found(rule, (0, "0.1"), (1, "0.199999999"))[0] == ""
    assert found(rule, (0, "1"), (1, "-0.8"))[0] == "a"


def test_value_avg() -> None:
    rule = correlation("value_avg", {"field": "ms", "gt": 2})
    assert found(rule, (0, "1"), (1, "3"), (2, "2.000000001"))[0] == "c"


def test_value_percentile_is_the_nearest_rank() -> None:
    rule = correlation("value_percentile", {"field": "ms", "percentile": 95, "gte": 100})
    nineteen = [(0.01 * number, "1") for number in range(19)]
    assert found(rule, *nineteen, (1, "100"))[0] == ""
    assert found(rule, *nineteen, (1, "100"), (2, "100"))[0] == "u"
    assert found(correlation("value_percentile", {"field": "ms", "percentile": 0, "eq": 1}), (0, "1"), (1, "9"))[0]


def test_value_median_of_an_even_number_is_the_lower() -> None:
    rule = correlation("value_median", {"field": "ms", "gte": 9})
    assert found(rule, (0, "9"), (1, "1"), (2, "10"))[0] == "ac"


def plain(rule: Correlation, given_entries: list[Entry]) -> tuple[set[str], set[str]]:
    """The definition, word by word, without any cleverness."""
    hits: set[int] = set()
    for entry in given_entries:
        window = [other for other in given_entries if entry.time - rule.span <= other.time <= entry.time]
        if rule.type == "event_count":
            count = len({other.key for other in window})
        elif rule.type == "value_count":
            count = len({other.value for other in window})
        elif rule.type == "temporal":
            count = len({other.slot for other in window})
        else:
            chains = {0: -(10**12)}
            for slot in range(len(rule.refs)):
                times = sorted(other.time for other in window if other.slot == slot)
                for length, last in list(chains.items()):
                    fit = [time for time in times if time >= last]
                    if fit:
                        chains[length + 1] = min(chains.get(length + 1, 10**12), fit[0])
            count = max(chains)
        if all(op.holds(count, number) for op, number in rule.condition.bounds):
            hits.add(entry.time)
    covered = {e.key for e in given_entries if any(e.time <= time <= e.time + rule.span for time in hits)}
    return {e.key for e in given_entries if e.time in hits}, covered


@given(
    st.sampled_from(["event_count", "value_count", "temporal", "temporal_ordered"]),
    st.sampled_from(["gt", "gte", "lt", "lte", "eq", "neq"]),
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2), st.sampled_from("xyz")), max_size=14),
)
def test_it_agrees_with_the_definition(kind: str, op: str, number: int, rows: list[tuple[int, int, str]]) -> None:
    condition: dict[str, Any] = {op: number, **({"field": "f"} if kind == "value_count" else {})}
    rule = correlation(kind, condition, rules=3)
    made = [Entry(second * S, f"e{index}", slot, value) for index, (second, slot, value) in enumerate(rows)]
    outcome = evaluate(rule, made)
    assert (set(outcome.hits), set(outcome.covered)) == plain(rule, made)


def test_the_smallest_count_that_can_satisfy() -> None:
    needed = [
        correlation("event_count", condition).condition.at_least
        for condition in ({"gte": 10}, {"gt": 10}, {"eq": 7}, {"lt": 3}, {"gt": 5, "lte": 9}, {"gte": 2.5})
    ]
    assert needed == [10, 11, 7, 1, 6, 3]
    assert correlation("value_sum", {"field": "b", "gt": "1.5"}).condition.bounds[0][1] == Decimal("1.5")
