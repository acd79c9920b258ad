from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.collect.normalise import Normaliser, decode_object
from ringfence.collect.parsers.example import Example
from ringfence.collect.parsers.fallback import Syslog
from ringfence.collect.parsers.registry import TEXT_PARSERS
from ringfence.collect.parsers.text import TextParser
from ringfence.collect.record import Record, Rejected
from ringfence.core.clock import ManualClock
from ringfence.core.errors import UsageError
from ringfence.ecs.event import Parsed

NOW = 1_773_000_000_000_000
MARCH_1 = 1_772_352_000_000_000


def normaliser(**values: object) -> Normaliser:
    return Normaliser(ManualClock(NOW), **values)  # type: ignore[arg-type]


def parsed(raw: str, **values: object) -> Parsed:
    outcome = normaliser(**values).parse(Record(raw=raw))
    assert isinstance(outcome, Parsed), outcome
    return outcome


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "the record is empty"),
        (" \t\r\n", "the record is empty"),
        ("\x00\x00", "the record is empty"),
        (
            "\x7fELF\x01\x01\x00\x00\x02\x00",
            "binary data: 67% of the characters are control characters or cannot be decoded",
        ),
        ('{"a": 1', "broken JSON: Expecting ',' delimiter at character 8"),
        ("{not json}", "broken JSON: Expecting property name enclosed in double quotes at character 2"),
        ('[{"a": 1}]', "a JSON array where one record was expected"),
        ("qwertz asdf yxcv", "no known format: no header, no fields and no time"),
        ("x" * 2000, "the record has 2000 characters, more than the limit of 1000"),
    ],
)
def test_what_is_refused_says_why(raw: str, reason: str) -> None:
    outcome = normaliser(max_characters=1000).parse(Record(raw=raw, number=7))
    assert outcome == Rejected(
        raw=raw, reason=reason, number=7, meta=outcome.meta if isinstance(outcome, Rejected) else {}
    )


def test_json_deeper_than_the_limit_is_refused() -> None:
    assert decode_object('{"a":' * 60 + "1" + "}" * 60) is not None
    assert decode_object('{"a":' * 70 + "1" + "}" * 70) is None
    assert decode_object('{"a": NaN}') is not None


def test_the_year_comes_from_the_moment_of_receipt() -> None:
    record = Record(raw="Mar  1 08:00:00 h doord[1]: open", meta={"received": NOW - 10 * 365 * 86_400_000_000})
    outcome = normaliser().parse(record)
    assert isinstance(outcome, Parsed)
    assert outcome.time == 1_456_819_200_000_000  # 2016-03-01T08:00:00Z


def test_a_record_without_time_has_none() -> None:
    assert parsed("<34>doord[1]: opened").time is None


def test_the_zone_reaches_header_and_message() -> None:
    assert parsed("Mar  1 09:00:00 h doord[1]: open", zone=60).time == MARCH_1
    assert parsed("[Sun Mar 01 09:00:00.000000 2026] [core:error] [pid 1] x", zone=60).time == MARCH_1


