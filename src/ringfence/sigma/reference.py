"""What a condition means, written as plainly as possible.

The matcher is tested against this evaluator and falls back to it for events with lists; `explain` reports through it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ringfence.ecs.event import EcsValue, FieldValue
from ringfence.ecs.logsource import Logsource
from ringfence.sigma.expression import finder
from ringfence.sigma.rule import Rule
from ringfence.sigma.tree import (
    And,
    Cidr,
    Compare,
    Comparison,
    Exists,
    FieldRef,
    Glob,
    Leaf,
    Moment,
    Node,
    Not,
    Null,
    Or,
    Pattern,
    Place,
    Regex,
    Text,
    TimePart,
    Wildcard,
)
from ringfence.sigma.values import (
    MISSING,
    View,
    elements,
    fold,
    in_networks,
    moment_of,
    number_of,
    resolve,
    spans_of,
    text_of,
)

COMPARE = {
    Comparison.LT: operator.lt,
    Comparison.LTE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GTE: operator.ge,
    Comparison.EQ: operator.eq,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason why a rule matched: the field as the event spells it, its value as text, the pattern as text."""

    field: str
    value: str
    pattern: str


def holds(node: Node, view: View) -> bool:
    """Tell whether the condition holds for the event."""
    match node:
        case And(items):
            return all(holds(item, view) for item in items)
        case Or(items):
            return any(holds(item, view) for item in items)
        case Not(item):
            return not holds(item, view)
        case Leaf(None, pattern):
            return any(keyword_holds(text, pattern) for _, text in view.everything())
        case Leaf(field, pattern):
            return any(True for _ in matching(view, field or "", pattern))


def matching(view: View, field: str, pattern: Pattern) -> Iterator[Any]:
    """Elements of the field that satisfy the pattern (`None` stands for a missing field)."""
    value = view.get(field)
    if isinstance(pattern, Exists):
        if (value is not MISSING) == pattern.wanted:
            yield None if value is MISSING else value
        return
    if value is MISSING:
        if isinstance(pattern, Null):
            yield None
        return
    for element in elements(value):
        if element_holds(element, pattern, view):
            yield element


def element_holds(element: Any, pattern: Pattern, view: View) -> bool:
    """Tell whether one element of a present field satisfies the pattern."""
    match pattern:
        case Text(text, place, cased):
            return _text_holds(text_of(element), text, place, cased)
        case Glob():
            return glob_holds(text_of(element), pattern)
        case Regex(expression, flags):
            return finder(expression, flags)(text_of(element))
        case Cidr(network):
            return in_networks(text_of(element), spans_of((network,)))
        case Null():
            return text_of(element) == ""
        case Exists(wanted):
            return wanted
        case Compare(comparison, number):
            return number_holds(element, comparison, number)
        case Moment(part, comparison, number):
            return moment_holds(element, part, comparison, number)
        case FieldRef(field, place, cased):
            other = view.get(field)
            if other is MISSING:
                return False
            return any(_text_holds(text_of(element), text_of(item), place, cased) for item in elements(other))


def keyword_holds(text: str, pattern: Pattern) -> bool:
    """Tell whether a text of the event holds the keyword."""
    match pattern:
        case Text(wanted, _, cased):
            return _text_holds(text, wanted, Place.CONTAINS, cased)
        case Glob():
            return glob_holds(text, pattern)
        case Regex(expression, flags):
            return finder(expression, flags)(text)
        case _:
            return False


def number_holds(element: Any, comparison: Comparison, wanted: float) -> bool:
    """Compare a value, where it is a number, with the wanted one."""
    number = number_of(element)
    return number is not None and COMPARE[comparison](number, wanted)


def moment_holds(element: Any, part: TimePart, comparison: Comparison, wanted: float) -> bool:
    """Compare a part of a value, where it is a time, with the wanted one."""
    moment = moment_of(element)
    if moment is None:
        return False
    number = moment.isocalendar().week if part is TimePart.WEEK else getattr(moment, part.value)
    return COMPARE[comparison](number, wanted)


def _text_holds(value: str, wanted: str, place: Place, cased: bool) -> bool:
    if not cased:
        value, wanted = fold(value), fold(wanted)
    match place:
        case Place.EQUALS:
            return value == wanted
        case Place.CONTAINS:
            return wanted in value
        case Place.STARTSWITH:
            return value.startswith(wanted)
        case Place.ENDSWITH:
            return value.endswith(wanted)


