"""Versions of rules: every text that a rule had, with its author and the difference to the one before."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.core.actor import Actor, Permission
from ringfence.core.ids import digest
from ringfence.detect.rules.model import RuleVersion
from ringfence.detect.rules.store import RuleVersionRow

MAX_DIFF_LINES = 2000
_CHUNK = 2000


async def note_versions(
    session: AsyncSession, texts: Mapping[str, str], *, now: int, author: str, authors: Mapping[str, str] | None = None
) -> list[str]:
    """Return the ids of the rules whose text is new or differs from its last version; each got a version.

    `texts` maps rule id to YAML; `authors` names who changed single rules, `author` stands for all others. Called
    when rules were loaded, so that a change by any way (an editor, `rules sync`, an update) is seen.
    """
    known = await _latest(session)
    fresh: list[dict[str, object]] = []
    for rule_id, text in texts.items():
        number, before = known.get(rule_id, (0, ""))
        mark = digest(text)
        if mark == before:
            continue
        old = "" if not number else await _text(session, rule_id, number)
        fresh.append(
            {
                "rule_id": rule_id[:128],
                "number": number + 1,
                "time": now,
                "author": ((authors or {}).get(rule_id) or author)[:128],
                "digest": mark,
                "text": text,
                "diff": unified(old, text) if number else "",
            }
        )
    for rows in _chunks(fresh):
        await session.execute(insert(RuleVersionRow), rows)
    return [str(row["rule_id"]) for row in fresh]


async def list_versions(
    actor: Actor, session: AsyncSession, rule_id: str, *, limit: int = 50, offset: int = 0
) -> list[RuleVersion]:
    """Return the versions of a rule, newest first."""
    actor.require(Permission.READ_RULES)
    statement = select(RuleVersionRow).where(RuleVersionRow.rule_id == rule_id).order_by(RuleVersionRow.number.desc())
    return [
        RuleVersion(row.rule_id, row.number, row.time, row.author, row.text, row.diff)
        for row in await session.scalars(statement.limit(min(limit, 200)).offset(offset))
    ]


def unified(old: str, new: str, *, before: str = "before", after: str = "after") -> str:
    """Return the unified difference of two texts, cut after 2,000 lines; empty where they are equal."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), before, after, lineterm="")
    return "\n".join(islice(lines, MAX_DIFF_LINES))


async def _latest(session: AsyncSession) -> dict[str, tuple[int, str]]:
    newest = select(RuleVersionRow.rule_id, func.max(RuleVersionRow.number).label("number")).group_by(
        RuleVersionRow.rule_id
    )
    last = newest.subquery()
    statement = select(RuleVersionRow.rule_id, RuleVersionRow.number, RuleVersionRow.digest).join(
        last, (RuleVersionRow.rule_id == last.c.rule_id) & (RuleVersionRow.number == last.c.number)
    )
    return {rule_id: (number, mark) for rule_id, number, mark in await session.execute(statement)}


async def _text(session: AsyncSession, rule_id: str, number: int) -> str:
    statement = select(RuleVersionRow.text).where(RuleVersionRow.rule_id == rule_id, RuleVersionRow.number == number)
    return await session.scalar(statement) or ""


def _chunks(rows: Sequence[dict[str, object]]) -> Iterable[Sequence[dict[str, object]]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
