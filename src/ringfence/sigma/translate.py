"""From what pySigma understood of a document to the neutral tree.

pySigma reads the document, applies the modifiers to the values and parses the condition. The references of a condition
to its detections are resolved here, because pySigma's own resolution forgets which modifiers a value had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyparsing import ParseException
from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
    SigmaCondition,
)
from sigma.exceptions import SigmaConditionError
from sigma.modifiers import (
    SigmaCaseSensitiveModifier,
    SigmaEndswithModifier,
    SigmaRegularExpressionModifier,
    SigmaStartswithModifier,
)
from sigma.rule.detection import SigmaDetection, SigmaDetectionItem, SigmaDetections
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from ringfence.sigma.expression import ExpressionError, finder
from ringfence.sigma.tree import (
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
    Pattern,
    Place,
    Regex,
    Text,
    TimePart,
    Wildcard,
    both,
    either,
)

Placeholders = Mapping[str, Sequence[str]]

MAX_DEPTH = 100
"""Deepest nesting of a condition or a detection."""

_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_WILDCARDS = {SpecialChars.WILDCARD_MULTI: Wildcard.ANY, SpecialChars.WILDCARD_SINGLE: Wildcard.ONE}
_COMPARISONS = {comparison.name: comparison for comparison in Comparison}


class TranslateError(ValueError):
    """The rule is well-formed but cannot be evaluated; the message says why."""


class ConditionError(TranslateError):
    """The condition cannot be understood, from the character `offset` on."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def translate(detections: SigmaDetections, placeholders: Placeholders) -> Node:
    """Return the condition of a rule; several conditions are alternatives.

    Raises `TranslateError`.
    """
    if not all(type(condition) is str for condition in detections.condition):
        raise ConditionError("condition must be a text or a list of texts")
    conditions = [_parse(condition) for condition in detections.parsed_condition]
    return either([_condition(condition, detections, placeholders, 0) for condition in conditions])


def _parse(condition: SigmaCondition) -> Any:
    try:
        return condition.parse(postprocess=False)
    except SigmaConditionError as error:
        cause = error.__context__
        if not isinstance(cause, ParseException):
            raise ConditionError(str(error.args[0])) from None
        rest = condition.condition[cause.loc :].strip()
        reason = f"is not understood from '{rest[:40]}' on" if rest else "ends too early"
        raise ConditionError(f"condition {reason}", cause.loc) from None
    except RecursionError:
        raise ConditionError("condition is nested too deeply") from None


