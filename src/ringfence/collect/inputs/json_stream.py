"""JSON files: one object a line, arrays, pretty-printed objects one after the other, and lists inside a wrapper.

Lines are the fast path. The rest goes through `Splitter`, which finds the ends of values by their brackets without
decoding, in bounded memory, so an array of a million events is read like a million lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

import orjson

from ringfence.collect.inputs.json_value import decode, is_wrapper_start, records_of, unwrapped
from ringfence.collect.inputs.limits import FileProblem, Limits, too_long
from ringfence.collect.inputs.lines import Overlong, rejected_line, split_lines, text_of
from ringfence.collect.inputs.source import HEAD, Source
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError, RingfenceError

_START = re.compile(rb'[\s\x1e]*(?:\{\s*["}]|\[\s*[\[{\]])')
_NEXT = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([{}\[\]"])', re.DOTALL)
"""Up to the next bracket outside strings, or to a quote that opens a string without an end. Possessive: linear."""
_STRING_END = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*+")
_OBJECT_OR_END = re.compile(rb"[ \t\r\n]*+[{\]]")
_LOOK_AHEAD = 4096
_ELEMENT = re.compile(rb"[ \t\r\n,]*+\{")
_ELEMENT_END = re.compile(rb"\}(?=[ \t\r\n]*+(?:,[ \t\r\n]*+\{|\]))")
_OBJECT_END = re.compile(rb"\}(?=[ \t\r\n,]*+\{)")
_MAX_OPEN = 100_000
_TRUST = 16
"""Wrong guesses in a row after which `Splitter` guesses no more."""
_PUNCTUATION = b" \t\r\n,\0\x1e"
_WRAPPER_PREFIX = 64 << 10


def looks_like_json(head: bytes) -> bool:
    """Tell from the first bytes whether the text is JSON (`[2026-01-01] text` is not)."""
    return _START.match(head) is not None


def is_lines(head: bytes, complete: bool) -> bool:
    """Tell whether the JSON stands one value a line.

    Half of the first lines are whole objects, or the first is and most of the others begin like one. A line that
    ends in a comma belongs to an array.
    """
    lines = head.split(b"\n")
    if not complete:
        lines.pop()
    lines = [line for line in (line.strip(b" \t\r\0\x1e") for line in lines[:9]) if line]
    if not lines or lines[0][:1] != b"{":
        return False
    good = [line[:1] == b"{" and line[-1:] == b"}" and _is_object(line) for line in lines]
    begun = sum(1 for line in lines if line[:1] in (b"{", b"["))
    return 2 * sum(good) >= len(lines) or (good[0] and 2 * begun > len(lines))


def _is_object(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def read_json(source: Source, limits: Limits) -> Iterator[Record | Rejected | FileProblem]:
    """Yield the records of a JSON file of any of the shapes above."""
    head = source.head(HEAD)
    if is_lines(head, source.ended):
        yield from read_json_lines(source, limits)
    else:
        yield from read_json_values(source, limits)


def read_json_lines(source: Source, limits: Limits) -> Iterator[Record | Rejected]:
    """Yield one record a line (more where a line wraps several)."""
    number, name, loads = 0, source.name, orjson.loads
    for batch in split_lines(source.chunks(), limits):
        for line in batch:
            if type(line) is bytes:
                try:
                    data = loads(line)
                except orjson.JSONDecodeError:
                    data = None
                if type(data) is dict and len(data) > 12 and line.count(b"{") + line.count(b"[") <= limits.json_depth:
                    number += 1
                    # The common case, written out: no wrapper has more than twelve keys (see `wrapped_in`).
                    yield Record(line.decode(), data, "", number, meta={"path": name})
                    continue
            for item in _line_items(line, number + 1, name, limits):
                number += 1
                yield item


def _line_items(line: bytes | Overlong, number: int, name: str, limits: Limits) -> Iterator[Record | Rejected]:
    if isinstance(line, Overlong):
        yield rejected_line(line, number, name, limits)
        return
    line = line.strip(b" \t\r\n\0\x1e")  # 0x1e: RFC 7464 sequences; NUL: logs on a disk that filled up
    if not line:
        return
    raw = text_of(line)
    try:
        value = decode(line, limits)
    except InputError as error:
        yield Rejected(raw, error.message, number, {"path": name})
        return
    yield from records_of(raw, value, number, name)


class Splitter:
    """Cuts a stream of JSON into its outermost events; arrays and wrappers are opened, all else stays whole."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = b""
        self._pos = 0
        self._stack = bytearray()
        """Brackets open inside what is being cut, the innermost last."""
        self._outer = 0
        """How many of them belong to arrays or wrappers that were opened."""
        self._start = -1
        self._gap = 0
        self._in_string = False
        self._dropped = 0
        self._kept = b""
        self._trust = _TRUST

    def feed(self, chunk: bytes) -> Iterator[bytes | Overlong]:
        """Yield the values (and the rubbish between values) that the chunk completes."""
        self._buffer = self._buffer[self._pos_to_keep() :] + chunk
        buffer = self._buffer
        while True:
            if self._trust and self._start < 0 and self._gap == self._pos and not self._in_string:
                end = self._guess()
                if end:
                    yield buffer[buffer.index(b"{", self._pos) : end]
                    self._pos = self._gap = end
                    continue
            if self._in_string:
                match = _STRING_END.match(buffer, self._pos)
                if match is None:
                    tail = len(buffer) - len(buffer.rstrip(b"\\"))
                    self._pos = max(self._pos, len(buffer) - tail % 2)
                    break
                self._pos, self._in_string = match.end(), False
            match = _NEXT.match(buffer, self._pos)
            if match is None:
                self._pos = len(buffer)
                break
            self._pos = match.end()
            mark = buffer[self._pos - 1]
            if mark == 0x22:
                self._in_string = True
            elif mark == 0x5B and self._undecided():
                self._pos -= 1
                break
            else:
                yield from self._bracket(mark)
        self._drop_long()

    def _guess(self) -> int:
        """Return the end of the next element if a guess at it proves right, else 0.

        The first `}` before `, {` or `]` (between objects: before `{`) mostly is the end; that the text up to there is
        a JSON object proves it, as no object is the beginning of another. Three times as fast as counting brackets.
        Bad luck makes it stop trying.
        """
        begin = _ELEMENT.match(self._buffer, self._pos)
        if begin is None:
            return 0
        start = begin.end() - 1
        pattern = _ELEMENT_END if self._outer else _OBJECT_END
        end = pattern.search(self._buffer, start, start + self._limits.max_record)
        if end is None:
            self._trust -= 1  # each failure may have cost a look through a whole record's length
            return 0
        try:
            value = orjson.loads(self._buffer[start : end.end()])
        except orjson.JSONDecodeError:
            self._trust -= 1
            return 0
        if not self._outer and is_wrapper_start(value):
            return 0
        self._trust = _TRUST
        return end.end()

    def _bracket(self, mark: int) -> Iterator[bytes | Overlong]:
        if mark in b"{[":
            if len(self._stack) >= _MAX_OPEN:
                raise InputError(f"more than {_MAX_OPEN:,} brackets are open; the rest is not read")
            if self._start < 0:
                yield from self._rubbish(self._pos - 1)
            if mark == 0x5B and self._opens_list():
                self._stack.append(mark)
                self._outer = len(self._stack)
                self._start, self._gap, self._dropped, self._kept = -1, self._pos, 0, b""
                return
            if self._start < 0:
                self._start = self._pos - 1
            self._stack.append(mark)
            return
        if self._start < 0:
            yield from self._rubbish(self._pos - 1)
            self._gap = self._pos
        if self._stack:
            self._stack.pop()
        if len(self._stack) < self._outer:
            self._outer = len(self._stack)
            self._gap = self._pos
        elif self._start >= 0 and len(self._stack) == self._outer:
            yield self._take(self._pos)

    def _undecided(self) -> bool:
        """Tell whether a `[` ends the buffer (but for a little space): what it begins shows in what comes next."""
        near = len(self._buffer) - self._pos <= _LOOK_AHEAD
        return near and bool(self._stack) and not self._outer and _SPACE.fullmatch(self._buffer, self._pos) is not None

    def _opens_list(self) -> bool:
        """Tell whether this `[` begins a list of events: at the top, or in an object that only wraps it."""
        if not self._stack:
            return True
        if self._outer or len(self._stack) > 2 or 0x5B in self._stack or self._dropped:
            return False
        if _OBJECT_OR_END.match(self._buffer, self._pos) is None:
            return False
        begun = self._buffer[self._start : self._pos]
        if len(begun) > _WRAPPER_PREFIX:
            return False
        try:
            return is_wrapper_start(orjson.loads(begun + b"]" + b"}" * len(self._stack)))
        except orjson.JSONDecodeError:
            return False

    def _take(self, end: int) -> bytes | Overlong:
        value = self._buffer[self._start : end]
        size = self._dropped + len(value)
        head = (self._kept + value)[: self._limits.keep] if self._dropped else value
        self._start, self._gap, self._dropped, self._kept = -1, end, 0, b""
        return Overlong(head[: self._limits.keep], size) if size > self._limits.max_record else head

    def _rubbish(self, end: int) -> Iterator[bytes]:
        """Yield what stands between values, unless it is only punctuation or the rest of a wrapper."""
        between = self._buffer[self._gap : end].strip(_PUNCTUATION)
        in_wrapper = bool(self._stack) and self._stack[-1] == 0x7B
        self._gap = self._pos
        if between and not in_wrapper:
            yield between[: self._limits.keep]

    def _pos_to_keep(self) -> int:
        """Forget what was cut already; moves the marks along."""
        first = self._start if self._start >= 0 else min(self._gap, self._pos)
        self._pos -= first
        self._gap = max(0, self._gap - first)
        self._start = min(0, self._start)
        return first

    def _drop_long(self) -> None:
        """Hold no more than a record: of a longer one only its size and its first bytes are remembered."""
        first = self._start if self._start >= 0 else self._gap
        if self._pos - first <= self._limits.max_record:
            return
        if self._start < 0:
            self._gap = self._pos - self._limits.keep
            return
        if not self._dropped:
            self._kept = self._buffer[first : first + self._limits.keep]
        self._dropped += self._pos - first
        self._start = self._pos

    def finish(self) -> bytes | Overlong | None:
        """Return what is left over: a value without an end, or rubbish."""
        end = len(self._buffer)
        if self._start >= 0:
            return self._take(end)
        left = self._buffer[self._gap : end].strip(_PUNCTUATION)
        return left[: self._limits.keep] or None


