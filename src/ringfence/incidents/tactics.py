"""ATT&CK tactics in order."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.incidents.model import TACTICS

_RANK = {name: rank for rank, name in enumerate(TACTICS)}


def in_order(tactics: Iterable[str]) -> tuple[str, ...]:
    """Return the tactics once each, in the order of the ATT&CK matrix; unknown ones at the end by name."""
    return tuple(sorted(dict.fromkeys(tactics), key=lambda name: (_RANK.get(name, len(_RANK)), name)))
