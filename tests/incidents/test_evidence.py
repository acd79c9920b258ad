from __future__ import annotations

import pytest
from tests.correlate.scenes import (
    ASSETS,
    GUESSING,
    alert,
    cloud_key,
    insider,
    ransomware,
    ssh_brute_force,
    web_attack,
)

from ringfence.assets import Importance
from ringfence.incidents import Category, Facts, Intensity, Loss, SocialImpact, grade
from ringfence.incidents.evidence import facts_of, touched_assets
from ringfence.incidents.grading import worst
from ringfence.incidents.story import tell


def facts(alerts):
    story = tell(alerts, ASSETS)
    return facts_of(story, touched_assets(story, ASSETS))


@pytest.mark.parametrize(
    ("scene", "category", "level"),
    [
        (ssh_brute_force, "network_attack", "P1"),
        (ransomware, "malware", "P1"),
        (web_attack, "network_attack", "P1"),
        (insider, "data_security", "P0"),
        (cloud_key, "data_security", "P1"),
    ],
)
def test_grades_of_the_five_scenarios(scene, category, level):
    result = worst([grade(item) for item in facts(scene())])
    assert (result.facts.category, result.level) == (category, level)


def test_the_facts_of_an_insider():
    assert facts(insider())[0] == Facts(
        Category.DATA_SECURITY, Importance.SPECIAL, Intensity.MUCH, Loss.SERIOUS, SocialImpact.MAJOR, "db01"
    )


@pytest.mark.parametrize(
    ("count", "intensity"),
    [(1, Intensity.STOPPED), (2, Intensity.LITTLE), (49, Intensity.LITTLE), (50, Intensity.MUCH)],
)
def test_attempts_alone_are_graded_by_their_number(count, intensity):
    tried = alert("SSH login failed", 0, "medium", tactics="credential-access", techniques="T1110", host="bastion01",
                  count=count, **GUESSING)  # fmt: skip
    assert [(f.category, f.intensity, f.loss) for f in facts([tried])] == [
        (Category.NETWORK_ATTACK, intensity, Loss.MINOR)
    ]


def test_malware_that_was_caught_is_stopped_and_what_follows_takes_it_back():
    caught = alert("Malware found", 0, tactics="execution", host="dc01", action="quarantined", logsource="antivirus")
    later = alert("Odd service installed", 9, tactics="persistence", host="dc01", action="service-installed")
    assert [grade(f).level for f in facts([caught])] == ["P3"]
    assert [grade(f).level for f in facts([caught, later])] == ["P1"]


@pytest.mark.parametrize(("hosts", "level"), [(1, "P1"), (9, "P1"), (10, "P0")])
def test_ransomware_grows_with_its_victims(hosts, level):
    notes = [alert("Ransom note", n, tactics="impact", techniques="T1486", host=f"pc{n}") for n in range(hosts)]
    assert worst([grade(f) for f in facts(notes)]).level == level


def test_what_strangers_or_noise_touch_does_not_raise_the_importance():
    real = alert("Odd service installed", 0, "high", tactics="persistence", host="ws-17")
    noise = alert("Logon with wrong password", 1, "informational", host=["dc01", "ws-17"], user="x", by="source",
                  source="192.0.2.60", outcome="failure", tactics="credential-access")  # fmt: skip
    assert {f.importance for f in facts([real, noise])} == {Importance.GENERAL}


def test_hosts_where_it_was_stopped_are_targets_not_victims():
    hit = alert("Malware found", 0, host="ws-17", action="detected", logsource="antivirus")
    saved = alert("Malware found", 1, host="ws-18", action=["blocked", "quarantined"], logsource="antivirus")
    story = tell([hit, saved], ASSETS)
    assert (story.hosts, story.targets) == (("ws-17",), ("ws-18",))


def test_alerts_without_tactics_are_abnormal_behaviour():
    assert [f.category for f in facts([alert("Odd login hour", host="ws-17")])] == [Category.ABNORMAL_BEHAVIOUR]


def test_touched_assets_carry_the_inventory_most_important_first():
    found = touched_assets(tell(insider(), ASSETS), ASSETS)
    assert [(asset.name, asset.importance, asset.asset_id) for asset in found] == [
        ("db01", Importance.SPECIAL, "id-db01"),
        ("ws-18", Importance.GENERAL, "id-ws-18"),
    ]
