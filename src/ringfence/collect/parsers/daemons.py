"""One engine for the many programs whose messages are sentences; what they say stands in `tables/*.txt`.

A table holds sections; each becomes one parser. Lines of a section:

    [openvpn] OpenVPN server and client          name and title of the parser
    programs: openvpn ovpn-server                programs of the syslog header
    mark: regex                                  or: what a line without such a program must begin with
    starts: 0123456789[                          first characters that the mark can have (any, if left out)
    needs: regex                                 what the message of such a program must hold
    logsource: linux vpn openvpn                 Sigma product, category, service ("-": none)
    module: openvpn                              event.module, if not the name
    include: pam                                 patterns of another section after its own
    sample: Mar  1 08:00:00 h openvpn[1]: ...    a line of our own for the tests
    login success | {user}/{src}:{sport} ...     event.action, event.outcome ("-": none), pattern

In a pattern `{name}` is a word, `{name+}` text up to what follows, `{name++}` the longest such text, `{*}` anything
up to what follows, `{?text}` text that may be absent, `{a|b}` one of the texts. Wildcards never backtrack over each
other, so a pattern takes time linear in the line. `\\{` is a brace itself. Names in `SHORT` set ECS fields; all
become native fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import ClassVar

from ringfence.collect.parsers.guess import guess, outcome
from ringfence.collect.parsers.text import (
    TextParser,
    as_int,
    header_ecs,
    header_fields,
    header_time,
    now_of,
    program_key,
    put_address,
    put_port,
    put_user,
    zone_of,
)
from ringfence.collect.record import Record
from ringfence.collect.text_time import any_us
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import Logsource, logsource

TABLES = ("authentication", "mail", "network", "server", "security")
_LIMIT = 8192

Setter = Callable[[dict[str, EcsValue], str], None]


def _text(name: str) -> Setter:
    def put(ecs: dict[str, EcsValue], value: str) -> None:
        if value and value != "-":
            ecs[name] = value

    return put


def _number(name: str) -> Setter:
    def put(ecs: dict[str, EcsValue], value: str) -> None:
        number = as_int(value)
        if number is not None:
            ecs[name] = number

    return put


def _user(name: str) -> Setter:
    return lambda ecs, value: put_user(ecs, value.strip("'\"<>"), name)


def _list(name: str) -> Setter:
    def put(ecs: dict[str, EcsValue], value: str) -> None:
        ecs[name] = [value]

    return put


def _host(side: str) -> Setter:
    return lambda ecs, value: put_address(ecs, side, value)


def _port(side: str) -> Setter:
    return lambda ecs, value: put_port(ecs, side, value)


def _level(ecs: dict[str, EcsValue], value: str) -> None:
    ecs["log.level"] = value.lower()


SHORT: dict[str, Setter] = {
    "user": _user("user.name"),
    "target": _user("user.target.name"),
    "runas": _user("user.effective.name"),
    "uid": _text("user.id"),
    "src": _host("source"),
    "sport": _port("source"),
    "name": _host("source"),
    "dst": _host("destination"),
    "dport": _port("destination"),
    "server": _host("destination"),
    "smac": _text("source.mac"),
    "proto": lambda ecs, value: _text("network.transport")(ecs, value.lower()),
    "group": _text("group.name"),
    "file": _text("file.path"),
    "cmd": _text("process.command_line"),
    "cwd": _text("process.working_directory"),
    "exe": _text("process.executable"),
    "reason": _text("event.reason"),
    "method": _text("http.request.method"),
    "path": _text("url.path"),
    "status": _number("http.response.status_code"),
    "url": _text("url.full"),
    "from": _text("email.from"),
    "to": _list("email.to"),
    "subject": _text("email.subject"),
    "query": lambda ecs, value: _text("dns.question.name")(ecs, value.rstrip(".")),
    "qtype": _text("dns.question.type"),
    "ruleid": _text("rule.id"),
    "rule": _text("rule.name"),
    "threat": _text("threat.indicator.name"),
    "code": _text("event.code"),
    "level": _level,
    "service": _text("service.name"),
    "rbytes": _number("destination.bytes"),
    "sbytes": _number("source.bytes"),
    "agent": _text("user_agent.original"),
    "host": _text("host.name"),
    "Filename": _text("file.path"),
    "Signature": _text("threat.indicator.name"),
}
"""Short names of the tables and how they set ECS fields."""

_PIECE = re.compile(r"\{([^{}]{1,400})\}")
_ADDRESSES = frozenset({"src", "dst", "name", "server"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """One message of a program."""

    action: str
    outcome: str
    regex: re.Pattern[str]
    setters: tuple[tuple[str, Setter | None], ...]


@dataclass(slots=True)
class Section:
    """What a table says of one program."""

    name: str
    title: str
    programs: frozenset[str] = frozenset()
    mark: re.Pattern[str] | None = None
    needs: re.Pattern[str] | None = None
    starts: str = ""
    source: Logsource = field(default_factory=lambda: logsource("linux", (), "syslog"))
    module: str = ""
    include: tuple[str, ...] = ()
    samples: list[str] = field(default_factory=list[str])
    patterns: list[Pattern] = field(default_factory=list[Pattern])


def compile_pattern(action: str, result: str, template: str) -> Pattern:
    """Compile a template of the tables; raises ValueError for one that is wrong."""
    template = template.replace("\\{", "\x01").replace("\\}", "\x02")
    pieces = _PIECE.split(template)
    regex, names, wild = "", [], False
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            literal = _literal(piece)
            if wild and piece:
                regex += f".*?{literal})"
                wild = False
            else:
                regex += literal
            continue
        following = pieces[number + 1]
        if piece == "*":
            if following:
                regex, wild = regex + "(?>", True
            else:
                regex += ".*"
        elif piece.startswith("?"):
            regex += f"(?:{re.escape(piece[1:])})?"
        elif "|" in piece:
            regex += "(?:" + "|".join(re.escape(choice) for choice in piece.split("|")) + ")"
        else:
            names.append(piece.rstrip("+"))
            behind = pieces[number + 2] if number + 2 < len(pieces) else ""
            regex += _capture(piece, following, behind)
    return Pattern(action, result, re.compile(regex, re.S), tuple((name, SHORT.get(name)) for name in names))


def _capture(piece: str, following: str, behind: str) -> str:
    name = piece.rstrip("+")
    if piece.endswith("++"):
        return r"(.{0,512})"
    if piece.endswith("+"):
        return rf"((?>.{{0,2048}}?(?={_literal(following)})))" if following else r"(.*)"
    if name in ("sport", "dport", "status", "rbytes", "sbytes"):
        return r"(\d{1,18})"
    if not following and behind and behind != "*":
        return r"([^\s]{1,256}?)"
    ending = following[:1]
    if name in _ADDRESSES:
        stop = "" if ending in (":", ".", " ", "") else _literal(ending)
        return rf"([^\s,;'\"<>(){stop}]{{1,256}})"
    return rf"([^\s{_literal(ending.strip())}]{{1,1024}})"


def _literal(text: str) -> str:
    return re.escape(text).replace("\x01", r"\{").replace("\x02", r"\}")


def read_sections() -> dict[str, Section]:
    """Read all tables that come with the package."""
    sections: dict[str, Section] = {}
    for table in TABLES:
        text = files("ringfence.collect.parsers").joinpath(f"tables/{table}.txt").read_text("utf-8")
        current: Section | None = None
        for line in text.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("["):
                name, _, title = line[1:].partition("] ")
                current = sections[name] = Section(name, title.strip())
            elif current is not None:
                _read_line(current, line)
    for section in sections.values():
        section.patterns.extend(p for name in section.include for p in sections[name].patterns)
    return sections


def _read_line(section: Section, line: str) -> None:
    before, bar, template = line.partition(" | ")
    key, colon, value = line.partition(": ")
    if colon and key in ("programs", "mark", "needs", "starts", "logsource", "module", "include", "sample"):
        value = value.strip() if key != "sample" else value
        if key == "programs":
            section.programs |= frozenset(value.split())
        elif key == "mark":
            section.mark = re.compile(value)
        elif key == "starts":
            section.starts = value
        elif key == "needs":
            section.needs = re.compile(value)
        elif key == "logsource":
            product, category, service = (part.strip("-") for part in value.split())
            section.source = logsource(product, (category,) if category else (), service)
        elif key == "module":
            section.module = value
        elif key == "include":
            section.include = tuple(value.split())
        else:
            section.samples.append(value)
    elif bar:
        action, result = before.split()
        section.patterns.append(compile_pattern(action, result.strip("-"), template))
    else:
        raise ValueError(f"section {section.name}: this line says nothing: {line}")


class Daemon(TextParser):
    """Parses messages by the patterns of its section; a message that none knows is searched for addresses and users."""

    section: ClassVar[Section]

    def accepts(self, record: Record) -> bool:
        """Tell whether the program or the mark is that of the section."""
        section = self.section
        if section.needs is not None and section.needs.search(record.body[:_LIMIT]) is None:
            return False
        if record.syslog is not None and program_key(record.syslog.program) in section.programs:
            return True
        return section.mark is not None and section.mark.match(record.body) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        section = self.section
        ecs, fields = header_ecs(record), header_fields(record)
        ecs["event.module"] = section.module
        text, time = _message(record)
        for pattern in section.patterns:
            found = pattern.regex.match(text)
            if found is not None:
                _apply(pattern, found, ecs, fields)
                break
        else:
            guess(text, ecs)
            result = outcome(text)
            if result:
                ecs["event.outcome"] = result
        return Parsed(section.name, section.source, time, ecs, fields)


def _apply(pattern: Pattern, found: re.Match[str], ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    ecs["event.action"] = pattern.action
    if pattern.outcome:
        ecs["event.outcome"] = pattern.outcome
    for (name, put), value in zip(pattern.setters, found.groups(), strict=True):
        if value is not None:
            fields[name] = value
            if put is not None:
                put(ecs, value)


def _message(record: Record) -> tuple[str, int | None]:
    """The sentence itself, without a time (and what encloses it) that stands before it, and the time of the record."""
    text = record.body[:_LIMIT]
    time = header_time(record)
    if record.syslog is not None and not text[:1].isdigit() and text[:1] not in "[tIWEF":
        return text, time
    start = 1 if text[:1] == "[" else 6 if text.startswith('time="') else 0
    found = any_us(text, start, zone_of(record), now_of(record))
    if found is None:
        return text, time
    return text[found[1] :].lstrip(" ]:,-|\t"), found[0]


def daemon(section: Section) -> TextParser:
    """Return the parser of one section."""
    values = {
        "__doc__": f"Parses messages of {section.title}.",
        "__module__": __name__,
        "name": section.name,
        "title": section.title,
        "samples": tuple(section.samples),
        "programs": section.programs,
        "everywhere": section.mark is not None,
        "starts": section.starts,
        "section": section,
    }
    section.module = section.module or section.name
    kind: type[Daemon] = type("Daemon", (Daemon,), values)
    return kind()


def daemons() -> Sequence[TextParser]:
    """One parser for each section of the tables, in their order."""
    return tuple(daemon(section) for section in read_sections().values())
