"""What the event store takes and gives."""

from __future__ import annotations

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
