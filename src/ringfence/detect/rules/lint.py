"""Look over rules before they run: what cannot be loaded, and what a reader or an analyst would miss."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ringfence.detect.rules.casefile import SUFFIX, case_path
from ringfence.ecs.fields import FIELDS
from ringfence.sigma import Correlation, Rule, RuleSet
from ringfence.sigma.tree import FieldRef, leaves
from ringfence.sigma.values import loose

CODES = {
    "load": "cannot be loaded, with the place and the reason",
    "key": "a part of the rule that the specification does not know, probably a slip",
    "id": "no id, so it changes with the text",
    "level": "no level, so it counts as medium",
    "tags": "no ATT&CK technique among the tags",
    "description": "nothing says what it means",
    "field": "a field that no other rule of this product reads, and that is nearly the name of one",
    "tests": "no tests",
}
"""Every kind of finding and what it means."""

_KEYS = frozenset(
    {
        "title", "id", "name", "related", "status", "description", "references", "author", "date", "modified", "tags",
        "logsource", "detection", "correlation", "filter", "fields", "falsepositives", "level", "license", "scope",
        "taxonomy", "action", "regression_tests_path", "simulation",
    }
)  # fmt: skip
_CUTOFF = 0.88
_SLIP = 2
"""Letters by which a slip is longer or shorter than what was meant."""

_KNOWN_FROM = 2
"""Rules that must read a field before it counts as a known name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: `code` is one of `CODES`; line and column count from 1."""

    code: str
    message: str
    path: str
    line: int = 1
    column: int = 1
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{self.path}:{self.line}:{self.column} {self.message}{remedy} [{self.code}]"


def lint(ruleset: RuleSet, known: Sequence[Rule] = (), *, cases: tuple[Path, ...] = ()) -> list[Finding]:
    """Return what is wrong with the rules, by path and line.

    `known` are rules whose names of fields count as right beside those of the set; `cases` are folders of tests.
    """
    found = [
        Finding("load", problem.message, problem.path, max(1, problem.line), max(1, problem.column), problem.remedy)
        for problem in ruleset.problems
    ]
    names = _Names([*ruleset.rules, *known])
    for rule in (*ruleset.rules, *ruleset.correlations):
        found += _rule(rule, names, cases)
    return sorted(found, key=lambda one: (one.path, one.line, one.column, one.code))


def _rule(rule: Rule | Correlation, names: _Names, cases: tuple[Path, ...]) -> Iterator[Finding]:
    node = yaml.compose(rule.text, yaml.CSafeLoader)
    top = {key.value: (key, value) for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
    path = str(rule.path)

    def at(code: str, message: str, place: Any = None, remedy: str = "") -> Finding:
        mark = getattr(place, "start_mark", None)
        line, column = (mark.line, mark.column + 1) if mark else (0, 1)
        return Finding(code, message, path, rule.line + line, column, remedy)

    for key, (place, _) in top.items():
        near = difflib.get_close_matches(key.lower(), _KEYS, 1, _CUTOFF)
        if key not in _KEYS and near:
            yield at("key", f"'{key}' is no part of a rule", place, f"did you mean {near[0]}?")
    if "id" not in top:
        yield at("id", "the rule has no id", remedy="add a random UUID")
    if "level" not in top:
        yield at("level", "the rule has no level")
    if not rule.techniques:
        yield at(
            "tags", "no tag names an ATT&CK technique", top.get("tags", (None,))[0], "for example attack.t1059.001"
        )
    if not rule.description.strip():
        yield at("description", "the rule has no description")
    if case_path(rule.path, cases) is None:
        yield at("tests", "the rule has no tests", remedy=f"write {rule.path.stem}{SUFFIX} beside it")
    if isinstance(rule, Rule):
        places = dict(_fields(top.get("detection", (None, None))[1]))
        for field in names.of(rule):
            near = names.near(rule, field)
            if near:
                yield at("field", f"no other rule reads '{field}'", places.get(field), f"did you mean {near}?")


class _Names:
    """Names of fields by product, with the number of rules that read them."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._counts: dict[str, Counter[str]] = {}
        for rule in {rule.id: rule for rule in rules}.values():
            self._counts.setdefault(rule.product or "", Counter()).update(self.of(rule))

    def of(self, rule: Rule) -> list[str]:
        """Return the fields that a rule reads."""
        found: dict[str, None] = {}
        for leaf in leaves(rule.condition):
            if leaf.field is not None:
                found[leaf.field] = None
            if isinstance(leaf.pattern, FieldRef):
                found[leaf.pattern.field] = None
        return list(found)

    def near(self, rule: Rule, field: str) -> str | None:
        """Return the known name that is meant, None where the field is known itself or like no other."""
        counts: Mapping[str, int] = self._counts.get(rule.product or "", Counter())
        if field in FIELDS or counts.get(field, 0) >= _KNOWN_FROM:
            return None
        known = {_bare(name): name for name in FIELDS}
        known |= {_bare(name): name for name, count in counts.items() if count >= _KNOWN_FROM}
        bare = _bare(field)
        if bare in known:  # another way of writing it: `DestinationIp` is native, `destination.ip` is ours
            return None
        close = difflib.get_close_matches(bare, known, 3, _CUTOFF)
        return next((known[name] for name in close if name[0] == bare[0] and abs(len(name) - len(bare)) <= _SLIP), None)


def _bare(name: str) -> str:
    return loose(name).replace(".", "").replace("_", "").replace("-", "")


def _fields(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.ScalarNode | yaml.SequenceNode):
                yield str(key.value).partition("|")[0], key
            yield from _fields(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _fields(item)
