"""What a tenant decided about one rule: state, level, its versions, what was kept quiet."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.console.actions import Form, add_action, done, first, post_form, submit
from ringfence.console.markup import Content, join, tag
from ringfence.console.rules.lookup import rule_address, rule_of
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.tuning.words import OUTCOME_WORDS, STATE_ADVICE, STATE_WORDS
from ringfence.console.widgets import SEVERITY_WORDS, card, cell, moment, pairs, severity, table, yaml_code
from ringfence.core.actor import Permission
from ringfence.core.clock import to_datetime
from ringfence.core.errors import NotFoundError, UsageError
from ringfence.core.i18n import N_
from ringfence.core.severity import Severity
from ringfence.detect.rules import RuleLife, RuleState, RuleVersion, Tally, get_life, set_level, set_state
from ringfence.sigma import Correlation, Rule


def add_life_action(services: Services, router: APIRouter) -> None:
    """Serve the form that changes state and level of a rule."""
    add_action(
        router, services, "/console/rules/{rule_id}/life", permission=Permission.RULES_EDIT, action=_change
    )  # fmt: skip


def life_card(visit: Visit, rule: Rule | Correlation, life: RuleLife) -> Markup:
    """Return the card with state and level of the rule, and the form to change them where the visitor may."""
    tr = visit.tr
    rows: list[tuple[str, Content]] = [
        (tr("State"), join([state_mark(visit, life.state), tag("span", tr(STATE_ADVICE[life.state.value]),
                                                               class_="quiet block")])),
        (tr("Level"), _level(visit, rule, life)),
    ]  # fmt: skip
    if life.threshold is not None:
        rows.append((tr("Threshold"), f"{life.threshold:g}"))
    if life.changed:
        rows.append((tr("Changed"), join([moment(life.changed), " · ", life.changed_by])))
    if life.reason:
        rows.append((tr("Reason"), life.reason))
    form = _form(visit, rule, life) if visit.actor.may(Permission.RULES_EDIT) else None
    return card(tr("Life of the rule"), pairs(rows), form)


def state_mark(visit: Visit, state: RuleState) -> Markup:
    """Return the state of a rule as mark and word."""
    kind = {RuleState.PRODUCTION: "open", RuleState.TESTING: "in_progress"}.get(state, "off")
    return tag("span", visit.tr(STATE_WORDS[state.value]), class_=f"state {kind}")


def _level(visit: Visit, rule: Rule | Correlation, life: RuleLife) -> Content:
    if life.level is None:
        return severity(rule.level.value, visit.tr)
    instead = visit.msg("instead of {level}", level=visit.tr(SEVERITY_WORDS[rule.level.value]))
    return tag("span", severity(life.level.value, visit.tr), " ", tag("span", instead, class_="quiet"))


def _form(visit: Visit, rule: Rule | Correlation, life: RuleLife) -> Content:
    tr = visit.tr
    states = [tag("option", tr(word), value=key, selected=key == life.state.value) for key, word in STATE_WORDS.items()]
    levels = [tag("option", tr("As the rule says"), value="", selected=life.level is None)]
    levels += [
        tag("option", tr(word), value=key, selected=life.level is not None and key == life.level.value)
        for key, word in SEVERITY_WORDS.items()
    ]
    reason = tag("input", name="reason", maxlength=2000, class_="in", autocomplete="off")
    return post_form(
        visit, f"/console{rule_address(rule.id)}/life",
        tag("label", tr("State"), tag("select", *states, name="state", class_="in"), class_="field"),
        tag("label", tr("Level"), tag("select", *levels, name="level", class_="in"), class_="field"),
        tag("label", tr("Reason"), reason, class_="field"),
        tag("div", submit(tr("Save"))),
        class_="stack tight",
    )  # fmt: skip


async def _change(visit: Visit, form: Form) -> str:
    rule_id, state, level = visit.part("rule_id"), first(form, "state"), first(form, "level")
    if rule_of(visit.services, rule_id) is None:
        raise NotFoundError(N_("this rule is not loaded"))
    if state not in set(RuleState) or (level and level not in set(Severity)):
        raise UsageError(N_("this state or level does not exist"))
    now, reason = visit.services.clock.now_us(), first(form, "reason").strip()
    wanted = Severity(level) if level else None
    async with visit.services.database.session() as session:
        life = await get_life(visit.actor, session, rule_id)
        if life.state != state:
            await set_state(visit.actor, session, rule_id, RuleState(state), now=now, reason=reason)
        if life.level != wanted:
            await set_level(visit.actor, session, rule_id, wanted, now=now, reason=reason)
    return done(rule_address(rule_id), "life")


def versions_card(visit: Visit, versions: Sequence[RuleVersion]) -> Markup | None:
    """Return the texts that the rule had, newest first, each with its difference to the one before."""
    if not versions:
        return None
    blocks: list[Markup] = []
    for one in versions:
        line = tag("span", visit.msg("Version {number}", number=one.number), moment(one.time), one.author,
                   class_="line chips")  # fmt: skip
        body = diff_code(one.diff) if one.diff else yaml_code(one.text)
        blocks.append(tag("details", tag("summary", line), tag("div", body, class_="event")))
    return card(visit.msg("Versions ({count})", count=len(versions)), tag("div", *blocks, class_="samples"))


def diff_code(diff: str) -> Markup:
    """Return a unified difference with what came and what went marked, by sign and by colour."""
    lines: list[Content] = []
    for line in diff.splitlines():
        if line.startswith(("---", "+++", "@@")):
            lines.append(tag("span", line, class_="c"))
        elif line[:1] in {"+", "-"}:
            lines.append(tag("span", line, class_="ins" if line[0] == "+" else "del"))
        else:
            lines.append(line)
    return tag("pre", tag("code", join(lines, "\n")), class_="code", tabindex=0)


def quiet_card(visit: Visit, tallies: Sequence[Tally]) -> Markup | None:
    """Return by day the matches that raised no alert, and why."""
    if not tallies:
        return None
    tr = visit.tr
    rows = [
        [
            cell(to_datetime(one.day).strftime("%Y-%m-%d"), tr("Day")),
            cell(tr(OUTCOME_WORDS[one.outcome.value]), tr("Why"), "long"),
            cell(f"{one.count:,}", tr("Matches"), "num"),
        ]
        for one in tallies
    ]
    heads: list[Content] = [tr("Day"), tr("Why"), tr("Matches")]
    return card(tr("Matches that raised no alert"), table(heads, rows, numbers=(2,)), flush=True)