def _condition(item: Any, detections: SigmaDetections, placeholders: Placeholders, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise ConditionError(f"condition is nested deeper than {MAX_DEPTH}")
    if isinstance(item, ConditionIdentifier):
        return _named(item.identifier, detections, placeholders)
    if isinstance(item, ConditionSelector):
        names = [found.identifier for found in item.resolve_referenced_detections(detections)]
        if not names:
            raise ConditionError(f"'{item.args[0]} of {item.pattern}' names no detection")
        nodes = [_named(name, detections, placeholders) for name in names]
        return either(nodes) if item.cond_class is ConditionOR else both(nodes)
    nodes = [_condition(arg, detections, placeholders, depth + 1) for arg in item.args]
    if isinstance(item, ConditionNOT):
        return Not(nodes[0])
    return both(nodes) if isinstance(item, ConditionAND) else either(nodes)


def _named(name: str, detections: SigmaDetections, placeholders: Placeholders) -> Node:
    if name not in detections.detections:
        known = ", ".join(detections.detections)
        raise ConditionError(f"condition names '{name}', which is no detection of this rule ({known})")
    return _detection(detections.detections[name], placeholders, 0)


def _detection(detection: SigmaDetection, placeholders: Placeholders, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise TranslateError(f"detection is nested deeper than {MAX_DEPTH}")
    nodes = [
        item_node(item, placeholders)
        if isinstance(item, SigmaDetectionItem)
        else _detection(item, placeholders, depth + 1)
        for item in detection.detection_items
    ]
    return both(nodes) if detection.item_linking is ConditionAND else either(nodes)


def item_node(item: SigmaDetectionItem, placeholders: Placeholders) -> Node:
    """Return the tests of one field and its values. Raises `TranslateError`."""
    if not item.value:
        if item.field is None:
            raise TranslateError("a list of keywords is empty")
        nodes: list[Node] = [Leaf(item.field, Null())]
    else:
        nodes = [_value(item, value, placeholders) for value in item.value]
    node = both(nodes) if item.value_linking is ConditionAND else either(nodes)
    return Not(node) if item.negated else node


def _value(item: SigmaDetectionItem, value: Any, placeholders: Placeholders) -> Node:
    if isinstance(value, SigmaExpansion):
        return either([_value(item, part, placeholders) for part in value.values])
    if isinstance(value, (SigmaString, SigmaRegularExpression)):
        nodes: list[Node] = [Leaf(item.field, pattern) for pattern in _texts(item, value, placeholders)]
        return either(nodes)
    if item.field is None and not isinstance(value, (SigmaNumber, SigmaBool)):
        raise TranslateError(f"{_kind(value)} needs a field: it cannot stand as a keyword")
    return Leaf(item.field, _plain(item, value))


def _plain(item: SigmaDetectionItem, value: Any) -> Pattern:
    match value:
        case SigmaNull():
            return Null()
        case SigmaBool():
            return Text("true" if value.boolean else "false", _keyword_place(item))
        case SigmaTimestampPart():
            return Moment(TimePart[value.timestamp_part.name], Comparison.EQ, value.number)
        case SigmaNumber():
            return Text(str(value.number), _keyword_place(item))
        case SigmaExists():
            return Exists(value.exists)
        case SigmaCIDRExpression():
            return Cidr(str(value.network))
        case SigmaFieldReference():
            return FieldRef(value.field, _place(value.starts_with, value.ends_with), _is_cased(item))
        case SigmaCompareExpression():
            comparison = _COMPARISONS[value.op.name]
            if isinstance(value.number, SigmaTimestampPart):
                return Moment(TimePart[value.number.timestamp_part.name], comparison, value.number.number)
            return Compare(comparison, value.number.number)
        case _:
            raise TranslateError(f"values of the kind {_kind(value)} are not known")


def _kind(value: Any) -> str:
    return type(value).__name__.removeprefix("Sigma")


def _keyword_place(item: SigmaDetectionItem) -> Place:
    return Place.CONTAINS if item.field is None else Place.EQUALS


def _place(starts: bool, ends: bool) -> Place:
    if starts and ends:
        return Place.CONTAINS
    return Place.STARTSWITH if starts else Place.ENDSWITH if ends else Place.EQUALS


def _is_cased(item: SigmaDetectionItem) -> bool:
    return SigmaCaseSensitiveModifier in item.modifiers


def _texts(item: SigmaDetectionItem, value: SigmaString | SigmaRegularExpression, table: Placeholders) -> list[Pattern]:
    if isinstance(value, SigmaRegularExpression):
        return [_regex(item, text, value) for text in _expand(value.regexp, table)]
    cased = isinstance(value, SigmaCasedString) or _is_cased(item)
    return [_glob(text, cased, item.field is None) for text in _expand(value, table)]


def _expand(value: SigmaString, table: Placeholders) -> list[SigmaString]:
    """Replace placeholders by every value given for them, wildcards in those values included."""

    def values(placeholder: Placeholder) -> Iterator[SigmaString]:
        if placeholder.name not in table:
            raise TranslateError(f"placeholder %{placeholder.name}% has no value")
        yield from (SigmaString(text) for text in table[placeholder.name])

    if not value.contains_placeholder():
        return [value]
    expanded = value.replace_placeholders(values)
    if not expanded:
        raise TranslateError("a placeholder has an empty list of values")
    return expanded


def _regex(item: SigmaDetectionItem, text: SigmaString, value: SigmaRegularExpression) -> Regex:
    pattern = "".join(part if isinstance(part, str) else _WILDCARDS[part].value for part in text.s)  # type: ignore[index]
    if SigmaRegularExpressionModifier in item.modifiers:
        if SigmaStartswithModifier in item.modifiers:
            pattern = rf"\A(?:{pattern})"
        elif SigmaEndswithModifier in item.modifiers:
            pattern = rf"(?:{pattern})\z"
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    try:
        finder(pattern, flags)
    except ExpressionError as error:
        raise TranslateError(f"{error}: {pattern}") from None
    return Regex(pattern, flags)


def _glob(value: SigmaString, cased: bool, keyword: bool) -> Text | Glob:
    texts, wildcards = [""], list[Wildcard]()
    for part in value.s:
        if isinstance(part, str):
            texts[-1] += part
        elif isinstance(part, SpecialChars):
            wildcard = _WILDCARDS[part]
            if wildcard is Wildcard.ANY and not texts[-1] and wildcards[-1:] == [Wildcard.ANY]:
                continue  # `**` is `*`
            wildcards.append(wildcard)
            texts.append("")
    if keyword:
        texts, wildcards = _open(texts, wildcards)
    return _simple(texts, wildcards, cased)


def _open(texts: list[str], wildcards: list[Wildcard]) -> tuple[list[str], list[Wildcard]]:
    """Let a keyword stand anywhere in a text."""
    if texts[0] or wildcards[:1] != [Wildcard.ANY]:
        texts, wildcards = ["", *texts], [Wildcard.ANY, *wildcards]
    if texts[-1] or wildcards[-1] != Wildcard.ANY:
        texts, wildcards = [*texts, ""], [*wildcards, Wildcard.ANY]
    return texts, wildcards


def _simple(texts: list[str], wildcards: list[Wildcard], cased: bool) -> Text | Glob:
    star = Wildcard.ANY
    match texts, wildcards:
        case [text], []:
            return Text(text, Place.EQUALS, cased)
        case [text, ""], [Wildcard.ANY] if text:
            return Text(text, Place.STARTSWITH, cased)
        case ["", text], [Wildcard.ANY] if text:
            return Text(text, Place.ENDSWITH, cased)
        case ["", text, ""], [first, last] if first is last is star and text:
            return Text(text, Place.CONTAINS, cased)
        case _:
            return Glob(tuple(texts), tuple(wildcards), cased)
