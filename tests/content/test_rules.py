"""Each of our rules is complete, and matches exactly the events that its cases say (cases/<rule>.yml)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from sigma.collection import SigmaCollection

from ringfence.ecs.logsource import Logsource, logsource
from ringfence.sigma import Matcher, load_rules
from ringfence.sigma.rule import Rule

RULES = Path(__file__).resolve().parents[2] / "content" / "rules"
CASES = Path(__file__).parent / "cases"
FILES = sorted(RULES.rglob("*.yml"))


@pytest.fixture(scope="module")
def rules() -> dict[str, Rule]:
    loaded = load_rules([RULES])
    assert [str(problem) for problem in loaded.problems] == []
    return {rule.path.stem: rule for rule in loaded.rules}


def test_there_are_rules_for_every_group_and_each_has_cases(rules: dict[str, Rule]) -> None:
    assert sorted(rules) == sorted(path.stem for path in FILES) == sorted(path.stem for path in CASES.glob("*.yml"))
    assert sorted({path.parent.name for path in FILES}) == [
        "aws", "database", "identity", "kubernetes", "linux", "network", "web", "windows",
    ]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_is_complete_and_valid_for_pysigma(path: Path) -> None:
    data = yaml.safe_load(path.read_text("utf-8"))
    collection = SigmaCollection.from_yaml(path.read_text("utf-8"))
    assert [error for rule in collection.rules for error in rule.errors] == []
    assert UUID(data["id"]).version == 4
    assert data["author"] == "Ringfence"
    assert data["level"] in {"informational", "low", "medium", "high", "critical"}
    assert data["description"].strip().endswith(".")
    assert data["falsepositives"]
    tags = data["tags"]
    assert all(tag.startswith("attack.") for tag in tags)
    assert any(tag.startswith("attack.t1") for tag in tags)
    assert any(not tag.startswith("attack.t1") for tag in tags)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yml")), ids=lambda path: path.stem)
def test_a_rule_matches_what_its_cases_say(path: Path, rules: dict[str, Rule]) -> None:
    cases: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text("utf-8"))
    rule = rules[path.stem]
    matcher = Matcher([rule])
    assert cases["must"]
    assert cases["must_not"]
    for case in cases["must"]:
        assert _match(matcher, rule, case) == (rule.id,), case
    for case in cases["must_not"]:
        assert _match(matcher, rule, case) == (), case


def _match(matcher: Matcher, rule: Rule, case: dict[str, Any]) -> tuple[str, ...]:
    found = matcher.match(_source(rule), case.get("fields", {}), case.get("ecs", {}), case.get("raw", ""))
    return tuple(match.id for match in found)


def _source(rule: Rule) -> Logsource:
    """A log source that the rule applies to."""
    return logsource(rule.product or "", (rule.category,) if rule.category else (), rule.service or "")
