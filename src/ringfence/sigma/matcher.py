"""Which rules match an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ringfence.ecs.event import EcsValue, FieldValue
from ringfence.ecs.fields import FIELDS
from ringfence.ecs.logsource import Logsource
from ringfence.sigma.judge import Judge
from ringfence.sigma.layout import Names, Values
from ringfence.sigma.necessary import fixed
from ringfence.sigma.plan import Matches, Plan
from ringfence.sigma.rows import Budget
from ringfence.sigma.rule import Rule, RuleSet
from ringfence.sigma.tree import read_by
from ringfence.sigma.values import fold, text_of
from ringfence.sigma.verify import NOWHERE

_MAX_SHAPES = 4096
"""Sets of keys that are remembered, over all log sources; then all are forgotten and learned anew."""

_MAX_GROUPS = 4096
_SPLIT_SHARE = 0.3
"""Share of a group's rules that must ask for a constant in the same field for the group to be split by it."""

_CHUNK = 512
"""Events that are looked at together: enough to share the work, few enough to need little memory."""

_EXACT = frozenset({str, int, bool, type(None)})
"""Types whose equal values have equal texts."""

_MAX_REMEMBERED = 50_000
"""Values and rows that all plans together remember; then all are forgotten."""

_NONE: Matches = ()


class Matchable(Protocol):
    """What `match_batch` takes: `ringfence.ecs.event.Parsed` and `Event` both are such."""

    logsource: Logsource
    fields: dict[str, FieldValue]
    ecs: dict[str, EcsValue]


class Matcher:
    """Evaluates rules on events. Not safe for use by several threads at once; make one per thread."""

    def __init__(self, rules: Sequence[Rule] | RuleSet) -> None:
        self.rules = tuple(rules.rules if isinstance(rules, RuleSet) else rules)
        self._judge = Judge(self.rules)
        self._budget = Budget()
        self._groups: dict[int, tuple[_Group, Logsource]] = {}
        self._by_rules: dict[tuple[int, ...], _Group] = {}
        self._shapes = 0

    def match(
        self,
        logsource: Logsource,
        fields: Mapping[str, FieldValue],
        ecs: Mapping[str, EcsValue],
        raw: str = "",
    ) -> Matches:
        """Return the rules that match one event, in the order in which they were given.

        Nothing that an event holds makes it raise or take more than time linear in the event's size. Many events at
        a time are several times cheaper: see `match_batch`.
        """
        shape = self._shape(logsource, fields, ecs)
        return _NONE if shape is None else self._decide(shape, [fields], [ecs], [raw])[0]

    def match_batch(self, events: Sequence[Matchable], raws: Sequence[str] | None = None) -> list[Matches]:
        """Return the matching rules of each event, in order.

        `raws` are the raw texts beside `Parsed` objects; without them the attribute `raw` is taken where events have
        one (`Event`), else keyword rules see the field values alone.
        """
        if raws is None:
            if any(hasattr(kind, "raw") for kind in set(map(type, events))):
                raws = [getattr(event, "raw", "") for event in events]
            else:
                raws = [""] * len(events)
        elif len(raws) != len(events):
            raise ValueError(f"raws are {'shorter' if len(raws) < len(events) else 'longer'} than events")
        matches: list[Matches] = [_NONE] * len(events)
        for start in range(0, len(events), _CHUNK):
            self._match_chunk(events[start : start + _CHUNK], raws, start, matches)
        return matches

    def remembered(self) -> int:
        """Return how many log sources and sets of keys are remembered: bounded, whatever comes."""
        return len(self._groups) + self._shapes

    def _match_chunk(
        self, events: Sequence[Matchable], raws: Sequence[str], start: int, matches: list[Matches]
    ) -> None:
        if self._budget.used > _MAX_REMEMBERED:
            for group in self._by_rules.values():
                group.forget_values()
            self._budget.used = 0
        places: dict[_Shape, list[int]] = {}
        for index, event in enumerate(events):
            shape = self._shape(event.logsource, event.fields, event.ecs)
            if shape is None:
                continue
            if shape in places:
                places[shape].append(index)
            else:
                places[shape] = [index]
        for shape, waiting in places.items():
            fields = [events[index].fields for index in waiting]
            ecs = [events[index].ecs for index in waiting]
            decided = self._decide(shape, fields, ecs, [raws[start + index] for index in waiting])
            for index, found in zip(waiting, decided, strict=True):
                if found:
                    matches[start + index] = found

    def _shape(self, logsource: Logsource, fields: Values, ecs: Values) -> _Shape | None:
        """Events with the same log source and keys, or None where no rule is for them."""
        # By identity, because hashing a log source costs more than all else here; the entry keeps it alive.
        known = self._groups.get(id(logsource))
        group = self._group(logsource) if known is None else known[0]
        if not group.indexes:
            return None
        key = tuple(fields) if not group.reads_ecs else (tuple(fields), tuple(ecs))
        return group.shapes.get(key) or self._learn_shape(group, key, fields, ecs)

    def _decide(
        self, shape: _Shape, fields: Sequence[Values], ecs: Sequence[Values], raws: Sequence[str]
    ) -> list[Matches]:
        matches: list[Matches] = [_NONE] * len(fields)
        names = shape.names
        for plan, places in shape.group.plans(names, fields, ecs):
            if places is None:
                return plan.match(names, fields, ecs, raws)
            found = plan.match(
                names,
                [fields[place] for place in places],
                [ecs[place] for place in places],
                [raws[place] for place in places],
            )
            for place, one in zip(places, found, strict=True):
                matches[place] = one
        return matches

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
            group = self._by_rules[indexes] = _Group(self._judge, indexes, self._budget)
        self._groups[id(logsource)] = group, logsource
        return group

    def _learn_shape(self, group: _Group, key: Any, fields: Values, ecs: Values) -> _Shape:
        if self._shapes >= _MAX_SHAPES:
            for known in self._by_rules.values():
                known.forget()
            self._shapes = 0
        self._shapes += 1
        shape = group.shapes[key] = _Shape(group, Names(fields, ecs))
        return shape


