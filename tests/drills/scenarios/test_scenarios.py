"""The attacks and their ground truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ringfence.drills import SCENARIOS, Scenario, company, scenario, scenarios
from ringfence.drills.scenarios.expected import RULES

RULES_FOLDER = Path(__file__).resolve().parents[3] / "content" / "rules"
START = 1_772_355_600_000_000
_TACTICS = {
    "reconnaissance", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
    "credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
}  # fmt: skip


def test_there_are_five() -> None:
    assert [one.id for one in scenarios()] == [
        "insider_download",
        "ssh_brute_force",
        "phishing_ransomware",
        "web_exploit",
        "cloud_key_abuse",
    ]
    assert scenario("web_exploit") is SCENARIOS[3]
    with pytest.raises(KeyError):
        scenario("moonshine")


def test_the_table_of_expected_rules_is_that_of_the_rule_files() -> None:
    files = {path.stem: yaml.safe_load(path.read_text("utf-8"))["id"] for path in RULES_FOLDER.rglob("*.yml")}
    assert {name: files.get(name) for name in RULES} == RULES


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.id)
def test_the_ground_truth_tells_the_records(one: Scenario) -> None:
    played = one.play(company(1), START, seed=2)
    truth, records = played.truth, played.records
    assert (truth.start, truth.end) == (records[0].time_us, records[-1].time_us)
    assert truth == one.ground_truth(company(1), START, seed=2)
    assert {record.scenario for record in records} == {one.id}
    assert {record.step for record in records} == set(range(1, len(truth.steps) + 1))
    for number, step in enumerate(truth.steps, 1):
        assert re.fullmatch(r"T\d{4}(\.\d{3})?", step.technique)
        assert step.tactic in _TACTICS
        assert step.time <= min(record.time_us for record in records if record.step == number)
    assert set(truth.entities) == {entity for step in truth.steps for entity in step.entities}
    assert truth.expected_rules
    assert truth.expected_level in {"P0", "P1", "P2", "P3"}


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.id)
def test_entities_are_named_in_the_records(one: Scenario) -> None:
    played = one.play(company(1), START)
    text = "\n".join(f"{record.raw} {record.source}" for record in played.records).lower()
    missing = [entity for entity in played.truth.entities if entity.lower() not in text]
    assert missing == []


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.id)
def test_the_pace_shortens_an_attack_and_keeps_its_records(one: Scenario) -> None:
    slow, fast = (one.play(company(1), START, pace=pace) for pace in (1.0, 0.1))
    assert len(slow.records) == len(fast.records)
    assert fast.truth.end - fast.truth.start < (slow.truth.end - slow.truth.start) * 0.15
    assert (slow.truth.end - slow.truth.start) / 1_000_000 == pytest.approx(one.length, rel=0.25)


def test_the_brute_force_has_more_than_300_failures_over_several_names() -> None:
    raws = [record.raw for record in scenario("ssh_brute_force").play(company(1), START).records]
    failures = [raw for raw in raws if "Failed password for" in raw]
    names = {match[1] for raw in failures if (match := re.search(r"for (?:invalid user )?(\S+) from", raw))}
    assert len(failures) == 340
    assert len(names) == 11
    accepted = next(number for number, raw in enumerate(raws) if "Accepted password for deploy" in raw)
    assert accepted > max(number for number, raw in enumerate(raws) if "Failed password" in raw)


def test_levels_follow_the_importance_of_what_was_hit() -> None:
    assert {one.id: one.expected_level for one in SCENARIOS} == {
        "insider_download": "P0",
        "ssh_brute_force": "P1",
        "phishing_ransomware": "P1",
        "web_exploit": "P2",
        "cloud_key_abuse": "P1",
    }
