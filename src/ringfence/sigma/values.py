"""How values of an event are read: as text, folded, as a number, an address, a moment; and by which name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

import msgspec

from ringfence.ecs.event import EcsValue, FieldValue
from ringfence.ecs.fields import FIELDS


class Missing:
    """Type of `MISSING`, the value of a field that an event does not have."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

_NUMBER = re.compile(r"\s*[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?\s*", re.ASCII)
_BLANKS = " \t\n\v\f\r"
"""What may stand around a number or an address. Digits and blanks of other scripts make neither, here and in SQL."""

_SPACES = str.maketrans("", "", " \t")


def fold(text: str) -> str:
    """Fold case by Unicode's full case folding.

    Unlike lower case it works character by character (lower case of a Greek sigma depends on its neighbours), so that
    folding a part of a text gives a part of the folded text.
    """
    return text.casefold()


def text_of(value: Any) -> str:
    """One value as text: null is empty, booleans are `true` and `false`, objects and lists are JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return msgspec.json.encode(value, enc_hook=str).decode()


def elements(value: Any) -> Iterator[Any]:
    """Elements of a value: a list gives its own (nested lists too), an empty list one null, anything else itself."""
    if not isinstance(value, (list, tuple)):
        yield value
    elif not value:
        yield None
    else:
        for item in value:
            yield from elements(item)


def number_of(value: Any) -> float | int | None:
    """Read a value as a number: numbers and decimal texts of sane length; booleans and all else are None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        try:
            return int(value)
        except ValueError:
            return float(value)
    return None


@lru_cache(maxsize=4096)
def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Address in a text, an IPv4-mapped one as IPv4; None where there is none."""
    try:
        address = ip_address(text.strip(_BLANKS).partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


Span = tuple[int, int, int]
"""A network: version of IP, first and last address as numbers."""


@lru_cache(maxsize=4096)
def spans_of(networks: tuple[str, ...]) -> tuple[Span, ...]:
    """Spans of checked CIDR texts."""
    found = [ip_network(network) for network in networks]
    return tuple((net.version, int(net.network_address), int(net.broadcast_address)) for net in found)


def in_networks(text: str, spans: tuple[Span, ...]) -> bool:
    """Tell whether the text is an address inside one of the networks."""
    address = address_of(text) if len(text) <= 64 else None
    if address is None:
        return False
    version, number = address.version, int(address)
    return any(version == kind and first <= number <= last for kind, first, last in spans)


def moment_of(value: Any) -> datetime | None:
    """Read a value as a time in UTC: ISO 8601 (naive means UTC) or seconds, ms or µs since 1970; None otherwise."""
    number = number_of(value)
    try:
        if number is not None:
            scale = 1 if abs(number) < 1e11 else 1e3 if abs(number) < 1e14 else 1e6
            return datetime.fromtimestamp(number / scale, UTC)
        if not isinstance(value, str) or not 8 <= len(value) <= 40:
            return None
        moment = datetime.fromisoformat(value.strip().replace(" UTC", "Z"))
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def loose(name: str) -> str:
    """Form of a field name in which names that differ only in case and spaces are the same."""
    return fold(name).translate(_SPACES)


def resolve(name: str, fields: Mapping[str, Any], ecs: Mapping[str, Any]) -> tuple[bool, str] | None:
    """Find where an event keeps the field that a rule calls `name`.

    Returns (True, key) for a native field, (False, key) for an ECS field, None where the event has neither. Order:
    the native field of exactly this name, the ECS field where the name is one, a native field whose name differs
    only in case or spaces (the first one in the event's order).
    """
    if name in fields:
        return True, name
    if name in FIELDS and name in ecs:
        return False, name
    wanted = loose(name)
    for key in fields:
        if loose(key) == wanted:
            return True, key
    return None


class View:
    """One event as a rule sees it. Slow and plain; the matcher has faster ways to the same answers."""

    def __init__(self, fields: Mapping[str, FieldValue], ecs: Mapping[str, EcsValue], raw: str = "") -> None:
        self.fields = fields
        self.ecs = ecs
        self.raw = raw

    def get(self, name: str) -> FieldValue | EcsValue | Missing:
        """Value of the field that a rule calls `name`, or `MISSING`."""
        place = resolve(name, self.fields, self.ecs)
        if place is None:
            return MISSING
        native, key = place
        return self.fields[key] if native else self.ecs[key]

    def everything(self) -> Iterator[tuple[str, str]]:
        """Name and text of all native values, element by element, then the raw text under the name `raw`."""
        for name, value in self.fields.items():
            for element in elements(value):
                yield name, text_of(element)
        if self.raw:
            yield "raw", self.raw
