"""The page that takes an inventory from a CSV file and reports on every line that was not taken."""

from __future__ import annotations

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.access import record
from ringfence.assets import COLUMNS, MAX_BYTES, ImportReport, import_assets
from ringfence.console.actions import Form, add_upload, post_form, submit
from ringfence.console.assets.words import EXPOSURE_WORDS, IMPORTANCE_WORDS, KIND_WORDS
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.once import Once
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import card, cell, copyable, note, pairs, table
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_

MAX_SHOWN = 500

EXAMPLE = """\
name,addresses,kind,importance,business_system,department,owner,exposure
db-01.example.com,192.0.2.10;192.0.2.11,database,special,Billing,Finance,m.chen,internal
www-01,198.51.100.7,server,important,Web shop,Sales,,internet
"""


def add_import_page(services: Services, router: APIRouter) -> None:
    """Serve `/assets/import` and what its form does."""
    reports = Once[ImportReport](services.clock)
    editing = Permission.EDIT_ASSETS

    async def build(visit: Visit) -> None:
        await _build(visit, reports)

    async def take(visit: Visit, form: Form, data: bytes) -> str:
        return await _take(visit, data, reports)

    add_page(
        services, "/assets/import", title=N_("Import assets"), section="assets", permission=editing, build=build
    )  # fmt: skip
    add_upload(router, services, "/console/import/assets", permission=editing, action=take, limit=MAX_BYTES)


async def _build(visit: Visit, reports: Once[ImportReport]) -> None:
    tr = visit.tr
    crumbs = join([tag("a", tr("Assets"), href="/assets"), "/"])
    about = tr("Known assets are brought up to date, new ones are added. A wrong line is reported, the rest is taken.")
    html(heading(visit, tr("Import assets"), about, crumbs=crumbs))
    if visit.asked("report"):
        report = reports.take(visit.token, visit.asked("report"))
        html(_report(visit, report) if report else note("", tr("This report was shown already.")))
    file = tag("input", name="file", type="file", accept=".csv,text/csv", required=True, class_="in file")
    form = post_form(
        visit, "/console/import/assets",
        tag("label", tr("CSV file, UTF-8, at most 16 MB"), file, class_="field"),
        tag("div", submit(tr("Import"), kind="primary")),
        class_="stack tight", files=True,
    )  # fmt: skip
    left = join([card(tr("File"), form), card(tr("Example"), copyable(EXAMPLE, tr("Copy"), tr("Copied")))])
    html(tag("div", tag("div", left, class_="stack w8"), tag("div", _columns(visit), class_="stack w4"), class_="cols"))


def _report(visit: Visit, report: ImportReport) -> Markup:
    tr = visit.tr
    done = visit.msg("{added} assets were added, {updated} updated, {rejected} lines rejected.",
                     added=report.added, updated=report.updated, rejected=len(report.rejected))  # fmt: skip
    if not report.rejected:
        return note("good", done)
    rows = [
        [cell(item.line, tr("Line"), "num"), cell(item.reason, tr("Reason"), "long")]
        for item in report.rejected[:MAX_SHOWN]
    ]
    more = None
    if len(report.rejected) > MAX_SHOWN:
        more = visit.msg("The first {count} are shown", count=MAX_SHOWN)
    rejected = card(tr("Rejected lines"), table([tr("Line"), tr("Reason")], rows, numbers=(0,)), more=more, flush=True)
    return tag("div", note("" if report.added or report.updated else "bad", done), rejected, class_="stack")


def _columns(visit: Visit) -> Markup:
    tr = visit.tr

    def choices(known: dict[str, str]) -> Content:
        return tag("span", ", ".join(known), class_="mono")

    said: dict[str, Content] = {
        "name": tr("host name, must be there"),
        "addresses": tr("several with ; between"),
        "kind": choices(KIND_WORDS),
        "importance": choices(IMPORTANCE_WORDS),
        "exposure": choices(EXPOSURE_WORDS),
    }
    rows = [(name, said.get(name, tr("text"))) for name in COLUMNS]
    hint = tr("Columns that are missing and empty cells leave a known asset as it is.")
    return card(tr("Columns"), pairs(rows), tag("p", hint, class_="quiet"))


async def _take(visit: Visit, data: bytes, reports: Once[ImportReport]) -> str:
    if not data:
        raise UsageError(N_("choose a file with something in it"))
    async with visit.services.database.session() as session:
        report = await import_assets(visit.actor, session, data)
        await record(
            session, now=visit.services.clock.now_us(), tenant=visit.actor.tenant, actor=visit.actor.name,
            action="asset.import", added=report.added, updated=report.updated, rejected=len(report.rejected),
        )  # fmt: skip
    return f"/assets/import?report={reports.keep(visit.token, report)}"
