"""The event envelope: what a parser returns and what the store keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ringfence.ecs.logsource import Logsource

EcsValue = str | int | float | list[str]
"""Value of an ECS field, by its kind."""

FieldValue = str | int | float | bool | None | list[Any]
"""Value of a native field. Nested objects are flattened with dots (`userIdentity.type`); lists stay lists."""


class Parsed(msgspec.Struct):
    """What a parser makes of one record. Not frozen: built once on a hot path, then left alone.

    `time` is in microseconds UTC, None where the record holds none (the time of receipt is used and
    `event.reason` is left alone). `ecs` may hold names of `ringfence.ecs.fields.FIELDS` only. `fields` holds the
    source's own field names, as the Sigma taxonomy for its log source spells them.
    """

    parser: str
    logsource: Logsource
    time: int | None
    ecs: dict[str, EcsValue]
    fields: dict[str, FieldValue]


class Event(msgspec.Struct):
    """A normalised event as it is stored. Times are microseconds UTC; `rules` are ids of the rules that matched."""

    id: str
    tenant: str
    time: int
    received: int
    batch: str
    source: str
    parser: str
    logsource: Logsource
    ecs: dict[str, EcsValue]
    fields: dict[str, FieldValue]
    raw: str
    rules: tuple[str, ...] = ()

    def flat(self) -> Mapping[str, FieldValue | EcsValue]:
        """Native and ECS fields in one mapping; native names win."""
        return {**self.ecs, **self.fields}
