"""A file or a member of an archive, open for reading once, its head known beforehand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, cast

from ringfence.core.errors import RingfenceError

CHUNK = 256 << 10
HEAD = 64 << 10


class Source:
    """Bytes with a name. `chunks()` and `read()` go forward only; an error of the origin comes after the last byte."""

    def __init__(self, name: str, chunks: Iterable[bytes], file: IO[bytes] | None = None, size: int = 0) -> None:
        self.name = name
        self.size = size
        """Bytes on disk where known, else 0."""
        self._file = file
        self._chunks = iter(chunks)
        self._ready = b""
        self._error: RingfenceError | None = None
        self._ended = False

    def head(self, size: int = HEAD) -> bytes:
        """Return the next `size` bytes (less only at the end) without taking them."""
        if len(self._ready) < size and not self._ended:
            parts = [self._ready]
            have = len(self._ready)
            while have < size:
                chunk = self._pull()
                if not chunk:
                    break
                parts.append(chunk)
                have += len(chunk)
            self._ready = b"".join(parts)
        return self._ready[:size]

    @property
    def ended(self) -> bool:
        """Whether everything there is has been seen by `head`."""
        return self._ended

    def _pull(self) -> bytes:
        if self._ended:
            return b""
        try:
            chunk = next(self._chunks, b"")
        except RingfenceError as error:
            self._error = error
            chunk = b""
        if not chunk:
            self._ended = True
        return chunk

    def _fail(self) -> None:
        """Raise what the origin raised; a fresh copy, as an error that is kept keeps the frames it went through."""
        if self._error is not None:
            error, self._error = self._error, None
            raise type(error)(error.message, remedy=error.remedy) from None

    def chunks(self) -> Iterator[bytes]:
        """Yield what has not been taken yet, chunk by chunk, then raise what the origin raised, if it did."""
        while True:
            ready, self._ready = self._ready, b""
            chunk = ready or self._pull()
            if not chunk:
                self._fail()
                return
            yield chunk

    def skip(self, size: int) -> None:
        """Take bytes off the front that `head` has shown."""
        self._ready = self._ready[size:]

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes; fewer only at the end. Raises what the origin raised when it comes to it."""
        data = self.head(size)
        self._ready = self._ready[len(data) :]
        if not data:
            self._fail()
        return data

    def file(self, spool: int) -> IO[bytes]:
        """Return a seekable file with the whole content; close it only through `close_file`."""
        if self._file is not None:
            self._file.seek(0)
            return self._file
        spooled = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=spool))  # noqa: SIM115 - the caller closes it
        try:
            for chunk in self.chunks():
                spooled.write(chunk)
        except BaseException:
            spooled.close()
            raise
        spooled.seek(0)
        return spooled

    def close_file(self, file: IO[bytes]) -> None:
        """Close what `file` made; the top-level file stays open, its opener closes it."""
        if file is not self._file:
            file.close()


def read_chunks(file: IO[bytes], size: int = CHUNK) -> Iterator[bytes]:
    """Yield the file from where it stands."""
    while chunk := file.read(size):
        yield chunk
