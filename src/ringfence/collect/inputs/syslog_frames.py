"""Frames out of a syslog byte stream (RFC 6587): octet counting and line ends, told apart frame by frame."""

from __future__ import annotations

import re

from ringfence.collect.inputs.lines import Overlong

_COUNT = re.compile(rb"([1-9]\d{0,8}) <")
_END = re.compile(rb"[\n\0]")
_TRAILER = b"\r\n\0 "


class Framer:
    """Cuts a stream into messages without their trailers; the same stream gives the same frames however it arrives.

    A frame that begins with a count, a space and `<` is counted (RFC 5425, RFC 6587 3.4.1), any other ends at LF or
    NUL (3.4.2). Of an over-long frame the first `keep` bytes come out as `Overlong`; the stream goes on behind it.
    """

    def __init__(self, max_frame: int = 1 << 20, keep: int = 64 << 10) -> None:
        self._max = max_frame
        self._keep = keep
        self._buffer = b""
        self._long: Overlong | None = None
        self._to_skip = 0
        """Bytes left of an over-long counted frame; 0 with `_long` set: it ends at a line end."""

    def feed(self, data: bytes) -> list[bytes | Overlong]:
        """Return the frames that the data complete; empty ones are left out."""
        frames: list[bytes | Overlong] = []
        buffer = self._buffer + data if self._buffer else data
        pos = 0
        while pos < len(buffer):
            after = self._skip(buffer, pos, frames) if self._long is not None else self._frame(buffer, pos, frames)
            if after < 0:
                break
            pos = after
        self._buffer = buffer[pos:]
        return frames

    def _skip(self, buffer: bytes, pos: int, frames: list[bytes | Overlong]) -> int:
        long = self._long
        if long is None:
            return pos
        if self._to_skip:
            taken = min(self._to_skip, len(buffer) - pos)
            self._to_skip -= taken
            end = pos + taken
            done = not self._to_skip
        else:
            match = _END.search(buffer, pos)
            end = match.end() if match else len(buffer)
            long.size += (match.start() if match else end) - pos
            done = match is not None
        if done:
            frames.append(long)
            self._long = None
        return end

    def _frame(self, buffer: bytes, pos: int, frames: list[bytes | Overlong]) -> int:
        """Take one frame; return the place behind it, -1 when more is needed."""
        if 0x31 <= buffer[pos] <= 0x39:
            count = _COUNT.match(buffer, pos)
            if count is not None:
                return self._counted(buffer, count.end() - 1, int(count[1]), frames)
        match = _END.search(buffer, pos)
        if match is None:
            if len(buffer) - pos <= self._max:
                return -1
            self._long = Overlong(buffer[pos : pos + self._keep], len(buffer) - pos)
            return len(buffer)
        if match.start() - pos > self._max:
            frames.append(Overlong(buffer[pos : pos + self._keep], match.start() - pos))
        else:
            _add(frames, buffer[pos : match.start()])
        return match.end()

    def _counted(self, buffer: bytes, start: int, size: int, frames: list[bytes | Overlong]) -> int:
        if size > self._max:
            if len(buffer) - start < min(size, self._keep):
                return -1
            self._long = Overlong(buffer[start : start + self._keep], size)
            self._to_skip = size
            return start
        if len(buffer) - start < size:
            return -1
        _add(frames, buffer[start : start + size])
        return start + size

    def finish(self) -> list[bytes | Overlong]:
        """Return what the end of the stream leaves: a message without its trailer, or with fewer bytes than counted."""
        frames: list[bytes | Overlong] = []
        if self._long is not None:
            frames.append(self._long)
        else:
            count = _COUNT.match(self._buffer)
            _add(frames, self._buffer[count.end() - 1 :] if count else self._buffer)
        self._buffer, self._long = b"", None
        return frames


def _add(frames: list[bytes | Overlong], frame: bytes) -> None:
    frame = frame.rstrip(_TRAILER)
    if frame:
        frames.append(frame)
