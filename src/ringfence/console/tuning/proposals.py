"""Proposals from verdicts: what they would change, what they would have done to the past, and the decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.console.actions import Form, add_action, done, first, post_form, submit
from ringfence.console.event_view import event_details, hits_of, summary
from ringfence.console.markup import Content, join, tag
from ringfence.console.rules.lookup import rule_address, rule_of
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.tuning.words import DEFAULT_SPAN, SPANS
from ringfence.console.widgets import moment, note, one_line, yaml_code
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_
from ringfence.detect import AlertFilter, AlertStatus, Verdict, rules, top_rules
from ringfence.detect.rules import Backtest, Proposal
from ringfence.ecs.event import Event
from ringfence.sigma import Rule

TUNING = "/tuning"
DAY = 86_400_000_000
RULES_AT_ONCE = 50
"""Rules with the most false positives for which proposals are looked for in one go."""

FALSE_POSITIVES = AlertFilter(
    verdict=frozenset({Verdict.FALSE_POSITIVE}), status=frozenset({AlertStatus.CLOSED})
)  # fmt: skip


def add_proposal_actions(services: Services, router: APIRouter) -> None:
    """Serve the buttons that look for proposals and decide about them."""
    editing = Permission.RULES_EDIT
    add_action(router, services, "/console/rules/{rule_id}/propose", permission=editing, action=_propose)
    add_action(router, services, "/console/tuning/propose", permission=editing, action=_propose_all)
    add_action(router, services, "/console/proposals/{proposal_id}", permission=editing, action=_decide)


def best_first(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Return the proposals, those that remove most false positives first."""
    return sorted(proposals, key=lambda one: (-one.backtest.false_removed, one.backtest.blind_events, one.id))


async def examples_of(visit: Visit, proposals: Iterable[Proposal]) -> dict[str, Event]:
    """Return the events in the blind spots of the proposals, by id; none for who may not read events."""
    ids = list(dict.fromkeys(event for one in proposals for event in one.backtest.blind_examples))
    if not ids or not visit.actor.may(Permission.READ_EVENTS):
        return {}
    return {event.id: event for event in await visit.services.events.get(visit.actor, ids)}


def proposal_view(visit: Visit, proposal: Proposal, examples: Mapping[str, Event], *, back: str = "") -> Markup:
    """Return one proposal: the change, its backtest, and the forms of the decision where the visitor may decide.

    `back`: `tuning` to come back to that page after the decision, else the page of the rule follows.
    """
    rule = rule_of(visit.services, proposal.rule_id)
    shown = [examples[one] for one in proposal.backtest.blind_examples if one in examples]
    return tag(
        "article",
        _change(visit, proposal, link=rule.title if rule and back else None),
        _backtest(visit, proposal.backtest, exclusion=bool(proposal.condition)),
        _blind_spot(visit, shown, rule if isinstance(rule, Rule) else None),
        _forms(visit, proposal, back) if visit.actor.may(Permission.RULES_EDIT) else None,
        class_="proposal", data_proposal=proposal.id,
    )  # fmt: skip


def _change(visit: Visit, proposal: Proposal, *, link: str | None) -> Markup:
    tr = visit.tr
    where = tag("p", tag("a", link, href=rule_address(proposal.rule_id))) if link else None
    made = tag("p", tr("Proposed"), " ", moment(proposal.created), class_="quiet")
    if proposal.threshold is not None:
        words = visit.msg("Raise the threshold to {number}", number=f"{proposal.threshold:g}")
        return join([where, tag("h3", words), made])
    rows = [tag("tr", tag("td", name), tag("td", value)) for name, value in proposal.items]
    facts = tag("div", tag("table", tag("tbody", *rows), class_="t fields"), class_="tablewrap")
    text = tag("details", tag("summary", tr("As a condition")), tag("div", yaml_code(proposal.condition),
               class_="unfold"))  # fmt: skip
    return join([where, tag("h3", tr("No alert where the event says")), facts, text, made])


def _backtest(visit: Visit, test: Backtest, *, exclusion: bool) -> Markup:
    tr = visit.tr
    tiles = [
        _tile(tr("False positives removed"), test.false_removed, test.false_total, "live"),
        _tile(tr("True positives kept"), test.true_kept, test.true_total,
              "live" if test.true_kept == test.true_total else "P0"),
    ]  # fmt: skip
    if exclusion:
        about = tr("Matches that nobody judged and that it would hide")
        tiles.append(
            _tile(tr("Blind spot"), test.blind_events, test.blind_total, "P2" if test.blind_events else "live", about)
        )
        share = tag("span", f"{test.background:.1%}", class_="v")
        tiles.append(tag("div", tag("span", tr("Events of the same kind"), class_="k"), share,
                         tag("span", tr("Share that the condition covers"), class_="n"), class_="tile"))  # fmt: skip
    unsure = note("", tr("Some alerts have more events than were looked at.")) if test.incomplete else None
    return join([tag("div", *tiles, class_="tiles"), unsure])


