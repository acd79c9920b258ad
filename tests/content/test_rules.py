"""Each of our rules is complete, has a guide, and does exactly what its cases say (cases/<rule>.yml).

The cases run through the real parsers, the kernel and the engine of correlations, as `ringfence.detect.rules` runs
them for everybody's rules.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from sigma.collection import SigmaCollection

from ringfence.detect.rules.casefile import CaseFile, read_cases
from ringfence.detect.rules.try_out import Trial
from ringfence.sigma import Correlation, Rule, RuleSet, load_rules

RULES = Path(__file__).resolve().parents[2] / "content" / "rules"
CASES = Path(__file__).parent / "cases"
FILES = sorted(RULES.rglob("*.yml"))
PLAYBOOKS = {
    "phishing", "brute-force", "malware", "ransomware", "data-leak", "web-attack", "cloud-abuse", "intrusion",
}  # fmt: skip
_KEYS = [
    "title", "id", "name", "status", "description", "author", "date", "tags", "falsepositives", "level", "ringfence",
]  # fmt: skip
_FOR_EXAMPLES = [
    ip_network(text)
    for text in (
        *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"),
    )
]
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


@pytest.fixture(scope="module")
def ruleset() -> RuleSet:
    loaded = load_rules([RULES])
    assert [str(problem) for problem in loaded.problems] == []
    return loaded


@pytest.fixture(scope="module")
def rules(ruleset: RuleSet) -> dict[str, Rule | Correlation]:
    return {rule.path.stem: rule for rule in (*ruleset.rules, *ruleset.correlations)}


@pytest.fixture(scope="module")
def trial(ruleset: RuleSet) -> Trial:
    return Trial(ruleset)


def _cases(path: Path) -> CaseFile:
    return read_cases(CASES / f"{path.stem}.yml")


def test_there_are_rules_for_every_group_and_each_has_cases(rules: dict[str, Rule | Correlation]) -> None:
    assert sorted(rules) == sorted(path.stem for path in FILES) == sorted(path.stem for path in CASES.glob("*.yml"))
    assert sorted({path.parent.name for path in FILES}) == [
        "aws", "azure", "database", "gcp", "identity", "kubernetes", "linux", "mail", "network", "vmware", "vpn", "web",
        "windows",
    ]  # fmt: skip


def test_each_emergency_plan_has_rules_that_match_and_rules_that_count() -> None:
    kinds: dict[str, set[str]] = {}
    for path in FILES:
        data = yaml.safe_load(path.read_text("utf-8"))
        kinds.setdefault(data["ringfence"]["playbook"], set()).add("counts" if "correlation" in data else "matches")
    assert kinds == {plan: {"counts", "matches"} for plan in PLAYBOOKS}


def test_pysigma_understands_the_pack_as_a_whole() -> None:
    collection = SigmaCollection.load_ruleset([RULES], collect_errors=True, recursion_pattern="**/*.yml")
    assert collection.errors == []
    assert len(collection.rules) == len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_is_complete(path: Path) -> None:
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    kind = {"correlation"} if "correlation" in data else {"logsource", "detection"}
    assert set(data) == {*_KEYS, *kind}
    assert UUID(data["id"]).version == 4
    assert data["name"] == path.stem
    assert data["author"] == "Ringfence"
    assert data["level"] in {"informational", "low", "medium", "high", "critical"}
    assert data["description"].strip().endswith(".")
    assert data["falsepositives"]
    tags = data["tags"]
    assert all(tag.startswith("attack.") for tag in tags)
    assert any(tag.startswith("attack.t1") for tag in tags)
    assert any(not tag.startswith("attack.t1") for tag in tags)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_has_a_guide_for_people(path: Path) -> None:
    extra = yaml.safe_load(path.read_text("utf-8"))["ringfence"]
    assert extra["playbook"] in PLAYBOOKS
    lines = extra["guide"].splitlines()
    assert 4 <= len(lines) <= 8
    assert lines[0].startswith("Means: ")
    assert any(line.startswith("Do") for line in lines)
    assert all(line.endswith((".", "?", "!")) for line in lines)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_has_records_of_the_product_and_counter_examples(path: Path) -> None:
    cases = _cases(path)
    if cases.sequences:
        assert sum(1 for sequence in cases.sequences if sequence.alerts) >= 1
        assert sum(1 for sequence in cases.sequences if not sequence.alerts) >= 2
        assert all(step.record for sequence in cases.sequences for step in sequence.events)
    else:
        assert any(case.record for case in cases.must)
        assert len(cases.must_not) >= 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_does_what_its_cases_say(path: Path, rules: dict[str, Rule | Correlation], trial: Trial) -> None:
    assert trial.run(rules[path.stem], _cases(path)) == []


def test_only_rules_that_mean_little_alone_are_kept_silent_by_correlations(ruleset: RuleSet) -> None:
    levels = {item.id: item.level.value for item in (*ruleset.rules, *ruleset.correlations)}
    assert {levels[silent] for silent in ruleset.silent} <= {"informational", "low"}


def test_records_name_addresses_for_documentation_and_of_private_networks_alone() -> None:
    foreign = {
        f"{path.stem}: {found}"
        for path in CASES.glob("*.yml")
        for found in _ADDRESS.findall(path.read_text("utf-8"))
        if not any(ip_address(found) in network for network in _FOR_EXAMPLES)
    }
    assert foreign == set()
