"""Zeek TSV to typed values."""

from __future__ import annotations

from pathlib import Path

from ringfence.collect.inputs.files import read_path
from ringfence.collect.record import Record, Rejected

HEAD = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tduration\tlocal_orig\thistory\ttunnel_parents\tsizes\n"
    "#types\ttime\tstring\taddr\tport\tinterval\tbool\tstring\tset[string]\tvector[count]\n"
)
ROW = "1700000000.250000\tC1\t192.0.2.7\t49152\t1.5\tT\tSh\\x41\\x5c\\xc3\\xbc\tA,B\t1,-,3"


def read(folder: Path, text: str) -> list[Record | Rejected]:
    path = folder / "x"
    path.write_text(text)
    return [item for item in read_path(path) if isinstance(item, Record | Rejected)]


def test_every_type(tmp_path: Path) -> None:
    (record,) = read(tmp_path, HEAD + ROW + "\n#close\t2026-01-01-00-00-00\n")
    assert record == Record(
        ROW,
        {
            "ts": 1700000000.25,
            "uid": "C1",
            "id.orig_h": "192.0.2.7",
            "id.orig_p": 49152,
            "duration": 1.5,
            "local_orig": True,
            "history": "ShA\\ü",
            "tunnel_parents": ["A", "B"],
            "sizes": [1, None, 3],
        },
        "zeek:conn",
        1,
        meta={"path": str(tmp_path / "x")},
    )


def test_unset_is_left_out_and_empty_is_empty(tmp_path: Path) -> None:
    (record,) = read(tmp_path, HEAD + "1.0\tC1\t192.0.2.7\t1\t-\tF\t(empty)\t(empty)\t-\n")
    assert isinstance(record, Record)
    assert record.data == {
        "ts": 1.0, "uid": "C1", "id.orig_h": "192.0.2.7", "id.orig_p": 1, "local_orig": False, "history": "",
        "tunnel_parents": [],
    }  # fmt: skip


def test_rows_that_do_not_fit_cost_only_themselves(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ROW.replace("49152", "many") + "\nshort\trow\n" + ROW + "\n")
    reasons = [item.reason if isinstance(item, Rejected) else item.number for item in found]
    assert reasons == [
        "field id.orig_p: 'many' is not of the type in #types",
        "2 columns where #fields names 9",
        3,
    ]


def test_a_new_header_in_the_middle_counts_from_there(tmp_path: Path) -> None:
    other = "#path\tdns\n#fields\tts\tquery\n#types\ttime\tstring\n2.0\texample.com\n"
    one, two = read(tmp_path, HEAD + ROW + "\n" + other)
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    assert (one.hint, two.hint, two.data) == ("zeek:conn", "zeek:dns", {"ts": 2.0, "query": "example.com"})


def test_another_separator(tmp_path: Path) -> None:
    text = "#separator \\x7c\n#set_separator|;\n#path|x\n#fields|a|b\n#types|count|set[int]\n5|1;2\n"
    (record,) = read(tmp_path, text)
    assert isinstance(record, Record)
    assert (record.hint, record.data) == ("zeek:x", {"a": 5, "b": [1, 2]})
