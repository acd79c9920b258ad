"""The texts that rules need anywhere in an event: in one of its native values or in its raw text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from ringfence.sigma.column import Texts, as_text
from ringfence.sigma.layout import Names, Values, getter

_PLAIN = frozenset({int, bool, type(None)})
_TEXT = frozenset({str})
_IN_PLAIN = frozenset(b"0123456789-truefalsTRUEFALS")
"""Every character that a whole number, a boolean or null has as text."""


class Keywords:
    """Adds, to one mask for each event, the bits of the texts that any of the event's values holds."""

    __slots__ = ("_skips_plain", "_texts", "_ways")

    def __init__(self, masks: Mapping[bytes, int]) -> None:
        """`masks` are the bits that each text sets."""
        self._texts = Texts(masks)
        self._skips_plain = not any(_IN_PLAIN.issuperset(text) for text in masks)
        self._ways: dict[Names, _Way] = {}

    def forget(self) -> None:
        """Drop what is remembered about shapes of events."""
        self._ways.clear()

    def add(self, names: Names, fields: Sequence[Values], raws: Sequence[str], totals: list[int]) -> None:
        """Set in `totals`, which is as long as `fields`, the bits of every text found. `names` are of all of them."""
        if names.fields:
            way = self._ways.get(names)
            if way is None:
                way = self._ways[names] = _Way(fields[0])
            texts = way.texts(fields) if self._skips_plain else None
            if texts is None:
                values: list[Any] = list(chain.from_iterable([event.values() for event in fields]))
                texts = [value if type(value) is str else as_text(value) for value in values]
            self._search_in(texts, len(texts) // len(fields), totals)
        if any(raws):
            self._search_in(raws, 1, totals)

    def _search_in(self, values: Sequence[str], width: int, totals: list[int]) -> None:
        for place, mask in self._texts.among(values):
            totals[place // width] |= mask


class _Way:
    """Takes the texts out of events with the same keys: of the fields that held texts in the first of them."""

    __slots__ = ("_plain", "_texts", "_width")

    def __init__(self, event: Values) -> None:
        keys = [key for key, value in event.items() if type(value) is str]
        others = [key for key in event if key not in set(keys)]
        self._width = len(keys)
        self._texts = getter(keys)
        self._plain = getter(others)

    def texts(self, events: Sequence[Values]) -> Sequence[str] | None:
        """Texts of all events, as many for each; None where any other value may hold a text too."""
        if not self._width or not _PLAIN.issuperset(map(type, chain.from_iterable(map(self._plain, events)))):
            return None
        texts = list(chain.from_iterable(map(self._texts, events)))
        return texts if _TEXT.issuperset(map(type, texts)) else None
