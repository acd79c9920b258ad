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

    __slots__ = ("_automaton", "_database", "_needles", "_once")

    def __init__(self, needles: Sequence[bytes], *, brief: bool = False) -> None:
        """`brief`: for few searches only, so that it should be built quickly. `needles` must not be empty."""
        self._needles = tuple(needles)
        self._database: Any = None
        self._once: Any = None
        self._automaton: BytesAhoCorasick | None = None
        if hyperscan is None or brief:
            is_small = not brief and sum(map(len, needles)) <= _MAX_DFA_BYTES
            kind = Implementation.DFA if is_small else Implementation.ContiguousNFA
            self._automaton = BytesAhoCorasick(self._needles, implementation=kind)
        else:
            self._database = _database(self._needles, hyperscan.HS_FLAG_CASELESS)

    def find(self, data: bytes) -> Found:
        """Every place of every text (of overlapping ones too)."""
        if self._automaton is not None:
            places = self._automaton.find_matches_as_indexes(data.lower(), overlapping=True)
            return [(number, end) for number, _, end in places]
        return _scan(self._database, data)

    def which(self, data: bytes) -> Iterable[int]:
        """Numbers of the texts that are there at all: the work does not grow with how often they are."""
        if self._automaton is not None:
            return {number for number, *_ in self._automaton.find_matches_as_indexes(data.lower(), overlapping=True)}
        if self._once is None:  # built when the first long value comes
            self._once = _database(self._needles, hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH)
        return {number for number, _ in _scan(self._once, data)}


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
