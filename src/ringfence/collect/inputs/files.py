"""Files and folders as records: the format is told by content, containers are opened, nothing is held whole."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ringfence.collect.inputs import containers, csv_file, evtx_file, json_stream, sniff, w3c_log, xml_events, zeek_tsv
from ringfence.collect.inputs.limits import DEFAULT, Budget, BudgetSpentError, FileProblem, Limits
from ringfence.collect.inputs.lines import text_of
from ringfence.collect.inputs.source import Source, read_chunks
from ringfence.collect.inputs.text_file import read_text
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError, TooLargeError

__all__ = ["DEFAULT", "FileProblem", "Limits", "read_path", "walk"]

Items = Iterator[Record | Rejected | FileProblem]


def read_path(path: Path, *, limits: Limits = DEFAULT) -> Items:
    """Yield everything the file holds, streaming: records, rejected records, and problems of the file or a member.

    Reads EVTX, Windows event XML, JSON (lines, arrays, pretty-printed, wrapped lists), CSV with a header, Zeek TSV,
    W3C extended logs and plain lines, in UTF-8, UTF-16 or Latin-1, inside gzip, bzip2, xz, zstd, zip and tar, nested.
    `meta["path"]` names file and member (`a.zip!inner.json`), `number` counts from 1 in each. Raises nothing for a
    broken, missing or hostile file: that is a `FileProblem`, after what could be read.
    """
    name = str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            yield FileProblem(name, "not a regular file")
            return
        with path.open("rb") as file:
            source = Source(name, read_chunks(file), file, status.st_size)
            yield from _Reader(limits).read(source, 0)
    except BudgetSpentError as error:
        yield FileProblem(name, f"{error.message}; the rest is not read")
    except OSError as error:
        yield FileProblem(name, f"cannot be read: {error.strerror or error}")


def walk(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files under the paths, folders recursively and in sorted order.

    A folder or file reached twice (by a symbolic link) is given once. What does not exist or cannot be listed is
    given as it is: `read_path` says why it cannot be read.
    """
    seen: set[str] = set()
    for top in paths:
        stack = [top]
        while stack:
            path = stack.pop()
            real = os.path.realpath(path)
            if real in seen:
                continue
            seen.add(real)
            if not path.is_dir():
                yield path
                continue
            try:
                children = sorted(path.iterdir(), reverse=True)
            except OSError:
                yield path
                continue
            stack.extend(child for child in children if child.name not in containers.JUNK_FILES)


class _Reader:
    """Reads one top-level file and what is inside, under one budget."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._budget = Budget(limits)

    def read(self, source: Source, level: int) -> Items:
        """Yield what the source holds; only `BudgetSpentError` gets out."""
        try:
            yield from self._open(source, level)
        except BudgetSpentError:
            raise
        except InputError as error:
            yield FileProblem(source.name, error.message)
        except OSError as error:
            yield FileProblem(source.name, f"cannot be read: {error.strerror or error}")

    def _open(self, source: Source, level: int) -> Items:
        head = source.head()
        if not head:
            yield from ()
            for _ in source.chunks():
                pass  # raises what the origin raised, if that is why there is nothing
            return
        codec = containers.codec_of(head)
        archived = containers.is_zip(head) or (codec is None and containers.is_tar(head))
        if (codec is not None or archived) and level >= self._limits.max_nesting:
            raise TooLargeError(f"containers nested deeper than {self._limits.max_nesting} levels")
        if codec is not None:
            inner = containers.inflated(source, codec, self._limits, self._budget)
            yield from self._open(inner, level + 1)
        elif archived:
            for member in self._members(source, head):
                if isinstance(member, FileProblem):
                    yield member
                else:
                    yield from self.read(member, level + 1)
        else:
            yield from _read_log(source, head, self._limits)

    def _members(self, source: Source, head: bytes) -> Iterator[Source | FileProblem]:
        if containers.is_zip(head):
            return containers.zip_members(source, self._limits, self._budget)
        return containers.tar_members(source, self._budget)


def _read_log(source: Source, head: bytes, limits: Limits) -> Items:
    if head.startswith(evtx_file.MAGIC):
        return evtx_file.read_evtx(source, limits)
    encoding = sniff.text_encoding(head)
    if encoding is not None:
        name, mark = encoding
        source.skip(mark)
        if name != "utf-8":
            source = Source(source.name, _to_utf8(source.chunks(), name))
        head = source.head()
    words = sniff.not_a_log(head)
    if words is not None:
        raise InputError(words)
    return _read_text_format(source, head, limits)


def _read_text_format(source: Source, head: bytes, limits: Limits) -> Items:
    if zeek_tsv.is_zeek(head):
        return zeek_tsv.read_zeek(source, limits)
    if w3c_log.is_w3c(head):
        return w3c_log.read_w3c(source, limits)
    if json_stream.looks_like_json(head):
        return json_stream.read_json(source, limits)
    if xml_events.is_xml(head):
        return xml_events.read_xml(source, limits)
    delimiter = csv_file.csv_delimiter(text_of(head), source.ended)
    if delimiter is not None:
        return csv_file.read_csv(source, limits, delimiter)
    return read_text(source, limits)


def _to_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        text = decoder.decode(chunk).encode("utf-8", "replace")
        if text:
            yield text
    text = decoder.decode(b"", final=True).encode("utf-8", "replace")
    if text:
        yield text
