"""Where events with the same keys keep what rules ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from ringfence.ecs.fields import FIELDS
from ringfence.sigma.values import loose

Values = Mapping[str, Any]


class Names(dict[str, "tuple[bool, str] | None"]):
    """Where events with these keys keep the field that a rule names; worked out when asked, then remembered.

    The same answers as `ringfence.sigma.values.resolve`. Two of them are equal only if they are the same object.
    """

    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]
    __eq__ = object.__eq__
    __ne__ = object.__ne__

    def __init__(self, fields: Iterable[str], ecs: Iterable[str]) -> None:
        super().__init__()
        self.fields = dict.fromkeys(fields)
        self._ecs = frozenset(ecs)
        self._loose: dict[str, str] = {}
        for key in self.fields:
            self._loose.setdefault(loose(key), key)

    def __missing__(self, name: str) -> tuple[bool, str] | None:
        if name in self.fields:
            place = (True, name)
        elif name in self._ecs and name in FIELDS:
            place = (False, name)
        else:
            key = self._loose.get(loose(name))
            place = None if key is None else (True, key)
        self[name] = place
        return place


def nothing(_: Values) -> tuple[Any, ...]:
    """Return no values."""
    return ()


def getter(keys: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """Return a function that takes the values of these keys out of an event."""
    if not keys:
        return nothing
    if len(keys) == 1:
        key = keys[0]
        return lambda values: (values[key],)
    return itemgetter(*keys)
