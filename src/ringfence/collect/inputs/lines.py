"""Lines out of chunks, in batches, bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ringfence.collect.inputs.limits import Limits, too_long
from ringfence.collect.record import Rejected
from ringfence.core.errors import RingfenceError


class Overlong(msgspec.Struct):
    """A line that was too long to keep: its first bytes and its true size."""

    head: bytes
    size: int


def split_lines(chunks: Iterable[bytes], limits: Limits) -> Iterator[list[bytes | Overlong]]:
    """Yield batches of lines without their LF (a CR stays); the last line needs no end.

    No more than a chunk and one line of `max_record` bytes is held.
    """
    tail: list[bytes] = []
    length = 0
    skipping: Overlong | None = None
    failure: RingfenceError | None = None
    chunk_iterator = iter(chunks)
    while True:
        try:
            chunk = next(chunk_iterator, None)
        except RingfenceError as error:
            # What came before the break is delivered, the error follows.
            failure, chunk = error, None
        if chunk is None:
            break
        first, newline, rest = chunk.partition(b"\n")
        length += len(first)
        if skipping is not None:
            skipping.size = length
        elif length > limits.max_record:
            skipping, tail = Overlong(b"".join([*tail, first])[: limits.keep], length), []
        else:
            tail.append(first)
        if not newline:
            continue
        batch: list[bytes | Overlong] = [skipping if skipping is not None else b"".join(tail)]
        lines = rest.split(b"\n")
        last = lines.pop()
        batch += _bounded(lines, limits) if len(chunk) > limits.max_record else lines
        tail, length, skipping = [last], len(last), None
        if length > limits.max_record:
            skipping, tail = Overlong(last[: limits.keep], length), []
        yield batch
    if length:
        yield [skipping if skipping is not None else b"".join(tail)]
    if failure is not None:
        raise failure


def _bounded(lines: list[bytes], limits: Limits) -> list[bytes | Overlong]:
    return [line if len(line) <= limits.max_record else Overlong(line[: limits.keep], len(line)) for line in lines]


def rejected_line(line: Overlong, number: int, name: str, limits: Limits) -> Rejected:
    """The quarantine record of an over-long line."""
    return Rejected(text_of(line.head), too_long(line.size, limits), number, {"path": name})


def text_of(line: bytes) -> str:
    """Decode as UTF-8, else as Latin-1: every byte keeps a character, so nothing is lost."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
