"""The heart: a batch of raw records in, normalised events with the rules that matched out.

A plain function of the batch, the parsers and the loaded rules. The server, a worker process and `ringfence scan` all
run this same code.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.collect.batch import RawBatch
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record, Rejected
from ringfence.core.ids import digest
from ringfence.ecs.event import Event, Parsed
from ringfence.events.model import Quarantined
from ringfence.sigma import Matcher


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a batch: `events` in order of the records, `rejected` for quarantine."""

    events: list[Event]
    rejected: list[Quarantined]


class Processor:
    """Normalises and matches batches. Holds parsers and compiled rules; keeps no state between batches."""

    def __init__(self, matcher: Matcher, normaliser: Normaliser, ruleset: str = "") -> None:
        self.ruleset = ruleset
        """Version of the rules in the matcher (`ringfence.sigma.version`), kept with each event."""
        self._matcher = matcher
        self._normaliser = normaliser

    def process(self, batch: RawBatch) -> Processed:
        """Return the events and the records that were not understood.

        The id of an event is a hash of batch and position: the same batch delivered twice gives the same ids, two
        equal lines in one batch stay two events.
        """
        parsed, kept, rejected = self._parse(batch)
        matches = self._matcher.match_batch(parsed, [record.raw for record, _ in kept])
        events: list[Event] = []
        for (record, index), outcome, rules in zip(kept, parsed, matches, strict=True):
            time = outcome.time
            events.append(
                Event(
                    id=digest(batch.id, str(index)),
                    tenant=batch.tenant,
                    time=batch.received if time is None else time,
                    received=batch.received,
                    batch=batch.id,
                    source=batch.source,
                    parser=outcome.parser,
                    logsource=outcome.logsource,
                    ecs=outcome.ecs,
                    fields=outcome.fields,
                    raw=record.raw,
                    rules=tuple([rule.id for rule in rules]) if rules else (),
                )
            )
        return Processed(events, rejected)

    def _parse(self, batch: RawBatch) -> tuple[list[Parsed], list[tuple[Record, int]], list[Quarantined]]:
        parsed: list[Parsed] = []
        kept: list[tuple[Record, int]] = []
        rejected: list[Quarantined] = []
        parse = self._normaliser.parse
        for index, record in enumerate(batch.records):
            outcome = parse(record)
            if isinstance(outcome, Rejected):
                rejected.append(quarantined(batch, index, outcome, record.hint))
            else:
                parsed.append(outcome)
                kept.append((record, index))
        for index, item in enumerate(batch.rejected, len(batch.records)):
            rejected.append(quarantined(batch, index, item))
        return parsed, kept, rejected


def quarantined(batch: RawBatch, index: int, item: Rejected, hint: str = "") -> Quarantined:
    """Return the quarantine entry of one record of a batch; its id is that of the event it would have become."""
    return Quarantined(
        id=digest(batch.id, str(index)),
        tenant=batch.tenant,
        received=batch.received,
        source=batch.source,
        reason=item.reason,
        raw=item.raw,
        hint=hint,
        meta={key: value for key, value in item.meta.items() if isinstance(value, str | int | float)},
    )
