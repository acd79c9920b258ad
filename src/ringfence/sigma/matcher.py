"""Which rules match an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ringfence.ecs.event import EcsValue, FieldValue
from ringfence.ecs.logsource import Logsource
from ringfence.sigma.reference import holds
from ringfence.sigma.rule import Rule, RuleSet
from ringfence.sigma.values import View


class Matchable(Protocol):
    """What `match_batch` takes: `ringfence.ecs.event.Parsed` and `Event` both are such."""

    logsource: Logsource
    fields: dict[str, FieldValue]
    ecs: dict[str, EcsValue]


class Matcher:
    """Evaluates rules on events. Not safe for use by several threads at once; make one per thread."""

    def __init__(self, rules: Sequence[Rule] | RuleSet) -> None:
        self.rules = tuple(rules.rules if isinstance(rules, RuleSet) else rules)
        self._groups: dict[Logsource, tuple[Rule, ...]] = {}

    def match(
        self,
        logsource: Logsource,
        fields: Mapping[str, FieldValue],
        ecs: Mapping[str, EcsValue],
        raw: str = "",
    ) -> tuple[Rule, ...]:
        """Return the rules that match one event, in the order in which they were given."""
        group = self._groups.get(logsource)
        if group is None:
            group = tuple(rule for rule in self.rules if logsource.covers(rule.product, rule.category, rule.service))
            self._groups[logsource] = group
        view = View(fields, ecs, raw)
        return tuple(rule for rule in group if holds(rule.condition, view))

    def match_batch(self, events: Sequence[Matchable], raws: Sequence[str] | None = None) -> list[tuple[Rule, ...]]:
        """Return the matching rules of each event, in order.

        `raws` are the raw texts beside `Parsed` objects; without them the attribute `raw` is taken where events have
        one (`Event`), else keyword rules see the field values alone.
        """
        texts = raws if raws is not None else [getattr(event, "raw", "") for event in events]
        return [
            self.match(event.logsource, event.fields, event.ecs, raw) for event, raw in zip(events, texts, strict=True)
        ]
