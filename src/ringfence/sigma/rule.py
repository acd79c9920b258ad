"""A rule as the product uses it, and a set of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ringfence.core.errors import ContentError
from ringfence.core.severity import Severity
from ringfence.sigma.correlation import Correlation
from ringfence.sigma.tree import Node

_TACTICS = frozenset(
    {
        "reconnaissance",
        "resource-development",
        "initial-access",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "stealth",
        "defense-impairment",
        "credential-access",
        "discovery",
        "lateral-movement",
        "collection",
        "command-and-control",
        "exfiltration",
        "impact",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One Sigma detection rule that can be evaluated.

    `tactics` are ATT&CK's names with hyphens (`initial-access`), `techniques` its ids in capitals (`T1059.001`).
    A rule without a level counts as medium; one without an id gets one from its content.
    """

    id: str
    title: str
    level: Severity
    condition: Node = field(repr=False)
    status: str = ""
    description: str = field(default="", repr=False)
    author: str = field(default="", repr=False)
    date: str = ""
    modified: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    references: tuple[str, ...] = field(default=(), repr=False)
    falsepositives: tuple[str, ...] = field(default=(), repr=False)
    product: str | None = None
    category: str | None = None
    service: str | None = None
    fields: tuple[str, ...] = ()
    path: Path = Path()
    line: int = 1
    text: str = field(default="", repr=False)

    def __hash__(self) -> int:
        return hash(self.id)


@dataclass(frozen=True)
class RuleSet:
    """What a load gave: rules in order of their paths, all that could not be loaded; correlations, inner ones first."""

    rules: tuple[Rule, ...]
    problems: tuple[ContentError, ...] = ()
    correlations: tuple[Correlation, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """Rules by their id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def silent(self) -> frozenset[str]:
        """Ids of rules and correlations that raise no alerts of their own.

        Such are all to which a correlation refers, unless one that refers to it says `generate: true`.
        """
        used = {ref for item in self.correlations for ref in item.refs}
        return frozenset(used - {ref for item in self.correlations if item.generate for ref in item.refs})


def attack(tags: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tactics and technique ids that the `attack.` tags of a rule name, in their order."""
    names = [tag[7:].lower().replace("_", "-") for tag in tags if tag.lower().startswith("attack.")]
    tactics = tuple(dict.fromkeys(name for name in names if name in _TACTICS))
    techniques = tuple(dict.fromkeys(name.upper() for name in names if name[:1] == "t" and name[1:5].isdigit()))
    return tactics, techniques
