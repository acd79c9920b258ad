"""Assets: what there is, how important it is, and whose it is."""

from ringfence.assets.discover import discover_assets, sightings_of
from ringfence.assets.edit import edit_asset
from ringfence.assets.find import AssetSort, find_assets, get_asset, list_assets
from ringfence.assets.import_csv import COLUMNS, MAX_BYTES, import_assets
from ringfence.assets.model import (
    Asset,
    AssetEdit,
    AssetFilter,
    AssetKind,
    Exposure,
    Importance,
    ImportReport,
    Rejected,
    Sighting,
    address_of,
    name_key,
)

__all__ = [
    "COLUMNS",
    "MAX_BYTES",
    "Asset",
    "AssetEdit",
    "AssetFilter",
    "AssetKind",
    "AssetSort",
    "Exposure",
    "ImportReport",
    "Importance",
    "Rejected",
    "Sighting",
    "address_of",
    "discover_assets",
    "edit_asset",
    "find_assets",
    "get_asset",
    "import_assets",
    "list_assets",
    "name_key",
    "sightings_of",
]
