"""The audit log: who did what when, and whether the chain of hashes is whole."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from ringfence.access import AuditEntry, AuditFilter, audit_actions, count_entries, entries, verify_chain
from ringfence.console.filters import chooser, filter_form
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, tag
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import card, cell, empty, moment, note, table
from ringfence.core.actor import Permission
from ringfence.core.i18n import N_

PAGE = 100

ACTION_WORDS = {
    "user.create": N_("User added"),
    "user.roles": N_("Roles changed"),
    "user.disable": N_("User disabled"),
    "user.enable": N_("User let in again"),
    "user.unlock": N_("User unlocked"),
    "user.password": N_("Password changed"),
    "user.sign_in": N_("Signed in"),
    "user.sign_in_failed": N_("Sign-in failed"),
    "user.locked": N_("Locked for wrong passwords"),
    "session.end": N_("Session ended"),
    "token.create": N_("Token made"),
    "token.revoke": N_("Token revoked"),
    "asset.edit": N_("Asset changed"),
    "asset.import": N_("Assets imported"),
    "alert.close": N_("Alerts closed"),
    "alert.assign": N_("Alerts assigned"),
}


def add_audit_page(services: Services) -> None:
    """Serve `/audit`."""
    add_page(
        services, "/audit", title=N_("Audit log"), section="audit", permission=Permission.READ_AUDIT, build=_build
    )  # fmt: skip


async def _build(visit: Visit) -> None:
    tr = visit.tr
    page = int(visit.asked("page")) if visit.asked("page").isdecimal() and len(visit.asked("page")) < 6 else 0
    wanted = AuditFilter(who=visit.asked("text")[:200], action=visit.asked("action")[:64])
    async with visit.services.database.reading() as session:
        actions = await audit_actions(visit.actor, session)
        found = await entries(visit.actor, session, wanted, limit=PAGE, offset=page * PAGE)
        total = await count_entries(visit.actor, session, wanted)
    verify = tag("a", tr("Verify the chain"), href="/audit?verify=1", class_="btn")
    about = tr("Every line carries the hash of the one before it: a line that was changed or taken out is found.")
    html(heading(visit, tr("Audit log"), about, verify))
    if visit.asked("verify"):
        html(await _verdict(visit))
    choices = {"": tr("Any action"), **{action: _action(visit, action) for action in actions}}
    html(filter_form(visit, "/audit", tr("Who"), [], more=chooser(visit, "action", tr("Action"), choices)))
    title = visit.msg("Entries: {count}", count=f"{total:,}")
    if not found:
        html(card(title, empty("audit", tr("No entries here"), tr("Widen the filter."))))
        return
    html(card(title, _table(visit, found), flush=True))
    html(_pages(visit, page, total))


async def _verdict(visit: Visit) -> Markup:
    async with visit.services.database.reading() as session:
        check = await verify_chain(visit.actor, session)
    if check.broken is None:
        return note("good", visit.msg("The chain is whole: {count} entries were checked.", count=f"{check.rows:,}"))
    return note("bad", visit.msg("The chain is broken at entry {number}: it or the one before it was changed or taken "
                                 "out.", number=check.broken))  # fmt: skip


def _action(visit: Visit, action: str) -> str:
    return visit.tr(ACTION_WORDS[action]) if action in ACTION_WORDS else action


def _table(visit: Visit, found: list[AuditEntry]) -> Markup:
    tr = visit.tr
    rows = [
        [
            cell(entry.seq, tr("Entry"), "num"),
            cell(moment(entry.time), tr("Time")),
            cell(entry.actor, tr("Who")),
            cell(_action(visit, entry.action), tr("Action")),
            cell(entry.object or "–", tr("What"), "long"),
            cell(_details(entry.details), tr("Details"), "long mono"),
        ]
        for entry in found
    ]
    heads: list[Content] = [tr("Entry"), tr("Time"), tr("Who"), tr("Action"), tr("What"), tr("Details")]
    return table(heads, rows, numbers=(0,))


def _details(details: dict[str, Any]) -> Content:
    said = {name: len(value) if isinstance(value, list) else value for name, value in details.items()}
    return ", ".join(f"{name}: {value}" for name, value in said.items() if value not in ("", None)) or "–"


def _pages(visit: Visit, page: int, total: int) -> Content:
    if total <= PAGE:
        return None

    def link(number: int, label: str) -> Markup:
        kept = {name: visit.asked(name) for name in ("text", "action") if visit.asked(name)}
        return tag("a", label, href=f"/audit?{urlencode({**kept, 'page': number})}", class_="btn small")

    last = (total - 1) // PAGE
    return tag(
        "nav",
        link(page - 1, visit.tr("Newer")) if page else None,
        tag("span", f"{page + 1} / {last + 1}", class_="quiet"),
        link(page + 1, visit.tr("Older")) if page < last else None,
        class_="bar", aria_label=visit.tr("Pages"),
    )  # fmt: skip