def glob_holds(value: str, pattern: Glob) -> bool:
    """Tell whether the whole value has the form of the pattern."""
    return segments_hold(value if pattern.cased else fold(value), segments(pattern))


@lru_cache(maxsize=65536)
def segments(pattern: Glob) -> tuple[Any, ...]:
    """Parts of a pattern between its `*`: each a text, or an expression of fixed length where it holds `?`."""
    parts: list[list[str]] = [[pattern.texts[0]]]
    for wildcard, text in zip(pattern.wildcards, pattern.texts[1:], strict=True):
        if wildcard is Wildcard.ANY:
            parts.append([text])
        else:
            parts[-1].append(text)
    return tuple(_segment(part, pattern.cased) for part in parts)


def _segment(texts: list[str], cased: bool) -> str | tuple[re.Pattern[str], int]:
    texts = texts if cased else [fold(text) for text in texts]
    if len(texts) == 1:
        return texts[0]
    length = sum(map(len, texts)) + len(texts) - 1
    # No quantifier in it: every attempt costs at most its own length.
    return re.compile(".".join(map(re.escape, texts)), re.DOTALL), length


def segments_hold(value: str, parts: tuple[Any, ...]) -> bool:
    """Match from left to right, each part at its first place: linear, and right because `*` takes any run."""
    first, *rest = parts
    at = _match_at(value, first, 0)
    if at < 0:
        return False
    if not rest:
        return at == len(value)
    *middle, last = rest
    for part in middle:
        at = _find(value, part, at)
        if at < 0:
            return False
    start = len(value) - (len(last) if isinstance(last, str) else last[1])
    return start >= at and _match_at(value, last, start) == len(value)


def _match_at(value: str, part: Any, at: int) -> int:
    if isinstance(part, str):
        return at + len(part) if value.startswith(part, at) else -1
    found = part[0].match(value, at)
    return found.end() if found else -1


def _find(value: str, part: Any, at: int) -> int:
    if isinstance(part, str):
        place = value.find(part, at)
        return place + len(part) if place >= 0 else -1
    found = part[0].search(value, at)
    return found.end() if found else -1


def explain(
    rule: Rule, logsource: Logsource, fields: Mapping[str, FieldValue], ecs: Mapping[str, EcsValue], raw: str = ""
) -> list[Hit]:
    """Return the fields and values that made a rule match an event, for people to see; empty where it does not match.

    Tests below a negation are no reason and are left out; so is an alternative that does not hold.
    """
    view = View(fields, ecs, raw)
    if not logsource.covers(rule.product, rule.category, rule.service) or not holds(rule.condition, view):
        return []
    return list(dict.fromkeys(_reasons(rule.condition, view)))


def _reasons(node: Node, view: View) -> Iterator[Hit]:
    match node:
        case And(items) | Or(items):
            for item in items:
                if holds(item, view):
                    yield from _reasons(item, view)
        case Leaf(None, pattern):
            for name, text in view.everything():
                if keyword_holds(text, pattern):
                    yield Hit(name, text, describe(pattern))
        case Leaf(field, pattern):
            assert field is not None
            place = resolve(field, view.fields, view.ecs)
            for element in matching(view, field, pattern):
                yield Hit(place[1] if place else field, text_of(element), describe(pattern))
        case Not():
            return


def describe(pattern: Pattern) -> str:
    """Write a pattern as in a Sigma rule: `*\\cmd.exe`, `re: ^a+$`, `cidr: 192.0.2.0/24`, `null`."""
    match pattern:
        case Text(text, place, _):
            before = "*" if place in (Place.CONTAINS, Place.ENDSWITH) else ""
            after = "*" if place in (Place.CONTAINS, Place.STARTSWITH) else ""
            return before + text + after
        case Glob(texts, wildcards, _):
            return texts[0] + "".join(card.value + text for card, text in zip(wildcards, texts[1:], strict=True))
        case Regex(expression, flags):
            return f"re: (?{flags}){expression}" if flags else f"re: {expression}"
        case Cidr(network):
            return f"cidr: {network}"
        case Null():
            return "null"
        case Exists(wanted):
            return "exists" if wanted else "does not exist"
        case Compare(comparison, number):
            return f"{comparison.value}: {number:g}"
        case Moment(part, comparison, number):
            return f"{part.value} {comparison.value}: {number:g}"
        case FieldRef(field, place, _):
            return f"{place.value} field {field}"
