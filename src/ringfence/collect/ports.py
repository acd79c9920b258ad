"""What inputs ask of the rest of the product."""

from __future__ import annotations

from typing import Protocol

from ringfence.collect.batch import RawBatch, Receipt

__all__ = ["RawBatch", "Receipt", "Sink"]


class Sink(Protocol):
    """Takes batches from live inputs."""

    async def submit(self, batch: RawBatch) -> Receipt:
        """Return once the batch is stored, never before: the sender's acknowledgement hangs on it.

        The same batch id again stores nothing twice. Raises: BusyError when the bounded queue is full or the store
        failed; nothing was taken then and the sender is told to come again.
        """
        ...
