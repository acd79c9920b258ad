"""Room: events. Stores, finds and counts normalised events; the port is `EventStore`, chDB the adapter in the process."""

from ringfence.events.arrow import from_ipc, to_events, to_ipc, to_table
from ringfence.events.chdb_store import ChdbStore
from ringfence.events.model import (
    Bucket,
    InsertResult,
    Page,
    Quarantined,
    QuarantineState,
    Signal,
    Table,
    TimeRange,
    TopValue,
)
from ringfence.events.ports import EventStore

__all__ = [
    "Bucket",
    "ChdbStore",
    "EventStore",
    "InsertResult",
    "Page",
    "QuarantineState",
    "Quarantined",
    "Signal",
    "Table",
    "TimeRange",
    "TopValue",
    "from_ipc",
    "to_events",
    "to_ipc",
    "to_table",
]
