"""Run quarantined records through today's parsers again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.collect.batch import RawBatch
from ringfence.collect.normalise import Normaliser
from ringfence.collect.ports import Sink
from ringfence.collect.record import Record, Rejected
from ringfence.core.actor import Actor, Permission
from ringfence.core.clock import Clock
from ringfence.core.ids import digest
from ringfence.events.model import Quarantined, QuarantineState
from ringfence.events.ports import EventStore

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many records became events, and how many are still not understood."""

    understood: int
    still_rejected: int


async def replay(
    actor: Actor, ids: Sequence[str], *, store: EventStore, sink: Sink, normaliser: Normaliser, clock: Clock
) -> Replayed:
    """Replay these waiting records; what is understood now becomes events and leaves quarantine.

    A record keeps its time of receipt. The batch's id comes from the record, so a replay that was cut short and is
    done again doubles nothing.
    """
    actor.require(Permission.REPLAY_QUARANTINE)
    wanted = set(ids)
    understood: list[str] = []
    still = 0
    for item in await _waiting(actor, store, wanted):
        record = Record(raw=item.raw, hint=item.hint, meta={**item.meta, "received": item.received})
        if isinstance(normaliser.parse(record), Rejected):
            still += 1
            continue
        batch = RawBatch(
            id=digest("replay", item.id), tenant=item.tenant, source=item.source, received=item.received,
            records=[Record(raw=item.raw, hint=item.hint, meta={**item.meta, "received": item.received})],
        )  # fmt: skip
        await sink.submit(batch)
        understood.append(item.id)
    if understood:
        await store.mark_quarantined(actor, understood, QuarantineState.REPLAYED)
    return Replayed(len(understood), still)


async def _waiting(actor: Actor, store: EventStore, wanted: set[str]) -> list[Quarantined]:
    found: list[Quarantined] = []
    offset = 0
    while len(found) < len(wanted):
        items, _ = await store.quarantined(actor, limit=_PAGE, offset=offset)
        found.extend(item for item in items if item.id in wanted)
        if len(items) < _PAGE:
            break
        offset += _PAGE
    return found
