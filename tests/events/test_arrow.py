"""Events as tables: nothing that matters to a rule or a search gets lost."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.errors import InputError
from ringfence.ecs.logsource import logsource
from ringfence.events.arrow import decode_value, encode_value, from_ipc, to_events, to_ipc, to_table


def test_round_trip(make):
    events = [
        make(
            1,
            ecs={"event.code": "1", "source.port": 0, "event.category": ["process", "host"], "user.name": "Ada"},
            fields={"Image": r"C:\a.exe", "Empty": "", "List": ["a", 1, None], "Null": None, "None": []},
            rules=("r1", "r2"),
        ),
        make(2, logsource=logsource("linux"), time=-5, raw="ü 😀 \0 \n"),
    ]
    table = to_table(events)
    assert to_events(table) == events
    assert to_events(from_ipc(to_ipc(table))) == events


def test_columns_are_the_envelope_and_what_the_batch_holds(make):
    table = to_table([make(1, ecs={"user.name": "Ada"}), make(2, ecs={"source.port": 22})])
    assert table.column_names == [
        "time",
        "received",
        "tenant",
        "id",
        "batch",
        "source",
        "parser",
        "logsource_product",
        "logsource_categories",
        "logsource_service",
        "rules",
        "fields",
        "raw",
        "user_name",
        "source_port",
    ]
    assert table.column("user_name").to_pylist() == ["Ada", ""]
    assert table.column("source_port").to_pylist() == [None, 22]
    assert table.schema.field("time").type == pa.timestamp("us", "UTC")


def test_nothing_makes_an_empty_table():
    assert to_events(to_table([])) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        ("", ""),
        (7, "7"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        (2**80, str(2**80)),
        (None, "\x01null"),
        (["a", 1], '\x01["a",1]'),
        ([{"k": [1]}], '\x01[{"k":[1]}]'),
        ("\x01null", "\x01\x01null"),
    ],
)
def test_values_become_text(value, text):
    assert encode_value(value) == text


values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.none(), st.lists(st.text("ab\x01[", max_size=3))
)


@given(values)
def test_text_nulls_and_lists_survive(value):
    assert decode_value(encode_value(value)) == value


def test_text_that_is_no_utf8_is_kept_as_far_as_it_goes(make):
    # json.loads('"\\ud800"') gives such text; Arrow would refuse the whole batch.
    event = make(1, raw="a\ud800b", fields={"x": "\udfff", "list": ["\ud800", 2**80]})
    (back,) = to_events(to_table([event]))
    assert (back.raw, back.fields["x"], back.fields["list"]) == ("a���b", "���", ["���", str(2**80)])


def test_a_number_that_is_none_is_missing_and_not_an_error(make):
    ports = ["80", "-", 2**70, 1.0, True, float("nan"), None, "8080 "]
    table = to_table([make(n, ecs={"source.port": port}) for n, port in enumerate(ports)])
    assert table.column("source_port").to_pylist() == [80, None, None, 1, 1, None, None, 8080]


def test_a_wrong_type_in_a_text_column_becomes_text(make):
    table = to_table([make(1, ecs={"user.id": 1000}), make(2, ecs={"user.id": "0"})])
    assert table.column("user_id").to_pylist() == ["1000", "0"]


def test_one_text_in_a_list_column(make):
    table = to_table([make(1, ecs={"event.category": "process"})])
    assert table.column("event_category").to_pylist() == [["process"]]


def test_unknown_ecs_name_is_refused(make):
    with pytest.raises(InputError, match=r"user\.nmae is no ECS field"):
        to_table([make(1, ecs={"user.nmae": "x"})])
