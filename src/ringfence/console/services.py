"""What the console needs from the rest of the product; whoever starts the process fills it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ringfence.access import People, Staff, Tokens
from ringfence.core.actor import Actor
from ringfence.core.clock import Clock
from ringfence.events.ports import EventStore
from ringfence.flows.replay import Replayed
from ringfence.runtime.database import Database
from ringfence.sigma import RuleSet


@dataclass(frozen=True, slots=True)
class LiveStats:
    """How the pipeline is doing right now. `*_per_second` are means over the last 10 seconds or so."""

    events_per_second: float = 0.0
    queued: int = 0
    queue_capacity: int = 0
    stored_total: int = 0
    rejected_total: int = 0
    dropped_total: int = 0
    started_us: int = 0


@dataclass(frozen=True, slots=True)
class IngestInfo:
    """Where senders reach this installation. A port of 0: that input is off. `base_url` has no slash at its end."""

    base_url: str
    host: str
    syslog_udp: int = 0
    syslog_tcp: int = 0
    syslog_tls: int = 0


@dataclass(frozen=True, slots=True)
class Services:
    """The console's dependencies.

    tokens: the very object that the inputs ask, so that a revoked token ends at once. rules: what is loaded right
    now. replay: runs quarantined records through today's parsers. secure_cookies: set where the console is reached
    over HTTPS only.
    """

    events: EventStore
    database: Database
    clock: Clock
    people: People
    staff: Staff
    tokens: Tokens
    rules: Callable[[], RuleSet]
    live_stats: Callable[[], LiveStats]
    replay: Callable[[Actor, Sequence[str]], Awaitable[Replayed]]
    ingest_info: Callable[[Actor], IngestInfo]
    secure_cookies: bool = False
