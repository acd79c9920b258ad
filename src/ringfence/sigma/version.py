"""Names for exactly this version of a rule and of a set of rules."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.core.ids import digest
from ringfence.sigma.rule import Rule


def rule_key(rule: Rule) -> str:
    """Return what stands for exactly this version of a rule: its id and a digest of its text."""
    return f"{rule.id}@{digest(rule.text or repr(rule.condition))[:16]}"


def ruleset_version(rules: Sequence[Rule]) -> str:
    """Return what stands for exactly this set of rules, in whatever order; it is kept with every stored event."""
    return digest(*sorted(map(rule_key, rules)))
