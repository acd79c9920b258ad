"""What a live input hands over, and what it gets back."""

from __future__ import annotations

import msgspec

from ringfence.collect.record import Record, Rejected
from ringfence.core.ids import digest


class RawBatch(msgspec.Struct):
    """Records that arrived together. Event ids are made later from (batch id, index), so the id must be repeatable.

    source: name of the input, e.g. `syslog/tcp`, `hec`, `otlp`. received: microseconds UTC.
    """

    id: str
    tenant: str
    source: str
    received: int
    records: list[Record]
    rejected: list[Rejected] = []
    """What the input itself could not take whole (over-long, not decodable): straight to quarantine. Numbered after the
    records: the id of the n-th is made from (batch id, len(records) + n)."""


class Receipt(msgspec.Struct, frozen=True):
    """What became of a batch: `accepted` became events (or were stored before), `rejected` went to quarantine."""

    accepted: int
    rejected: int = 0


def request_batch_id(tenant: str, token_id: str, endpoint: str, body: bytes) -> str:
    """Id of the batch of one HTTP request: the same request sent again gets the same id, so nothing doubles."""
    return digest("request", tenant, token_id, endpoint, body)


def stream_batch_id(connection: str, sequence: int) -> str:
    """Id of the `sequence`-th batch of a connection, which has a UUID of its own."""
    return digest("stream", connection, str(sequence))
