"""Other people's rules and samples: everything loads or is named, and every sample fires its own rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from evtx import PyEvtxParser

from ringfence.collect.windows_logsource import windows_logsource
from ringfence.ecs.logsource import Logsource
from ringfence.sigma import Matcher, RuleSet, load_rules
from ringfence.sigma.reference import holds
from ringfence.sigma.values import View

FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")

pytestmark = pytest.mark.shared


@cache
def rules_in(root: Path) -> RuleSet:
    return load_rules([root / "sigmahq" / folder for folder in FOLDERS])


def cases(root: Path) -> list[tuple[Path, str]]:
    """Every sample with the id of the rule that it was recorded for."""
    found: list[tuple[Path, str]] = []
    for info in sorted((root / "sigmahq" / "regression_data").rglob("info.yml")):
        described = yaml.safe_load(info.read_text(encoding="utf-8"))
        for rule in described["rule_metadata"]:
            samples = [path for path in info.parent.iterdir() if path.suffix in {".evtx", ".raw"}]
            assert samples, f"{info} has no sample"
            found += [(sample, rule["id"]) for sample in samples]
    return found


def flat(event: dict[str, Any]) -> dict[str, Any]:
    """EventID, Channel and so on beside the names of EventData, as Windows rules spell them."""
    system = event["System"]
    fields = {name: system.get(name) for name in ("Channel", "Computer", "Level", "Task", "Opcode", "Keywords")}
    fields["Provider_Name"] = system["Provider"]["#attributes"]["Name"]
    number = system["EventID"]
    fields["EventID"] = number["#text"] if isinstance(number, dict) else number
    for part in ("EventData", "UserData"):
        data = event.get(part) or {}
        fields.update({name: value for name, value in data.items() if not isinstance(value, dict)})
    return fields


def events(path: Path, rule: Any) -> Iterator[tuple[Logsource, dict[str, Any], str]]:
    if path.suffix == ".raw":
        yield (
            Logsource(rule.product or "", (rule.category,) if rule.category else (), rule.service or ""),
            {},
            path.read_text(),
        )
        return
    for record in PyEvtxParser(str(path)).records_json():
        fields = flat(json.loads(record["data"])["Event"])
        source = windows_logsource(
            str(fields["Channel"]), int(fields["EventID"]), fields["Provider_Name"], str(fields.get("EventType", ""))
        )
        yield source, fields, record["data"]


def test_every_rule_loads_or_is_named(shared: Path) -> None:
    rules = rules_in(shared)
    files = [path for folder in FOLDERS for path in (shared / "sigmahq" / folder).rglob("*.yml")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    documents = sum(len([d for d in text.split("\n---\n") if d.strip()]) for text in texts)
    assert len(rules.rules) + len(rules.correlations) + len(rules.problems) == documents
    # Two rules cannot be evaluated without knowing the domain controllers of the site.
    assert {problem.message for problem in rules.problems} == {
        "Attributes|contains|expand: placeholder %known_cdcs% has no value"
    }
    assert all(problem.line > 1 and problem.column > 1 for problem in rules.problems)
    named = load_rules([Path(problem.path) for problem in rules.problems], placeholders={"known_cdcs": ["dc1", "dc2"]})
    assert (len(named.rules), named.problems) == (len(rules.problems), ())


def test_every_sample_fires_its_rule(shared: Path) -> None:
    rules = rules_in(shared)
    matcher = Matcher(rules)
    silent: list[str] = []
    checked = 0
    for path, rule_id in cases(shared):
        if rule_id not in rules.by_id:
            silent.append(f"{path.name}: rule {rule_id} is not among the rules")
            continue
        checked += 1
        fired = {
            rule.id
            for source, fields, raw in events(path, rules.by_id[rule_id])
            for rule in matcher.match(source, fields, {}, raw)
        }
        if rule_id not in fired:
            silent.append(f"{path.name}: {rules.by_id[rule_id].title}")
    assert silent == []
    assert checked > 50


def test_the_index_loses_no_match_on_real_events(shared: Path) -> None:
    rules = rules_in(shared)
    matcher = Matcher(rules)
    compared = matches = 0
    for path, rule_id in cases(shared)[::2]:
        for source, fields, raw in list(events(path, rules.by_id[rule_id]))[:1]:
            view = View(fields, {}, raw)
            expected = tuple(
                rule
                for rule in rules.rules
                if source.covers(rule.product, rule.category, rule.service) and holds(rule.condition, view)
            )
            assert matcher.match(source, fields, {}, raw) == expected
            compared += 1
            matches += len(expected)
    assert matches > compared > 30
