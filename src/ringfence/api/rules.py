"""Loaded rules over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from ringfence.api.context import Caller, Context
from ringfence.core.actor import Permission
from ringfence.core.errors import NotFoundError
from ringfence.core.severity import Severity
from ringfence.sigma import Rule

router = APIRouter(tags=["rules"])


class RuleOut(BaseModel):
    """A loaded rule; `text` (the YAML) is there where one rule is asked for."""

    id: str
    title: str
    level: Severity
    status: str
    logsource: dict[str, str | None]
    tags: list[str]
    path: str
    text: str | None = None


class RuleProblem(BaseModel):
    """A rule that was not loaded: where and why."""

    path: str
    line: int
    column: int
    message: str


class RulePage(BaseModel):
    """A page of rules, the number of all that match, and what was not loaded."""

    total: int
    rules: list[RuleOut]
    problems: list[RuleProblem]


@router.get("/rules")
async def list_rules(
    context: Context,
    caller: Caller,
    text: Annotated[str, Query(max_length=256)] = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> RulePage:
    """List the rules that run now."""
    caller.require(Permission.READ_RULES)
    loaded = context.rules()
    wanted = text.lower()
    rules = [rule for rule in loaded.rules if wanted in rule.title.lower() or wanted in rule.id]
    return RulePage(
        total=len(rules),
        rules=[_out(rule) for rule in rules[offset : offset + limit]],
        problems=[RuleProblem(path=p.path, line=p.line, column=p.column, message=p.message) for p in loaded.problems],
    )


@router.get("/rules/{rule_id}")
async def get_rule(context: Context, caller: Caller, rule_id: str) -> RuleOut:
    """Return one rule with its text."""
    caller.require(Permission.READ_RULES)
    rule = context.rules().by_id.get(rule_id)
    if rule is None:
        raise NotFoundError(f"there is no rule {rule_id!r}")
    return _out(rule).model_copy(update={"text": rule.text})


def _out(rule: Rule) -> RuleOut:
    return RuleOut(
        id=rule.id,
        title=rule.title,
        level=rule.level,
        status=rule.status,
        logsource={"product": rule.product, "category": rule.category, "service": rule.service},
        tags=list(rule.tags),
        path=str(rule.path),
    )
