"""Files and folders into a running server."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.e2e.server import Server

ZEEK = "\n".join(
    [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\tconn",
        "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p",
        "#types\ttime\tstring\taddr\tport\taddr\tport",
        "1772352000.25\tC1\t192.0.2.7\t50001\t198.51.100.4\t443",
        "",
    ]
)


def test_a_folder_is_stored_once_however_often_it_is_sent(server: Server, tmp_path: Path) -> None:
    windows = {"EventTime": "2026-03-01 10:00:00", "Hostname": "sendpc", "Channel": "Security", "EventID": 4625,
               "SourceName": "Microsoft-Windows-Security-Auditing", "TargetUserName": "sendana"}  # fmt: skip
    (tmp_path / "windows.json.gz").write_bytes(gzip.compress(json.dumps(windows).encode() + b"\n"))
    (tmp_path / "conn.log").write_text(ZEEK)
    (tmp_path / "auth.log").write_text(
        "Mar  1 10:00:00 sendhost sshd[7]: Failed password for sendbob from 203.0.113.9 port 4242 ssh2\n"
    )
    for _ in range(2):
        done = server.command("send", str(tmp_path))
        assert done.stderr == "3 files: 3 events stored, 0 records in quarantine\n"
    for query, parser in (
        ("user.name:sendana", "windows"),
        ("source.port:50001", "zeek"),
        ("user.name:sendbob", "sshd"),
    ):
        found = server.find(query)
        assert (found["total"], found["events"][0]["parser"]) == (1, parser)
    missing = server.command("send", str(tmp_path / "gone"), check=False)
    assert missing.returncode == 2
