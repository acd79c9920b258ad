"""The smallest real parser, to copy: door controllers that write `DOOR;time;door;badge;granted|refused;address`.

1. Copy this file, rename the class, set `name`, `title` and a `samples` line of your own making.
2. `accepts` looks (cheaply, never raising) at `record.body`: the line without its syslog header (`record.syslog`).
3. `parse` returns a `Parsed`: `ecs` with names of `ringfence.ecs.fields.FIELDS`, `fields` with the source's own names,
   spelt as Sigma rules for that log source spell them. What is broken raises `ParseError` with a reason for people.
4. Add one line to `registry.py`, before the generic parsers. `tests/collect/test_text_parsers.py` then walks it.

This parser is not in the registry. Messages that are sentences need no code: see `daemons.py` and its tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.text import TextParser, header_ecs, header_time, put_address, put_user, zone_of
from ringfence.collect.record import Record
from ringfence.collect.text_time import iso_us
from ringfence.core.errors import ParseError
from ringfence.ecs.event import FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("doors", ("authentication",), "badge")
_COLUMNS = ("kind", "time", "door", "badge", "verdict", "address")


class Example(TextParser):
    """Parses lines of door controllers."""

    name: ClassVar[str] = "example"
    title: ClassVar[str] = "Door controllers (example)"
    samples: ClassVar[Sequence[str]] = ("DOOR;2026-03-01T08:00:00Z;north;mia;refused;192.0.2.7",)
    starts: ClassVar[str] = "D"

    def accepts(self, record: Record) -> bool:
        """Tell whether the line begins with `DOOR;`."""
        return record.body.startswith("DOOR;")

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        words = record.body.split(";")
        if len(words) != len(_COLUMNS):
            raise ParseError(f"a door line has {len(_COLUMNS)} columns, this one has {len(words)}")
        fields: dict[str, FieldValue] = dict(zip(_COLUMNS, words, strict=True))
        ecs = header_ecs(record)
        ecs["event.module"], ecs["event.action"] = "doors", "badge"
        ecs["event.outcome"] = "success" if words[4] == "granted" else "failure"
        put_user(ecs, words[3])
        put_address(ecs, "source", words[5])
        time = iso_us(words[1], 0, zone_of(record))
        return Parsed(self.name, _SOURCE, time if time is not None else header_time(record), ecs, fields)
