from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

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

from ringfence.assets import AssetKind
from ringfence.core.message import Message
from ringfence.correlate import Command, JoinAlert, MergeIncidents, OpenIncident, correlate
from ringfence.detect import Alert

SCENES = (ssh_brute_force, ransomware, web_attack, insider, cloud_key)


def groups(commands: Sequence[Command]) -> list[list[str]]:
    """Alert ids of each incident that the commands leave."""
    found: dict[str, list[str]] = {}
    for command in commands:
        if isinstance(command, MergeIncidents):
            found[command.ref] += found.pop(command.other)
        else:
            found.setdefault(command.ref, []).append(command.alert_id)
    return sorted(sorted(ids) for ids in found.values())


def one_by_one(alerts: Sequence[Alert]) -> list[list[str]]:
    """The same through one call per alert, with what is known so far as the context."""
    seen: dict[str, Alert] = {}
    for item in sorted(alerts, key=lambda found: found.first):
        refs = {found.incident_id for found in seen.values() if found.incident_id}
        for command in correlate(refs, list(seen.values()), [item], ASSETS):
            seen.setdefault(item.id, item)
            if isinstance(command, MergeIncidents):
                seen = {
                    key: replace(found, incident_id=command.ref) if found.incident_id == command.other else found
                    for key, found in seen.items()
                }
            else:
                seen[command.alert_id] = replace(seen.get(command.alert_id, item), incident_id=command.ref)
        seen.setdefault(item.id, item)
    found: dict[str, list[str]] = {}
    for item in seen.values():
        if item.incident_id:
            found.setdefault(item.incident_id, []).append(item.id)
    return sorted(sorted(ids) for ids in found.values())


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.parametrize("way", ["batch", "one by one"])
def test_each_scenario_ends_as_one_incident(scene: Callable[[], list[Alert]], way: str):
    alerts = scene()
    found = groups(correlate((), (), alerts, ASSETS)) if way == "batch" else one_by_one(alerts)
    assert found == [sorted(item.id for item in alerts)]


@pytest.mark.parametrize("way", ["batch", "one by one"])
def test_all_scenarios_at_the_same_hour_stay_apart(way: str):
    scenes = [scene() for scene in SCENES]
    alerts = [item for scene in scenes for item in scene]
    found = groups(correlate((), (), alerts, ASSETS)) if way == "batch" else one_by_one(alerts)
    assert found == sorted(sorted(item.id for item in scene) for scene in scenes)


def test_every_join_says_why():
    login, root = ssh_brute_force()[1:3]
    opened, joined = correlate((), (), [login, root], ASSETS)
    assert opened == OpenIncident(
        f"new:{login.id}", login.id, (Message("First alert: {title}", {"title": "SSH password login"}),)
    )
    assert isinstance(joined, JoinAlert)
    assert (joined.ref, joined.alert_id) == (f"new:{login.id}", root.id)
    assert [reason.english() for reason in joined.reasons] == ["Same host bastion01", "Same user deploy"]
    assert joined.score == 0.985


def test_lateral_movement_joins_by_the_address_of_a_known_host():
    dump = alert("LSASS dumped", 0, host="ws-17", user="SYSTEM")
    service = alert("Service from a temporary folder", 20, host="fs01", source="192.0.2.17", user="SYSTEM")
    assert groups(correlate((), (), [dump, service], ASSETS)) == [sorted([dump.id, service.id])]
    assert groups(correlate((), (), [dump, service], {})) == sorted([[dump.id], [service.id]])


def test_a_connection_to_a_host_ties_to_what_then_happens_there():
    tool = alert("Remote service tool", 0, host="ws-17", destination="192.0.2.20", tactics="lateral-movement")
    note = alert("Ransom note", 30, host="FS01.example.com", tactics="impact")
    commands = correlate((), (), [tool, note], ASSETS)
    assert groups(commands) == [sorted([tool.id, note.id])]
    assert [reason.english() for reason in commands[1].reasons] == ["Lateral movement to fs01"]