def test_a_bug_in_a_parser_rejects_the_record_and_names_it() -> None:
    class Broken(TextParser):
        """Fails."""

        name: ClassVar[str] = "broken"

        def accepts(self, record: Record) -> bool:
            return True

        def parse(self, record: Record) -> Parsed:
            raise IndexError(record.raw)

    outcome = normaliser(text_parsers=(Broken(), Syslog())).parse(Record(raw="Mar  1 08:00:00 h p: x"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == 'the parser "broken" failed on this record (IndexError); this is a bug in the parser'


def test_a_parser_that_cannot_read_a_line_leaves_it_to_the_next() -> None:
    assert parsed("Mar  1 08:00:00 fw1 doord: CEF:0|too|short").parser == "syslog"


def test_a_hint_is_followed() -> None:
    outcome = normaliser().parse(
        Record(raw="Mar  1 08:00:00 h sshd[1]: Invalid user mia from 192.0.2.7", hint="syslog")
    )
    assert isinstance(outcome, Parsed)
    assert outcome.parser == "syslog"
    refused = normaliser().parse(Record(raw="x", hint="nonesuch"))
    assert isinstance(refused, Rejected)
    assert refused.reason == 'the input asks for the parser "nonesuch", which does not exist'


def test_parse_as_and_names() -> None:
    engine = normaliser(text_parsers=(Example(), *TEXT_PARSERS))
    assert {"sshd", "auditd", "cef", "example", "syslog"} <= set(engine.parser_names())
    outcome = engine.parse_as(Record(raw="DOOR;2026-03-01T08:00:00Z;north;mia;granted;192.0.2.7"), "example")
    assert isinstance(outcome, Parsed)
    assert outcome.ecs["user.name"] == "mia"
    refused = engine.parse_as(Record(raw="DOOR;1"), "example")
    assert isinstance(refused, Rejected)
    assert refused.reason == "example: a door line has 6 columns, this one has 2"
    with pytest.raises(UsageError, match='there is no parser "nonesuch"'):
        engine.parse_as(Record(raw="x"), "nonesuch")


def test_json_behind_a_syslog_header_is_decoded() -> None:
    record = Record(raw='Mar  1 08:00:00 h app[1]: {"a": 1}')
    normaliser().parse(record)
    assert record.data == {"a": 1}


def test_the_known_program_wins_whatever_the_order_of_lines() -> None:
    engine = normaliser()
    lines = ["Mar  1 08:00:00 h sshd[1]: x", "Mar  1 08:00:00 h su: x", "Mar  1 08:00:00 h doord: x"] * 2
    assert [engine.parse(Record(raw=line)).parser for line in lines] == ["sshd", "su", "syslog"] * 2  # type: ignore[union-attr]


PIECES = st.sampled_from(
    [
        "Mar  1 08:00:00 ",
        "<34>",
        "h ",
        "sshd[1]: ",
        "CEF:0|a|b|1|2|3|4|",
        "LEEF:2.0|a|b|1|2|^|",
        "src=192.0.2.7 ",
        "{",
        '"',
        "[",
        "]",
        "type=EXECVE msg=audit(1772352000.1:2): ",
        "a0=",
        "%ASA-6-302013: ",
        "%%01POLICY/6/X(l):",
        "1772352000.123 ",
        " from ",
        "user ",
        "Failed password for ",
        "=",
        ";",
        "|",
        "\\",
        "\x00",
        "\t",
        "2026-03-01 08:00:00 ",
        "GET /a?b HTTP/1.1",
        "<EPOevent>",
        "1,2026/03/01 08:00:00,1,TRAFFIC,x,",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join)))
def test_nothing_is_ever_raised_and_no_parser_has_a_bug(raw: str) -> None:
    outcome = normaliser().parse(Record(raw=raw))
    if isinstance(outcome, Rejected):
        assert "bug" not in outcome.reason
    else:
        assert isinstance(outcome, Parsed)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([p.name for p in TEXT_PARSERS]),
    st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=10).map("".join),
)
def test_no_parser_raises_when_it_is_forced_on_a_line(name: str, raw: str) -> None:
    outcome = normaliser().parse_as(Record(raw=raw), name)
    if isinstance(outcome, Rejected):
        assert "bug" not in outcome.reason


SSHD = "sshd[1]: Failed password for root from 203.0.113.9 port 4242 ssh2"


@pytest.mark.parametrize("meta", [{"time": MARCH_1}, {"host": "web-01"}])
def test_a_bare_tag_counts_where_the_transport_carried_time_or_host(meta: dict[str, object]) -> None:
    outcome = normaliser().parse(Record(raw=SSHD, meta={**meta}))
    assert isinstance(outcome, Parsed), outcome
    assert (outcome.parser, outcome.logsource.service) == ("sshd", "sshd")
    assert outcome.ecs["process.pid"] == 1
    assert outcome.ecs["source.ip"] == "203.0.113.9"
    assert (outcome.time, outcome.ecs.get("host.name")) == (meta.get("time"), meta.get("host"))


def test_a_bare_tag_alone_is_no_header() -> None:
    outcome = normaliser().parse(Record(raw=SSHD))
    assert not isinstance(outcome, Parsed) or outcome.parser != "sshd"


@pytest.mark.parametrize(
    ("raw", "parser"),
    [
        ("sudo: mia : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh", "sudo"),
        ("no-such-program[7]: started", "syslog"),
        ("error: no space left", "line"),
        ("CEF:0|Example|Wall|1|7|blocked|5|src=192.0.2.1", "cef"),
    ],
)
def test_a_tag_without_pid_must_be_a_program_that_a_parser_knows(raw: str, parser: str) -> None:
    outcome = normaliser().parse(Record(raw=raw, meta={"host": "web-01", "time": MARCH_1}))
    assert isinstance(outcome, Parsed), outcome
    assert outcome.parser == parser


def test_the_envelope_names_the_host_of_a_log_and_the_observer_of_a_flow() -> None:
    line = Record(raw="door opened", meta={"host": "web01", "time": 5})
    flow = Record(raw='{"src_ip":"192.0.2.1","dest_ip":"198.51.100.2","note":"x"}', meta={"host": "sensor01"})
    first, second = Normaliser().parse(line), Normaliser().parse(flow)
    assert isinstance(first, Parsed)
    assert isinstance(second, Parsed)
    assert (first.time, first.ecs["host.name"]) == (5, "web01")
    assert (second.ecs["observer.name"], "host.name" in second.ecs) == ("sensor01", False)
