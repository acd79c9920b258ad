"""Windows event logs (EVTX), read with the `evtx` library; a damaged chunk or record costs only itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

import orjson
from evtx import PyEvtxParser

from ringfence.collect.inputs.limits import FileProblem, Limits, too_long
from ringfence.collect.inputs.source import Source
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError

MAGIC = b"ElfFile\x00"
_HEADER = 4096
_CHUNK = 65536
_RECORDS = 512
"""Where the records of a chunk begin."""
_MAX_ERRORS = 10_000
"""More broken places than this and the rest of the file is given up: a crafted file must not keep us busy."""


def read_evtx(source: Source, limits: Limits) -> Iterator[Record | Rejected | FileProblem]:
    """Yield the records in file order, numbered from 1; EventRecordID stays in `data`.

    `raw` is the record as compact JSON. The reason of a `Rejected` is the library's.
    """
    file = source.file(limits.spool)
    try:
        number = 0
        for item in _read(file, source.name, number, limits):
            number += 1
            yield item
        tail = _cut_chunk(file)
        if tail is not None:
            for item in _read(tail, source.name, number, limits):
                number += 1
                yield item
            yield FileProblem(source.name, "the file ends in the middle of a chunk; what stood before the end was read")
    finally:
        source.close_file(file)


def _read(file: IO[bytes], name: str, number: int, limits: Limits) -> Iterator[Record | Rejected]:
    try:
        records: Iterator[Any] = PyEvtxParser(file, number_of_threads=1).records_json()
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError(f"not a readable event log: {error}") from error
    errors = 0
    while True:
        number += 1
        try:
            found = next(records, None)
        except RuntimeError as error:
            errors += 1
            if errors > _MAX_ERRORS:
                raise InputError(f"more than {_MAX_ERRORS:,} damaged places, the rest is not read") from error
            yield Rejected("", str(error), number, {"path": name})
            continue
        if found is None:
            return
        yield _record(found["data"], number, name, limits)


def _record(raw: str, number: int, name: str, limits: Limits) -> Record | Rejected:
    if len(raw) > limits.max_record:
        return Rejected(raw[: limits.keep], too_long(len(raw), limits), number, {"path": name})
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return Rejected(raw, f"not valid JSON: {error.msg}", number, {"path": name})
    return Record(raw, data, "windows", number, meta={"path": name})


def _cut_chunk(file: IO[bytes]) -> IO[bytes] | None:
    """Return a small event log made of the header and the last chunk, filled up with zeros, if that one was cut."""
    size = file.seek(0, io.SEEK_END)
    rest = (size - _HEADER) % _CHUNK
    if size <= _HEADER or not rest:
        return None
    file.seek(0)
    header = file.read(_HEADER)
    file.seek(size - rest)
    chunk = file.read(rest)
    if not chunk.startswith(b"ElfChnk\x00") or rest < _RECORDS:
        return None
    return io.BytesIO(header + chunk[: _whole_records(chunk)].ljust(_CHUNK, b"\0"))


def _whole_records(chunk: bytes) -> int:
    """Return where the last record that is there to its end ends (each tells its size in its header)."""
    at = _RECORDS
    while chunk[at : at + 4] == b"\x2a\x2a\0\0":
        size = int.from_bytes(chunk[at + 4 : at + 8], "little")
        if size < 24 or at + size > len(chunk):
            break
        at += size
    return at