def test_weak_alerts_open_nothing_but_join_later():
    recon = alert("Whoami run", 0, "low", host="ws-17", user="m.chen")
    dump = alert("LSASS dumped", 30, "critical", host="ws-17", user="m.chen")
    assert correlate((), (), [recon], ASSETS) == []
    commands = correlate((), [recon], [dump], ASSETS)
    assert [(type(c), c.alert_id) for c in commands] == [(OpenIncident, dump.id), (JoinAlert, recon.id)]


@pytest.mark.parametrize(
    ("level", "count", "opens"),
    [("informational", 5000, False), ("low", 49, False), ("low", 50, True), ("medium", 1, True)],
)
def test_what_opens_an_incident(level: str, count: int, opens: bool):
    tried = alert("Login failed", 0, level, count=count, host="bastion01", tactics="credential-access", **GUESSING)
    assert bool(correlate((), (), [tried], ASSETS)) is opens


def test_two_strangers_at_one_host_are_two_incidents():
    one = alert("SSH guessing", 0, "medium", host="bastion01", tactics="credential-access", **GUESSING)
    two = replace(one, id="other", entity="198.51.100.9", entities={**one.entities, "source": ["198.51.100.9"]})
    assert len(groups(correlate((), (), [one, two], ASSETS))) == 2


def test_a_scanned_host_with_its_own_trouble_is_not_the_scan():
    scan = alert("Port scan", 0, "medium", by="source", source=OUTSIDE, host=[f"srv{n}" for n in range(12)],
                 tactics="reconnaissance", logsource="firewall")  # fmt: skip
    dump = alert("LSASS dumped", 10, "critical", host="srv5", user="m.chen", tactics="credential-access")
    assert len(groups(correlate((), (), [scan, dump], ASSETS))) == 2


def test_service_accounts_and_loopback_tie_nothing():
    users = ["SYSTEM", "NT AUTHORITY\\SYSTEM", "WS-17$", "www-data", "-"]
    one = alert("Odd thing", 0, host="srv1", user=users, source="127.0.0.1")
    two = alert("Odd thing", 1, host="srv2", user=users, source="::1")
    assert len(groups(correlate((), (), [one, two], ASSETS))) == 2


def test_what_very_many_share_is_no_sign_of_one_attack():
    gateway = "198.51.100.1"
    alerts = [
        alert(f"Odd thing {n}", n, host=f"srv{n}", user=f"user{n}", source=gateway, incident=f"INC-{n}")
        for n in range(30)
    ]
    fresh = alert("Odd thing", 40, host="srv99", user="user99", source=gateway)
    context = {f"INC-{n}" for n in range(30)}
    assert [type(c) for c in correlate(context, alerts, [fresh], ASSETS)] == [OpenIncident]
    assert [type(c) for c in correlate({"INC-3"}, alerts[3:4], [fresh], ASSETS)] == [JoinAlert]


def test_many_entities_of_one_kind_count_like_one():
    hosts = [f"srv{n}" for n in range(8)]
    worm = alert("Worm service installed", 0, host=hosts, tactics="execution")
    scan = alert("Wrong password", 10, "informational", by="source", source="192.0.2.60", host=hosts, user="probe",
                 tactics="credential-access", outcome="failure")  # fmt: skip
    assert [type(c) for c in correlate((), (), [worm, scan], ASSETS)] == [OpenIncident]


def test_a_weak_alert_in_an_incident_draws_less_than_a_strong_one():
    weak = alert("Share opened", 0, "low", host="srv1", incident="INC-1")
    strong = alert("Service installed", 0, "high", host="srv1", incident="INC-1")
    later = alert("Odd thing", 180, host="srv1")
    assert [type(c) for c in correlate({"INC-1"}, [weak], [later], ASSETS)] == [OpenIncident]
    assert [type(c) for c in correlate({"INC-1"}, [strong], [later], ASSETS)] == [JoinAlert]


def test_an_entity_in_very_many_incidents_ties_nothing():
    held = [alert("Odd thing", n / 10, domain="cdn.example.net", user="m.chen", incident=f"INC-{n}") for n in range(65)]
    fresh = alert("Odd thing", 8, domain="cdn.example.net", user="m.chen")
    known = {f"INC-{n}" for n in range(65)}
    assert [type(c) for c in correlate(known, held, [fresh], ASSETS)] == [OpenIncident]
    assert type(correlate(known, held[:64], [fresh], ASSETS)[0]) is JoinAlert


