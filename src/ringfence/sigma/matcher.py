"""Which rules match an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ringfence.ecs.event import EcsValue, FieldValue
from ringfence.ecs.fields import FIELDS
from ringfence.ecs.logsource import Logsource
from ringfence.sigma.layout import Names
from ringfence.sigma.necessary import fixed
from ringfence.sigma.plan import Plan
from ringfence.sigma.reference import holds
from ringfence.sigma.rule import Rule, RuleSet
from ringfence.sigma.tree import FieldRef, leaves
from ringfence.sigma.values import MISSING, View, fold, text_of
from ringfence.sigma.verify import NOWHERE, Check, Lookup, UndecidedError, compile_condition

_MAX_SHAPES = 4096
"""Sets of keys that are remembered, over all log sources; then all are forgotten and learned anew."""

_MAX_GROUPS = 4096
_SPLIT_SHARE = 0.3
"""Share of a group's rules that must ask for a constant in the same field for the group to be split by it."""

_NONE: tuple[Rule, ...] = ()


class Matchable(Protocol):
    """What `match_batch` takes: `ringfence.ecs.event.Parsed` and `Event` both are such."""

    logsource: Logsource
    fields: dict[str, FieldValue]
    ecs: dict[str, EcsValue]


class Matcher:
    """Evaluates rules on events. Not safe for use by several threads at once; make one per thread."""

    def __init__(self, rules: Sequence[Rule] | RuleSet) -> None:
        self.rules = tuple(rules.rules if isinstance(rules, RuleSet) else rules)
        self._checks: list[Check | None] = [None] * len(self.rules)
        self._groups: dict[int, tuple[_Group, Logsource]] = {}
        self._by_rules: dict[tuple[int, ...], _Group] = {}
        self._lookup = Lookup()
        self._shapes = 0

    def match(
        self,
        logsource: Logsource,
        fields: Mapping[str, FieldValue],
        ecs: Mapping[str, EcsValue],
        raw: str = "",
    ) -> tuple[Rule, ...]:
        """Return the rules that match one event, in the order in which they were given.

        Nothing that an event holds makes it raise or take more than time linear in the event's size.
        """
        # By identity, because hashing a log source costs more than all else here; the entry keeps it alive.
        known = self._groups.get(id(logsource))
        group = self._group(logsource) if known is None else known[0]
        if not group.indexes:
            return _NONE
        key = tuple(fields) if not group.reads_ecs else (tuple(fields), tuple(ecs))
        names = group.shapes.get(key)
        if names is None:
            names = self._shape(group, key, fields, ecs)
        lookup = self._lookup
        lookup.clear()
        candidates = group.plan(names, fields, ecs).candidates(names, fields, ecs, raw, lookup)
        if not candidates:
            return _NONE
        return self._verify(candidates, names, fields, ecs, raw)

    def match_batch(self, events: Sequence[Matchable], raws: Sequence[str] | None = None) -> list[tuple[Rule, ...]]:
        """Return the matching rules of each event, in order.

        `raws` are the raw texts beside `Parsed` objects; without them the attribute `raw` is taken where events have
        one (`Event`), else keyword rules see the field values alone.
        """
        match = self.match
        if raws is None:
            if not any(hasattr(kind, "raw") for kind in set(map(type, events))):
                return [match(event.logsource, event.fields, event.ecs) for event in events]
            raws = [getattr(event, "raw", "") for event in events]
        return [match(event.logsource, event.fields, event.ecs, raw) for event, raw in zip(events, raws, strict=True)]

    def remembered(self) -> int:
        """Return how many log sources and sets of keys are remembered: bounded, whatever comes."""
        return len(self._groups) + self._shapes

    def _verify(
        self, candidates: Any, names: Names, fields: Mapping[str, Any], ecs: Mapping[str, Any], raw: str
    ) -> tuple[Rule, ...]:
        lookup, checks = self._lookup, self._checks
        cased = lookup.cased
        lookup.load(fields, ecs, raw, names)
        matched: list[Rule] = []
        for index in candidates:
            check = checks[index] or self._compile(index)
            try:
                if check(lookup, cased):
                    matched.append(self.rules[index])
            except UndecidedError:
                if holds(self.rules[index].condition, View(fields, ecs, raw)):
                    matched.append(self.rules[index])
        return tuple(matched) if matched else _NONE

    def _compile(self, index: int) -> Check:
        check = self._checks[index] = compile_condition(self.rules[index].condition)
        return check

    def _group(self, logsource: Logsource) -> _Group:
        indexes = tuple(
            index
            for index, rule in enumerate(self.rules)
            if logsource.covers(rule.product, rule.category, rule.service)
        )
        if len(self._groups) >= _MAX_GROUPS:
            self._groups.clear()
            self._by_rules.clear()
            self._shapes = 0
        group = self._by_rules.get(indexes)
        if group is None:
            group = self._by_rules[indexes] = _Group(self.rules, indexes)
        self._groups[id(logsource)] = group, logsource
        return group

    def _shape(self, group: _Group, key: Any, fields: Mapping[str, Any], ecs: Mapping[str, Any]) -> Names:
        if self._shapes >= _MAX_SHAPES:
            for known in self._by_rules.values():
                known.forget()
            self._shapes = 0
        self._shapes += 1
        names = group.shapes[key] = Names(fields, ecs)
        return names


class _Group:
    """The rules for one kind of event, split by the constant that most of them ask for (on Windows the EventID)."""

    def __init__(self, rules: Sequence[Rule], indexes: tuple[int, ...]) -> None:
        self.indexes = indexes
        self.shapes: dict[Any, Names] = {}
        self._rules = rules
        names: set[str] = set()
        for index in indexes:
            for test in leaves(rules[index].condition):
                names.add(test.field or "")
                if isinstance(test.pattern, FieldRef):
                    names.add(test.pattern.field)
        self.reads_ecs = not names.isdisjoint(FIELDS)
        constants = {index: fixed(rules[index].condition) for index in indexes}
        counts = Counter(name for found in constants.values() for name in found)
        self._split, count = counts.most_common(1)[0] if counts else ("", 0)
        self._wanted: dict[int, frozenset[str]] = {}
        if count >= _SPLIT_SHARE * len(indexes) and len(indexes) > 1:
            self._wanted = {index: found[self._split] for index, found in constants.items() if self._split in found}
        self._known = frozenset(text for texts in self._wanted.values() for text in texts)
        self._plans: dict[str | None, Plan] = {}

    def forget(self) -> None:
        """Drop what is remembered about shapes of events."""
        self.shapes.clear()
        for plan in self._plans.values():
            plan.forget()

    def plan(self, names: Names, fields: Mapping[str, Any], ecs: Mapping[str, Any]) -> Plan:
        """Plan for the rules that the event's constant leaves."""
        text: str | None = None
        if self._wanted:
            place = names[self._split]
            value: Any = MISSING if place is None else fields[place[1]] if place[0] else ecs[place[1]]
            if not isinstance(value, (list, tuple)):  # a list may equal several constants at once
                text = NOWHERE if value is MISSING else fold(text_of(value))
                if text not in self._known:
                    text = NOWHERE
        return self._plans.get(text) or self._build(text)

    def _build(self, text: str | None) -> Plan:
        indexes = self.indexes
        if text is not None:
            wanted = self._wanted
            indexes = tuple(index for index in indexes if index not in wanted or text in wanted[index])
        plan = self._plans[text] = Plan(self._rules, indexes)
        return plan
