"""What takes a line that no specific parser knows: key=value pairs, syslog, or any line that begins with a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.aliases import apply_aliases
from ringfence.collect.parsers.guess import guess, outcome
from ringfence.collect.parsers.pairs import looks_paired, read_pairs
from ringfence.collect.parsers.text import (
    TextParser,
    header_ecs,
    header_fields,
    header_time,
    now_of,
    zone_of,
)
from ringfence.collect.record import Record
from ringfence.collect.syslog_header import leading_time
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.logsource import logsource

_SYSLOG = logsource("linux", (), "syslog")
_NONE = logsource("", (), "")


def _finish(record: Record, ecs: dict[str, EcsValue]) -> None:
    guess(record.body, ecs)
    result = outcome(record.body)
    if result:
        ecs.setdefault("event.outcome", result)


class KeyValue(TextParser):
    """Takes lines made of `key=value` pairs; the keys become fields, well-known ones ECS fields too."""

    name: ClassVar[str] = "keyvalue"
    title: ClassVar[str] = "key=value pairs of any product"
    samples: ClassVar[Sequence[str]] = ("time=2026-03-01T08:00:00Z app=door user=mia src=192.0.2.7 action=open",)

    def accepts(self, record: Record) -> bool:
        """Tell whether there are at least three pairs."""
        return record.body.count("=") >= 3 and looks_paired(record.body)

    def parse(self, record: Record) -> Parsed:
        """Return the event; the time of the line's own pairs goes before that of the header."""
        fields = read_pairs(record.body)
        ecs = header_ecs(record)
        time = apply_aliases(fields, ecs, zone_of(record))
        _finish(record, ecs)
        if time is None:
            time = header_time(record) or leading_time(record.body, now_of(record), zone_of(record))
        source = _SYSLOG if record.syslog is not None else _NONE
        return Parsed(self.name, source, time, ecs, {**header_fields(record), **fields})


class Syslog(TextParser):
    """Takes every line with a syslog header; addresses and users are found by the words before them."""

    name: ClassVar[str] = "syslog"
    title: ClassVar[str] = "syslog of any program"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 08:00:00 srv1 doord[77]: door opened for user mia from 192.0.2.7 port 4022",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether there is a syslog header."""
        return record.syslog is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        ecs = header_ecs(record)
        _finish(record, ecs)
        return Parsed(self.name, _SYSLOG, header_time(record), ecs, header_fields(record))


class Line(TextParser):
    """Takes any other line that has a time, of its own or from the envelope it came in; without one it is noise."""

    name: ClassVar[str] = "line"
    title: ClassVar[str] = "any line with a time"
    samples: ClassVar[Sequence[str]] = ("2026-03-01 08:00:00 door opened for user mia from 192.0.2.7",)

    def accepts(self, record: Record) -> bool:
        """Tell whether there is a time."""
        return (
            type(record.meta.get("time")) is int
            or leading_time(record.body, now_of(record), zone_of(record)) is not None
        )

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        time = leading_time(record.body, now_of(record), zone_of(record))
        if time is None and type(record.meta.get("time")) is not int:
            raise ParseError("the line does not begin with a time")
        ecs = header_ecs(record)
        _finish(record, ecs)
        return Parsed(self.name, _NONE, time, ecs, header_fields(record))
