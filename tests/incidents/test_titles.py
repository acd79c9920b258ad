from __future__ import annotations

import pytest
from tests.correlate.scenes import (
    ASSETS,
    GUESSING,
    OUTSIDE,
    alert,
    cloud_key,
    insider,
    ransomware,
    ssh_brute_force,
    web_attack,
)

from ringfence.incidents.story import tell
from ringfence.incidents.titles import title_of


def english(alerts):
    return title_of(tell(alerts, ASSETS)).english()


@pytest.mark.parametrize(
    ("scene", "title"),
    [
        (ssh_brute_force, "SSH brute force from 203.0.113.7 against bastion01, then a login as deploy"),
        (ransomware, "Ransomware on FS01 after phishing of m.chen (2 hosts)"),
        (web_attack, "Web attack from 198.51.100.150 on web01, then commands on the server"),
        (insider, "Bulk data download by f.braun from db01"),
        (cloud_key, "Cloud key of svc-export abused from 198.51.100.77"),
    ],
)
def test_titles_of_the_five_scenarios(scene, title):
    assert english(scene()) == title


def test_titles_grow_with_the_story():
    alerts = ransomware()
    assert [english(alerts[:n]) for n in (1, 2, 4, 5, 7)] == [
        "Phishing of m.chen",
        "Phishing of m.chen: a document ran code on WS-17",
        "Phishing of m.chen, then credentials stolen on ws-17",
        "Phishing of m.chen, then lateral movement to FS01",
        "Ransomware on FS01 after phishing of m.chen (2 hosts)",
    ]


def test_guessing_has_a_title_for_each_outcome():
    tried = alert("SSH login failed", 0, "low", tactics="credential-access", techniques="T1110.001", count=99,
                  host=["bastion01", "web01"], **GUESSING)  # fmt: skip
    cron = alert("Cron file written", 20, "medium", tactics="persistence", host="bastion01", logsource="linux")
    windows = alert("Wrong password", 0, "low", by="source", tactics="credential-access", techniques="T1110", count=99,
                    host="dc01", source=OUTSIDE)  # fmt: skip
    assert english([tried]) == "SSH brute force from 203.0.113.7 against 2 hosts"
    assert english([tried, cron]) == "SSH brute force from 203.0.113.7 against bastion01, then activity on it"
    assert english([windows]) == "Password guessing from 203.0.113.7 against dc01"


def test_without_a_story_the_worst_rule_names_it():
    small = alert("Whoami run", 0, "low", host="ws-17")
    big = alert("Odd service installed", 5, "high", host="WS-17.example.com", tactics="persistence")
    many = alert("Worm traffic", 0, "high", by="many", host=["a", "b"])
    assert english([small, big]) == "Odd service installed on WS-17"
    assert english([many]) == "Worm traffic"


def test_markup_in_log_values_stays_text():
    hostile = alert("Odd service installed", 0, host="{rule}<b>")
    assert english([hostile]) == "Odd service installed on {rule}<b>"


def test_shadow_copies_alone_are_not_called_ransomware():
    deleted = alert("Backup catalogue deleted", 0, tactics="impact", techniques="T1490", host="FS01")
    assert english([deleted]) == "Backup catalogue deleted on FS01"
