"""What a parser is. To add one: copy `example.py`, add one line to `registry.py`, run `make test`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed


class Parser(Protocol):
    """Turns records of one format into `Parsed` events.

    The docstring of the class is its help text. A parser keeps no state between records.
    """

    name: ClassVar[str]
    """Short id, e.g. `zeek`; also what `--format` and `Record.hint` take (before a colon)."""
    title: ClassVar[str]
    """Name for people, e.g. `Zeek logs (TSV and JSON)`."""
    samples: ClassVar[Sequence[str]]
    """Records of our own making (at least one) that the contract test must see recognised with exact entities."""

    def accepts(self, record: Record) -> bool:
        """Tell, cheaply and without raising, whether the record is of this format."""
        ...

    def parse(self, record: Record) -> Parsed:
        """Return the event, or raise `ParseError` with a reason a person understands."""
        ...
