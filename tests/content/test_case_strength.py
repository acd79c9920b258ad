"""The cases of a rule notice when a part of it goes missing: each part is taken away or turned round, once.

Of a rule that matches: each selection made always true and always false, each field of a selection left out. Of a
correlation: each field of the group left out, the span far too long and far too short, the count far lower and far
higher, counting events instead of values, order ignored.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ringfence.detect.rules.casefile import read_cases
from ringfence.detect.rules.try_out import Trial
from ringfence.sigma import load_rules

RULES = Path(__file__).resolve().parents[2] / "content" / "rules"
CASES = Path(__file__).parent / "cases"
FILES = {path.stem: path for path in sorted(RULES.rglob("*.yml"))}
_ALWAYS = {"true": {"no_such_field": None}, "false": {"no_such_field": "x"}}

Data = dict[str, Any]


def test_a_change_that_matters_is_a_change_of_the_rule() -> None:
    data: Data = {"detection": {"a": {"x": 1, "y": 2}, "condition": "a"}}
    assert [name for name, _ in _weakened(data)] == ["a always true", "a always false", "a without x", "a without y"]


@pytest.mark.slow
@pytest.mark.parametrize("stem", FILES)
def test_the_cases_notice_when_a_part_of_the_rule_goes_missing(stem: str, tmp_path: Path) -> None:
    data: Data = yaml.safe_load(FILES[stem].read_text("utf-8"))
    cases = read_cases(CASES / f"{stem}.yml")
    for name in _needed(stem) - {stem}:
        (tmp_path / f"{name}.yml").write_text(FILES[name].read_text("utf-8"), "utf-8")
    unnoticed: list[str] = []
    for what, changed in _weakened(data):
        (tmp_path / f"{stem}.yml").write_text(yaml.safe_dump(changed, sort_keys=False), "utf-8")
        ruleset = load_rules([tmp_path])
        assert ruleset.problems == ()
        rule = next(one for one in (*ruleset.rules, *ruleset.correlations) if one.id == data["id"])
        if not Trial(ruleset).run(rule, cases):
            unnoticed.append(what)
    assert unnoticed == []


def _needed(stem: str) -> set[str]:
    data: Data = yaml.safe_load(FILES[stem].read_text("utf-8"))
    found = {stem}
    for name in data.get("correlation", {}).get("rules", ()):
        found |= _needed(name)
    return found


def _weakened(data: Data) -> Iterator[tuple[str, Data]]:
    yield from _weaker_detection(data) if "detection" in data else _weaker_correlation(data)


def _weaker_detection(data: Data) -> Iterator[tuple[str, Data]]:
    for name, selection in data["detection"].items():
        if name == "condition":
            continue
        for word, value in _ALWAYS.items():
            changed = copy.deepcopy(data)
            changed["detection"][name] = value
            yield f"{name} always {word}", changed
        if isinstance(selection, dict) and len(selection) > 1:
            for key in selection:
                changed = copy.deepcopy(data)
                del changed["detection"][name][key]
                yield f"{name} without {key}", changed


def _weaker_correlation(data: Data) -> Iterator[tuple[str, Data]]:
    given: Data = data["correlation"]
    changes: list[tuple[str, Data]] = [(f"a span of {span}", {"timespan": span}) for span in ("30d", "1s")]
    group = given.get("group-by", [])
    changes += [(f"not by {name}", {"group-by": [one for one in group if one != name]}) for name in group]
    if given["type"] == "temporal_ordered":
        changes.append(("in any order", {"type": "temporal"}))
    condition: Data = given.get("condition", {})
    if "gte" in condition:
        changes.append(("far less", {"condition": {**condition, "gte": max(1, condition["gte"] // 4)}}))
        changes.append(("far more", {"condition": {**condition, "gte": condition["gte"] * 2}}))
    if given["type"] == "value_count":
        changes.append(("any event", {"type": "event_count", "condition": {"gte": condition["gte"]}}))
    for what, change in changes:
        yield what, {**data, "correlation": {**given, **change}}
