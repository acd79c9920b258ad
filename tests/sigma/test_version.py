"""A set of rules has the same version in whatever order it was loaded, and another one after any change."""

from __future__ import annotations

from ringfence.core.severity import Severity
from ringfence.sigma import Rule
from ringfence.sigma.tree import Leaf, Text
from ringfence.sigma.version import rule_key, ruleset_version


def rule(number: int, text: str) -> Rule:
    return Rule(f"r{number}", "t", Severity.LOW, Leaf("a", Text("b")), text=text)


def test_versions() -> None:
    one, two, changed = rule(1, "x"), rule(2, "x"), rule(1, "y")
    assert ruleset_version([one, two]) == ruleset_version([two, one])
    assert len({ruleset_version(rules) for rules in ([], [one], [two], [one, two], [changed, two])}) == 5
    assert rule_key(one).startswith("r1@")
    assert rule_key(one) != rule_key(changed)
