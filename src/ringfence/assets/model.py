"""What an asset is, and how names and addresses that events hold lead to it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

MAX_TEXT = 255
MAX_ADDRESSES = 32


class Importance(StrEnum):
    """Importance of the system by GB/T 20986-2023, most important first."""

    SPECIAL = "special"
    IMPORTANT = "important"
    GENERAL = "general"

    @property
    def rank(self) -> int:
        """0 (special) to 2 (general): the smaller, the more important."""
        return _RANKS[self]


_RANKS = {importance: rank for rank, importance in enumerate(Importance)}


class AssetKind(StrEnum):
    """What the asset is."""

    SERVER = "server"
    WORKSTATION = "workstation"
    DOMAIN_CONTROLLER = "domain_controller"
    DATABASE = "database"
    NETWORK = "network"
    SCANNER = "scanner"
    GATEWAY = "gateway"
    CLOUD = "cloud"
    CONTAINER = "container"
    OTHER = "other"


class Exposure(StrEnum):
    """From where the asset can be reached."""

    INTERNET = "internet"
    PARTNER = "partner"
    INTERNAL = "internal"
    ISOLATED = "isolated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing of the inventory. Times are microseconds UTC; `discovered`: found in events, not yet confirmed."""

    id: str
    tenant: str
    name: str
    addresses: tuple[str, ...] = ()
    kind: AssetKind = AssetKind.OTHER
    importance: Importance = Importance.GENERAL
    business_system: str = ""
    department: str = ""
    owner: str = ""
    exposure: Exposure = Exposure.UNKNOWN
    discovered: bool = False
    first_seen: int | None = None
    last_seen: int | None = None


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """Which assets to list; an empty part does not narrow. `text` looks into name, address, system and owner."""

    text: str = ""
    importance: frozenset[Importance] = frozenset()
    kind: frozenset[AssetKind] = frozenset()
    department: str = ""
    discovered: bool | None = None


@dataclass(frozen=True, slots=True)
class AssetEdit:
    """What to change of an asset; None leaves it."""

    kind: AssetKind | None = None
    importance: Importance | None = None
    business_system: str | None = None
    department: str | None = None
    owner: str | None = None
    exposure: Exposure | None = None
    addresses: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A host seen in events between `first` and `last` (microseconds UTC)."""

    host: str
    addresses: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line of an import that was not taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    added: int
    updated: int
    rejected: tuple[Rejected, ...] = ()


class KeyKind(StrEnum):
    """How a key leads to an asset: its full `name`, the `short` first label of a full name, or an `address`."""

    NAME = "name"
    SHORT = "short"
    ADDRESS = "address"


def address_of(text: str) -> str | None:
    """Return the address in its canonical form (IPv4 inside IPv6 as IPv4), or None where the text is no address."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def name_key(name: str) -> str:
    """Return a host name as it is compared: lower case, no trailing dot."""
    return name.strip().rstrip(".").lower()


def keys_of(name: str, addresses: tuple[str, ...]) -> list[tuple[str, KeyKind]]:
    """Return every key under which an asset can be found."""
    full = name_key(name)
    keys = [(full, KeyKind.NAME)]
    short, dot, _ = full.partition(".")
    if dot and short and address_of(full) is None:
        keys.append((short, KeyKind.SHORT))
    keys += [(address, KeyKind.ADDRESS) for address in dict.fromkeys(addresses)]
    return keys


def questions_of(entity: str) -> list[tuple[str, KeyKind]]:
    """Return the keys to ask for a host name or address of an event, best first.

    `FS01.example.com` is an asset of that name or one called just `fs01`; `FS01` is an asset of that name or the
    only one whose first label it is. `fs01.a.example.com` never is `fs01.b.example.com`.
    """
    address = address_of(entity)
    if address is not None:
        return [(address, KeyKind.ADDRESS), (address, KeyKind.NAME)]
    full = name_key(entity)
    short, dot, _ = full.partition(".")
    return [(full, KeyKind.NAME), (short, KeyKind.NAME) if dot else (full, KeyKind.SHORT)]
