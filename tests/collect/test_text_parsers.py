from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.parsers.daemons import compile_pattern, read_sections
from ringfence.collect.parsers.example import Example
from ringfence.collect.parsers.registry import TEXT_PARSERS
from ringfence.collect.parsers.text import TextParser, as_ip, program_key
from ringfence.collect.record import Record
from ringfence.core.clock import ManualClock
from ringfence.ecs.event import Parsed
from ringfence.ecs.fields import FIELDS, Kind
from ringfence.ecs.logsource import logsource

MARCH_1 = 1_772_352_000_000_000  # 2026-03-01T08:00:00Z
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "text_parser_cases.jsonl").read_text("utf-8").splitlines()
]
PARSERS = [p for p in (*TEXT_PARSERS, Example()) if isinstance(p, TextParser) and not p.name.startswith("windows-xml")]
SAMPLES = [(p, sample) for p in PARSERS for sample in p.samples]
TYPES = {Kind.LONG: int, Kind.DOUBLE: float, Kind.KEYWORDS: list}


@pytest.fixture(scope="module")
def engine() -> Normaliser:
    return Normaliser(ManualClock(MARCH_1 + 7 * 86_400_000_000), text_parsers=(Example(), *TEXT_PARSERS))


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case['parser']}" for n, case in enumerate(CASES)])
def test_a_line_gives_exactly_these_entities(engine: Normaliser, case: dict[str, Any]) -> None:
    outcome = engine.parse(Record(raw=case["raw"]))
    assert isinstance(outcome, Parsed)
    product, categories, service = case["logsource"]
    assert outcome.parser == case["parser"]
    assert outcome.logsource is logsource(product, tuple(categories), service)
    assert outcome.time == (None if case["time"] is None else MARCH_1 + case["time"])
    assert {name: value for name, value in outcome.ecs.items() if name != "message"} == case["ecs"]


@pytest.mark.parametrize(("parser", "sample"), SAMPLES, ids=[f"{n}-{p.name}" for n, (p, _) in enumerate(SAMPLES)])
def test_every_parser_recognises_its_own_samples(engine: Normaliser, parser: TextParser, sample: str) -> None:
    record = Record(raw=sample)
    outcome = engine.parse(record)
    assert isinstance(outcome, Parsed)
    assert outcome.parser == parser.name
    assert parser.accepts(record)
    assert set(outcome.ecs) <= set(FIELDS)
    for name, value in outcome.ecs.items():
        assert isinstance(value, TYPES.get(FIELDS[name].kind, str)), name
        assert FIELDS[name].kind is not Kind.IP or as_ip(str(value)) == value


@pytest.mark.parametrize("parser", PARSERS, ids=[p.name for p in PARSERS])
def test_every_parser_is_described(parser: TextParser) -> None:
    assert parser.name == parser.name.lower()
    assert parser.title
    assert parser.samples
    assert type(parser).__doc__


def test_names_are_unique() -> None:
    names = [parser.name for parser in TEXT_PARSERS]
    assert len(names) == len(set(names))


def test_sudo_fields_are_spelt_as_sigma_spells_them(engine: Normaliser) -> None:
    raw = "Mar  1 08:00:00 srv1 sudo:  mia : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/bin/ls ; true"
    outcome = engine.parse(Record(raw=raw))
    assert isinstance(outcome, Parsed)
    assert outcome.fields == {
        "message": "mia : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/bin/ls ; true",
        "host": "srv1",
        "program": "sudo",
        "SUDOUSER": "mia",
        "COMMAND": "/bin/ls ; true",
        "TTY": "pts/0",
        "PWD": "/srv",
        "USER": "root",
    }


def test_audit_fields_are_spelt_as_sigma_spells_them(engine: Normaliser) -> None:
    raw = 'type=EXECVE msg=audit(1772352000.000:7): argc=3 a0="getcap" a1="-r" a2=2F20'
    outcome = engine.parse(Record(raw=raw))
    assert isinstance(outcome, Parsed)
    assert outcome.fields == {"argc": "3", "a0": "getcap", "a1": "-r", "a2": "/", "type": "EXECVE"}
    assert outcome.ecs["process.command_line"] == "getcap -r /"


