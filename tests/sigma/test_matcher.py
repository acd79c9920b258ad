"""The indexed matcher gives the same answers as the plain evaluator, and keeps its promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.core.severity import Severity
from ringfence.ecs.event import Event, Parsed
from ringfence.ecs.logsource import Logsource, logsource
from ringfence.sigma import Hit, Matcher, Rule, RuleSet, column, explain, matcher, plan, rows, search
from ringfence.sigma.reference import holds
from ringfence.sigma.tree import (
    And,
    Cidr,
    Compare,
    Comparison,
    Exists,
    FieldRef,
    Glob,
    Leaf,
    Moment,
    Node,
    Not,
    Null,
    Or,
    Place,
    Regex,
    Text,
    TimePart,
    Wildcard,
)
from ringfence.sigma.values import View

NAMES = ["a", "B", "two words", "user.name", "b", "TwoWords"]
KEYS = [*NAMES, "A", "twowords"]
ALPHABET = "aAbBß\\.*? 1İςΣKk\x00\x01\x04[{"

words = st.text(ALPHABET, max_size=4)
places = st.sampled_from(Place)
texts = st.builds(Text, words.filter(bool), places, st.booleans())
globs = st.lists(st.sampled_from(Wildcard), min_size=1, max_size=4).flatmap(
    lambda cards: st.builds(Glob, st.tuples(*[words] * (len(cards) + 1)), st.just(tuple(cards)), st.booleans())
)
regexes = st.builds(
    Regex,
    st.sampled_from(
        [
            "a",
            "^a",
            "a+b?",
            "(?:aa|bb)1",
            "[Aa]b",
            "(a+)+$",
            r"\\.",
            "a|1",
            "(?i)A",
            "x{0,2}a",
            r"\.a",
            "a(?:b|1){2}",
            "",
        ]
    ),
    st.sampled_from(["", "i", "ims", "s"]),
)
patterns = st.one_of(
    texts,
    globs,
    regexes,
    st.just(Text("", Place.EQUALS)),
    st.just(Null()),
    st.builds(Exists, st.booleans()),
    st.builds(Compare, st.sampled_from(Comparison), st.sampled_from([0, 1, 1.5])),
    st.builds(Cidr, st.sampled_from(["192.0.2.0/30", "2001:db8::/32"])),
    st.builds(FieldRef, st.sampled_from(NAMES), places, st.booleans()),
    st.builds(Moment, st.just(TimePart.HOUR), st.sampled_from(Comparison), st.just(8)),
)
keyword_patterns = st.one_of(texts.map(lambda text: Text(text.text, Place.CONTAINS, text.cased)), globs, regexes)
leaf_nodes = st.one_of(
    st.builds(Leaf, st.sampled_from(NAMES), patterns),
    st.builds(Leaf, st.sampled_from(NAMES), texts),
    st.builds(Leaf, st.none(), keyword_patterns),
)
trees = st.recursive(
    leaf_nodes,
    lambda items: st.one_of(
        st.builds(Not, items),
        st.builds(And, st.lists(items, max_size=3).map(tuple)),
        st.builds(Or, st.lists(items, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
scalars = st.one_of(
    words,
    st.sampled_from(["192.0.2.1", "::ffff:192.0.2.2", "2026-03-01T08:00:00Z", "1.5", "aa1", "\ud800a"]),
    st.integers(-1, 2),
    st.sampled_from([1.5, 1.0]),
    st.booleans(),
    st.none(),
)
values = st.one_of(scalars, scalars, scalars, st.lists(st.one_of(scalars, st.lists(scalars, max_size=2)), max_size=3))
events = st.tuples(
    st.dictionaries(st.sampled_from(KEYS), values, max_size=5),
    st.dictionaries(st.just("user.name"), st.one_of(words, st.lists(words, max_size=2)), max_size=1),
    words,
)


def rule(condition: Node, number: int = 0, **more: Any) -> Rule:
    return Rule(id=f"rule-{number}", title=f"Rule {number}", level=Severity.LOW, condition=condition, **more)


@pytest.fixture
def quick_lessons(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let plans learn from two events instead of hundreds, forget shapes after three, take every way."""
    monkeypatch.setattr(plan, "_LESSONS", ((0, 2), (3, 1)))
    monkeypatch.setattr(matcher, "_MAX_SHAPES", 3)
    monkeypatch.setattr(matcher, "_CHUNK", 5)
    monkeypatch.setattr(plan, "_FIRST", 2)
    monkeypatch.setattr(search, "_WORTHWHILE", 20)
    monkeypatch.setattr(column, "LONG", 3)
    monkeypatch.setattr(column, "_TRIAL", 8)
    monkeypatch.setattr(column, "_MAX_KNOWN", 3)
    monkeypatch.setattr(rows, "_WARM_UP", 4)
    monkeypatch.setattr(rows, "_WINDOW", 4)
    monkeypatch.setattr(rows, "_MAX_ROWS", 6)
    monkeypatch.setattr(rows, "_MAX_VALUE", 3)
    monkeypatch.setattr(rows, "_MAX_LONG", 1)
    return


