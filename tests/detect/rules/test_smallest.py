"""The search for the smallest exclusion: what it must never do, and what it prefers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.detect.rules.condition import covers, write_condition
from ringfence.detect.rules.facts import Weakness, facts_of, weakness
from ringfence.detect.rules.smallest import Limits, Past, smallest_exclusions, smallest_threshold
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource


def event(number: int = 0, ecs: dict[str, Any] | None = None, **fields: Any) -> Event:
    return Event(
        f"e{number}", "default", number, number, "b", "s", "p", logsource("windows"), ecs or {}, fields, "raw", ("r",)
    )


VALUES = st.sampled_from(
    ["C:\\a\\Keeper.exe", "c:\\A\\keeper.EXE", "back*up", "b?ck", "\\\\srv\\x", "Anna", "eve", ["x", "Anna"]]
)
EVENTS = st.builds(
    lambda fields, ecs: event(0, ecs, **fields),
    st.dictionaries(st.sampled_from(["ParentImage", "User", "Other", "image", "Image"]), VALUES, max_size=5),
    st.dictionaries(st.sampled_from(["host.name", "user.name", "process.name"]), VALUES, max_size=3),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    false=st.lists(st.lists(EVENTS, min_size=1, max_size=3), min_size=1, max_size=6),
    keep=st.lists(EVENTS, max_size=4),
    unjudged=st.lists(EVENTS, max_size=6),
    background=st.lists(EVENTS, max_size=6),
    confirmed=st.booleans(),
)
def test_no_known_true_positive_is_ever_hidden(
    false: list[list[Event]], keep: list[Event], unjudged: list[Event], background: list[Event], confirmed: bool
) -> None:
    past = Past({f"a{n}": events for n, events in enumerate(false)}, keep, unjudged, background)

    def confirm(items: tuple[tuple[str, str], ...]) -> bool:
        return not any(covers(write_condition(items), one) for one in keep)

    plain = not any(isinstance(value, list) for one in keep for value in (*one.fields.values(), *one.ecs.values()))
    loosely = any("image" in one.fields for one in keep)
    limits = Limits()
    for found in smallest_exclusions(past, limits, confirm=confirm if confirmed else None):
        condition = write_condition(found.items)
        assert all(covers(condition, one) for alert in found.alerts for one in past.false[alert])
        assert len(found.alerts) >= limits.min_alerts
        assert 1 <= len(found.items) <= 4
        if confirmed or (plain and not loosely):  # facts leave out lists and loose names, which `confirm` sees
            assert not any(covers(condition, one) for one in keep)


def backups(count: int = 4) -> dict[str, list[Event]]:
    fields = {"ParentImage": "C:\\keeper.exe", "User": "svc", "Image": "C:\\vssadmin.exe"}
    return {f"a{n}": [event(n, {"host.name": f"srv{n}"}, **fields)] for n in range(count)}


def test_what_was_done_is_preferred_to_who_did_it() -> None:
    (found,) = smallest_exclusions(Past(backups()))
    assert (found.items, len(found.alerts)) == ((("Image", "C:\\vssadmin.exe"),), 4)
    (found,) = smallest_exclusions(Past(backups(), said=frozenset({"c:\\vssadmin.exe"})))
    assert found.items == (("ParentImage", "C:\\keeper.exe"),)


def test_a_second_fact_is_added_only_where_a_true_positive_shares_the_first() -> None:
    attack = event(9, ParentImage="C:\\keeper.exe", User="eve", Image="C:\\other.exe")
    past = Past(backups(), keep=[attack], said=frozenset({"c:\\vssadmin.exe"}))
    (found,) = smallest_exclusions(past)
    assert found.items == (("Image", "C:\\vssadmin.exe"), ("ParentImage", "C:\\keeper.exe"))
    same = event(9, ParentImage="C:\\keeper.exe", User="svc", Image="C:\\vssadmin.exe")
    assert smallest_exclusions(Past(backups(), keep=[same])) == []


def test_nothing_is_proposed_that_would_switch_the_rule_off() -> None:
    said = frozenset({"c:\\vssadmin.exe", "c:\\keeper.exe", "svc"})
    assert smallest_exclusions(Past(backups(), said=said)) == []
    others = [event(n, ParentImage="C:\\keeper.exe", User="svc", Image="C:\\vssadmin.exe") for n in range(10)]
    assert smallest_exclusions(Past(backups(), unjudged=others)) == []
    assert smallest_exclusions(Past(backups(), unjudged=others), Limits(max_blind=1)) == []
    few = others[:5] + [event(n, Image="C:\\other.exe") for n in range(5)]
    assert len(smallest_exclusions(Past(backups(), unjudged=few, said=said))) == 1


def test_what_much_of_the_history_has_is_no_ground() -> None:
    ordinary = [event(n, ParentImage="C:\\keeper.exe", User="svc", Image="C:\\vssadmin.exe") for n in range(2)]
    ordinary += [event(n, User="svc") for n in range(18)]
    (found,) = smallest_exclusions(Past(backups(), background=ordinary, said=frozenset({"c:\\vssadmin.exe"})))
    assert found.items == (("ParentImage", "C:\\keeper.exe"),)  # 2 of 20: just not too much
    assert smallest_exclusions(Past(backups(), background=ordinary[:19], said=frozenset({"c:\\vssadmin.exe"}))) == []


def test_two_causes_give_two_proposals_and_a_lone_alert_none() -> None:
    more = {f"b{n}": [event(n, ParentImage="C:\\scanner.exe")] for n in range(3)}
    lone = {"c": [event(7, ParentImage="C:\\odd.exe")]}
    found = smallest_exclusions(Past({**backups(), **more, **lone}, said=frozenset({"c:\\vssadmin.exe"})))
    assert [(one.items, sorted(one.alerts)) for one in found] == [
        ((("ParentImage", "C:\\keeper.exe"),), ["a0", "a1", "a2", "a3"]),
        ((("ParentImage", "C:\\scanner.exe"),), ["b0", "b1", "b2"]),
    ]


def test_every_event_of_an_alert_must_be_covered() -> None:
    mixed = {n: [*events, event(50, ParentImage="C:\\invoice.exe")] for n, events in backups().items()}
    assert smallest_exclusions(Past(mixed)) == []


def test_passing_facts_are_left_out() -> None:
    odd = event(
        1,
        {"host.name": "pc1", "process.pid": 7, "event.code": "1", "source.ip": "192.0.2.100"},
        ProcessGuid="{6B29FC40-0000-0000-0000-000000000001}",
        LogonId="0x3e7",
        UtcTime="2026-03-01 08:00:00",
        ProcessId=77,
        Channel="Security",
        Computer="PC1",
        Hash=None,
        Args=["a"],
        Long="x" * 600,
        Broken="a\nb",
    )
    assert facts_of(odd) == {"host.name": "pc1", "source.ip": "192.0.2.100", "Computer": "PC1"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ParentImage", Weakness.WHAT),
        ("user.name", Weakness.WHO),
        ("Computer", Weakness.WHERE),
        ("Foo", Weakness.OTHER),
    ],
)
def test_weakness(name: str, expected: Weakness) -> None:
    assert weakness(name) is expected


@pytest.mark.parametrize(
    ("false", "true", "current", "expected"),
    [
        ([120, 130, 90], [900], 50, 140),
        ([7], [], 5, 8),
        ([4999], [], 1000, 5000),
        ([120], [100], 50, None),  # the true one lies below: as far as it allows, nothing is removed
        ([60, 120], [100], 50, 100),
        ([10_000], [], 50, None),  # more than ten times the limit
        ([], [5], 3, None),
        ([3], [3], 3, None),
    ],
)
def test_threshold(false: list[float], true: list[float], current: float, expected: float | None) -> None:
    assert smallest_threshold(false, true, current) == expected


@given(
    false=st.lists(st.integers(1, 10**6), max_size=8),
    true=st.lists(st.integers(1, 10**6), max_size=8),
    current=st.integers(1, 10**5),
)
def test_a_threshold_lets_every_true_positive_through(false: list[int], true: list[int], current: int) -> None:
    limit = smallest_threshold(false, true, current)
    if limit is not None:
        assert all(value >= limit for value in true)
        assert limit > current
        assert any(value < limit for value in false)
