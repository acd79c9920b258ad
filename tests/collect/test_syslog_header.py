from __future__ import annotations

import pytest

from ringfence.collect.record import SyslogHeader
from ringfence.collect.syslog_header import read_header

NOW = 1_773_000_000_000_000  # 2026-03-08T20:00:00Z
MARCH_1 = 1_772_352_000_000_000  # 2026-03-01T08:00:00Z


def header(**values: object) -> SyslogHeader:
    return SyslogHeader(**{"time": MARCH_1, **values})  # type: ignore[arg-type]


CASES = [
    (
        "<38>Mar  1 08:00:00 srv1 sshd[12]: hello",
        header(priority=38, host="srv1", program="sshd", pid="12"),
        "hello",
    ),
    ("Mar  1 08:00:00 srv1 su:   spaced", header(host="srv1", program="su"), "spaced"),
    (
        '<165>1 2026-03-01T08:00:00.000Z h app 7 ID1 [a@1 k="v\\"w" l="x"][b@2 m="1"] \ufefftext',
        header(
            priority=165,
            host="h",
            program="app",
            pid="7",
            message_id="ID1",
            data={"a@1.k": 'v"w', "a@1.l": "x", "b@2.m": "1"},
        ),
        "text",
    ),
    ("<165>1 - - - - - - text", SyslogHeader(priority=165), "text"),
    ("1 2026-03-01T08:00:00Z h app 7 - text", header(host="h", program="app", pid="7"), "text"),
    (
        "2026-03-01T10:00:00.000000+02:00 srv1 sshd[12]: hello",
        header(host="srv1", program="sshd", pid="12"),
        "hello",
    ),
    ("Mar  1 08:00:00 sshd[12]: hello", header(program="sshd", pid="12"), "hello"),
    ("Mar  1 08:00:00 2001:db8::1 sshd[12]: hello", header(host="2001:db8::1", program="sshd", pid="12"), "hello"),
    ("Mar  1 08:00:00 srv1 last message repeated 3 times", header(host="srv1"), "last message repeated 3 times"),
    (
        "Mar  1 08:00:00 srv1 sshd[12]: message repeated 5 times: [ hello]",
        header(host="srv1", program="sshd", pid="12", data={"repeated": "5"}),
        "hello",
    ),
    (
        "Mar  1 08:00:00 Message forwarded from aix1: sshd[12]: hello",
        header(host="aix1", program="sshd", pid="12"),
        "hello",
    ),
    (
        "77: *Mar  1 08:00:00.000 UTC: %SYS-5-CONFIG_I: hello",
        header(),
        "%SYS-5-CONFIG_I: hello",
    ),
    (
        "<189>77: sw1: .Mar  1 09:00:00 CET: %SYS-5-CONFIG_I: hello",
        header(priority=189, host="sw1"),
        "%SYS-5-CONFIG_I: hello",
    ),
    ("<166>Mar 01 2026 08:00:00 fw1 : %ASA-6-1: hello", header(priority=166, host="fw1"), "%ASA-6-1: hello"),
    ("<166>%ASA-6-1: hello", SyslogHeader(priority=166), "%ASA-6-1: hello"),
    ("00:00:46: %LINK-3-UPDOWN: up", SyslogHeader(), "%LINK-3-UPDOWN: up"),
    (
        "2026 Mar 01 09:30:00 (agent1) any->/var/log/auth.log Mar  1 08:00:00 srv1 sshd[12]: hello",
        header(host="srv1", program="sshd", pid="12"),
        "hello",
    ),
    ("Mar  1 08:00:00 fw1 CEF:0|a|b|1|2|3|4|", header(host="fw1"), "CEF:0|a|b|1|2|3|4|"),
]


@pytest.mark.parametrize(("line", "expected", "body"), CASES, ids=[case[0][:50] for case in CASES])
def test_headers_of_the_wild(line: str, expected: SyslogHeader, body: str) -> None:
    assert read_header(line, NOW) == (expected, body)


@pytest.mark.parametrize(
    "line",
    [
        "hello world",
        "2026-03-01 08:00:00 192.0.2.7 GET /a - 80 - 192.0.2.9 curl 200 0 0 1",
        "2026/03/01 08:00:00 INFO: mia did it",
        "2026-03-01T08:00:00.123Z INFO started",
        "Sun Mar  1 08:00:00 2026 : Auth: Login OK",
        "1772352000.123 5 192.0.2.7 TCP_HIT/200 1 GET http://example.com/ - NONE/- -",
    ],
)
def test_a_time_alone_is_no_header(line: str) -> None:
    assert read_header(line, NOW) is None


def test_the_year_is_the_last_that_is_not_far_after_now() -> None:
    new_year = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
    late = read_header("Dec 31 23:59:59 h p: x", new_year + 5_000_000)
    early = read_header("Jan  1 00:00:01 h p: x", new_year - 5_000_000)
    assert late is not None
    assert early is not None
    assert late[0].time == new_year - 1_000_000
    assert early[0].time == new_year + 1_000_000


def test_the_zone_applies_to_times_without_one() -> None:
    found = read_header("Mar  1 08:00:00 h p: x", NOW, 60)
    assert found is not None
    assert found[0].time == MARCH_1 - 3_600_000_000


def test_29_february_goes_back_to_a_leap_year() -> None:
    found = read_header("Feb 29 00:00:00 h p: x", NOW)
    assert found is not None
    assert found[0].time == 1_709_164_800_000_000  # 2024
