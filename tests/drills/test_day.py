"""A day of the company: in order, repeatable, with the attacks where they belong."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from ringfence.drills import ALL, company, day, scenario

DAY = 1_772_323_200_000_000
"""2026-03-01T00:00:00Z."""
HOUR = 3_600_000_000


def test_records_come_in_time_order_within_the_day() -> None:
    records = list(day(company(1), DAY, seed=3, rate=0.05))
    assert all(one.time_us <= two.time_us for one, two in pairwise(records))
    assert records[0].time_us >= DAY
    assert records[-1].time_us < DAY + 24 * HOUR


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    first, second, other = (list(day(company(1), DAY, seed=seed, rate=0.02)) for seed in (3, 3, 4))
    assert first == second
    assert first != other


def test_the_rate_makes_the_background_busier() -> None:
    slow, fast = (sum(1 for _ in day(company(1), DAY, seed=1, rate=rate, scenarios=())) for rate in (0.05, 0.5))
    assert 4_000 < slow < 8_000
    assert 45_000 < fast < 60_000


def test_every_record_of_an_attack_is_in_the_day_and_nothing_else_is_marked() -> None:
    made = company(1)
    marked: Counter[str] = Counter()
    for record in day(made, DAY, seed=5, rate=0.01):
        if record.scenario is not None:
            marked[record.scenario] += 1
            assert record.step is not None
        else:
            assert record.step is None
    played = {
        name: len(scenario(name).play(made, DAY + int(scenario(name).at * 1_000_000), seed=5).records) for name in ALL
    }
    assert dict(marked) == played


def test_chosen_scenarios_alone_are_woven_in() -> None:
    names = {record.scenario for record in day(company(1), DAY, rate=0.01, scenarios=("web_exploit",))}
    assert names == {None, "web_exploit"}


def test_a_part_of_the_day_holds_only_its_hours() -> None:
    records = list(day(company(1), DAY, rate=0.05, hours=(9, 10)))
    assert records[0].time_us >= DAY + 9 * HOUR
    assert records[-1].time_us < DAY + 10 * HOUR
    assert {record.scenario for record in records} == {None, "phishing_ransomware"}


def test_every_source_family_speaks() -> None:
    kinds = {record.sourcetype for record in day(company(1), DAY, rate=0.1)}
    assert kinds == {
        "nxlog", "syslog", "auditd", "nginx", "iptables", "zeek:json", "aws:cloudtrail", "kube:audit", "o365:audit",
        "okta", "postgresql",
    }  # fmt: skip


def test_people_work_by_day() -> None:
    hours = Counter(
        (record.time_us - DAY) // HOUR
        for record in day(company(1), DAY, rate=0.3, scenarios=())
        if record.sourcetype == "zeek:json"
    )
    assert hours[10] > 100
    assert hours[3] == 0
