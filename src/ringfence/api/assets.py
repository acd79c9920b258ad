"""The inventory over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from ringfence import assets
from ringfence.api.context import Caller, Context
from ringfence.api.intake import read_body
from ringfence.assets import (
    Asset,
    AssetEdit,
    AssetFilter,
    AssetKind,
    AssetSort,
    Exposure,
    Importance,
    ImportReport,
)
from ringfence.core.actor import Permission

MAX_BODY = 16 * 1024 * 1024
"""Bytes of an inventory."""

router = APIRouter(tags=["assets"])

Text = Annotated[str | None, Field(max_length=255)]


class AssetPage(BaseModel):
    """A page of assets and the number of all that match."""

    total: int
    assets: list[Asset]


class AssetChange(BaseModel):
    """What to change; what is left out stays. `addresses` replace the ones before."""

    kind: AssetKind | None = None
    importance: Importance | None = None
    business_system: Text = None
    department: Text = None
    owner: Text = None
    exposure: Exposure | None = None
    addresses: Annotated[list[str] | None, Field(max_length=32)] = None


@router.get("/assets")
async def list_assets(
    context: Context,
    caller: Caller,
    text: Annotated[str, Query(max_length=256)] = "",
    importance: Annotated[list[Importance] | None, Query()] = None,
    kind: Annotated[list[AssetKind] | None, Query()] = None,
    department: Annotated[str, Query(max_length=255)] = "",
    discovered: bool | None = None,
    sort: AssetSort = AssetSort.IMPORTANCE,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> AssetPage:
    """List assets."""
    wanted = AssetFilter(
        text=text,
        importance=frozenset(importance or ()),
        kind=frozenset(kind or ()),
        department=department,
        discovered=discovered,
    )
    async with context.database.reading() as session:
        found, total = await assets.list_assets(caller, session, wanted, limit=limit, offset=offset, sort=sort)
    return AssetPage(total=total, assets=found)


@router.post(
    "/assets/import",
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string", "example": "name\n"}}}}
    },
    responses={413: {"description": "The inventory is larger than 16 MiB or has more than 100,000 lines"}},
)
async def import_assets(context: Context, caller: Caller, request: Request) -> ImportReport:
    """Take an inventory as CSV (UTF-8 with a header line); wrong lines are reported and the others taken."""
    caller.require(Permission.EDIT_ASSETS)
    data = await read_body(request, MAX_BODY)
    async with context.database.session() as session:
        return await assets.import_assets(caller, session, data)


@router.patch("/assets/{asset_id}")
async def edit_asset(context: Context, caller: Caller, asset_id: str, body: AssetChange) -> Asset:
    """Change an asset by hand; it then counts as confirmed."""
    values = body.model_dump()
    addresses = values.pop("addresses")
    edit = AssetEdit(**values, addresses=None if addresses is None else tuple(addresses))
    async with context.database.session() as session:
        return await assets.edit_asset(caller, session, asset_id, edit)
