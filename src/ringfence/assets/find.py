"""Read the inventory."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, String, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.assets.model import Asset, AssetFilter, Importance
from ringfence.assets.store import AssetRow, rows_of, to_asset
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import NotFoundError
from ringfence.runtime.database import mine

MAX_PAGE = 1000


class AssetSort(StrEnum):
    """Order of a list of assets."""

    NAME = "name"
    IMPORTANCE = "importance"
    LAST_SEEN = "last_seen"


async def get_asset(actor: Actor, session: AsyncSession, asset_id: str) -> Asset:
    """Return the asset; raises `NotFoundError`, also for one of another tenant."""
    actor.require(Permission.READ_ASSETS)
    row = await session.scalar(mine(select(AssetRow).where(AssetRow.id == asset_id), actor, AssetRow))
    if row is None:
        raise NotFoundError(f"there is no asset {asset_id}")
    return to_asset(row)


async def find_assets(actor: Actor, session: AsyncSession, entities: Collection[str]) -> dict[str, Asset]:
    """Return the asset of each host name or address that has one, by the text asked for, in one query per 4,000."""
    actor.require(Permission.READ_ASSETS)
    return {entity: to_asset(row) for entity, row in (await rows_of(session, actor, entities)).items()}


async def list_assets(
    actor: Actor,
    session: AsyncSession,
    wanted: AssetFilter | None = None,
    *,
    limit: int = 100,
    offset: int = 0,
    sort: AssetSort = AssetSort.IMPORTANCE,
) -> tuple[list[Asset], int]:
    """Return a page of assets and the number of all that match."""
    actor.require(Permission.READ_ASSETS)
    narrowed = mine(_narrow(select(AssetRow), wanted or AssetFilter()), actor, AssetRow)
    total = await session.scalar(select(func.count()).select_from(narrowed.subquery()))
    ordered = narrowed.order_by(*_order(sort)).limit(min(max(limit, 0), MAX_PAGE)).offset(max(offset, 0))
    return [to_asset(row) for row in await session.scalars(ordered)], total or 0


def _narrow(statement: Select[AssetRow], wanted: AssetFilter) -> Select[AssetRow]:
    if wanted.text:
        columns = (AssetRow.name, AssetRow.business_system, AssetRow.owner, cast(AssetRow.addresses, String))
        statement = statement.where(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    if wanted.importance:
        statement = statement.where(AssetRow.importance.in_([item.value for item in wanted.importance]))
    if wanted.kind:
        statement = statement.where(AssetRow.kind.in_([item.value for item in wanted.kind]))
    if wanted.department:
        statement = statement.where(AssetRow.department == wanted.department)
    if wanted.discovered is not None:
        statement = statement.where(AssetRow.discovered.is_(wanted.discovered))
    return statement


def _order(sort: AssetSort) -> tuple[Any, ...]:
    name = func.lower(AssetRow.name)
    if sort is AssetSort.NAME:
        return name, AssetRow.id
    if sort is AssetSort.LAST_SEEN:
        return AssetRow.last_seen.desc().nulls_last(), AssetRow.id
    return case({item.value: item.rank for item in Importance}, value=AssetRow.importance), name, AssetRow.id