@pytest.fixture(params=["hyperscan", "automaton"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search with each of the two engines."""
    if request.param == "automaton":
        monkeypatch.setattr(search, "hyperscan", None)
    elif search.hyperscan is None:
        pytest.skip("Hyperscan is not installed")


@pytest.mark.usefixtures("quick_lessons", "engine")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(trees, min_size=1, max_size=4), st.lists(events, min_size=1, max_size=12), st.booleans())
def test_a_batch_gives_the_matches_of_the_plain_evaluator(
    conditions: list[Node], given_events: list[tuple[dict[str, Any], dict[str, Any], str]], again: bool
) -> None:
    rules = [rule(condition, number) for number, condition in enumerate(conditions)]
    subject = Matcher(rules)
    source = logsource("demo")
    batch = [Parsed("p", source, None, ecs, fields) for fields, ecs, _ in given_events]
    raws = [raw for *_, raw in given_events]
    expected = [
        tuple(one for one in rules if holds(one.condition, View(fields, ecs, raw))) for fields, ecs, raw in given_events
    ]
    for _ in range(3 if again else 1):
        assert subject.match_batch(batch, raws) == expected


@pytest.mark.usefixtures("quick_lessons")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(trees, min_size=1, max_size=4), st.lists(events, min_size=1, max_size=8))
def test_matches_are_those_of_the_plain_evaluator(
    conditions: list[Node], given_events: list[tuple[dict[str, Any], dict[str, Any], str]]
) -> None:
    rules = [rule(condition, number) for number, condition in enumerate(conditions)]
    subject = Matcher(rules)
    source = logsource("demo")
    for fields, ecs, raw in given_events:
        view = View(fields, ecs, raw)
        expected = tuple(one for one in rules if holds(one.condition, view))
        assert subject.match(source, fields, ecs, raw) == expected


@pytest.mark.usefixtures("quick_lessons")
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_group_split_by_a_constant_gives_the_same_matches(data: st.DataObject) -> None:
    constants = st.builds(
        lambda texts, rest: And((Or(tuple(Leaf("a", Text(text)) for text in texts)), rest)),
        st.lists(st.sampled_from(["1", "2", "true", "İ", ""]), min_size=1, max_size=2),
        trees,
    )
    conditions = data.draw(st.lists(st.one_of(constants, constants, trees), min_size=2, max_size=5))
    rules = [rule(condition, number) for number, condition in enumerate(conditions)]
    subject = Matcher(rules)
    value = st.sampled_from([1, "1", 2, True, 1.0, "i\u0307", "", None, [1, 2], [], "other", "TRUE"])
    for _ in range(4):
        fields = data.draw(st.dictionaries(st.sampled_from(["b", "B"]), values, max_size=1))
        fields |= data.draw(st.dictionaries(st.sampled_from(["a", "A"]), value, max_size=1))
        expected = tuple(one for one in rules if holds(one.condition, View(fields, {}, "")))
        assert subject.match(logsource("demo"), fields, {}) == expected


@pytest.mark.parametrize(
    ("parts", "source", "expected"),
    [
        (("windows", None, None), logsource("windows"), True),
        (("windows", "process_creation", None), logsource("windows", ("process_creation", "x"), "sysmon"), True),
        (("windows", "process_creation", None), logsource("windows", (), "sysmon"), False),
        (("windows", None, "security"), logsource("windows", ("process_creation",), "security"), True),
        (("windows", None, "security"), logsource("windows", (), "system"), False),
        ((None, "proxy", None), logsource("zeek", ("proxy",)), True),
        ((None, None, None), logsource(), True),
        (("linux", None, None), logsource("windows"), False),
    ],
)
def test_a_rule_applies_by_its_log_source(parts: tuple[str | None, ...], source: Logsource, expected: bool) -> None:
    product, category, service = parts
    one = rule(Leaf("f", Text("x")), product=product, category=category, service=service)
    assert Matcher([one]).match(source, {"f": "X"}, {}) == ((one,) if expected else ())


@pytest.mark.parametrize(
    ("name", "fields", "ecs", "expected"),
    [
        ("user.name", {}, {"user.name": "x"}, True),
        ("user.name", {"user.name": "y"}, {"user.name": "x"}, False),
        ("user.name", {"User.Name": "y"}, {"user.name": "x"}, True),
        ("not.ecs", {}, {"not.ecs": "x"}, False),
        ("ThreatName", {"Threat Name": "x"}, {}, True),
        ("Threat Name", {"threatname": "x"}, {}, True),
        ("threatName", {"THREATNAME": "y", "threatName": "x"}, {}, True),
        ("ThreatName", {"Threat_Name": "x"}, {}, False),
    ],
)
def test_where_a_field_is_found(name: str, fields: dict[str, Any], ecs: dict[str, Any], expected: bool) -> None:
    one = rule(Leaf(name, Text("x")))
    assert bool(Matcher([one]).match(logsource("demo"), fields, ecs)) is expected
    assert bool(explain(one, logsource("demo"), fields, ecs)) is expected


def test_a_batch_takes_parsed_events_with_raws_and_stored_events() -> None:
    field, keyword = rule(Leaf("f", Text("x")), 1), rule(Leaf(None, Text("needle", Place.CONTAINS)), 2)
    subject = Matcher(RuleSet((field, keyword)))
    source = logsource("demo")
    parsed = [Parsed("p", source, None, {}, {"f": "x"}), Parsed("p", source, None, {}, {"f": "y"})]
    assert subject.match_batch(parsed) == [(field,), ()]
    assert subject.match_batch(parsed, ["a Needle", "b"]) == [(field, keyword), ()]
    stored = Event("1", "t", 0, 0, "b", "s", "p", source, {}, {"f": "x"}, "needle")
    assert subject.match_batch([stored]) == [(field, keyword)]
    assert subject.match_batch([stored, parsed[1]]) == [(field, keyword), ()]
    with pytest.raises(ValueError, match="shorter"):
        subject.match_batch(parsed, ["one"])


def test_matches_come_in_the_order_of_the_rules() -> None:
    rules = [rule(Leaf("f", Text(text, Place.CONTAINS)), n) for n, text in enumerate(["c", "b", "a", "d"])]
    assert Matcher(rules).match(logsource("demo"), {"f": "abc"}, {}) == tuple(rules[:3])


def test_what_is_remembered_about_events_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher, "_MAX_SHAPES", 10)
    monkeypatch.setattr(matcher, "_MAX_GROUPS", 10)
    subject = Matcher([rule(Leaf("f", Text("x")))])
    for number in range(100):
        source = Logsource(f"product-{number}")
        assert len(subject.match(source, {"f": "x", f"key-{number}": 1}, {})) == 1
        assert subject.remembered() <= 20


def test_a_condition_deeper_than_the_parser_goes_is_still_decided() -> None:
    node: Node = Leaf("f", Text("x"))
    for _ in range(150):
        node = Not(Or((node, Leaf("f", Text("y")))))
    assert len(Matcher([rule(node)]).match(logsource("demo"), {"f": "x"}, {})) == 1


@pytest.mark.usefixtures("quick_lessons")
def test_the_event_that_a_plan_learns_from_last_is_decided_by_what_was_learned() -> None:
    present = rule(Not(Leaf("a", Null())))
    subject = Matcher([present, rule(Leaf("b", Text("x")), 1)])
    for _ in range(9):
        assert subject.match(logsource("demo"), {"a": "x"}, {}) == (present,)
        assert subject.match(logsource("demo"), {"c": "x"}, {}) == ()


@pytest.mark.parametrize("text", ["\x03needle", "needle\x03", "\x03\x03"])
def test_an_event_may_hold_the_marks_of_the_scan(text: str) -> None:
    field, keyword = rule(Leaf("a", Text(text))), rule(Leaf(None, Text(text, Place.CONTAINS)), 1)
    for rules in ([field], [field, keyword]):
        for fields in ({"a": text, "b": "y"}, {"b": "\x03", "a": text}, {"a": text}):
            assert Matcher(rules).match(logsource("demo"), fields, {}) == tuple(rules)


def test_explain_names_fields_values_and_patterns(load: Callable[..., RuleSet]) -> None:
    rules = load(
        """\
title: T
id: 5f0c6d2e-7a5b-4c1e-9d3f-000000000001
logsource: {product: demo}
detection:
  sel:
    Image|endswith: '\\cmd.exe'
    CommandLine|contains|all: [one, two]
  alt: {User: nobody}
  hashes:
    Hash: [aa, bb]
    Address|cidr: 192.0.2.0/24
    Name|re: ^x
    Count|gt: 5
    Gone: null
  words: [needle]
  filter: {User: system}
  condition: (sel or alt) and hashes and words and not filter
"""
    )
    fields = {
        "image": "C:\\CMD.exe",
        "CommandLine": "two ONE",
        "User": "ann",
        "Hash": ["cc", "BB"],
        "Address": "192.0.2.7",
        "Name": "xy",
        "Count": 6,
    }
    assert explain(rules.rules[0], logsource("demo"), fields, {}, "a needle") == [
        Hit("image", "C:\\CMD.exe", "*\\cmd.exe"),
        Hit("CommandLine", "two ONE", "*one*"),
        Hit("CommandLine", "two ONE", "*two*"),
        Hit("Hash", "BB", "bb"),
        Hit("Address", "192.0.2.7", "cidr: 192.0.2.0/24"),
        Hit("Name", "xy", "re: ^x"),
        Hit("Count", "6", "gt: 5"),
        Hit("Gone", "", "null"),
        Hit("raw", "a needle", "*needle*"),
    ]
    assert explain(rules.rules[0], logsource("demo"), fields, {}, "") == []
    assert explain(rules.rules[0], logsource("other"), fields, {}, "a needle") == []