def test_a_domain_controller_alone_ties_nothing_but_with_the_user_it_does():
    one = alert("Odd thing", 0, host="dc01", user="m.chen")
    other = alert("Odder thing", 5, host="dc01", user="e.berg")
    same = alert("Odder thing", 5, host="dc01", user="m.chen")
    assert len(groups(correlate((), (), [one, other], ASSETS))) == 2
    assert len(groups(correlate((), (), [one, same], ASSETS))) == 1


@pytest.mark.parametrize(
    ("hours", "user", "joined"),
    [(3.9, "e.berg", True), (4.5, "e.berg", False), (20, "m.chen", True), (25, "m.chen", False)],
)
def test_one_tie_lasts_hours_and_two_a_day(hours: float, user: str, joined: bool):
    one = alert("Odd thing", 0, host="ws-17", user="m.chen")
    two = alert("Odder thing", hours * 60, host="ws-17", user=user)
    assert (len(groups(correlate((), (), [one, two], ASSETS))) == 1) is joined


def test_an_alert_that_belongs_to_two_incidents_makes_them_one():
    left = alert("LSASS dumped", 0, host="ws-17", user="m.chen", incident="INC-2026-0002")
    right = alert("Ransom note", 20, host="fs01", user="e.berg", incident="INC-2026-0001")
    bridge = alert(
        "Admin share opened", 15, host="fs01", user="e.berg", source="192.0.2.17", tactics="lateral-movement"
    )
    commands = correlate({"INC-2026-0001", "INC-2026-0002"}, [left, right], [bridge], ASSETS)
    assert [type(c) for c in commands] == [JoinAlert, MergeIncidents]
    assert (commands[1].ref, commands[1].other) == ("INC-2026-0001", "INC-2026-0002")


def test_a_weak_alert_never_merges_incidents():
    left = alert("LSASS dumped", 0, host="ws-17", user="m.chen", incident="INC-2026-0002")
    right = alert("Ransom note", 20, host="fs01", user="e.berg", incident="INC-2026-0001")
    bridge = alert("Share opened", 15, "low", host="fs01", user="e.berg", source="192.0.2.17")
    commands = correlate({"INC-2026-0001", "INC-2026-0002"}, [left, right], [bridge], ASSETS)
    assert [type(c) for c in commands] == [JoinAlert]


def test_closed_incidents_attract_nothing_and_keep_their_alerts():
    old = alert("LSASS dumped", 0, host="ws-17", user="m.chen", incident="INC-2026-0001")
    fresh = alert("Odd thing", 5, host="ws-17", user="m.chen")
    assert [type(c) for c in correlate((), [old], [fresh], ASSETS)] == [OpenIncident]
    assert correlate((), (), [old], ASSETS) == []


def test_a_known_alert_that_grew_changes_nothing_by_itself():
    old = alert("LSASS dumped", 0, host="ws-17", user="m.chen", incident="INC-2026-0001")
    assert correlate({"INC-2026-0001"}, [old], [replace(old, count=9)], ASSETS) == []


def test_a_rule_that_fires_everywhere_stays_one_incident_over_the_hours():
    one = alert("Worm traffic", 0, by="many", host=[f"srv{n}" for n in range(20)])
    two = alert("Worm traffic", 50, by="many", host=[f"srv{n}" for n in range(40, 60)])
    assert len(groups(correlate((), (), [one, two], ASSETS))) == 1


@pytest.mark.parametrize(("level", "opens"), [("low", False), ("high", True)])
def test_our_own_scanner_at_work_is_no_incident(level: str, opens: bool):
    scanner = next(iter(ASSETS.values()))
    assets = {"10.20.1.60": replace(scanner, name="scan01", kind=AssetKind.SCANNER)}
    scan = alert("Web attack", 0, level, count=60, by="source", source="10.20.1.60", host="web02")
    assert bool(correlate((), (), [scan], assets)) is opens
