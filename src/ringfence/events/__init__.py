"""Room: events. Stores, finds and counts normalised events through the port `EventStore`.

The adapter `ringfence.events.chdb_store.ChdbStore` is not imported here: it loads a database engine of 270 MB, which
a worker process or an offline scan does not need. The composition root imports it.
"""

from ringfence.events.arrow import from_ipc, to_events, to_ipc, to_table
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
