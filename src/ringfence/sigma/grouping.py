"""What a correlation reads of an event: the group it belongs to and the value that is counted.

A name is looked for among the native fields, then among the ECS fields, then among native fields whose name differs
only in case or spaces; the first that says anything counts. Empty text, null and `-` (how Windows and web logs write
"none") say nothing: an event that lacks a field of the group belongs to no group. Text is compared as Sigma compares
it, without case. Of a list each item counts, so an event may be in several groups (at most 16 items of a field).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from itertools import product
from typing import Any

from ringfence.ecs.fields import FIELDS
from ringfence.sigma.correlation import Correlation
from ringfence.sigma.values import elements, fold, loose, text_of

MAX_ITEMS = 16
MAX_LENGTH = 512
SEPARATOR = "\x1f"
"""Stands between the values of a group; taken out of the values themselves."""

NUMBER = r"^[+-]?[0-9]{1,30}([.][0-9]{0,30})?$"
"""What counts as a number, for Python and for RE2."""

PLACES = Decimal("0.000000001")
"""Numbers are read to nine places; what is beyond is cut off."""

_NUMBER = re.compile(NUMBER[:-1] + r"\Z")
_NOTHING = frozenset(("", "-"))

Sources = tuple[tuple[str, str], ...]
"""Ids of rules, each with the field that stands for a name; of several the first that the event matched counts."""


def sources(correlations: Mapping[str, Correlation], correlation: Correlation, slot: int, name: str) -> Sources:
    """Return the fields behind a name of `group-by` or `field` for one of the referenced rules.

    A correlation that is referred to is looked through: its own aliases serve where the outer one has none.
    """
    ref = correlation.refs[slot]
    inner = correlations.get(ref)
    alias = correlation.aliases.get(name, {}).get(ref)
    if inner is None:
        return ((ref, alias or name),)
    found: dict[str, str] = {}
    for number in range(len(inner.refs)):
        for rule, field in sources(correlations, inner, number, alias or name):
            found.setdefault(rule, field)
    return tuple(found.items())


def places(
    correlation: Correlation,
    correlations: Mapping[str, Correlation],
    slot: int,
    rules: Collection[str],
    fields: Mapping[str, Any],
    ecs: Mapping[str, Any],
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield group and value of an event for each place that it has in the correlation."""

    def read(name: str) -> list[str]:
        for rule, field in sources(correlations, correlation, slot, name):
            if rule in rules:
                return raw(field, fields, ecs)
        return []

    groups = [folded(read(name)) for name in correlation.group_by]
    counted = correlation.condition.field
    if correlation.type.is_numeric:
        number = number_in(read(counted[0]))
        values = [] if number is None else [number]
    else:
        values = [SEPARATOR.join(parts) for parts in product(*(folded(read(name)) for name in counted))]
    for group in product(*groups):
        for value in values:
            yield group, value


def raw(name: str, fields: Mapping[str, Any], ecs: Mapping[str, Any]) -> list[str]:
    """Return the texts that an event holds under a name, in their order; empty where it says nothing."""
    if name in fields and (found := _texts(fields[name])):
        return found
    if name in FIELDS and name in ecs and (found := _texts(ecs[name])):
        return found
    wanted = loose(name)
    key = next((key for key in fields if loose(key) == wanted), None)
    return [] if key is None else _texts(fields[key])


def folded(texts: list[str]) -> list[str]:
    """Return the texts as they are compared, each once."""
    return list(dict.fromkeys(fold(text).replace(SEPARATOR, "")[:MAX_LENGTH] for text in texts))[:MAX_ITEMS]


def number_in(texts: list[str]) -> str | None:
    """Return the first number among the texts, to nine places."""
    for text in texts:
        if _NUMBER.match(text):
            return format(Decimal(text).quantize(PLACES, ROUND_DOWN), "f")
    return None


def _texts(value: Any) -> list[str]:
    return [text for text in map(text_of, elements(value)) if text not in _NOTHING]
