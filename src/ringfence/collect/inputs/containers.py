"""Archives and compressed files, opened member by member under one budget."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, cast

from ringfence.collect.inputs.inflate import MAGIC, Codec, inflate
from ringfence.collect.inputs.limits import Budget, FileProblem, Limits
from ringfence.collect.inputs.source import CHUNK, Source
from ringfence.core.errors import InputError, TooLargeError

_JUNK_FOLDERS = ("__MACOSX/",)
JUNK_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_ZIP_END = b"PK\x05\x06"
_MAX_DIRECTORY = 64 << 20
_BLOCK = 512
_MAX_TAR_NAME = 64 << 10
_ZIP_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError)


class _Meter:
    """Watches one compressed layer: how much went in, how much came out."""

    def __init__(self, limits: Limits, budget: Budget, read: int = 0) -> None:
        self._limits = limits
        self._budget = budget
        self._read = read
        self._given = 0

    def count_in(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._read += len(chunk)
            yield chunk

    def count_out(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._given += len(chunk)
            self._budget.add_bytes(len(chunk))
            ratio = self._limits.max_ratio
            if self._given > self._limits.ratio_from and self._given > ratio * max(self._read, 1):
                raise TooLargeError(f"expands to more than {ratio} times its size: a decompression bomb")
            yield chunk


def codec_of(head: bytes) -> Codec | None:
    """Return the compression that the first bytes announce, if any."""
    for magic, codec in MAGIC:
        if head.startswith(magic) and (codec is not Codec.BZIP2 or head[3:4].isdigit()):
            return codec
    return None


def inflated(source: Source, codec: Codec, limits: Limits, budget: Budget) -> Source:
    """Return the decompressed content under the same name."""
    meter = _Meter(limits, budget)
    return Source(source.name, meter.count_out(inflate(codec, meter.count_in(source.chunks()))))


def is_zip(head: bytes) -> bool:
    """Tell whether this is a zip archive (also an empty one)."""
    return head.startswith((b"PK\x03\x04", _ZIP_END))


def is_tar(head: bytes) -> bool:
    """Tell whether this is a tar archive: a header block whose checksum is right."""
    if len(head) < _BLOCK or not head[0]:
        return False
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def _printable(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)


def _is_junk(name: str) -> bool:
    base = name.rpartition("/")[2]
    return name.startswith(_JUNK_FOLDERS) or "/__MACOSX/" in name or base in JUNK_FILES or base.startswith("._")


def zip_members(source: Source, limits: Limits, budget: Budget) -> Iterator[Source | FileProblem]:
    """Yield the members in the archive's order. A member must be read before the next is asked for."""
    file = source.file(limits.spool)
    try:
        _check_directory(file)
        try:
            archive = zipfile.ZipFile(file)
        except _ZIP_BROKEN as error:
            raise InputError(f"the zip archive is broken: {error}") from error
        with archive:
            infos = archive.infolist()
            if any(info.filename == "[Content_Types].xml" for info in infos):
                raise InputError("Office document, not a log")
            for info in infos:
                if info.is_dir() or not info.file_size or _is_junk(info.filename):
                    continue
                budget.add_member()
                yield _zip_member(source.name, archive, info, _Meter(limits, budget, info.compress_size))
    finally:
        source.close_file(file)


def _zip_member(container: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, meter: _Meter) -> Source | FileProblem:
    name = f"{container}!{_printable(info.filename)}"
    if info.flag_bits & 1:
        return FileProblem(name, "encrypted; unpack it with its password first")
    return Source(name, meter.count_out(_zip_chunks(archive, info)))


def _zip_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with cast("zipfile.ZipExtFile", archive.open(info)) as member:
            while chunk := member.read1(CHUNK):
                yield chunk
    except _ZIP_BROKEN as error:
        raise InputError(f"the zip member is broken: {error}") from error


def _check_directory(file: IO[bytes]) -> None:
    """Refuse a directory that would not fit in memory; zipfile reads it whole."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    at = tail.rfind(_ZIP_END)
    if at >= 0 and int.from_bytes(tail[at + 12 : at + 16], "little") > _MAX_DIRECTORY:
        raise TooLargeError("the zip archive's directory is too large")
    file.seek(0)


def tar_members(source: Source, budget: Budget) -> Iterator[Source | FileProblem]:
    """Yield the regular files of a tar archive, streaming. A member must be read before the next is asked for."""
    name, size_override = "", None
    while True:
        block = source.read(_BLOCK)
        if not block.strip(b"\0"):
            return
        info = _tar_header(block)
        padded = -(-info.size // _BLOCK) * _BLOCK
        if info.type in {tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK}:
            data = _tar_extra(source, info.size, padded)
            if info.type == tarfile.GNUTYPE_LONGNAME:
                name = data.rstrip(b"\0").decode("utf-8", "replace")
            elif info.type == tarfile.XHDTYPE:
                name, size_override = _pax(data, name)
            continue
        size = info.size if size_override is None else size_override
        name, member_name, size_override = "", name or info.name, None
        body = _TarBody(source, size)
        if info.isreg() and size and not _is_junk(member_name):
            budget.add_member()
            yield Source(f"{source.name}!{_printable(member_name)}", body.chunks())
        body.finish()


def _tar_header(block: bytes) -> tarfile.TarInfo:
    if len(block) < _BLOCK:
        raise InputError("the tar archive ends in the middle")
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        raise InputError(f"the tar archive is broken: {error}") from error


def _tar_extra(source: Source, size: int, padded: int) -> bytes:
    if size < 0 or size > _MAX_TAR_NAME:
        raise TooLargeError("the tar archive has a header that is too large")
    return source.read(padded)[:size]


def _pax(data: bytes, name: str) -> tuple[str, int | None]:
    """Return path and size out of a pax header (`<length> <key>=<value>\\n`, POSIX.1-2001)."""
    size: int | None = None
    while data:
        length, space, _ = data.partition(b" ")
        if not space or not length.isdigit() or int(length) <= len(length) + 1:
            break
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        if key == b"path":
            name = value.decode("utf-8", "replace")
        elif key == b"size" and value.isdigit():
            size = int(value)
        data = data[int(length) :]
    return name, size


class _TarBody:
    """The content of one member; what its reader leaves is skipped."""

    def __init__(self, source: Source, size: int) -> None:
        self._source = source
        self._left = max(0, size)
        self._padding = -self._left % _BLOCK

    def chunks(self) -> Iterator[bytes]:
        while self._left:
            chunk = self._source.read(min(CHUNK, self._left))
            if not chunk:
                raise InputError("the tar archive ends in the middle")
            self._left -= len(chunk)
            yield chunk

    def finish(self) -> None:
        """Go to the next header."""
        while self._left:
            chunk = self._source.read(min(CHUNK, self._left))
            if not chunk:
                return
            self._left -= len(chunk)
        if self._padding:
            self._source.read(self._padding)
