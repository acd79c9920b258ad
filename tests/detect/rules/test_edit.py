from __future__ import annotations

from typing import Any

import pytest
from tests.detect.rules.people import ANA, LEE, OTHER

from ringfence.access import entries
from ringfence.core.errors import ConflictError, ContentError, DeniedError, NotFoundError, UsageError
from ringfence.core.severity import Severity
from ringfence.detect.rules import (
    Ended,
    RuleLife,
    RuleState,
    add_exclusion,
    change_exclusion,
    end_exclusion,
    end_stale,
    get_exclusion,
    get_life,
    list_exclusions,
    list_lives,
    set_level,
    set_state,
    set_threshold,
)
from ringfence.runtime.database import Database

NOW = 1_790_000_000_000_000
DAY = 86_400_000_000
GOOD: dict[str, Any] = {
    "rule_id": "r",
    "condition": "s: {F: x}\ncondition: s\n",
    "reason": "known",
    "expires": NOW + 40 * DAY,
    "now": NOW,
}


async def test_every_decision_is_audited_with_before_and_after(database: Database) -> None:
    async with database.session() as session:
        assert await get_life(LEE, session, "r") == RuleLife("r")
        await set_state(LEE, session, "r", RuleState.TESTING, now=NOW, reason="new")
        await set_level(LEE, session, "r", Severity.LOW, now=NOW + 1)
        life = await set_threshold(LEE, session, "r", 200, now=NOW + 2)
    assert life == RuleLife("r", RuleState.TESTING, Severity.LOW, 200, NOW + 2, "Lee", "")
    async with database.reading() as session:
        assert await list_lives(LEE, session) == [life]
        assert await list_lives(OTHER, session) == []
        audit = [(e.action, e.object, e.details["changes"]) for e in await entries(LEE, session)]
    assert audit == [
        ("rule.changed", "r", {"threshold": [None, 200]}),
        ("rule.changed", "r", {"level": [None, "low"]}),
        ("rule.changed", "r", {"state": ["production", "testing"]}),
    ]


async def test_who_may_only_look_changes_nothing(database: Database) -> None:
    async with database.session() as session:
        made = await add_exclusion(LEE, session, **GOOD)
        assert (await list_exclusions(ANA, session))[1] == 1
        for attempt in (
            lambda: set_state(ANA, session, "r", RuleState.DRAFT, now=NOW),
            lambda: add_exclusion(ANA, session, **GOOD),
            lambda: change_exclusion(ANA, session, made.id, now=NOW, enabled=False),
            lambda: end_exclusion(ANA, session, made.id, now=NOW),
        ):
            with pytest.raises(DeniedError):
                await attempt()
        with pytest.raises(NotFoundError):
            await end_exclusion(OTHER, session, made.id, now=NOW)
        assert await get_exclusion(LEE, session, made.id) == made


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"reason": " "}, UsageError),
        ({"expires": NOW}, UsageError),
        ({"expires": NOW + 367 * DAY}, UsageError),
        ({"rule_id": ""}, UsageError),
        ({"owner": "x" * 129}, UsageError),
        ({"condition": "s: {F|contians: x}\ncondition: s"}, ContentError),
    ],
)
async def test_an_exclusion_needs_a_reason_an_end_and_a_sound_condition(
    database: Database, changed: dict[str, Any], kind: type[Exception]
) -> None:
    async with database.session() as session:
        with pytest.raises(kind):
            await add_exclusion(LEE, session, **{**GOOD, **changed})
        assert (await list_exclusions(LEE, session))[1] == 0


async def test_an_exclusion_is_changed_ended_and_kept(database: Database) -> None:
    async with database.session() as session:
        made = await add_exclusion(LEE, session, **GOOD)
        assert (made.owner, made.enabled, made.hits) == ("Lee", True, 0)
        changed = await change_exclusion(LEE, session, made.id, now=NOW, owner="Ana", expires=NOW + DAY)
        assert (changed.owner, changed.expires, changed.condition) == ("Ana", NOW + DAY, made.condition)
        ended = await end_exclusion(LEE, session, made.id, now=NOW + 5)
        assert (ended.ended, ended.ended_by, ended.ended_why) == (NOW + 5, "Lee", Ended.BY_HAND)
        with pytest.raises(ConflictError):
            await change_exclusion(LEE, session, made.id, now=NOW, owner="Eve")
        assert (await list_exclusions(LEE, session))[1] == 0
        assert (await list_exclusions(LEE, session, ended=True))[0] == [ended]
        audit = [(e.action, e.details.get("changes")) for e in await entries(LEE, session)]
    assert audit == [
        ("rule.exclusion.ended", None),
        ("rule.exclusion.changed", {"owner": ["Lee", "Ana"], "expires": [NOW + 40 * DAY, NOW + DAY]}),
        ("rule.exclusion.added", None),
    ]


async def test_what_has_run_out_or_is_not_needed_is_ended(database: Database) -> None:
    async with database.session() as session:
        short = await add_exclusion(LEE, session, **{**GOOD, "expires": NOW + 2 * DAY})
        idle = await add_exclusion(OTHER, session, **GOOD)
        off = await add_exclusion(LEE, session, **GOOD)
        await change_exclusion(LEE, session, off.id, now=NOW, enabled=False)
        assert await end_stale(session, now=NOW + DAY) == []
        assert [(one.id, one.ended_why) for one in await end_stale(session, now=NOW + 2 * DAY)] == [
            (short.id, Ended.EXPIRED)
        ]
        ended = await end_stale(session, now=NOW + 31 * DAY)
        assert [(one.id, one.ended_why, one.ended_by) for one in ended] == [(idle.id, Ended.STALE, "system")]
        assert (await get_exclusion(LEE, session, off.id)).ended is None
        assert [e.action for e in await entries(OTHER, session)] == ["rule.exclusion.ended", "rule.exclusion.added"]
