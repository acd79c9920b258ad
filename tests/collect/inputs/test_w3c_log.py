"""W3C extended logs of several writers."""

from __future__ import annotations

from pathlib import Path

from ringfence.collect.inputs.files import read_path
from ringfence.collect.record import Record, Rejected


def read(folder: Path, text: str) -> list[Record | Rejected]:
    path = folder / "x"
    path.write_text(text)
    return [item for item in read_path(path) if isinstance(item, Record | Rejected)]


def test_iis(tmp_path: Path) -> None:
    row = "2026-01-02 03:04:05 192.0.2.10 GET /a.aspx - 443 - 203.0.113.9 Mozilla/5.0+(X) 200 0 0 15"
    text = (
        "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-01-02 03:04:05\r\n"
        "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status "
        f"sc-substatus sc-win32-status time-taken\r\n{row}\r\nshort row\r\n"
    )
    record, rejected = read(tmp_path, text)
    software = "Microsoft Internet Information Services 10.0"
    assert record == Record(
        row,
        {
            "date": "2026-01-02", "time": "03:04:05", "s-ip": "192.0.2.10", "cs-method": "GET",
            "cs-uri-stem": "/a.aspx", "s-port": "443", "c-ip": "203.0.113.9", "cs(User-Agent)": "Mozilla/5.0+(X)",
            "sc-status": "200", "sc-substatus": "0", "sc-win32-status": "0", "time-taken": "15",
        },
        "iis",
        1,
        meta={"path": str(tmp_path / "x"), "software": software},
    )  # fmt: skip
    assert isinstance(rejected, Rejected)
    assert (rejected.number, rejected.reason) == (2, "2 columns where #Fields names 14")


def test_tabs_commas_and_quotes(tmp_path: Path) -> None:
    (cloud,) = read(tmp_path, "#Version: 1.0\n#Fields: date time c-ip\n2026-01-02\t03:04:05\t192.0.2.1\n")
    (mail,) = read(tmp_path, '#Software: Example\n#Fields: date-time,id,text\n2026-01-02T03:04:05Z,7,"a, b"\n')
    (proxy,) = read(tmp_path, '#Fields: time cs-uri x-note\n03:04:05 example.com "two words"\n')
    assert [r.data for r in (cloud, mail, proxy) if isinstance(r, Record)] == [
        {"date": "2026-01-02", "time": "03:04:05", "c-ip": "192.0.2.1"},
        {"date-time": "2026-01-02T03:04:05Z", "id": "7", "text": "a, b"},
        {"time": "03:04:05", "cs-uri": "example.com", "x-note": "two words"},
    ]
    assert isinstance(mail, Record)
    assert mail.hint == ""
