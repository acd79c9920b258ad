"""Bodies of ingest requests: decompression in bounds, and lines or JSON lines out of them. No web framework here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ringfence.collect.inputs.inflate import Codec, inflate
from ringfence.collect.inputs.json_value import decode
from ringfence.collect.inputs.limits import DEFAULT, Limits, size_text, too_long
from ringfence.collect.inputs.lines import text_of
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError, TooLargeError

MAX_BODY = 256 << 20
MAX_RATIO = 300
_RATIO_FROM = 16 << 20
_ENCODINGS = {
    "gzip": Codec.GZIP, "x-gzip": Codec.GZIP, "deflate": Codec.DEFLATE, "zstd": Codec.ZSTD,
}  # fmt: skip


@dataclass(slots=True)
class Decoded:
    """What a request held: records to parse, and what is to be quarantined as it is."""

    records: list[Record] = field(default_factory=list[Record])
    rejected: list[Rejected] = field(default_factory=list[Rejected])


def inflate_body(body: bytes, encoding: str, *, max_bytes: int = MAX_BODY) -> bytes:
    """Return the body without its `Content-Encoding` (gzip, deflate, zstd, identity; two at most).

    Raises: InputError for a broken or unknown encoding, TooLargeError past `max_bytes` or for a decompression bomb.
    """
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if len(names) > 2:
        raise InputError("more than two content encodings")
    for name in reversed(names):
        if name == "identity":
            continue
        codec = _ENCODINGS.get(name)
        if codec is None:
            raise InputError(f"Content-Encoding '{name[:40]}' is not supported", remedy="use gzip, deflate or zstd")
        body = b"".join(_bounded(codec, body, max_bytes))
    if len(body) > max_bytes:
        raise TooLargeError(f"the body is larger than {size_text(max_bytes)}")
    return body


def _bounded(codec: Codec, body: bytes, max_bytes: int) -> Iterator[bytes]:
    given = 0
    if not body:
        raise InputError(f"the {codec.value} data end in the middle")
    for chunk in inflate(codec, [body]):
        given += len(chunk)
        if given > max_bytes:
            raise TooLargeError(f"the body expands to more than {size_text(max_bytes)}")
        if given > _RATIO_FROM and given > MAX_RATIO * len(body):
            raise TooLargeError(f"the body expands to more than {MAX_RATIO} times its size: a decompression bomb")
        yield chunk


def text_record(text: str, number: int, meta: dict[str, Any]) -> Record:
    """Return the record of a text; a text that is a JSON object is decoded at once."""
    data: Any = None
    if text[:1] == "{" and text.rstrip()[-1:] == "}":
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError:
            data = None
    return Record(text, data if isinstance(data, dict) else None, "", number, meta=meta)


def decode_lines(body: bytes, meta: Mapping[str, Any] | None = None, limits: Limits = DEFAULT) -> Decoded:
    """Return one record a line, empty lines left out; `meta` goes to every record."""
    decoded = Decoded()
    number = 0
    for line in body.split(b"\n"):
        line = line.rstrip(b"\r \t\0")
        if not line:
            continue
        number += 1
        if len(line) > limits.max_record:
            raw = text_of(line[: limits.keep])
            decoded.rejected.append(Rejected(raw, too_long(len(line), limits), number, dict(meta or {})))
        else:
            decoded.records.append(text_record(text_of(line), number, dict(meta or {})))
    return decoded


def decode_ndjson(body: bytes, meta: Mapping[str, Any] | None = None, limits: Limits = DEFAULT) -> Decoded:
    """Return one record a JSON line. A line that is not a JSON object is rejected alone, the others are taken."""
    decoded = Decoded()
    number = 0
    for line in body.split(b"\n"):
        line = line.strip(b"\r \t\0\x1e")
        if not line:
            continue
        number += 1
        item = json_record(line, number, dict(meta or {}), limits)
        if isinstance(item, Record):
            decoded.records.append(item)
        else:
            decoded.rejected.append(item)
    return decoded


def json_record(line: bytes, number: int, meta: dict[str, Any], limits: Limits = DEFAULT) -> Record | Rejected:
    """Return the record of one JSON object, or why it is none."""
    if len(line) > limits.max_record:
        return Rejected(text_of(line[: limits.keep]), too_long(len(line), limits), number, meta)
    try:
        data = decode(line, limits)
    except InputError as error:
        return Rejected(text_of(line), error.message, number, meta)
    if not isinstance(data, dict):
        return Rejected(text_of(line), "not a JSON object", number, meta)
    return Record(text_of(line), data, "", number, meta=meta)
