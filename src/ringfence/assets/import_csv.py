"""Take an inventory from a CSV file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from ringfence.assets.discover import new_asset
from ringfence.assets.model import (
    MAX_ADDRESSES,
    MAX_TEXT,
    Asset,
    AssetKind,
    Exposure,
    Importance,
    ImportReport,
    Rejected,
    address_of,
)
from ringfence.assets.store import AssetRow, rows_of, to_row, write_keys
from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import InputError, TooLargeError

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 100_000
COLUMNS = ("name", "addresses", "kind", "importance", "business_system", "department", "owner", "exposure")


async def import_assets(actor: Actor, session: AsyncSession, data: bytes) -> ImportReport:
    """Return what was added, updated and rejected (with line and reason) of a CSV inventory.

    UTF-8, a header line, at most 16 MB and 100,000 lines. Columns: `name` (must be there), `addresses` (several with
    `;` or spaces between), `kind`, `importance`, `business_system`, `department`, `owner`, `exposure`; others are
    left out. Columns that the file lacks and empty cells leave a known asset as it is. A wrong line is reported and
    the rest is taken. Raises `TooLargeError` or `InputError` for a file that is none.
    """
    actor.require(Permission.EDIT_ASSETS)
    cells, rejected = _read(data)
    known = await rows_of(session, actor, [line["name"] for _, line in cells])
    new: dict[str, AssetRow] = {}
    updated: dict[str, AssetRow] = {}
    for number, line in cells:
        made = _asset(new_asset(actor.tenant, line["name"]), line)
        if isinstance(made, str):
            rejected.append(Rejected(number, made))
            continue
        row = known.get(line["name"]) or new.get(made.id)
        if row is None:
            new[made.id] = to_row(made)
            continue
        _update(row, made, line)
        if row.id not in new:
            updated[row.id] = row
    session.add_all(new.values())
    await session.flush()
    await write_keys(session, [*new.values(), *updated.values()])
    return ImportReport(len(new), len(updated), tuple(sorted(rejected, key=lambda item: item.line)))


def _read(data: bytes) -> tuple[list[tuple[int, dict[str, str]]], list[Rejected]]:
    if len(data) > MAX_BYTES:
        raise TooLargeError(f"the inventory is larger than {MAX_BYTES // 1024 // 1024} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the inventory is not UTF-8 (byte {error.start})") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, dict[str, str]]] = []
    rejected: list[Rejected] = []
    try:
        reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
        if "name" not in reader.fieldnames:
            raise InputError("the inventory has no column 'name'", remedy=f"known columns: {', '.join(COLUMNS)}")
        for raw in reader:
            if len(lines) + len(rejected) >= MAX_ROWS:
                raise TooLargeError(f"the inventory has more than {MAX_ROWS} lines")
            line = {name: (raw.get(name) or "").strip() for name in COLUMNS}
            long = next((name for name, value in line.items() if name != "addresses" and len(value) > MAX_TEXT), "")
            if long or not line["name"]:
                reason = f"{long} is longer than {MAX_TEXT} characters" if long else "no name"
                rejected.append(Rejected(reader.line_num, reason))
            else:
                lines.append((reader.line_num, line))
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}: {error}") from error
    return lines, rejected


def _asset(asset: Asset, line: dict[str, str]) -> Asset | str:
    addresses: dict[str, None] = {}
    for text in line["addresses"].replace(";", " ").replace(",", " ").split():
        address = address_of(text)
        if address is None:
            return f"not an address: {text[:64]}"
        addresses[address] = None
    if len(addresses) > MAX_ADDRESSES:
        return f"more than {MAX_ADDRESSES} addresses"
    try:
        return replace(
            asset,
            addresses=tuple(addresses),
            kind=AssetKind(line["kind"].lower() or "other"),
            importance=Importance(line["importance"].lower() or "general"),
            business_system=line["business_system"],
            department=line["department"],
            owner=line["owner"],
            exposure=Exposure(line["exposure"].lower() or "unknown"),
        )
    except ValueError as error:
        return str(error)


def _update(row: AssetRow, made: Asset, line: dict[str, str]) -> None:
    for name in ("kind", "importance", "business_system", "department", "owner", "exposure"):
        if line[name]:
            setattr(row, name, str(getattr(made, name)))
    if made.addresses:
        row.addresses = list(made.addresses)
    row.discovered = False
