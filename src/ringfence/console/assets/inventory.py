"""The list of assets, the most important first."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from nicegui import ui

from ringfence.assets import Asset, AssetFilter, AssetKind, AssetSort, Importance, list_assets
from ringfence.console.assets.words import EXPOSURE_WORDS, IMPORTANCE_WORDS, KIND_WORDS
from ringfence.console.filters import chip, chooser, filter_form
from ringfence.console.grid import Column, grid
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, tag
from ringfence.console.services import Services
from ringfence.console.session import Visit, guarded, tastes_of
from ringfence.console.widgets import empty, words
from ringfence.core.actor import Actor, Permission
from ringfence.core.i18n import N_, Translate

ROWS = "/console/data/assets"

_SORTS = {("name", "asc"): AssetSort.NAME, ("last", "desc"): AssetSort.LAST_SEEN}


def add_inventory(services: Services, router: APIRouter) -> None:
    """Serve `/assets` and its rows."""
    reading = Permission.READ_ASSETS
    add_page(services, "/assets", title=N_("Assets"), section="assets", permission=reading, build=_build)
    reader = guarded(services, reading)

    @router.get(ROWS)
    async def rows(
        request: Request,
        actor: Actor = reader,
        text: Annotated[str, Query(max_length=200)] = "",
        importance: Annotated[list[Importance], Query(max_length=3)] = [],  # noqa: B006
        kind: Annotated[list[AssetKind], Query(max_length=10)] = [],  # noqa: B006
        discovered: bool | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        sort: str = "",
        order: str = "",
    ) -> dict[str, Any]:
        wanted = AssetFilter(
            text=text, importance=frozenset(importance), kind=frozenset(kind), discovered=discovered
        )  # fmt: skip
        order_by = _SORTS.get((sort, order), AssetSort.IMPORTANCE)
        async with services.database.reading() as session:
            found, total = await list_assets(actor, session, wanted, limit=limit, offset=offset, sort=order_by)
        tr = tastes_of(request).tr
        return {"rows": [row_of(asset, tr) for asset in found], "total": total}


def row_of(asset: Asset, tr: Translate) -> dict[str, Any]:
    """Return an asset as a row of the grid, in words of the visitor's language."""
    return {
        "id": asset.id,
        "name": asset.name,
        "importance": asset.importance.value,
        "kind": tr(KIND_WORDS[asset.kind.value]),
        "addresses": ", ".join(asset.addresses[:3]) + (" …" if len(asset.addresses) > 3 else ""),
        "system": asset.business_system,
        "department": asset.department,
        "owner": asset.owner,
        "exposure": tr(EXPOSURE_WORDS[asset.exposure.value]),
        "last": asset.last_seen,
        "discovered": asset.discovered,
    }


async def _build(visit: Visit) -> None:
    tr = visit.tr
    may = visit.actor.may(Permission.EDIT_ASSETS)
    bring = tag("a", tr("Import CSV"), href="/assets/import", class_="btn") if may else None
    about = tr("Hosts that events speak of are found by themselves. Importance and owner make alerts weigh what they "
               "should.")  # fmt: skip
    html(heading(visit, tr("Assets"), about, bring))
    html(_filters(visit))
    marks = json.dumps(words(IMPORTANCE_WORDS, tr))
    columns = [
        Column("name", tr("Asset"), "rf.cells.link('/assets/')", flex=1.4, width=120, sort=("asc",)),
        Column("importance", tr("Importance"), f"rf.cells.importance({marks})", width=108),
        Column("kind", tr("Kind"), "rf.cells.text()", width=142),
        Column("addresses", tr("Addresses"), "rf.cells.mono()", flex=1, width=120),
        Column("system", tr("Business system"), "rf.cells.text()", flex=1, width=120),
        Column("department", tr("Department"), "rf.cells.text()", width=112),
        Column("owner", tr("Owner"), "rf.cells.text()", width=116),
        Column("exposure", tr("Reachable"), "rf.cells.text()", width=132),
        Column("last", tr("Last seen"), "rf.cells.time()", width=165, sort=("desc",)),
    ]
    grid(
        visit, "assets", f"{ROWS}?{urlencode(_asked(visit))}", columns, open_at="/assets/",
        card=Column("name", tr("Asset"), f"rf.cells.assetCard({marks})"),
    )  # fmt: skip
    advice = tr("Widen the filter, import a list, or send logs: hosts appear by themselves.")
    with ui.element("div").classes("card hidden").props("id=assets-empty"):
        html(empty("assets", tr("No assets here"), advice))


def _asked(visit: Visit) -> list[tuple[str, str]]:
    names = {"text", "importance", "kind", "discovered"}
    given = visit.request.query_params.multi_items()
    return [(name, value[:200]) for name, value in given if name in names and value][:40]


def _filters(visit: Visit) -> Content:
    tr = visit.tr
    marks = [chip(visit, "importance", key, tr(word)) for key, word in IMPORTANCE_WORDS.items()]
    state = [chip(visit, "discovered", "true", tr("Found, not confirmed"))]
    kinds = chooser(visit, "kind", tr("Kind"), {"": tr("Any kind"), **words(KIND_WORDS, tr)})
    groups = [(tr("Importance"), marks), (tr("State"), state)]
    return filter_form(visit, "/assets", tr("Name, address, system or owner"), groups, more=kinds)
