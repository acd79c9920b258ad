"""HEC bodies."""

from __future__ import annotations

import orjson
import pytest

from ringfence.collect.inputs.http_hec import HecCode, HecError, decode_hec, decode_hec_raw, hec_answer
from ringfence.collect.inputs.limits import Limits
from ringfence.collect.record import Record


def test_an_event_and_its_envelope() -> None:
    body = orjson.dumps(
        {
            "time": "1700000000.25", "host": "h", "source": "s", "sourcetype": "st", "index": "i",
            "event": {"a": [1, {"b": 2}]}, "fields": {"f": "x"},
        }
    )  # fmt: skip
    meta = {
        "host": "h", "source": "s", "sourcetype": "st", "index": "i", "time": 1_700_000_000_250_000,
        "attributes": {"f": "x"},
    }  # fmt: skip
    assert decode_hec(body, {"host": "other"}).records == [
        Record('{"a":[1,{"b":2}]}', {"a": [1, {"b": 2}]}, "", 1, meta=meta)
    ]


@pytest.mark.parametrize("joint", [b"", b"\n", b" \r\n\r\n", b","])
def test_events_one_after_the_other(joint: bytes) -> None:
    events = [b'{"event":"one }{ \\" two"}', b'{"time":1700000000,"event":{"a":1}}', b'{"event":"{\\"b\\":2}"}']
    for body in (joint.join(events), b"[" + b",".join(events) + b"]"):
        found = [(r.raw, r.data, r.meta) for r in decode_hec(body, {"sourcetype": "st"}).records]
        assert found == [
            ('one }{ " two', None, {"sourcetype": "st"}),
            ('{"a":1}', {"a": 1}, {"sourcetype": "st", "time": 1_700_000_000_000_000}),
            ('{"b":2}', {"b": 2}, {"sourcetype": "st"}),
        ]


@pytest.mark.parametrize(
    ("body", "code", "event"),
    [
        (b"", HecCode.NO_DATA, -1),
        (b" \n", HecCode.NO_DATA, -1),
        (b"[]", HecCode.NO_DATA, -1),
        (b"not json", HecCode.INVALID_FORMAT, 0),
        (b'{"event":"a"}{"event":', HecCode.INVALID_FORMAT, 1),
        (b'{"host":"h"}', HecCode.EVENT_REQUIRED, 0),
        (b'{"event":"a"}{"event":""}', HecCode.EVENT_BLANK, 1),
        (b'{"event":null}', HecCode.EVENT_BLANK, 0),
        (b'{"event":"a","fields":[1]}', HecCode.BAD_FIELDS, 0),
        (b'{"event":"a","time":"yesterday"}', HecCode.INVALID_FORMAT, 0),
        (b'{"event":"a","time":true}', HecCode.INVALID_FORMAT, 0),
        (b'{"event":"a","time":1e400}', HecCode.INVALID_FORMAT, 0),
        (b'{"event":"a","host":7}', HecCode.INVALID_FORMAT, 0),
        (b'{"event":' + b"[" * 80 + b"]" * 80 + b"}", HecCode.INVALID_FORMAT, 0),
    ],
)
def test_wrong_bodies_name_the_event(body: bytes, code: HecCode, event: int) -> None:
    with pytest.raises(HecError) as caught:
        decode_hec(body, {})
    assert (caught.value.hec_code, caught.value.event, len(caught.value.before.records)) == (code, event, max(event, 0))


def test_an_event_with_nothing_but_lists_is_not_unwrapped() -> None:
    (record,) = decode_hec(b'{"event":{"Records":[{"a":1}]}}', {}).records
    assert record.data == {"Records": [{"a": 1}]}


def test_times_in_milliseconds_are_seen() -> None:
    (record,) = decode_hec(b'{"time":1700000000123,"event":"a"}', {}).records
    assert record.meta == {"time": 1_700_000_000_123_000}


def test_a_long_event_is_rejected_alone() -> None:
    found = decode_hec(b'{"event":"' + b"x" * 500 + b'"}{"event":"b"}', {"host": "h"}, Limits(max_record=100, keep=5))
    assert [record.raw for record in found.records] == ["b"]
    assert [(item.raw, item.number, item.meta) for item in found.rejected] == [('{"eve', 1, {"host": "h"})]


def test_raw() -> None:
    found = decode_hec_raw(b"one\ntwo\r\n", {"host": "h", "time": "1700000000", "channel": "c"})
    meta = {"host": "h", "time": 1_700_000_000_000_000}
    assert found.records == [Record("one", None, "", 1, meta=meta), Record("two", None, "", 2, meta=meta)]
    with pytest.raises(HecError, match="No data"):
        decode_hec_raw(b"\n", {})


def test_answers() -> None:
    assert hec_answer(HecCode.SUCCESS) == (200, b'{"text":"Success","code":0}')
    assert hec_answer(HecCode.EVENT_REQUIRED, 3) == (
        400, b'{"text":"Event field is required","code":12,"invalid-event-number":3}',
    )  # fmt: skip
