"""Elasticsearch bulk bodies."""

from __future__ import annotations

import orjson
import pytest

from ringfence.collect.inputs.http_bulk import decode_bulk
from ringfence.collect.record import Record
from ringfence.core.errors import InputError

CREATED = {
    "_version": 1, "result": "created", "_shards": {"total": 1, "successful": 1, "failed": 0}, "_seq_no": 0,
    "_primary_term": 1, "status": 201,
}  # fmt: skip


def test_records_and_an_item_for_each_action() -> None:
    body = (
        b'{"index":{"_index":"logs","_id":"7"}}\n{"message": "one"}\n'
        b'{"create":{}}\n{"message":"two"}\n\n'
        b'{"update":{"_id":"7"}}\n{"doc":{"a":1}}\n'
        b'{"delete":{"_id":"7"}}\n'
        b'{"create":{"_id":"9"}}\n{"message":\n'
    )
    bulk = decode_bulk(body, "default")
    second = bulk.records[1].meta["id"]
    assert bulk.records == [
        Record('{"message": "one"}', {"message": "one"}, "", 1, meta={"index": "logs", "id": "7"}),
        Record('{"message":"two"}', {"message": "two"}, "", 2, meta={"index": "default", "id": second}),
    ]
    only = {
        "type": "illegal_argument_exception",
        "reason": "events cannot be changed: only [index] and [create] are supported",
    }
    broken = {
        "type": "document_parsing_exception",
        "reason": "failed to parse: not valid JSON: unexpected end of data, column 12",
    }
    assert orjson.loads(bulk.answer(5)) == {
        "took": 5,
        "errors": True,
        "items": [
            {"index": {"_index": "logs", "_id": "7", **CREATED}},
            {"create": {"_index": "default", "_id": second, **CREATED}},
            {"update": {"_index": "default", "_id": "7", "status": 400, "error": only}},
            {"delete": {"_index": "default", "_id": "7", "status": 400, "error": only}},
            {"create": {"_index": "default", "_id": "9", "status": 400, "error": broken}},
        ],
    }


def test_made_up_ids_are_repeatable_and_differ() -> None:
    body = b'{"create":{}}\n{"a":1}\n{"create":{}}\n{"a":1}\n'
    ids = [record.meta["id"] for record in decode_bulk(body, "i").records]
    assert ids == [record.meta["id"] for record in decode_bulk(body, "i").records]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "request body is required"),
        (b'{"index":{}}\n{"a":1}', "The bulk request must be terminated by a newline [\\n]"),
        (b'{"index":{}}\n', "the action on line 1 has no document"),
        (b'"index"\n{}\n', "Malformed action/metadata line [1], expected one action in an object"),
        (
            b'{"index":{}}\n{"a":1}\n{"upsert":{}}\n{}\n',
            "Malformed action/metadata line [3], expected field [create], [delete], [index] or [update] "
            "but found [upsert]",
        ),
    ],
)
def test_a_wrong_body_as_a_whole(body: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_bulk(body, "i")
    assert caught.value.message == message


def test_an_index_is_needed() -> None:
    with pytest.raises(InputError, match="index is missing"):
        decode_bulk(b'{"index":{}}\n{"a":1}\n')
