"""What a correlation refers to, and where a mistake in it is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.sigma import RuleSet, load_rules
from ringfence.sigma.correlation import CorrelationType

BASE = """\
title: Failed
name: failed
id: 5f0c6d2e-0000-4c1e-9d3f-0000000000a1
logsource: {product: demo}
detection: {s: {f: x}, condition: s}
---
title: Other
id: 5f0c6d2e-0000-4c1e-9d3f-0000000000a2
logsource: {product: demo}
detection: {s: {f: y}, condition: s}
---
"""
MANY = """\
title: Many
name: many
id: 5f0c6d2e-0000-4c1e-9d3f-0000000000b1
tags: [attack.credential-access, attack.t1110.001]
correlation:
  type: event_count
  rules:
    - failed
    - 5f0c6d2e-0000-4c1e-9d3f-0000000000a2
  group-by: [ip]
  timespan: 90m
  aliases:
    ip:
      failed: source.ip
  condition:
    gte: 10
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "r.yml"


def load(file: Path, text: str) -> RuleSet:
    file.write_text(text)
    return load_rules([file])


def problems(rules: RuleSet, file: Path) -> list[str]:
    return [str(problem).replace(str(file), "r.yml") for problem in rules.problems]


def test_names_and_ids_become_ids(file: Path) -> None:
    (rule,) = load(file, BASE + MANY).correlations
    failed, other = "5f0c6d2e-0000-4c1e-9d3f-0000000000a1", "5f0c6d2e-0000-4c1e-9d3f-0000000000a2"
    assert (rule.type, rule.refs, rule.span) == (CorrelationType.EVENT_COUNT, (failed, other), 5_400_000_000)
    assert rule.aliases == {"ip": {failed: "source.ip"}}
    assert (rule.tactics, rule.techniques) == (("credential-access",), ("T1110.001",))


def test_inner_correlations_come_first_and_are_silent(file: Path) -> None:
    outer = (
        "title: Outer\nid: 5f0c6d2e-0000-4c1e-9d3f-0000000000c1\n"
        "correlation: {type: temporal, rules: [many, failed], timespan: 1h}\n---\n"
    )
    rules = load(file, outer + BASE + MANY)
    assert [item.title for item in rules.correlations] == ["Many", "Outer"]
    assert {id_[-2:] for id_ in rules.silent} == {"a1", "a2", "b1"}
    loud = load(file, outer.replace("timespan", "generate: true, timespan") + BASE + MANY)
    assert {id_[-2:] for id_ in loud.silent} == {"a2"}


def test_generate_may_stand_outside_as_the_schema_has_it(file: Path) -> None:
    rules = load(file, BASE + MANY + "generate: true\n")
    assert (rules.correlations[0].generate, rules.silent) == (True, frozenset())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("- failed", "- faild", "r.yml:19:7 there is no rule 'faild' (did you mean failed?)"),
        ("- failed", "- many", "r.yml:19:7 'many' leads back to this rule: a circle"),
        ("      failed: s", "      faild: s", "r.yml:25:14 there is no rule 'faild' (did you mean failed?)"),
        ("90m", "90x", "r.yml:22:13 Timespan '90x' is invalid (a number and one of s, m, h, d: 90m)"),
        ("90m", "0s", "r.yml:22:13 Timespan '0s' is not between 1s and 92d"),
        ("  timespan: 90m\n", "", "r.yml:17:3 Sigma correlation rule without timespan"),
        ("gte: 10", "gte: many", "r.yml:27:10 'many' is no valid Sigma correlation condition count"),
        ("gte: 10", "atleast: 10", "r.yml:27:14 'atleast' is no part of a correlation condition"),
        ("\n    gte: 10", " {gte: 10, field: x}", "r.yml:26:31 a event_count correlation counts no field"),
        ("event_count", "value_count", "r.yml:27:5 a value_count correlation needs a field in its condition"),
        ("event_count", "guess", "r.yml:17:9 'guess' is no valid Sigma correlation type"),
        ("group-by", "group", "r.yml:21:10 'group' is no part of a correlation"),
    ],
)
def test_mistakes_are_said_with_their_place(file: Path, old: str, new: str, problem: str) -> None:
    assert old in MANY
    rules = load(file, BASE + MANY.replace(old, new, 1))
    assert (problems(rules, file), rules.correlations) == ([problem], ())


def test_what_stands_on_a_broken_one_is_said_too(file: Path) -> None:
    outer = (
        "---\ntitle: Outer\nid: 5f0c6d2e-0000-4c1e-9d3f-0000000000c1\n"
        "correlation: {type: temporal, rules: [many, failed], timespan: 1h}\n"
    )
    rules = load(file, BASE + MANY.replace("- failed", "- nobody") + outer)
    assert problems(rules, file) == [
        "r.yml:19:7 there is no rule 'nobody'",
        "r.yml:31:39 'many' has no use, because it could not be loaded",
    ]


def test_a_circle_over_two_is_found(file: Path) -> None:
    one = (
        "title: A\nname: a\nid: 5f0c6d2e-0000-4c1e-9d3f-0000000000d1\n"
        "correlation: {type: temporal, rules: [b], timespan: 1h}\n"
    )
    two = one.replace("title: A\nname: a", "title: B\nname: b").replace("d1", "d2").replace("[b]", "[a]")
    rules = load(file, f"{one}---\n{two}")
    assert rules.correlations == ()
    assert "a circle" in " ".join(problems(rules, file))


def test_a_name_that_two_rules_have_is_no_reference(file: Path) -> None:
    rules = load(file, BASE.replace("title: Other\n", "title: Other\nname: failed\n") + MANY)
    assert problems(rules, file)[0].endswith("2 rules have the name 'failed' (refer to it by its id)")


def test_ranges_are_read(file: Path) -> None:
    (rule,) = load(file, BASE + MANY.replace("\n    gte: 10", " {gt: 100, lte: 200}")).correlations
    assert [(op.value, int(number)) for op, number in rule.condition.bounds] == [("gt", 100), ("lte", 200)]
