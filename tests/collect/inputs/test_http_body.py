"""Bodies: encodings, bounds, lines."""

from __future__ import annotations

import gzip
import zlib

import pytest
import zstandard

from ringfence.collect.inputs.http_body import Decoded, decode_lines, decode_ndjson, inflate_body
from ringfence.collect.inputs.limits import Limits
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError, TooLargeError

BODY = b'{"a":1}\n' * 50
RAW_DEFLATE = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", BODY),
        ("identity", BODY),
        ("gzip", gzip.compress(BODY)),
        ("GZIP", gzip.compress(BODY[:80]) + gzip.compress(BODY[80:])),
        ("deflate", zlib.compress(BODY)),
        ("deflate", RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush()),
        ("zstd", zstandard.compress(BODY)),
        ("zstd", zstandard.ZstdCompressor(write_content_size=False).compress(BODY)),
        ("deflate, gzip", gzip.compress(zlib.compress(BODY))),
    ],
)
def test_encodings(encoding: str, body: bytes) -> None:
    assert inflate_body(body, encoding) == BODY


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        ("gzip", gzip.compress(BODY)[:-9], "the gzip data end in the middle"),
        ("gzip", b"", "the gzip data end in the middle"),
        ("deflate", zlib.compress(BODY)[:-5], "the deflate data end in the middle"),
        ("zstd", zstandard.compress(BODY)[:-3], "the zstd data end in the middle"),
        ("gzip", BODY, "the gzip data are broken: Error -3 while decompressing data: incorrect header check"),
        ("br", BODY, "Content-Encoding 'br' is not supported"),
        ("gzip, gzip, gzip", BODY, "more than two content encodings"),
    ],
)
def test_broken_bodies(encoding: str, body: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        inflate_body(body, encoding)
    assert caught.value.message == message


def test_bombs() -> None:
    with pytest.raises(TooLargeError, match=r"^the body expands to more than 1000 bytes$"):
        inflate_body(gzip.compress(b"a" * 5000), "gzip", max_bytes=1000)
    for codec, compress in (("gzip", gzip.compress), ("zstd", zstandard.compress)):
        with pytest.raises(TooLargeError, match="300 times its size: a decompression bomb"):
            inflate_body(compress(b"a" * (20 << 20)), codec)
    with pytest.raises(TooLargeError, match=r"^the body is larger than 10 bytes$"):
        inflate_body(BODY, "", max_bytes=10)


def test_lines() -> None:
    body = b'one\r\n\n{"a": 1}\ncaf\xe9\0\nlong line\n'
    reason = "the record is 9 bytes long, more than 8 bytes; the first 4 bytes are kept"
    assert decode_lines(body, {"host": "h"}, Limits(max_record=8, keep=4)) == Decoded(
        [
            Record("one", None, "", 1, meta={"host": "h"}),
            Record('{"a": 1}', {"a": 1}, "", 2, meta={"host": "h"}),
            Record("café", None, "", 3, meta={"host": "h"}),
        ],
        [Rejected("long", reason, 4, {"host": "h"})],
    )


def test_ndjson_rejects_bad_lines_alone() -> None:
    found = decode_ndjson(b'{"a":1}\n[1]\n\n{"a":\n{"a":2}', {"host": "h"})
    assert found == Decoded(
        [
            Record('{"a":1}', {"a": 1}, "", 1, meta={"host": "h"}),
            Record('{"a":2}', {"a": 2}, "", 4, meta={"host": "h"}),
        ],
        [
            Rejected("[1]", "not a JSON object", 2, {"host": "h"}),
            Rejected('{"a":', "not valid JSON: unexpected end of data, column 6", 3, {"host": "h"}),
        ],
    )
