"""Tests of rules as data: what they say when they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.core.errors import ContentError
from ringfence.detect.rules.casefile import case_path, read_cases
from ringfence.detect.rules.try_out import Failure, Trial
from ringfence.sigma import Correlation, Rule, load_rules

RULES = """title: Copies
id: 5a000000-0000-4000-8000-000000000001
name: copies
logsource: {product: windows, category: process_creation}
detection:
    selection:
        CommandLine|contains|all: [vssadmin, delete]
    filter:
        ParentImage|endswith: '\\keeper.exe'
    condition: selection and not filter
level: low
---
title: Failed
id: 5a000000-0000-4000-8000-000000000002
name: failed
logsource: {product: linux, service: sshd}
detection:
    keywords: ['Failed password']
    condition: keywords
---
title: Guessing
id: 5a000000-0000-4000-8000-000000000003
name: guessing
correlation:
    type: value_count
    rules: [failed]
    group-by: [source.ip]
    timespan: 5m
    condition: {field: user.name, gte: 3}
"""
LINE = "<38>Mar  1 10:00:00 bastion sshd[7]: Failed password for u{n} from 203.0.113.9 port 4242 ssh2"


@pytest.fixture
def loaded(tmp_path: Path) -> tuple[Trial, dict[str, Rule | Correlation]]:
    (tmp_path / "rules.yml").write_text(RULES)
    ruleset = load_rules([tmp_path])
    assert ruleset.problems == ()
    return Trial(ruleset), {rule.name: rule for rule in (*ruleset.rules, *ruleset.correlations)}


def run(loaded: tuple[Trial, dict[str, Rule | Correlation]], tmp_path: Path, name: str, cases: str) -> list[Failure]:
    path = tmp_path / "case.yml"
    path.write_text(cases)
    trial, rules = loaded
    return trial.run(rules[name], read_cases(path))


def test_a_failing_event_says_why(loaded: tuple[Trial, dict[str, Rule | Correlation]], tmp_path: Path) -> None:
    cases = r"""
match:
  - fields: {CommandLine: vssadmin delete}
  - fields: {CommandLine: vssadmin list}
  - fields: {CommandLine: vssadmin delete, ParentImage: 'C:\keeper.exe'}
  - {fields: {CommandLine: vssadmin delete}, logsource: {product: linux, category: [a, b]}}
no_match:
  - fields: {CommandLine: other}
  - fields: {CommandLine: VSSADMIN delete}
"""
    assert run(loaded, tmp_path, "copies", cases) == [
        Failure("must.1", "does not match, and must", ("CommandLine is 'vssadmin list', not *delete*",)),
        Failure("must.2", "does not match, and must", ("it is excluded: ParentImage *\\keeper.exe",)),
        Failure("must.3", "does not match, and must", ("the log source is linux/a,b/- (product/category/service)",)),
        Failure(
            "must_not.1",
            "matches, and must not",
            ("CommandLine is 'VSSADMIN delete': *vssadmin*", "CommandLine is 'VSSADMIN delete': *delete*"),
        ),
    ]


def test_records_go_through_the_parsers(loaded: tuple[Trial, dict[str, Rule | Correlation]], tmp_path: Path) -> None:
    cases = f"must: [{{record: '{LINE}'}}]\nmust_not: [{{record: '{LINE.replace('Failed', 'Accepted')}'}}]\n"
    assert run(loaded, tmp_path, "failed", cases) == []


def test_a_rule_that_counts_is_tested_by_sequences(
    loaded: tuple[Trial, dict[str, Rule | Correlation]], tmp_path: Path
) -> None:
    cases = f"""
must: [{{raw: x}}]
sequences:
  - {{alerts: 1, events: [{{at: 0, times: 3, every: 1m, record: '{LINE}'}}]}}
  - {{alerts: 0, events: [{{at: 0, times: 3, every: 4m, record: '{LINE}'}}]}}
  - {{alerts: 0, events: [{{at: 0, times: 9, every: 1s, record: '{LINE.replace("{n}", "x")}'}}]}}
  - {{alerts: 2, events: [{{times: 3, record: '{LINE}'}}, {{at: 3h, times: 3, record: '{LINE}'}}]}}
  - {{alerts: 0, events: [{{at: 10, times: 4, record: '{LINE}'}}]}}
"""
    assert run(loaded, tmp_path, "guessing", cases) == [
        Failure("must.0", "a rule that counts is tested by sequences"),
        Failure("sequences.4", "raises 1 alerts, and must raise 0", ("Failed: 4 events",)),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("must: [", "2:1 not valid YAML: did not find expected node content"),
        ("must:\n  - feilds: {a: b}\n", "2:13 must.0.feilds: Extra inputs are not permitted"),
        (
            "sequences:\n  - alerts: -1\n    events: [{}]",
            "2:13 sequences.0.alerts: Input should be greater than or equal to 0",
        ),
        (
            "sequences:\n  - alerts: 1\n    events: [{times: 15000}, {times: 15000}]",
            "2:5 more than 20000 events in a sequence",
        ),
    ],
)
def test_mistakes_in_a_file_of_tests_have_their_place(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "a.test.yml"
    path.write_text(text)
    with pytest.raises(ContentError) as caught:
        read_cases(path)
    assert str(caught.value).replace(str(path), "") == f":{expected}"


def test_tests_are_beside_the_rule_or_in_a_folder_of_cases(tmp_path: Path) -> None:
    rule = tmp_path / "content" / "rules" / "a.yml"
    for path in (rule, tmp_path / "tests" / "content" / "cases" / "a.yml", tmp_path / "other" / "a.yml"):
        path.parent.mkdir(parents=True)
        path.write_text("must: []\n")
    assert case_path(rule) == tmp_path / "tests" / "content" / "cases" / "a.yml"
    assert case_path(rule, (tmp_path / "other",)) == tmp_path / "other" / "a.yml"
    beside = rule.with_name("a.test.yml")
    beside.write_text("must: []\n")
    assert case_path(rule, (tmp_path / "other",)) == beside
    assert case_path(rule.with_name("b.yml")) is None
    assert {problem.path for problem in load_rules([rule.parent]).problems} == {str(rule)}  # not the tests beside it
