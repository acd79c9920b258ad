"""What the tests of this room share: rules from inline YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import indent

import pytest

from ringfence.ecs.logsource import logsource
from ringfence.sigma import Matcher, RuleSet, load_rules

HEAD = """\
title: Test
id: 5f0c6d2e-7a5b-4c1e-9d3f-000000000001
logsource:
  product: demo
detection:
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., RuleSet]:
    """Load the text of one file of rules."""

    def from_text(text: str, placeholders: Mapping[str, Sequence[str]] | None = None) -> RuleSet:
        path = tmp_path / "rule.yml"
        path.write_text(text, encoding="utf-8")
        return load_rules([path], placeholders=placeholders)

    return from_text


@pytest.fixture
def fires(load: Callable[..., RuleSet]) -> Callable[..., list[bool]]:
    """Tell for each event whether a rule with this detection section matches it."""

    def decide(detection: str, *events: Mapping[str, object], raw: str = "", **options: object) -> list[bool]:
        rules = load(HEAD + indent(detection, "  "), **options)
        assert rules.problems == ()
        matcher = Matcher(rules)
        return [bool(matcher.match(logsource("demo"), event, {}, raw)) for event in events]

    return decide
