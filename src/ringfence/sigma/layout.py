"""From an event to the one text that is scanned, by the keys that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from ringfence.ecs.fields import FIELDS
from ringfence.sigma.values import elements, loose, text_of

Values = Mapping[str, Any]

EDGE = "\x02"
"""Begins and ends every mark of a field."""

_GAP = "\x01"
_CUT = "\x03"
"""Between the fields that have atoms and the rest; an event that holds it itself takes a slower way."""

_PLAIN = frozenset({str, int, float, bool, type(None)})

_SAME = ("{[", "}]", "^~`", "<>", "?!", ",;", "@#$&", "+*")
"""Characters that a scan does not tell apart. It only has to find whatever may match; with all bytes in fewer than 64
classes the automaton takes a quarter of the memory."""


def _classes() -> bytes:
    table = bytearray(range(256))
    table[128:] = b"\x7f" * 128
    for control in range(4, 32):
        table[control] = 4
    for small in range(ord("a"), ord("z") + 1):
        table[small - 32] = small
    for same in _SAME:
        for character in same:
            table[ord(character)] = ord(same[-1])
    return bytes(table)


_CLASSES = _classes()


def squeeze(text: str) -> bytes:
    """Text as it is scanned: folded and coarse, so that what holds a text also holds it squeezed."""
    folded = text if text.isascii() else text.casefold()
    return folded.encode("utf-8", "replace").translate(_CLASSES)  # half a surrogate pair becomes `?`


def mark(number: int) -> str:
    """What stands before and after each value of a field."""
    return f"{EDGE}{number:x}{EDGE}"


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


class Layout:
    """How to make the text to scan from events with the same keys, and the rules that only need those keys."""

    __slots__ = ("_fields", "_marks", "_pieces", "_read", "_read_ecs", "_size", "always", "form")

    def __init__(
        self, places: Sequence[tuple[bool, str, str, str]], rest: Sequence[str], always: tuple[int, ...]
    ) -> None:
        """`places` are (is native, key, field, its mark), `rest` further native keys that only keywords look at."""
        ordered = sorted(places, key=lambda place: place[0])
        self._read_ecs = _getter([key for native, key, *_ in ordered if not native])
        self._read = _getter([key for native, key, *_ in ordered if native] + list(rest))
        self._marks = tuple(mark for *_, mark in ordered) + (_GAP,) * len(rest)
        self._fields = tuple(field for _, _, field, _ in ordered)
        self._pieces = 4 * len(ordered) + 1
        self._size = len(ordered)
        marked = "".join(f"{mark}%s{mark}" for mark in self._marks[: self._size])
        self.form = marked + (_CUT + f"%s{_GAP}" * len(rest) if rest else "")
        self.always = always

    def text(self, fields: Values, ecs: Values) -> tuple[str, bytes, bytes]:
        """Text of the event, and squeezed: the fields that have atoms, and all fields that anything looks at."""
        values = self._read(fields) if self._read_ecs is _nothing else self._read_ecs(ecs) + self._read(fields)
        text = self.form % values
        # A list or mapping shows as a bracket; whoever sees one looks closer.
        if ("[" in text or "{" in text) and not _PLAIN.issuperset(map(type, values)):
            return self._apart(values)
        whole = squeeze(text)
        if self._size == len(values):
            return text, whole, whole
        head, _, tail = whole.partition(_CUT_BYTE)
        return self._apart(values) if _CUT_BYTE in tail else (text, head, whole)

    def folded(self, text: str) -> Mapping[str, str]:
        """Folded texts of the fields, cut out of what `text` gave; empty or fewer where that would not be safe."""
        pieces = text.casefold().split(EDGE)
        if len(pieces) != self._pieces:  # a list of several elements, or a value that holds the mark itself
            return {}
        found = dict(zip(self._fields, pieces[2::4], strict=True))
        if "none" in found.values():  # a null was written as a word
            return {field: value for field, value in found.items() if value != "none"}
        return found

    def _apart(self, values: tuple[Any, ...]) -> tuple[str, bytes, bytes]:
        """Make the texts from values that are lists, or that hold the very mark of the cut."""
        parts = [
            "".join(f"{mark}{text_of(element)}{mark}" for element in elements(value))
            for mark, value in zip(self._marks, values, strict=True)
        ]
        text = "".join(parts[: self._size])
        head = squeeze(text)
        return text, head, head + squeeze("".join(parts[self._size :]))


_CUT_BYTE = _CUT.encode()


def _nothing(_: Values) -> tuple[Any, ...]:
    return ()


def _getter(keys: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    if not keys:
        return _nothing
    if len(keys) == 1:
        key = keys[0]
        return lambda values: (values[key],)
    return itemgetter(*keys)