class _Shape:
    """Events of one group with the same keys."""

    __slots__ = ("group", "names")

    def __init__(self, group: _Group, names: Names) -> None:
        self.group = group
        self.names = names


class _Group:
    """The rules for one kind of event, split by the constant that most of them ask for (on Windows the EventID)."""

    def __init__(self, judge: Judge, indexes: tuple[int, ...], budget: Budget) -> None:
        self.indexes = indexes
        self.shapes: dict[Any, _Shape] = {}
        self._judge = judge
        self._budget = budget
        rules = judge.rules
        names = {name for index in indexes for name in read_by(rules[index].condition)}
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

    def forget_values(self) -> None:
        """Drop what is remembered about values."""
        for plan in self._plans.values():
            plan.forget_values()

    def plans(
        self, names: Names, fields: Sequence[Values], ecs: Sequence[Values]
    ) -> list[tuple[Plan, Sequence[int] | None]]:
        """Plans for the rules that the events' constants leave, each with the places of its events (None: all)."""
        place = names[self._split] if self._wanted else None
        if not self._wanted or place is None:
            return [(self._plan(NOWHERE if self._wanted else None), None)]
        is_native, key = place
        values: list[Any] = [event[key] for event in (fields if is_native else ecs)]
        first = values[0]
        if type(first) in _EXACT and values.count(first) == len(values) and len(set(map(type, values))) == 1:
            return [(self._plan(self._constant(first)), None)]
        places: dict[str | None, list[int]] = {}
        for index, value in enumerate(values):
            places.setdefault(self._constant(value), []).append(index)
        return [(self._plan(text), indexes) for text, indexes in places.items()]

    def _constant(self, value: Any) -> str | None:
        if isinstance(value, (list, tuple)):  # a list may equal several constants at once
            return None
        text = fold(text_of(value))
        return text if text in self._known else NOWHERE

    def _plan(self, text: str | None) -> Plan:
        return self._plans.get(text) or self._build(text)

    def _build(self, text: str | None) -> Plan:
        indexes = self.indexes
        if text is not None:
            wanted = self._wanted
            indexes = tuple(index for index in indexes if index not in wanted or text in wanted[index])
        plan = self._plans[text] = Plan(self._judge, indexes, self._budget)
        return plan
