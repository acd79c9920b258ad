"""What correlation sees and what it decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ringfence.core.message import Message


class Tie(StrEnum):
    """Kinds of entities that can tie an alert to an incident."""

    HOST = "host"
    USER = "user"
    SOURCE = "source"
    DESTINATION = "destination"
    DOMAIN = "domain"
    HASH = "hash"
    ACCOUNT = "account"
    CONTAINER = "container"
    INSTANCE = "instance"
    RULE = "rule"


class Role(StrEnum):
    """The part that an entity plays in an alert.

    `subject`: something happened on it or by it. `target`: somebody outside tried something on it; `reached`: a host
    inside went to it.
    """

    SUBJECT = "subject"
    REACHED = "reached"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Entity:
    """A host, user, address, ... under one spelling."""

    kind: Tie
    value: str


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Open an incident for the alert; `ref` names it in the commands that follow."""

    ref: str
    alert_id: str
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class JoinAlert:
    """Put the alert into the incident; `score` is 0 to 1."""

    ref: str
    alert_id: str
    score: float
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class MergeIncidents:
    """Move all that `other` has into `ref`: the alert belongs to both."""

    ref: str
    other: str
    alert_id: str
    score: float
    reasons: tuple[Message, ...]


Command = OpenIncident | JoinAlert | MergeIncidents
