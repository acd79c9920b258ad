"""Windows events as XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.collect.inputs.files import FileProblem, Limits, read_path
from ringfence.collect.record import Record, Rejected

NS = "http://schemas.microsoft.com/win/2004/08/events/event"
EVENT = (
    f"<Event xmlns='{NS}'><System><Provider Name='Example-Provider' Guid='{{0}}'/><EventID Qualifiers='16384'>4624"
    "</EventID><Version>2</Version><TimeCreated SystemTime='2026-01-02T03:04:05.1Z'/><EventRecordID>77</EventRecordID>"
    "<Execution ProcessID='4' ThreadID='8'/><Channel>Security</Channel><Security/></System>"
    "<EventData><Data Name='TargetUserName'>bob &amp; co</Data><Data Name='Empty'/></EventData></Event>"
)
DATA = {
    "Event": {
        "System": {
            "Provider": {"#attributes": {"Name": "Example-Provider", "Guid": "{0}"}},
            "EventID": {"#attributes": {"Qualifiers": 16384}, "#text": 4624},
            "Version": 2,
            "TimeCreated": {"#attributes": {"SystemTime": "2026-01-02T03:04:05.1Z"}},
            "EventRecordID": 77,
            "Execution": {"#attributes": {"ProcessID": 4, "ThreadID": 8}},
            "Channel": "Security",
            "Security": None,
        },
        "EventData": {"TargetUserName": "bob & co", "Empty": ""},
    }
}


def read(folder: Path, data: bytes, limits: Limits | None = None) -> list[object]:
    path = folder / "x"
    path.write_bytes(data)
    return list(read_path(path, limits=limits or Limits()))


@pytest.mark.parametrize(
    "text",
    [
        EVENT + EVENT,
        EVENT + "\r\n" + EVENT + "\n",
        f"<?xml version='1.0' encoding='utf-8'?>\n<Events>{EVENT}{EVENT}</Events>",
        f"<?xml version='1.0'?>{EVENT}\n<?xml version='1.0'?>{EVENT}",
        f"<Events>\n <!-- kept --> {EVENT}\n{EVENT}",
    ],
)
def test_layouts(tmp_path: Path, text: str) -> None:
    meta = {"path": str(tmp_path / "x")}
    expected = [Record(EVENT, DATA, "windows", number, meta=meta) for number in (1, 2)]
    assert read(tmp_path, text.encode()) == expected
    assert read(tmp_path, text.encode("utf-16")) == expected


def test_user_data_and_nameless_data(tmp_path: Path) -> None:
    text = (
        "<Event><System><EventID>104</EventID></System><UserData><LogFileCleared xmlns='x'><Name>a</Name><Name>b</Name>"
        "</LogFileCleared></UserData></Event><Event><System/><EventData><Data>one</Data><Data>two</Data>"
        "<Binary>00FF</Binary></EventData></Event>"
    )
    one, two = read(tmp_path, text.encode())
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    assert one.data == {"Event": {"System": {"EventID": 104}, "UserData": {"LogFileCleared": {"Name": ["a", "b"]}}}}
    assert two.data == {"Event": {"System": {}, "EventData": {"Binary": "00FF", "Data": {"#text": ["one", "two"]}}}}


def test_entities_and_breaks_cost_only_their_event(tmp_path: Path) -> None:
    bomb = "<!DOCTYPE l [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>"
    text = (
        f"<?xml version='1.0'?>{bomb}<Events><Event><System>&b;</System></Event><Event><System></Event>{EVENT}<Event "
    )
    found = read(tmp_path, text.encode())
    assert [item.reason.partition(":")[0] if isinstance(item, Rejected) else "ok" for item in found] == [
        "not a valid event", "not a valid event", "ok", "not a valid event",
    ]  # fmt: skip


def test_a_long_event_is_rejected_and_the_next_is_read(tmp_path: Path) -> None:
    long = EVENT.replace("bob", "b" * 900_000)
    found = read(tmp_path, (long + EVENT).encode(), Limits(max_record=5000, keep=50))
    assert found[0] == Rejected(
        EVENT[:50],
        f"the record is {len(long.encode()) / 1024:.1f} KiB long, more than 4.9 KiB; the first 50 bytes are kept",
        1,
        {"path": str(tmp_path / "x")},
    )
    assert isinstance(found[1], Record)
    assert found[1].data == DATA


def test_deep_user_data_is_rejected(tmp_path: Path) -> None:
    text = "<Event><UserData>" + "<a>" * 60 + "</a>" * 60 + "</UserData></Event>"
    (found,) = read(tmp_path, text.encode())
    assert isinstance(found, Rejected)
    assert found.reason == "not a valid event: nested deeper than 32 levels"


def test_other_xml_is_a_problem(tmp_path: Path) -> None:
    assert read(tmp_path, b"<?xml version='1.0'?><rss/>") == [
        FileProblem(str(tmp_path / "x"), "XML without Windows events")
    ]
