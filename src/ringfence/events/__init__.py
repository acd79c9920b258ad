"""Room: events. Stores, finds and counts normalised events through the port `EventStore`.

The adapter `ringfence.events.chdb_store.ChdbStore` is not imported here: it loads a database engine of 270 MB, which
a worker process or an offline scan does not need. The composition root imports it.
"""

from ringfence.events.arrow import from_ipc, to_events, to_ipc, to_table
from ringfence.events.model import (
    Applied,
    Bucket,
    Extent,
    InsertResult,
    Matching,
    Page,
    Pulse,
    Quarantined,
    QuarantineState,
    Signal,
    Table,
    Tally,
    TimeRange,
    TopValue,
)
from ringfence.events.ports import EventStore

__all__ = [
    "Applied",
    "Bucket",
    "EventStore",
    "Extent",
    "InsertResult",
    "Matching",
    "Page",
    "Pulse",
    "QuarantineState",
    "Quarantined",
    "Signal",
    "Table",
    "Tally",
    "TimeRange",
    "TopValue",
    "from_ipc",
    "to_events",
    "to_ipc",
    "to_table",
]