def _tile(name: str, part: int, whole: int, kind: str, about: str = "") -> Markup:
    value = tag("span", f"{part:,} / {whole:,}", class_="v")
    more = tag("span", about, class_="n") if about else None
    return tag("div", tag("span", name, class_="k"), value, more, class_=f"tile {kind}")


def _blind_spot(visit: Visit, events: Sequence[Event], rule: Rule | None) -> Markup | None:
    if not events:
        return None
    blocks: list[Markup] = []
    for event in events:
        line = tag("span", moment(event.time), tag("span", one_line(summary(event)), class_="mono cut"), class_="line")
        hits = hits_of(event, [rule]) if rule else []
        blocks.append(tag("details", tag("summary", line), event_details(visit, event, hits)))
    title = tag("h3", visit.tr("Examples of what it would hide unseen"))
    return join([title, tag("div", *blocks, class_="samples")])


def _forms(visit: Visit, proposal: Proposal, back: str) -> Markup:
    tr = visit.tr
    target = f"/console/proposals/{proposal.id}"
    hidden = tag("input", type="hidden", name="back", value=back) if back else None
    reason = tag("input", name="reason", required=True, maxlength=2000, class_="in", autocomplete="off")
    parts: list[Content] = [tag("label", tr("Reason"), reason, class_="field grow")]
    if proposal.condition:
        spans = [
            tag("option", visit.msg("{days} days", days=days), value=days, selected=days == DEFAULT_SPAN)
            for days in SPANS
        ]
        owner = tag("input", name="owner", value=visit.actor.name, maxlength=128, class_="in")
        parts.append(tag("label", tr("Holds for"), tag("select", *spans, name="days", class_="in"), class_="field"))
        parts.append(tag("label", tr("Owner"), owner, class_="field"))
    parts.append(submit(tr("Approve"), name="do", value="approve", kind="primary"))
    why = tag("label", tr("Reason"), tag("input", name="reason", maxlength=2000, class_="in", autocomplete="off"),
              class_="field grow")  # fmt: skip
    refuse = post_form(visit, target, hidden, why, submit(tr("Reject"), name="do", value="reject", kind="danger"),
                       class_="bar bottom unfold-row")  # fmt: skip
    return join(
        [
            post_form(visit, target, hidden, *parts, class_="bar bottom"),
            tag("details", tag("summary", tr("Reject instead")), tag("div", refuse, class_="unfold")),
        ]
    )


async def _find(visit: Visit, rule_id: str) -> int:
    """Look for proposals for the rule; return how many are open now."""
    now = visit.services.clock.now_us()
    rule = rule_of(visit.services, rule_id)
    async with visit.services.database.reading() as session:  # the past is read without holding the lock
        found = await rules.find_proposals(visit.actor, session, visit.services.events, rule_id, now=now, rule=rule)
    async with visit.services.database.session() as session:
        return len(await rules.keep_proposals(visit.actor, session, rule_id, found))


async def _propose(visit: Visit, form: Form) -> str:
    rule_id = visit.part("rule_id")
    count = await _find(visit, rule_id)
    address = rule_address(rule_id)
    return done(address, "proposed", count=count) if count else done(address, "not_proposed")


async def _propose_all(visit: Visit, form: Form) -> str:
    async with visit.services.database.reading() as session:
        wanted = await top_rules(visit.actor, session, FALSE_POSITIVES, limit=RULES_AT_ONCE)
    counts = [await _find(visit, one.rule_id) for one in wanted]
    return done(TUNING, "proposed", count=sum(counts)) if any(counts) else done(TUNING, "not_proposed")


async def _decide(visit: Visit, form: Form) -> str:
    actor, services, reason = visit.actor, visit.services, first(form, "reason").strip()
    now = services.clock.now_us()
    async with services.database.session() as session:
        known = await rules.get_proposal(actor, session, visit.part("proposal_id"))
        rule = rule_of(services, known.rule_id)
        match first(form, "do"):
            case "approve":
                if not reason:
                    raise UsageError(N_("say why"))
                await rules.approve(
                    actor, session, services.events, known.id, now=now, expires=now + _days(form) * DAY,
                    reason=reason, owner=first(form, "owner").strip(), rule=rule if isinstance(rule, Rule) else None,
                )  # fmt: skip
                what = "approved"
            case "reject":
                await rules.reject(actor, session, known.id, now=now, reason=reason)
                what = "rejected"
            case _:
                raise UsageError(N_("this action does not exist"))
    return done(TUNING if first(form, "back") == "tuning" else rule_address(known.rule_id), what)


def _days(form: Form) -> int:
    wanted = first(form, "days") or str(DEFAULT_SPAN)
    if wanted not in {str(days) for days in SPANS}:
        raise UsageError(N_("an exclusion lasts one of the spans of the form"))
    return int(wanted)
