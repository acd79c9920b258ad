"""From a rule to a condition in ClickHouse's SQL over stored events, with the meaning that the kernel gives it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ringfence.detect.sql.fields import TOKENS, Scope, elements, folded
from ringfence.detect.sql.patterns import keyword, may_hold_empty, test, wants_folded
from ringfence.events.model import Matching
from ringfence.sigma import Rule
from ringfence.sigma.tree import And, Exists, Leaf, Node, Not, Null, Or, Pattern, Place, Text
from ringfence.sigma.values import fold

_NAME = re.compile(r"\brf_(?:value|items|folded|present|all|all_folded|raw_folded)[0-9]*\b")

MAX_NEEDLES = 200
"""Texts that are searched for in one pass; the store takes at most 255."""


def compile_rule(rule: Rule, keys: Collection[str] | None = None) -> Matching:
    """Return the condition that holds for exactly the stored events that the rule matches, its log source included.

    `keys`: all names of native fields in the events that will be asked (`EventStore.field_names`). With them a field
    is read directly; without, a rule's names are compared with all names of every event, which is slow. The few
    differences from the kernel that remain are listed in docs/reference/exactness.md.
    """
    return matching_any([rule], keys)[0]


def compile_rules(rules: Sequence[Rule], keys: Collection[str] | None = None) -> tuple[list[str], Scope]:
    """Return one condition for each rule, all on the same parameters and definitions, to be asked in one statement."""
    scope = Scope(keys)
    return [_rule(scope, rule) for rule in rules], scope


def matching_any(rules: Sequence[Rule], keys: Collection[str] | None = None) -> tuple[Matching, list[str]]:
    """Return the condition that any of the rules matches, and for each rule its own condition in the same scope."""
    conditions, scope = compile_rules(rules, keys)
    narrow = " OR ".join(dict.fromkeys(_source(scope, rule) for rule in rules)) or "1"
    return Matching(" OR ".join(conditions) or "0", scope.params, _used(conditions, scope), narrow), conditions


def _used(conditions: Sequence[str], scope: Scope) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Definitions that the conditions need, directly or by others, in levels."""
    wanted: set[str] = set()
    names = _named("\n".join(conditions))
    while names:
        wanted |= names
        names = {one for name in names for one in _named(scope.definitions[name])} - wanted
    levels: dict[str, int] = {}
    for name, sql in scope.definitions.items():
        levels[name] = 1 + max((levels[one] for one in _named(sql)), default=-1)
    return tuple(
        tuple((name, scope.definitions[name]) for name in scope.definitions if name in wanted and levels[name] == level)
        for level in range(1 + max((levels[name] for name in wanted), default=-1))
    )


def _named(text: str) -> set[str]:
    return set(_NAME.findall(text))


def _rule(scope: Scope, rule: Rule) -> str:
    return f"({_source(scope, rule)} AND {_node(scope, rule.condition)})"


def _source(scope: Scope, rule: Rule) -> str:
    """The log source of the rule, as a condition on plain columns."""
    parts: list[str] = []
    if rule.product is not None:
        parts.append(f"logsource_product = {scope.bind(rule.product)}")
    if rule.category is not None:
        parts.append(f"has(logsource_categories, {scope.bind(rule.category)})")
    if rule.service is not None:
        parts.append(f"logsource_service = {scope.bind(rule.service)}")
    return f"({' AND '.join(parts)})" if parts else "1"


def _node(scope: Scope, node: Node) -> str:
    match node:
        case And(items):
            return _joined(" AND ", [_node(scope, item) for item in items], "1")
        case Or(items):
            return _joined(" OR ", _alternatives(scope, items), "0")
        case Not(item):
            return f"(NOT {_node(scope, item)})"
        case Leaf(None, pattern):
            return _keywords(scope, [pattern])
        case Leaf(field, pattern):
            return _leaf(scope, field or "", [pattern])


def _joined(word: str, parts: list[str], empty: str) -> str:
    return f"({word.join(parts)})" if parts else empty


def _alternatives(scope: Scope, items: Sequence[Node]) -> list[str]:
    """Tests on the same field in one: any element that satisfies any of them is enough either way."""
    groups: dict[tuple[str | None, bool, bool], list[Pattern]] = {}
    others: list[str] = []
    for item in items:
        if isinstance(item, Leaf) and not isinstance(item.pattern, Exists):
            key = (item.field, wants_folded(item.pattern), item.field is not None and may_hold_empty(item.pattern))
            groups.setdefault(key, []).append(item.pattern)
        else:
            others.append(_node(scope, item))
    made = [
        _keywords(scope, patterns) if field is None else _leaf(scope, field, patterns)
        for (field, _, _), patterns in groups.items()
    ]
    return [*made, *others]


def _leaf(scope: Scope, name: str, patterns: Sequence[Pattern]) -> str:
    """Any of the patterns, which all want the same form of the text, on any element of the field."""
    field = scope.field(name)
    if isinstance(patterns[0], Exists):
        return field.present if patterns[0].wanted else f"(NOT {field.present})"
    items = field.folded_items if wants_folded(patterns[0]) else field.items
    body = f"arrayExists(x -> {_any(scope, patterns, 'x')}, {items})"
    if any(isinstance(pattern, Null) for pattern in patterns) or not any(map(may_hold_empty, patterns)):
        return body
    return f"({field.present} AND {body})"


def _any(scope: Scope, patterns: Sequence[Pattern], text: str) -> str:
    equal: list[str] = []
    inside: list[str] = []
    rest: list[str] = []
    for pattern in patterns:
        match pattern:
            case Text(wanted, Place.EQUALS, cased):
                equal.append(wanted if cased else fold(wanted))
            case Text(wanted, Place.CONTAINS, cased) if wanted:
                inside.append(wanted if cased else fold(wanted))
            case _:
                rest.append(test(scope, pattern, text))
    parts = _many(scope, equal, text, "{0} = {1}", "{0} IN {1}") + _needles(scope, inside, text) + rest
    return _joined(" OR ", parts, "0")


def _many(scope: Scope, values: list[str], text: str, single: str, several: str) -> list[str]:
    if not values:
        return []
    if len(values) == 1:
        return [single.format(text, scope.bind(values[0]))]
    return [several.format(text, scope.bind(values, "Array(String)"))]


def _needles(scope: Scope, values: list[str], text: str) -> list[str]:
    made: list[str] = []
    for start in range(0, len(values), MAX_NEEDLES):
        part = values[start : start + MAX_NEEDLES]
        made += _many(scope, part, text, "position({0}, {1}) > 0", "multiSearchAny({0}, {1})")
    return made


def _keywords(scope: Scope, patterns: Sequence[Pattern]) -> str:
    """Any of the keywords in any element of a native field, or in the raw text."""
    fold_it = wants_folded(patterns[0])
    values = f"arrayFlatten(arrayMap(v -> {elements('v', scope.bind(TOKENS))}, mapValues(fields)))"
    items = scope.define("rf_all", values)
    raw = "raw"
    if fold_it:
        items = scope.define("rf_all_folded", f"arrayMap(i -> {folded('i')}, rf_all)")
        raw = scope.define("rf_raw_folded", folded("raw"))
    on_item = _joined(" OR ", [keyword(scope, pattern, "x") for pattern in patterns], "0")
    on_raw = _joined(" OR ", [keyword(scope, pattern, raw) for pattern in patterns], "0")
    return f"((raw != '' AND {on_raw}) OR arrayExists(x -> {on_item}, {items}))"
