"""Change an asset by hand."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.assets.model import MAX_ADDRESSES, MAX_TEXT, Asset, AssetEdit, address_of
from ringfence.assets.store import AssetRow, to_asset, write_keys
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import NotFoundError, UsageError
from ringfence.runtime.database import mine


async def edit_asset(actor: Actor, session: AsyncSession, asset_id: str, edit: AssetEdit) -> Asset:
    """Return the asset after the change; an edited asset counts as confirmed (no longer `discovered`)."""
    actor.require(Permission.EDIT_ASSETS)
    row = await session.scalar(mine(select(AssetRow).where(AssetRow.id == asset_id), actor, AssetRow))
    if row is None:
        raise NotFoundError(f"there is no asset {asset_id}")
    for name in ("kind", "importance", "business_system", "department", "owner", "exposure"):
        value: str | None = getattr(edit, name)
        if value is not None:
            if len(value) > MAX_TEXT:
                raise UsageError(f"{name} is longer than {MAX_TEXT} characters")
            setattr(row, name, value.value if isinstance(value, StrEnum) else value)
    if edit.addresses is not None:
        row.addresses = _canonical(edit.addresses)
    row.discovered = False
    await session.flush()
    await write_keys(session, [row])
    return to_asset(row)


def _canonical(addresses: tuple[str, ...]) -> list[str]:
    if len(addresses) > MAX_ADDRESSES:
        raise UsageError(f"an asset has at most {MAX_ADDRESSES} addresses")
    known: dict[str, None] = {}
    for text in addresses:
        address = address_of(text)
        if address is None:
            raise UsageError(f"not an address: {text[:64]}")
        known[address] = None
    return list(known)
