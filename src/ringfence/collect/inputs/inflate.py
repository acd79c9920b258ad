"""Decompression in bounded steps: no step gives more than a few MiB, whatever the input claims.

A stream that ends in the middle gives everything before the break first and raises `InputError` then.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Protocol

import zstandard

from ringfence.core.errors import InputError, TooLargeError

_STEP = 256 << 10
_ZSTD_SLICE = 256
"""python-zstandard cannot bound its output. A zstd block gives at most 128 KiB and needs four bytes, so a slice of
256 bytes gives at most 8 MiB."""
_ZSTD_WINDOW = 1 << 27
_LZMA_MEMORY = 256 << 20


class Codec(StrEnum):
    """A compression; the value is its name for people and in `Content-Encoding` (where it has one there)."""

    GZIP = "gzip"
    DEFLATE = "deflate"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"


MAGIC: tuple[tuple[bytes, Codec], ...] = (
    (b"\x1f\x8b\x08", Codec.GZIP),
    (b"BZh", Codec.BZIP2),
    (b"\xfd7zXZ\x00", Codec.XZ),
    (b"\x28\xb5\x2f\xfd", Codec.ZSTD),
)


class _Decoder(Protocol):
    """One compressed member; `step` gives bounded output and tells what is left of the input."""

    @property
    def done(self) -> bool: ...

    def step(self, data: bytes) -> tuple[bytes, bytes]: ...


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)

    @property
    def done(self) -> bool:
        return self._inner.eof

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        out = self._inner.decompress(data, _STEP)
        return out, self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail


class _Pulled:
    """bz2 and lzma keep unread input themselves and ask for more with `needs_input`."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner

    @property
    def done(self) -> bool:
        return self._inner.eof

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        parts = [self._inner.decompress(data, _STEP)]
        # The decompressor owns the input now, so it must be drained before the next piece; each call is bounded,
        # and so is their sum for 64 KiB of input only by the format: stop after 32 steps and raise instead.
        while not self._inner.eof and not self._inner.needs_input:
            parts.append(self._inner.decompress(b"", _STEP))
            if len(parts) > 128:
                raise TooLargeError("expands too much in one place: a decompression bomb")
        return b"".join(parts), self._inner.unused_data if self._inner.eof else b""


class _Zstd:
    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    @property
    def done(self) -> bool:
        return self._inner.eof

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        out = self._inner.decompress(data[:_ZSTD_SLICE])
        rest = data[_ZSTD_SLICE:]
        return out, self._inner.unused_data + rest if self._inner.eof else rest


def _raw_or_zlib(first: bytes) -> _Decoder:
    """HTTP's `deflate` is zlib by the standard and bare deflate by habit: tell them apart by the zlib header."""
    is_zlib = len(first) >= 2 and first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
    return _Zlib(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


_MAKE: dict[Codec, Callable[[bytes], _Decoder]] = {
    Codec.GZIP: lambda _: _Zlib(16 + zlib.MAX_WBITS),
    Codec.DEFLATE: _raw_or_zlib,
    Codec.BZIP2: lambda _: _Pulled(bz2.BZ2Decompressor()),
    Codec.XZ: lambda _: _Pulled(lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)),
    Codec.ZSTD: lambda _: _Zstd(),
}
_BROKEN = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)


def inflate(codec: Codec, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the decompressed bytes of all concatenated members.

    Raises: InputError where the data are broken or end in the middle, after everything before was yielded.
    """
    decoder: _Decoder | None = None
    for chunk in chunks:
        data = chunk
        while data:
            if decoder is None:
                decoder = _MAKE[codec](data)
            before = len(data)
            out, data = _step(codec, decoder, data)
            for start in range(0, len(out), _STEP):
                yield out[start : start + _STEP]
            if decoder.done:
                decoder = None
                data = data.lstrip(b"\0")  # tapes and some loggers pad to a block
            elif not out and len(data) == before:
                break
    if decoder is not None:
        raise InputError(f"the {codec.value} data end in the middle")


def _step(codec: Codec, decoder: _Decoder, data: bytes) -> tuple[bytes, bytes]:
    try:
        return decoder.step(data)
    except _BROKEN as error:
        raise InputError(f"the {codec.value} data are broken: {error}") from error