def read_json_values(source: Source, limits: Limits) -> Iterator[Record | Rejected]:
    """Yield the events of arrays, wrappers and objects in any layout."""
    number, name = 0, source.name
    splitter = Splitter(limits)
    failure: RingfenceError | None = None
    chunks = source.chunks()
    while True:
        try:
            chunk = next(chunks, None)
        except RingfenceError as error:
            failure, chunk = error, None
        if chunk is None:
            break
        for value in splitter.feed(chunk):
            for item in _value_items(value, number + 1, name, limits):
                number += 1
                yield item
    left = splitter.finish()
    if left is not None:
        for item in _line_items(left, number + 1, name, limits):
            number += 1
            yield item
    if failure is not None:
        raise failure


def _value_items(value: bytes | Overlong, number: int, name: str, limits: Limits) -> Iterator[Record | Rejected]:
    if isinstance(value, Overlong):
        yield Rejected(text_of(value.head), too_long(value.size, limits), number, {"path": name})
        return
    raw = text_of(value)
    try:
        data = decode(value, limits)
    except InputError as error:
        yield Rejected(raw, error.message, number, {"path": name})
        return
    if type(data) is dict:
        record = unwrapped(Record(raw, cast("dict[str, object]", data), "", number, meta={"path": name}))
        if record is not None:
            yield record
    else:
        yield from records_of(raw, data, number, name)
