"""What the event store takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ringfence.ecs.event import Event


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Half-open range [start, end) in microseconds UTC; None is unbounded."""

    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of events, newest first, the number of all matches (exact up to `counted_to`) and how long it took."""

    events: list[Event]
    total: int
    took_ms: float
    total_is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar of a histogram: start in microseconds UTC and how many events."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class TopValue:
    """A value of a field and how often it occurs."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Table:
    """Result of read-only SQL."""

    columns: list[str]
    rows: list[list[Any]]
    took_ms: float
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """A condition over the columns of stored events, made by a compiler of this product and never by a person.

    `sql` may use the names in `definitions`: levels of (name, expression), each of which may use those before it.
    Values stand in `params` alone. `narrow` is a condition over plain columns that every match satisfies: what fails
    it is not read further.
    """

    sql: str
    params: Mapping[str, str | int | float | Sequence[str]]
    definitions: tuple[tuple[tuple[str, str], ...], ...] = ()
    narrow: str = "1"


@dataclass(frozen=True, slots=True)
class Extent:
    """Which stored events are asked: None does not narrow. `seq` is in (after_seq, upto_seq]."""

    tenant: str | None = None
    span: TimeRange = TimeRange()
    after_seq: int = 0
    upto_seq: int | None = None
    ruleset: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule set under which events were stored, and the highest `seq` of those."""

    ruleset: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Matches of one day (`day`: microseconds UTC of its start) on one host, user and source ("" where not named).

    `ids` are ids of the first events among them; `first` and `last` are times in microseconds UTC.
    """

    day: int
    host: str
    user: str
    source: str
    count: int
    first: int
    last: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InsertResult:
    """What an insert did: `stored` new events; `repeated` were there already; `seq` of the insert (0: nothing new)."""

    stored: int
    repeated: int
    seq: int


@dataclass(frozen=True, slots=True)
class Signal:
    """A stored event that matched rules, with what correlation needs of it."""

    seq: int
    event_id: str
    tenant: str
    time: int
    rules: tuple[str, ...]
    ecs: dict[str, Any]
    """The entity fields that the event holds (`ringfence.ecs.fields.ENTITY_FIELDS`), plus event.action/outcome."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What new events add to the finds of a correlation rule in one group, within one hour.

    `group` are the values of `group-by` in its order, without case. `count` events became part of a completed window,
    from `first` to `last` in microseconds UTC; each event is counted once, however often it is looked at. `deciding`
    are the first events that completed windows, at most 10.
    """

    rule_id: str
    tenant: str
    group: tuple[str, ...]
    first: int
    last: int
    count: int
    deciding: tuple[Signal, ...] = ()


class QuarantineState(StrEnum):
    """`waiting` for somebody to look, `replayed` into events, `discarded` by a person."""

    WAITING = "waiting"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that could not be understood, kept as it came."""

    id: str
    tenant: str
    received: int
    source: str
    reason: str
    raw: str
    hint: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    state: QuarantineState = QuarantineState.WAITING
