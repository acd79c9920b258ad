"""Many texts searched for in one pass over a buffer.

Hyperscan does it where it is installed: it needs no lower case, reads five bytes and more at a time, and so takes about
0.7 ns a byte. On machines without it an Aho-Corasick automaton gives the same answers more slowly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ahocorasick_rs import BytesAhoCorasick, Implementation

hyperscan: Any = import_module("hyperscan") if find_spec("hyperscan") else None

SEPARATOR = "\x01"
"""Stands before and after each value in a buffer."""

MAX_NEEDLE = 128
"""Characters of a text that are searched for; whoever holds a text holds its part."""

_MAX_DFA_BYTES = 50_000
"""Above this many bytes in all texts a table of all states would take too much memory."""

_WORTHWHILE = 200_000
"""Bytes to search before the fast engine is built."""

_NUL = str.maketrans("\x00", "\x04")

Found = list[tuple[int, int]]
"""Numbers of the texts found, each with the place behind it."""


def buffer(text: str) -> bytes:
    """Bytes to search in, for a text that is ASCII or that `folded` gave."""
    if "\x00" in text:  # the engine's texts end there
        text = text.translate(_NUL)
    return text.encode("latin-1")


def folded(text: str) -> str:
    """A text with one character for each byte that is searched: ASCII as it is, all else case-folded."""
    return text if text.isascii() else text.casefold().encode("utf-8", "replace").decode("latin-1")


def needle(text: str) -> bytes:
    """Bytes to search for, of a text in folded case. Half a surrogate pair becomes `?`, as in `folded`."""
    return text.encode("utf-8", "replace").replace(b"\x00", b"\x04")


class Search:
    """Finds every place of every text, in whatever case."""

    __slots__ = ("_automaton", "_database", "_needles", "_once", "_searched")

    def __init__(self, needles: Sequence[bytes]) -> None:
        """`needles` must not be empty."""
        self._needles = tuple(needles)
        self._searched = 0.0
        self._automaton: BytesAhoCorasick | None = None
        self._database: Any = None
        self._once: Any = None

    def find(self, data: bytes) -> Found:
        """Every place of every text (of overlapping ones too)."""
        if self._database is None and not self._is_slow(data):
            self._database = self._build(hyperscan.HS_FLAG_CASELESS)
        if self._database is None:
            places = self._slow().find_matches_as_indexes(data.lower(), overlapping=True)
            return [(number, end) for number, _, end in places]
        return _scan(self._database, data)

    def which(self, data: bytes) -> Iterable[int]:
        """Numbers of the texts that are there at all: the work does not grow with how often they are."""
        if self._once is None and not self._is_slow(data):
            self._once = self._build(hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH)
        if self._once is None:
            places = self._slow().find_matches_as_indexes(data.lower(), overlapping=True)
            return {number for number, *_ in places}
        return {number for number, _ in _scan(self._once, data)}

    def _build(self, flags: int) -> Any:
        try:
            return _database(self._needles, flags)
        except hyperscan.error:  # a processor that it does not know
            self._searched = float("-inf")
            return None

    def _is_slow(self, data: bytes) -> bool:
        """Tell whether the fast engine is not there, or has not enough to do yet to be worth its building time."""
        self._searched += len(data)
        return hyperscan is None or self._searched < _WORTHWHILE

    def _slow(self) -> BytesAhoCorasick:
        if self._automaton is None:
            is_small = hyperscan is None and sum(map(len, self._needles)) <= _MAX_DFA_BYTES
            kind = Implementation.DFA if is_small else Implementation.ContiguousNFA
            self._automaton = BytesAhoCorasick(self._needles, implementation=kind)
        return self._automaton


def _database(needles: Sequence[bytes], flags: int) -> Any:
    database = hyperscan.Database()
    numbers = list(range(len(needles)))
    database.compile(expressions=list(needles), ids=numbers, elements=len(numbers), flags=flags, literal=True)
    return database


def _scan(database: Any, data: bytes) -> Found:
    found: Found = []
    append = found.append

    def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        append((number, end))

    database.scan(data, match_event_handler=note)
    return found
