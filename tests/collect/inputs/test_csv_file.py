"""CSV: what counts as CSV, and rows to fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.collect.inputs.csv_file import csv_delimiter
from ringfence.collect.inputs.files import Limits, read_path
from ringfence.collect.record import Record, Rejected


def read(folder: Path, data: bytes, limits: Limits | None = None) -> list[Record | Rejected]:
    path = folder / "x"
    path.write_bytes(data)
    return [item for item in read_path(path, limits=limits or Limits()) if isinstance(item, Record | Rejected)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = f'time{delimiter}user name{delimiter}note\r\n1{delimiter}bob{delimiter}"a{delimiter} ""b"""\r\n'
    (record,) = read(tmp_path, text.encode())
    assert record == Record(
        f'1{delimiter}bob{delimiter}"a{delimiter} ""b"""',
        {"time": "1", "user name": "bob", "note": f'a{delimiter} "b"'},
        "",
        1,
        meta={"path": str(tmp_path / "x")},
    )


def test_excel_and_quoted_line_ends(tmp_path: Path) -> None:
    text = 'sep=;\r\na;b\r\n1;"two\r\nlines"\r\n3;4\r\n'
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        one, two = read(tmp_path, data)
        assert isinstance(one, Record)
        assert (one.data, one.raw, one.number) == ({"a": "1", "b": "two\nlines"}, '1;"two\nlines"', 1)
        assert isinstance(two, Record)
        assert (two.data, two.number) == ({"a": "3", "b": "4"}, 2)


def test_a_nameless_column_and_surplus_fields(tmp_path: Path) -> None:
    one, two = read(tmp_path, b"a,b,\n1,2,3\n1,2,3,4\n")
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    assert one.data == {"a": "1", "b": "2", "column3": "3"}
    assert two.data == {"a": "1", "b": "2", "column3": "3", "_extra": ["4"]}


def test_event_viewer_leaves_the_message_column_without_a_name(tmp_path: Path) -> None:
    (record,) = read(tmp_path, b'Level,Date and Time,Event ID\nInformation,1/2/2026 3:04:05 AM,4624,"Logged on."\n')
    assert isinstance(record, Record)
    assert record.data == {
        "Level": "Information",
        "Date and Time": "1/2/2026 3:04:05 AM",
        "Event ID": "4624",
        "_extra": ["Logged on."],
    }


def test_a_short_row_and_a_long_line_cost_only_themselves(tmp_path: Path) -> None:
    good = b"1,2,3\n" * 6
    rows = b"a,b,c\n" + good + b"x" * 5000 + b"\n" + good + b"cut\n" + good
    found = read(tmp_path, rows, Limits(max_record=1000, keep=10))
    reasons = [item.reason if isinstance(item, Rejected) else item.data for item in found]
    assert reasons == [
        *[{"a": "1", "b": "2", "c": "3"}] * 6,
        "the record is 4.9 KiB long, more than 1000 bytes; the first 10 bytes are kept",
        *[{"a": "1", "b": "2", "c": "3"}] * 6,
        "1 field where the header names 3",
        *[{"a": "1", "b": "2", "c": "3"}] * 6,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "CEF:0|Example|Product|1.0|100|name|5|src=192.0.2.1\nCEF:0|Example|Product|1.0|100|name|5|src=192.0.2.2\n",
        "1,2026/01/02 03:04:05,0123,TRAFFIC,end\n1,2026/01/02 03:04:06,0123,TRAFFIC,end\n",
        "Jan  2 03:04:05 host app: one, two\nJan  2 03:04:06 host app: one, two\n",
        "a=1,b=2\na=3,b=4\n",
        "only,a,header\n",
        "name,value\n1,2,3,4\n",
        "Hello, world\nGood, bye\n",
        "name,value\na,b\n" + "no comma here\n" * 4,
    ],
)
def test_lines_with_commas_are_not_csv(text: str) -> None:
    assert csv_delimiter(text) is None
