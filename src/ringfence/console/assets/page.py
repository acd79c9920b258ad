"""The page of one asset: what it is, whose it is, and what happened on it."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.access import record
from ringfence.assets import Asset, AssetEdit, AssetKind, Exposure, Importance, edit_asset, get_asset
from ringfence.console.actions import Form, add_action, done, done_note, first, post_form, submit
from ringfence.console.alerts.words import STATUS_WORDS as ALERT_STATUS_WORDS
from ringfence.console.assets.words import EXPOSURE_WORDS, IMPORTANCE_WORDS, KIND_WORDS
from ringfence.console.event_view import search_link, term
from ringfence.console.incidents.words import STATUS_WORDS, sentence
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, join, tag
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.widgets import card, cell, empty, moment, pairs, severity, table
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_
from ringfence.detect import Alert, alerts_about
from ringfence.incidents import Incident, get_incident

_E = TypeVar("_E", bound=StrEnum)

_DAY = 86_400_000_000
DAYS = 90
MAX_ALERTS = 50
MAX_INCIDENTS = 20


def add_asset_page(services: Services, router: APIRouter) -> None:
    """Serve `/assets/{id}` and what its form does."""
    add_page(
        services, "/assets/{asset_id}", title=N_("Asset"), section="assets",
        permission=Permission.READ_ASSETS, build=_build,
    )  # fmt: skip
    add_action(router, services, "/console/assets/{asset_id}", permission=Permission.EDIT_ASSETS, action=_edit)


async def _build(visit: Visit) -> None:
    tr = visit.tr
    now = visit.services.clock.now_us()
    alerts: list[Alert] = []
    incidents: list[Incident] = []
    async with visit.services.database.reading() as session:
        asset = await get_asset(visit.actor, session, visit.part("asset_id"))
        if visit.actor.may(Permission.READ_ALERTS):
            names = {asset.name, *asset.addresses}
            since = now - DAYS * _DAY
            alerts = await alerts_about(visit.actor, session, names, since=since, until=now + _DAY, limit=MAX_ALERTS)
        if visit.actor.may(Permission.READ_INCIDENTS):
            ids = dict.fromkeys(alert.incident_id for alert in alerts if alert.incident_id)
            incidents = [await get_incident(visit.actor, session, item) for item in list(ids)[:MAX_INCIDENTS]]
    crumbs = join([tag("a", tr("Assets"), href="/assets"), "/"])
    found = tag("span", tr("Found in events, not confirmed"), class_="state new") if asset.discovered else None
    mark = tag("span", tr(IMPORTANCE_WORDS[asset.importance.value]), class_=f"imp {asset.importance.value}")
    kind = tag("span", tr(KIND_WORDS[asset.kind.value]), class_="chip")
    html(heading(visit, asset.name, tag("span", mark, kind, found, class_="chips"), crumbs=crumbs))
    html(done_note(visit))
    left = join([_incidents(visit, incidents), _alerts(visit, asset, alerts)])
    right = join([_facts(visit, asset), _form(visit, asset)])
    html(tag("div", tag("div", left, class_="stack w8"), tag("div", right, class_="stack w4"), class_="cols"))


def _incidents(visit: Visit, incidents: list[Incident]) -> Markup | None:
    tr = visit.tr
    if not visit.actor.may(Permission.READ_INCIDENTS) or not visit.actor.may(Permission.READ_ALERTS):
        return None
    title = visit.msg("Incidents of the last {days} days", days=DAYS)
    if not incidents:
        return card(title, empty("good", tr("No incidents"), ""))
    rows = [
        [
            cell(tag("span", item.level.value, class_=f"lvl {item.level.value}"), tr("Level")),
            cell(tag("a", sentence(visit, item.title), href=f"/incidents/{item.id}"), tr("Incident"), "long"),
            cell(moment(item.last_event, "ago"), tr("Last seen")),
            cell(tag("span", tr(STATUS_WORDS[item.status.value]), class_=f"state {item.status.value}"), tr("Status")),
        ]
        for item in incidents
    ]
    return card(title, table([tr("Level"), tr("Incident"), tr("Last seen"), tr("Status")], rows), flush=True)


def _alerts(visit: Visit, asset: Asset, alerts: list[Alert]) -> Markup | None:
    tr = visit.tr
    if not visit.actor.may(Permission.READ_ALERTS):
        return None
    title = visit.msg("Alerts of the last {days} days", days=DAYS)
    if not alerts:
        return card(title, empty("good", tr("No alerts"), tr("No rule fired on this name or these addresses.")))
    rows = [
        [
            cell(severity(alert.level.value, tr), tr("Level")),
            cell(tag("a", alert.title, href=f"/alerts/{alert.id}"), tr("Alert"), "long"),
            cell(f"{alert.count:,}", tr("Events"), "num"),
            cell(moment(alert.last, "ago"), tr("Last seen")),
            cell(tag("span", tr(ALERT_STATUS_WORDS[alert.status.value]), class_=f"state {alert.status.value}"),
                 tr("Status")),
        ]
        for alert in alerts
    ]  # fmt: skip
    all_of_it = tag("a", tr("All alerts of this name"), href="/alerts?" + urlencode({"entity": asset.name}))
    if len(alerts) == MAX_ALERTS:
        all_of_it = join([visit.msg("The newest {count}; more may exist", count=MAX_ALERTS), " · ", all_of_it])
    heads: list[Content] = [tr("Level"), tr("Alert"), tr("Events"), tr("Last seen"), tr("Status")]
    return card(title, table(heads, rows, numbers=(2,)), more=all_of_it, flush=True)


def _facts(visit: Visit, asset: Asset) -> Markup:
    tr = visit.tr
    addresses = [_pivot(visit, "host.ip", address) for address in asset.addresses]
    rows: list[tuple[str, Content]] = [
        (tr("Name"), _pivot(visit, "host.name", asset.name)),
        (tr("Addresses"), tag("div", *addresses, class_="chips") if addresses else "–"),
        (tr("Business system"), asset.business_system or "–"),
        (tr("Department"), asset.department or "–"),
        (tr("Owner"), asset.owner or "–"),
        (tr("Reachable"), tr(EXPOSURE_WORDS[asset.exposure.value])),
        (tr("First seen"), moment(asset.first_seen)),
        (tr("Last seen"), moment(asset.last_seen)),
    ]
    return card(tr("Facts"), pairs(rows))


def _pivot(visit: Visit, name: str, value: str) -> Markup:
    if not visit.actor.may(Permission.READ_EVENTS):
        return tag("span", value, class_="chip")
    return tag("a", value, href=search_link(term(name, value), "24h"), class_="chip")


def _form(visit: Visit, asset: Asset) -> Markup | None:
    tr = visit.tr
    if not visit.actor.may(Permission.EDIT_ASSETS):
        return None

    def choice(label: str, name: str, table_: dict[str, str], now: str) -> Content:
        options = [tag("option", tr(word), value=key, selected=key == now) for key, word in table_.items()]
        return tag("label", label, tag("select", *options, name=name, class_="in"), class_="field")

    def text(label: str, name: str, now: str) -> Content:
        return tag("label", label, tag("input", name=name, value=now, maxlength=255, class_="in"), class_="field")

    form = post_form(
        visit, f"/console/assets/{asset.id}",
        choice(tr("Importance"), "importance", IMPORTANCE_WORDS, asset.importance.value),
        choice(tr("Kind"), "kind", KIND_WORDS, asset.kind.value),
        choice(tr("Reachable"), "exposure", EXPOSURE_WORDS, asset.exposure.value),
        text(tr("Business system"), "business_system", asset.business_system),
        text(tr("Department"), "department", asset.department),
        text(tr("Owner"), "owner", asset.owner),
        tag("div", submit(tr("Save"), kind="primary")),
        class_="stack tight",
    )  # fmt: skip
    return card(tr("Change"), form)


async def _edit(visit: Visit, form: Form) -> str:
    asset_id = visit.part("asset_id")
    edit = AssetEdit(
        importance=_one(Importance, first(form, "importance")),
        kind=_one(AssetKind, first(form, "kind")),
        exposure=_one(Exposure, first(form, "exposure")),
        business_system=first(form, "business_system").strip(),
        department=first(form, "department").strip(),
        owner=first(form, "owner").strip(),
    )
    async with visit.services.database.session() as session:
        before = await get_asset(visit.actor, session, asset_id)
        after = await edit_asset(visit.actor, session, asset_id, edit)
        names = ("importance", "kind", "exposure", "business_system", "department", "owner")
        changed = {name: str(getattr(after, name)) for name in names if getattr(after, name) != getattr(before, name)}
        await record(
            session, now=visit.services.clock.now_us(), tenant=visit.actor.tenant, actor=visit.actor.name,
            action="asset.edit", object_=after.name, **changed,
        )  # fmt: skip
    return done(f"/assets/{asset_id}", "saved")


def _one(kind: type[_E], value: str) -> _E:
    if value not in set(kind):
        raise UsageError(N_("this choice does not exist"))
    return kind(value)
