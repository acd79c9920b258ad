"""Rules as text for people."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringfence.core.actor import Actor, Role
from ringfence.core.errors import ContentError, TooLargeError
from ringfence.detect.sql import read_rule, sigma_to_sql
from ringfence.ecs.event import Event
from ringfence.events.chdb_store import ChdbStore

RULE = r"""
title: Odd program
logsource: {product: windows}
detection:
  one:
    Image|endswith: ['\it''s 100%.exe', '\Straße.exe']
    Level|gte: 3
  two:
    - "needle\tin hay"
  condition: one or two
"""
EXPERT = Actor("e", "e", "default", frozenset({Role.L3}))


@pytest.mark.parametrize("keys", [None, ["Image", "Level", "image"]])
async def test_what_is_pasted_into_the_expert_page_finds_the_events(
    store: ChdbStore, event: Callable[..., Event], keys: list[str] | None
) -> None:
    await store.insert(
        [
            event(1, "C:\\it's 100%.exe", Level=3),
            event(2, "C:\\it's 100%.exe", Level=2),
            event(3, "C:\\STRASSE.exe", Level="10"),
            event(4, "a needle\tin hay stack"),
            event(5, "x", tenant="other", Level=3),
        ]
    )
    found = await store.sql(EXPERT, sigma_to_sql(RULE, keys))
    assert found.columns == ["id", "time", "raw"]
    assert sorted(row[0] for row in found.rows) == ["e1", "e3", "e4"]


def test_a_mistake_has_its_place() -> None:
    with pytest.raises(ContentError, match=r"^rule\.yml:5:7 unknown modifier 'contians'"):
        read_rule("title: t\nlogsource: {product: x}\ndetection:\n  a:\n    b|contians: c\n  condition: a\n")
    with pytest.raises(ContentError, match="one rule is wanted, here are 0"):
        read_rule("")
    with pytest.raises(TooLargeError):
        read_rule("#" * (1 << 19))
