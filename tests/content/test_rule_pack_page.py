"""The page about the rule pack says what the rules say."""

from __future__ import annotations

from collections import Counter

from content import rule_pack_page


def test_the_page_is_that_of_the_rules() -> None:
    assert rule_pack_page.PAGE.read_text("utf-8") == rule_pack_page.page(), "run `python content/rule_pack_page.py`"


def test_every_plan_of_a_rule_has_a_place_on_the_page() -> None:
    assert {entry.plan for entry in rule_pack_page.entries()} == set(rule_pack_page.PLANS)


def test_the_pack_holds_what_was_promised() -> None:
    kinds = Counter("match" if entry.kind == "match" else "count" for entry in rule_pack_page.entries())
    assert kinds["match"] >= 105
    assert kinds["count"] >= 25
    assert kinds.total() >= 130
