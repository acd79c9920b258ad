"""From a raw record to a normalised event: header off, wrappers off, the right parser found, nothing ever raised."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ringfence.collect.parsers.base import Parser
from ringfence.collect.parsers.registry import JSON_PARSERS, TEXT_PARSERS
from ringfence.collect.parsers.text import TextParser, program_key
from ringfence.collect.parsers.wrappers import unwrap
from ringfence.collect.record import Record, Rejected, SyslogHeader
from ringfence.collect.syslog_header import read_header, read_tag
from ringfence.core.clock import Clock, SystemClock
from ringfence.core.errors import ParseError, UsageError
from ringfence.ecs.event import Parsed

MAX_CHARACTERS = 1024 * 1024
MAX_WRAPPERS = 8
MAX_DEPTH = 64
FALLBACKS = frozenset({"syslog", "keyvalue", "line", "json"})
"""Parsers that take what no specific one does."""

_MAX_CACHED = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd\ud800-\udfff]")
_MAX_RUBBISH = 0.1
"""Share of control characters from which a record is taken for binary."""


class Normaliser:
    """Turns records into events. Never raises: what cannot be understood comes back as `Rejected` with the reason.

    clock: tells the year of times that have none, where the record's meta does not say when it was `received` (µs).
    zone: minutes east of UTC of times that have no zone. max_characters: longer records are rejected.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        zone: int = 0,
        max_characters: int = MAX_CHARACTERS,
        json_parsers: Sequence[Parser] = JSON_PARSERS,
        text_parsers: Sequence[Parser] = TEXT_PARSERS,
    ) -> None:
        self._clock = clock if clock is not None else SystemClock()
        self._zone = zone
        self._max = max_characters
        self._json = tuple(json_parsers)
        self._text = tuple(text_parsers)
        self._json_ids = frozenset(id(parser) for parser in self._json)
        self._by_name: dict[str, Parser] = {parser.name: parser for parser in (*self._text, *self._json)}
        self._programs = frozenset(p for one in self._text if isinstance(one, TextParser) for p in one.programs)
        self._candidates: dict[tuple[str, str], tuple[Parser, ...]] = {}

    def parser_names(self) -> tuple[str, ...]:
        """Names that `parse_as`, `--format` and `Record.hint` take, in order of the alphabet."""
        return tuple(sorted(self._by_name))

    def parse(self, record: Record) -> Parsed | Rejected:
        """Return the event of a record, or why there is none."""
        try:
            outcome = self._parse(record)
        except Exception as error:
            return self._reject(record, _bug("normaliser", error))
        if isinstance(outcome, Parsed):
            _fill_from_envelope(outcome, record.meta)
        return outcome

    def _parse(self, record: Record) -> Parsed | Rejected:
        if record.hint:
            parser = self._by_name.get(record.hint.partition(":")[0])
            if parser is None:
                return self._reject(record, f'the input asks for the parser "{record.hint[:80]}", which does not exist')
            return self._hinted(record, parser)
        if record.data is not None:
            return self._object(record)
        refused = self._prepare(record)
        if refused:
            return self._reject(record, refused)
        return self._text_record(record)

    def parse_as(self, record: Record, name: str) -> Parsed | Rejected:
        """Return the event as the named parser reads the record.

        Raises UsageError where no parser has that name; what the parser cannot read is `Rejected`, as in `parse`.
        """
        parser = self._by_name.get(name.partition(":")[0])
        if parser is None:
            known = ", ".join(self.parser_names())
            raise UsageError(f'there is no parser "{name}"', remedy=f"use one of {known}")
        try:
            return self._hinted(record, parser)
        except Exception as error:
            return self._reject(record, _bug(parser.name, error))

    def _hinted(self, record: Record, parser: Parser) -> Parsed | Rejected:
        if record.data is None:
            refused = self._prepare(record)
            if refused:
                return self._reject(record, refused)
            if id(parser) in self._json_ids:
                text = record.body if record.body[:1] == "{" else record.raw.strip()
                record.data = decode_object(text)
                if record.data is None:
                    return self._reject(record, f'the parser "{parser.name}" reads JSON objects, this is none')
        elif id(parser) in self._json_ids:
            record = self._unwrapped(record)
        return self._run(parser, record) or self._reject(record, f'the parser "{parser.name}" returned nothing')

    def _prepare(self, record: Record) -> str:
        """Set `body` and `syslog` of a text record; the reason to refuse it, or ""."""
        line = record.raw
        if len(line) > self._max:
            return f"the record has {len(line)} characters, more than the limit of {self._max}"
        if line[:1] == "{" and line[-1:] == "}":  # the JSON decoder looks at every character anyway
            record.body = line
            self._stamp(record)
            return ""
        if not line.isprintable() or line[:1] in (" ", "\ufeff") or line[-1:] == " ":
            line = line.strip("\ufeff\r\n\x00 \t")
            rubbish = _rubbish(line)
            if rubbish > _MAX_RUBBISH:
                return f"binary data: {rubbish:.0%} of the characters are control characters or cannot be decoded"
        if not line:
            return "the record is empty"
        received = self._stamp(record)
        if line[0] in "{[":
            record.body = line
            return ""
        header = read_header(line, received, self._zone) or self._bare_tag(record, line)
        if header is None:
            record.body = line
        else:
            record.syslog, record.body = header
        return ""

    def _bare_tag(self, record: Record, line: str) -> tuple[SyslogHeader, str] | None:
        """`sshd[1]: message`, where HEC, OTLP or a shipper carried time or host, which a syslog header would have.

        Without a pid it must be a program that a parser knows: `error: disk full` names none.
        """
        if "time" not in record.meta and "host" not in record.meta:
            return None
        header = read_tag(line)
        if header is None or not (header[0].pid or program_key(header[0].program) in self._programs):
            return None
        return header

    def _stamp(self, record: Record) -> int:
        received = record.meta.get("received")
        if not isinstance(received, int):
            received = self._clock.now_us()
            record.meta["received"] = received
        if self._zone:
            record.meta.setdefault("zone_minutes", self._zone)
        return received

    def _text_record(self, record: Record) -> Parsed | Rejected:
        body = record.body
        if body[:1] == "{":
            data = decode_object(body)
            if data is not None:
                record.data = data
                return self._object(record)
            if record.syslog is None:
                return self._reject(record, _broken_json(body))
        elif body[:2] in ("[{", "[]", "[["):
            return self._reject(record, "a JSON array where one record was expected")
        first = ""
        for parser in self._candidates_of(record):
            if not parser.accepts(record):
                continue
            outcome = self._run(parser, record)
            if isinstance(outcome, Parsed):
                if outcome.parser == "line" and (first or _rubbish(body)):
                    return self._reject(record, first or "control characters in a line of no known format")
                return outcome
            if outcome.meta.get("bug"):
                return outcome
            first = first or outcome.reason
        return self._reject(record, first or "no known format: no header, no fields and no time")

    def _candidates_of(self, record: Record) -> tuple[Parser, ...]:
        """Parsers to ask, in order: first those of the program, then the others that may begin like this."""
        program = program_key(record.syslog.program) if record.syslog is not None else ""
        key = (program, record.body[:1])
        found = self._candidates.get(key)
        if found is None:
            if len(self._candidates) >= _MAX_CACHED:
                self._candidates.clear()
            own = [p for p in self._text if isinstance(p, TextParser) and program in p.programs]
            rest = [
                p
                for p in self._text
                if p not in own and not (isinstance(p, TextParser) and p.programs and not p.everywhere)
            ]
            fits = [p for p in rest if not isinstance(p, TextParser) or not p.starts or key[1] in p.starts]
            found = self._candidates[key] = (*own, *fits)
        return found

    def _object(self, record: Record) -> Parsed | Rejected:
        record = self._unwrapped(record)
        if record.data is None:
            refused = self._prepare(record)
            return self._reject(record, refused) if refused else self._text_record(record)
        first = ""
        for parser in self._json:
            if parser.accepts(record):
                outcome = self._run(parser, record)
                if isinstance(outcome, Parsed) or outcome.meta.get("bug"):
                    return outcome
                first = first or outcome.reason
        return self._reject(record, first or "a JSON object that no parser takes")

    def _unwrapped(self, record: Record) -> Record:
        for _ in range(MAX_WRAPPERS):
            inner = unwrap(record)
            if inner is None:
                break
            record = inner
        return record

    def _run(self, parser: Parser, record: Record) -> Parsed | Rejected:
        try:
            return parser.parse(record)
        except ParseError as error:
            return self._reject(record, f"{parser.name}: {error}")
        except Exception as error:
            rejected = self._reject(record, _bug(parser.name, error))
            rejected.meta = {**rejected.meta, "bug": parser.name}
            return rejected

    def _reject(self, record: Record, reason: str) -> Rejected:
        return Rejected(raw=record.raw, reason=reason, number=record.number, meta=record.meta)


