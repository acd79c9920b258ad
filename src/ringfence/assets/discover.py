"""Put hosts that events speak of into the inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.assets.model import MAX_ADDRESSES, MAX_TEXT, Asset, Sighting, address_of, name_key
from ringfence.assets.store import AssetRow, rows_of, to_row, write_keys
from ringfence.core.actor import Actor, Permission
from ringfence.core.ids import digest

_MAX_HOSTS = 20_000
"""New hosts taken from one call: a source that invents host names must not fill the disk."""


def sightings_of(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Sighting]:
    """Return the hosts in the rows (time in microseconds, ECS fields): `host.name` with the values of `host.ip`."""
    seen: dict[str, tuple[str, dict[str, None], int, int]] = {}
    for time, ecs in rows:
        host = ecs.get("host.name")
        if not isinstance(host, str) or not host or len(host) > MAX_TEXT:
            continue
        key = name_key(host)
        before = seen.get(key)
        addresses: dict[str, None] = before[1] if before else {}
        given = ecs.get("host.ip")
        for text in given if isinstance(given, list) else [given]:
            if isinstance(text, str) and len(addresses) < MAX_ADDRESSES and (address := address_of(text)):
                addresses[address] = None
        first, last = (min(before[2], time), max(before[3], time)) if before else (time, time)
        seen[key] = (before[0] if before else host, addresses, first, last)
    return [Sighting(host, tuple(_usable(found)), first, last) for host, found, first, last in seen.values()]


def _usable(addresses: Iterable[str]) -> list[str]:
    return [text for text in addresses if not text.startswith(("127.", "169.254.", "fe80:")) and text not in _NOWHERE]


_NOWHERE = frozenset({"::1", "::", "0.0.0.0"})  # noqa: S104  an address to leave out, not to bind


async def discover_assets(actor: Actor, session: AsyncSession, sightings: Sequence[Sighting]) -> int:
    """Return how many assets are new; known ones get their times and addresses brought up to date.

    Needs the permission to ingest: whoever may bring in events may say which hosts there are. Importance of a new
    asset is `general`. A confirmed asset keeps its own addresses and gets new ones added.
    """
    actor.require(Permission.INGEST)
    known = await rows_of(session, actor, [sighting.host for sighting in sightings])
    fresh: dict[str, AssetRow] = {}
    moved: dict[str, AssetRow] = {}
    for sighting in sightings:
        row = known.get(sighting.host) or fresh.get(name_key(sighting.host))
        if row is None and len(fresh) < _MAX_HOSTS:
            fresh[name_key(sighting.host)] = _new(actor.tenant, sighting)
        elif row is not None and _see(row, sighting):
            moved[row.id] = row
    session.add_all(fresh.values())
    await session.flush()
    await write_keys(session, [*fresh.values(), *moved.values()])
    return len(fresh)


def new_asset(tenant: str, name: str) -> Asset:
    """Return an asset with the id that this name always has."""
    return Asset(id=digest("asset", tenant, name_key(name)), tenant=tenant, name=name.strip().rstrip("."))


def _new(tenant: str, sighting: Sighting) -> AssetRow:
    asset = new_asset(tenant, sighting.host)
    return to_row(
        replace(
            asset,
            addresses=sighting.addresses,
            discovered=True,
            first_seen=sighting.first,
            last_seen=sighting.last,
        )
    )


def _see(row: AssetRow, sighting: Sighting) -> bool:
    row.first_seen = sighting.first if row.first_seen is None else min(row.first_seen, sighting.first)
    row.last_seen = sighting.last if row.last_seen is None else max(row.last_seen, sighting.last)
    added = [address for address in sighting.addresses if address not in row.addresses]
    if added:
        row.addresses = [*row.addresses, *added][-MAX_ADDRESSES:]
    return bool(added)
