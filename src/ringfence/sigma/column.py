"""The texts that rules need in one field, and what they mean for the rules.

A column takes the field's values of many events at once: values seen before are answered from memory, the others are
searched in one pass. Where values rarely come twice it does not try to remember them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from ringfence.sigma.search import SEPARATOR, Search, buffer, folded
from ringfence.sigma.values import elements, text_of

LONG = 4096
"""Longer values are searched one by one."""

_MAX_KEY = 256
_MAX_KNOWN = 4096
_TRIAL = 512
_TEXTS = frozenset({str})
_WORTHWHILE = 0.5
"""Share of values that must be known for it to pay to look."""


class Column:
    """Adds, to one mask for each event, the bits of the texts that the event's value holds."""

    __slots__ = ("_known", "_looked", "_met", "_remembers", "_texts")

    def __init__(self, masks: Mapping[bytes, int]) -> None:
        """`masks` are the bits that each text sets."""
        self._texts = Texts(masks)
        self._known: dict[str, int] = {}
        self._remembers = True
        self._looked = self._met = 0

    def forget(self) -> None:
        """Drop the values that are remembered."""
        self._known = {}

    def remembered(self) -> int:
        """How many values are remembered."""
        return len(self._known)

    def add(self, values: Sequence[Any], totals: list[int]) -> None:
        """Set in `totals`, which is as long as `values`, the bits of every text found."""
        if not self._remembers:
            for index, mask in self._found(values):
                totals[index] |= mask
            return
        try:
            known = list(map(self._known.get, values))
        except TypeError:  # a list
            known = [self._known.get(value) if type(value) is str else None for value in values]
        missing: list[int] = []
        for index, mask in enumerate(known):
            if mask:
                totals[index] |= mask
            elif mask is None:
                missing.append(index)
        if missing:
            self._meet(missing, values, totals)
        self._looked += len(values)
        self._met += len(missing)
        if self._looked >= _TRIAL:
            self._remembers = self._met <= (1 - _WORTHWHILE) * self._looked
            if not self._remembers:
                self._known = {}
            self._looked = self._met = 0

    def _meet(self, missing: list[int], values: Sequence[Any], totals: list[int]) -> None:
        """Search the values that are new, each once, and remember the short ones."""
        several: dict[str, list[int]] = {}
        for index in missing:
            value = values[index]
            several.setdefault(value if type(value) is str else as_text(value), []).append(index)
        texts = list(several)
        found: dict[int, int] = {}
        for index, mask in self._found(texts):
            found[index] = found.get(index, 0) | mask
        if len(self._known) + len(texts) > _MAX_KNOWN:
            self._known = {}
        known = self._known
        for number, text in enumerate(texts[:_MAX_KNOWN]):
            if len(text) <= _MAX_KEY:
                known[text] = found.get(number, 0)
        for number, mask in found.items():
            for index in several[texts[number]]:
                totals[index] |= mask

    def _found(self, values: Sequence[Any]) -> list[tuple[int, int]]:
        """Positions of values that hold a text, with its bits; a position may come several times."""
        return self._texts.among(as_texts(values))


class Texts:
    """Bits by text, and the search for the texts. Those that are not ASCII are looked for where values are not."""

    __slots__ = ("_masks", "_searches")

    def __init__(self, masks: Mapping[bytes, int]) -> None:
        parts = [{text: mask for text, mask in masks.items() if text.isascii() is plain} for plain in (True, False)]
        self._masks = tuple(tuple(part.values()) for part in parts)
        self._searches = tuple(Search(tuple(part)) if part else None for part in parts)

    def among(self, texts: Sequence[str]) -> list[tuple[int, int]]:
        """Positions of texts that hold one, with its bits; several times where several are held.

        One pass over all that are short: joining long ones would only cost memory.
        """
        found: list[tuple[int, int]] = []
        if max(map(len, texts), default=0) > LONG:
            texts = list(texts)
            for index, text in enumerate(texts):
                if len(text) > LONG:
                    found += [(index, mask) for mask in self._inside(text)]
                    texts[index] = ""
        joined, texts = join(texts)
        data = buffer(f"{SEPARATOR}{joined}{SEPARATOR}")
        starts: list[int] = []
        for search, masks in self._for(data):
            for number, end in search.find(data):
                starts = starts or starts_of(texts)
                found.append((max(0, bisect_right(starts, end - 1) - 1), masks[number]))
        return found

    def _inside(self, text: str) -> list[int]:
        """Bits of what one long text holds, each once however often it is there."""
        data = buffer(f"{SEPARATOR}{folded(text)}{SEPARATOR}")
        return [masks[number] for search, masks in self._for(data) for number in search.which(data)]

    def _for(self, data: bytes) -> Iterator[tuple[Search, tuple[int, ...]]]:
        plain, wide = self._searches
        if plain is not None:
            yield plain, self._masks[0]
        if wide is not None and not data.isascii():
            yield wide, self._masks[1]


def as_texts(values: Sequence[Any]) -> Sequence[str]:
    """Texts of the values, see `as_text`."""
    if _TEXTS.issuperset(map(type, values)):
        return values
    return [value if type(value) is str else as_text(value) for value in values]


def join(texts: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Texts joined by the separator, one character a byte, and the texts as they stand there."""
    joined = SEPARATOR.join(texts)
    if joined.isascii():
        return joined, texts
    texts = [folded(text) for text in texts]
    return SEPARATOR.join(texts), texts


def starts_of(texts: Sequence[str]) -> list[int]:
    """Where each of the joined texts begins, the separator before the first counted."""
    return list(accumulate([len(text) + 1 for text in texts[:-1]], initial=1))


def as_text(value: Any) -> str:
    """Text to search in for a value that may be a list: its elements, each between separators."""
    if type(value) is not list and type(value) is not tuple:
        return text_of(value)
    return SEPARATOR.join([text_of(element) for element in elements(value)])