def _fill_from_envelope(outcome: Parsed, meta: Mapping[str, Any]) -> None:
    """Take time and host from the transport (HEC, OTLP, Beats) where the record itself names none.

    Who sends the record of a flow or of a cloud is a sensor, a firewall or a forwarder: it saw what happened, it did
    not happen there. As `host.name` it would tie everything that it ever saw into one incident.
    """
    if outcome.time is None:
        time = meta.get("time")
        if type(time) is int:
            outcome.time = time
    ecs = outcome.ecs
    if "host.name" not in ecs:
        host = meta.get("host")
        if type(host) is str and host:
            elsewhere = ("source.ip" in ecs and "destination.ip" in ecs) or "cloud.provider" in ecs
            ecs.setdefault("observer.name" if elsewhere else "host.name", host)


def decode_object(text: str) -> dict[str, Any] | None:
    """The JSON object of a text, or None where it is none (or not one, or nested deeper than `MAX_DEPTH`)."""
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        if "NaN" not in text and "Infinity" not in text:
            return None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, dict):
        return None
    # Without enough brackets it cannot be deep: that spares nearly every record the walk.
    return None if text.count("{") + text.count("[") > MAX_DEPTH and _too_deep(value) else value


def _too_deep(value: Mapping[str, Any]) -> bool:
    level: list[Any] = list(value.values())
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return True


def _rubbish(text: str) -> float:
    """Share of characters that no log line should have."""
    return len(_CONTROL.findall(text)) / len(text) if text and not text.isprintable() else 0.0


def _broken_json(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"broken JSON: {error.msg} at character {error.pos + 1}"
    except (ValueError, RecursionError):
        return "broken JSON: it cannot be decoded"
    return f"JSON nested deeper than {MAX_DEPTH} levels"


def _bug(parser: str, error: Exception) -> str:
    return f'the parser "{parser}" failed on this record ({type(error).__name__}); this is a bug in the parser'