def test_web_fields_are_spelt_as_sigma_spells_them(engine: Normaliser) -> None:
    request = '"GET /a.jsp?x=${jndi:ldap} HTTP/1.1"'
    raw = f'192.0.2.7 - - [01/Mar/2026:08:00:00 +0000] {request} 404 7 "https://e.example/" "curl/8"'
    outcome = engine.parse(Record(raw=raw))
    assert isinstance(outcome, Parsed)
    assert outcome.fields == {
        "c-ip": "192.0.2.7",
        "cs-method": "GET",
        "cs-uri-stem": "/a.jsp",
        "cs-uri-query": "/a.jsp?x=${jndi:ldap}",
        "c-uri": "/a.jsp?x=${jndi:ldap}",
        "c-uri-extension": "jsp",
        "cs-version": "HTTP/1.1",
        "sc-status": 404,
        "sc-bytes": 7,
        "cs-referer": "https://e.example/",
        "cs-user-agent": "curl/8",
        "c-useragent": "curl/8",
    }


def test_firewall_fields_are_spelt_as_sigma_spells_them(engine: Normaliser) -> None:
    raw = "Mar  1 08:00:00 fw1 kernel: DROP IN=eth0 OUT= SRC=192.0.2.7 DST=198.51.100.2 PROTO=TCP SPT=4022 DPT=23"
    outcome = engine.parse(Record(raw=raw))
    assert isinstance(outcome, Parsed)
    wanted = {
        "src_ip": "192.0.2.7",
        "dst_ip": "198.51.100.2",
        "src_port": 4022,
        "dst_port": 23,
        "action": "deny",
        "blocked": "true",
    }
    assert {name: outcome.fields[name] for name in wanted} == wanted


def test_a_user_name_cannot_forge_the_address(engine: Normaliser) -> None:
    user = "x from 198.51.100.9 port 1"
    raw = f"Mar  1 08:00:00 h sshd[1]: Failed password for invalid user {user} from 192.0.2.7 port 2 ssh2"
    outcome = engine.parse(Record(raw=raw))
    assert isinstance(outcome, Parsed)
    assert outcome.ecs["source.ip"] == "192.0.2.7"
    assert outcome.ecs["user.name"] == "x from 198.51.100.9 port 1"


@pytest.mark.parametrize(
    ("template", "line", "groups"),
    [
        ("a {user} b", "a mia b", ("mia",)),
        ("a {?the }{user}", "a the mia", ("mia",)),
        ("a {?the }{user}", "a mia", ("mia",)),
        ("{x|y} {user}", "y mia", ("mia",)),
        ("{*}from {src}:{sport}", "came in from 2001:db8::1:22", ("2001:db8::1", "22")),
        ("{*}from [{src}]:{sport}", "x from [2001:db8::1]:22", ("2001:db8::1", "22")),
        ("{user++} from {src}", "a from b from c", ("a from b", "c")),
        ("{reason+}; {src}", "one; two", ("one", "two")),
        ("x{*} {src}#{sport}{*}: y", "xx 192.0.2.7#53 (z): y", ("192.0.2.7", "53")),
        ("\\{{proto}\\} {src}", "{TCP} 192.0.2.7", ("TCP", "192.0.2.7")),
    ],
)
def test_pattern_language(template: str, line: str, groups: tuple[str, ...]) -> None:
    found = compile_pattern("a", "", template).regex.match(line)
    assert found is not None
    assert found.groups() == groups


def test_tables_use_known_lines_only_and_every_section_has_a_sample() -> None:
    sections = read_sections()
    assert len(sections) >= 80
    assert [name for name, section in sections.items() if not section.samples] == []


def test_program_names() -> None:
    assert [program_key(name) for name in ("/usr/sbin/CRON", "postfix/smtpd", "su(pam_unix)", "sshd")] == [
        "cron",
        "postfix",
        "su",
        "sshd",
    ]


def test_addresses() -> None:
    assert [
        as_ip(text) for text in ("192.0.2.7", "::ffff:192.0.2.7", "[2001:DB8::1]", "256.1.1.1", "a.b", "12:30:00", "")
    ] == [
        "192.0.2.7",
        "192.0.2.7",
        "2001:db8::1",
        "",
        "",
        "12:30:00",
        "",
    ]
