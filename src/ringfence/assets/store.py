"""Tables of the inventory and the queries on them; private to this room."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import JSON, BigInteger, Boolean, Index, String, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ringfence.assets.model import Asset, AssetKind, Exposure, Importance, KeyKind, keys_of, questions_of
from ringfence.core.actor import Actor
from ringfence.runtime.database import Base, TenantOwned, mine

CHUNK = 4000
"""Values in one IN list: SQLite takes 32,766 bound values in one statement."""


class AssetRow(TenantOwned, Base):
    """One asset."""

    __tablename__ = "assets"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    addresses: Mapped[list[str]] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(32))
    importance: Mapped[str] = mapped_column(String(16))
    business_system: Mapped[str] = mapped_column(String(255))
    department: Mapped[str] = mapped_column(String(255))
    owner: Mapped[str] = mapped_column(String(255))
    exposure: Mapped[str] = mapped_column(String(16))
    discovered: Mapped[bool] = mapped_column(Boolean)
    first_seen: Mapped[int | None] = mapped_column(BigInteger)
    last_seen: Mapped[int | None] = mapped_column(BigInteger)


class AssetKeyRow(TenantOwned, Base):
    """A name or address that leads to an asset."""

    __tablename__ = "asset_keys"
    __table_args__ = (Index("ix_asset_keys_lookup", "tenant", "key", "kind"),)

    asset_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)


def to_asset(row: AssetRow) -> Asset:
    """Return the row as the rest of the product sees it."""
    return Asset(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        addresses=tuple(row.addresses),
        kind=AssetKind(row.kind),
        importance=Importance(row.importance),
        business_system=row.business_system,
        department=row.department,
        owner=row.owner,
        exposure=Exposure(row.exposure),
        discovered=row.discovered,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )


def to_row(asset: Asset) -> AssetRow:
    """Return a new row of the asset."""
    return AssetRow(
        id=asset.id,
        tenant=asset.tenant,
        name=asset.name,
        addresses=list(asset.addresses),
        kind=asset.kind.value,
        importance=asset.importance.value,
        business_system=asset.business_system,
        department=asset.department,
        owner=asset.owner,
        exposure=asset.exposure.value,
        discovered=asset.discovered,
        first_seen=asset.first_seen,
        last_seen=asset.last_seen,
    )


async def write_keys(session: AsyncSession, rows: Iterable[AssetRow]) -> None:
    """Replace the keys of the assets."""
    todo = list(rows)
    for start in range(0, len(todo), CHUNK):
        part = todo[start : start + CHUNK]
        await session.execute(delete(AssetKeyRow).where(AssetKeyRow.asset_id.in_([row.id for row in part])))
        values = [
            {"asset_id": row.id, "tenant": row.tenant, "key": key, "kind": kind.value}
            for row in part
            for key, kind in keys_of(row.name, tuple(row.addresses))
        ]
        if values:
            await session.execute(insert(AssetKeyRow), values)


async def rows_of(session: AsyncSession, actor: Actor, entities: Collection[str]) -> dict[str, AssetRow]:
    """Return the asset of each host name or address that has one, by the text asked for."""
    questions = {entity: questions_of(entity) for entity in dict.fromkeys(entities)}
    keys = sorted({key for asked in questions.values() for key, _ in asked})
    found: dict[tuple[str, str], list[AssetRow]] = {}
    for start in range(0, len(keys), CHUNK):
        statement = (
            select(AssetKeyRow.key, AssetKeyRow.kind, AssetRow)
            .join(AssetRow, AssetRow.id == AssetKeyRow.asset_id)
            .where(AssetKeyRow.key.in_(keys[start : start + CHUNK]))
        )
        for key, kind, row in await session.execute(mine(statement, actor, AssetKeyRow, AssetRow)):
            found.setdefault((key, kind), []).append(row)
    return {entity: row for entity, asked in questions.items() if (row := _choose(asked, found))}


def _choose(asked: Sequence[tuple[str, KeyKind]], found: dict[tuple[str, str], list[AssetRow]]) -> AssetRow | None:
    for key, kind in asked:
        rows = found.get((key, kind.value), [])
        if kind is KeyKind.ADDRESS and rows:
            # An address moves from host to host (DHCP): the one seen last holds it, then the confirmed one.
            return max(rows, key=lambda row: (row.last_seen or 0, not row.discovered, row.id))
        if len(rows) == 1:
            return rows[0]
    return None
