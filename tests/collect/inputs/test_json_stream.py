"""JSON in every layout, cut anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.collect.inputs.files import FileProblem, Limits, read_path
from ringfence.collect.inputs.json_stream import Splitter
from ringfence.collect.inputs.lines import Overlong
from ringfence.collect.record import Record, Rejected

EVENTS = [{"id": 1, "s": 'brackets ]}{[ "quoted" \\'}, {"id": 2, "list": [{"x": [1, 2]}, {}]}, {"id": 3, "n": None}]


def read(folder: Path, text: str | bytes, limits: Limits | None = None) -> list[Any]:
    path = folder / "x"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found: list[Any] = []
    for item in read_path(path, limits=limits or Limits()):
        assert isinstance(item, Record | Rejected)
        found.append(item.data if isinstance(item, Record) else f"!{item.number} {item.reason}")
    return found


def test_layouts(tmp_path: Path) -> None:
    dumps = json.dumps
    for text in (
        dumps(EVENTS),
        dumps(EVENTS, indent=2),
        "[\n" + ",\n".join(dumps(e) for e in EVENTS) + "\n]\n",
        "".join(dumps(e) for e in EVENTS),
        "\n".join(dumps(e, indent=4) for e in EVENTS),
        ",\n".join(dumps(e, indent=1) for e in EVENTS),
        "\n".join(dumps(e) for e in EVENTS),
        ",\r\n".join(dumps(e) for e in EVENTS),
        "\x1e" + "\n\x1e".join(dumps(e) for e in EVENTS),
        dumps({"Records": EVENTS}),
        dumps({"Records": EVENTS}, indent=2),
        dumps({"records": EVENTS[:1]}) + "\n" + dumps({"records": EVENTS[1:]}),
        dumps({"@odata.context": "https://example.com", "value": EVENTS}, indent=1),
        dumps({"value": EVENTS, "nextLink": "https://example.com"}, indent=1),
        dumps({"took": 3, "timed_out": False, "hits": {"total": 3, "hits": [
            {"_index": "a", "_id": "1", "_source": e} for e in EVENTS]}}, indent=1),
        "\n".join(dumps({"_index": "a", "_id": "1", "_source": e}) for e in EVENTS),
        "\n".join(dumps({"preview": False, "result": e}) for e in EVENTS) + '\n{"preview":false,"lastrow":true}',
    ):  # fmt: skip
        assert read(tmp_path, text) == EVENTS, text[:80]


def test_what_only_looks_like_a_wrapper_stays_whole(tmp_path: Path) -> None:
    for event in (
        {"user": "root", "records": [{"a": 1}]},
        {"events": ["a", "b"], "count": 2},
        {"value": [2, {"a": 1}]},
        {"name": "x", "result": {"ok": True}},
    ):
        assert read(tmp_path, json.dumps(event)) == [event]
        assert read(tmp_path, json.dumps(event, indent=2)) == [event]


def test_elements_keep_their_own_text(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text('{"Records": [ {"a":  1},\n {"a":2 }]}  ')
    assert [(r.number, r.raw) for r in read_path(path) if isinstance(r, Record)] == [(1, '{"a":  1}'), (2, '{"a":2 }')]
    path.write_text('[ {"a":  1},\n {"a":2 }]')
    assert [(r.number, r.raw) for r in read_path(path) if isinstance(r, Record)] == [(1, '{"a":  1}'), (2, '{"a":2 }')]


def test_a_splunk_export_gives_the_raw_event_and_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x"
    result = {"_raw": '{"EventID": 1}', "host": "h.example.com", "sourcetype": "st", "index": "main", "EventID": "1"}
    path.write_text(json.dumps({"preview": False, "offset": 0, "result": result}))
    meta = {"path": str(path), "host": "h.example.com", "sourcetype": "st", "index": "main"}
    assert list(read_path(path)) == [Record('{"EventID": 1}', {"EventID": 1}, "", 1, meta=meta)]


def test_a_bad_line_costs_only_itself(tmp_path: Path) -> None:
    found = read(tmp_path, '{"a":1}\n{"a":\n[1,2]\n{"a":3}\n"text"\n')
    assert found == [
        {"a": 1},
        "!2 not valid JSON: unexpected end of data, column 6",
        "!3 a JSON list where an object was expected",
        {"a": 3},
        "!5 a JSON string where an object was expected",
    ]


def test_a_bad_element_costs_only_itself(tmp_path: Path) -> None:
    found = read(tmp_path, '[{"a":1},\n{"a" 2},\nrubbish\n{"a":3}, 4 ]')
    assert found[0] == {"a": 1}
    assert found[1].startswith("!2 not valid JSON: ")
    assert found[2].startswith("!3 not valid JSON: ")
    assert found[3] == {"a": 3}
    assert found[4] == "!5 a JSON number or boolean where an object was expected"


def test_what_loggers_and_attackers_write_is_still_read(tmp_path: Path) -> None:
    assert read(tmp_path, b'{"a":"\\ud800","b":NaN,"c":"caf\xe9"}\n{"ok":1}\n') == [
        {"a": "?", "b": "NaN", "c": "café"},
        {"ok": 1},
    ]


def test_depth_is_bounded(tmp_path: Path) -> None:
    deep = '{"a":' * 70 + "1" + "}" * 70
    bottomless = '{"a":' * 5000 + "1" + "}" * 5000
    found = read(tmp_path, f'{{"ok":1}}\n{deep}\n{bottomless}\n{{"ok":2}}')
    assert found[0] == {"ok": 1}
    assert found[1] == "!2 nested deeper than 64 levels"
    assert found[2].startswith("!3 ")
    assert found[3] == {"ok": 2}
    assert read(tmp_path, f"[{deep},\n{deep}]") == [
        "!1 nested deeper than 64 levels",
        "!2 nested deeper than 64 levels",
    ]


def test_wide_objects_on_the_fast_path_are_bounded_too(tmp_path: Path) -> None:
    wide = {f"k{n}": n for n in range(20)}
    deep: Any = 1
    for _ in range(70):
        deep = [deep]
    assert read(tmp_path, json.dumps(wide) + "\n" + json.dumps({**wide, "deep": deep})) == [
        wide,
        "!2 nested deeper than 64 levels",
    ]


def test_a_long_element_is_rejected_and_the_next_is_read(tmp_path: Path) -> None:
    text = '[{"a":1},\n{"s":"' + "x" * 900_000 + '"},\n{"t":[' + "1," * 300_000 + '1]},\n{"a":4}]'
    found = read(tmp_path, text, Limits(max_record=10_000, keep=100))
    assert found == [
        {"a": 1},
        "!2 the record is 878.9 KiB long, more than 9.8 KiB; the first 100 bytes are kept",
        "!3 the record is 585.9 KiB long, more than 9.8 KiB; the first 100 bytes are kept",
        {"a": 4},
    ]


def test_brackets_without_end_end_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"[" * 300_000)
    assert list(read_path(path)) == [
        FileProblem(str(path), "more than 100,000 brackets are open; the rest is not read")
    ]


def test_an_array_that_is_cut_gives_its_beginning(tmp_path: Path) -> None:
    assert read(tmp_path, '[{"a":1},\n{"a":2},\n{"a":')[:2] == [{"a": 1}, {"a": 2}]
    assert read(tmp_path, '[{"a":1},\n{"a":2},\n{"a":')[2].startswith("!3 not valid JSON")


values = st.recursive(
    st.none() | st.integers(-9, 9) | st.text('a"\\{}[],:\n ', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('k"\\[{', max_size=3), inner, max_size=3),
    max_leaves=8,
)
objects = st.lists(st.dictionaries(st.text('k"\\[{', max_size=3), values, max_size=3), max_size=5)


@settings(max_examples=150, deadline=None)
@given(objects, st.sampled_from([None, 1]), st.sampled_from(["array", "stream", "wrapper"]), st.integers(1, 40))
def test_the_splitter_does_not_care_where_chunks_end(
    events: list[dict[str, Any]], indent: int | None, layout: str, step: int
) -> None:
    if layout == "array":
        text = json.dumps(events, indent=indent).encode()
    elif layout == "wrapper":
        text = json.dumps({"took": 1, "Records": events}, indent=indent).encode()
    else:
        text = "\n".join(json.dumps(event, indent=indent) for event in events).encode()
    splitter = Splitter(Limits())
    found: list[bytes | Overlong] = []
    for start in range(0, len(text), step):
        found += splitter.feed(text[start : start + step])
    assert splitter.finish() is None
    assert [json.loads(value) for value in found if isinstance(value, bytes)] == events
