"""Conditions as Python functions over one event: what decides about a candidate.

The code is generated from the checked tree only; texts of rules enter it as constants, never as code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ringfence.ecs.event import EcsValue, FieldValue
from ringfence.sigma.expression import finder
from ringfence.sigma.literals import needed
from ringfence.sigma.reference import (
    keyword_holds,
    moment_holds,
    number_holds,
    segments,
    segments_hold,
)
from ringfence.sigma.tree import (
    And,
    Cidr,
    Compare,
    Exists,
    FieldRef,
    Glob,
    Leaf,
    Moment,
    Node,
    Not,
    Null,
    Or,
    Place,
    Regex,
    Text,
)
from ringfence.sigma.values import MISSING, elements, fold, in_networks, spans_of, text_of

Resolved = Mapping[str, tuple[bool, str] | None]
"""Where the fields that rules name are in an event: (is native, key), as `ringfence.sigma.values.resolve` says."""

NOWHERE = "\ud8ff"
"""Text of a missing field: no text of a rule can be found in half a surrogate pair."""

_SEPARATOR = "\x01"
_MAX_GATES = 8


class UndecidedError(Exception):
    """The generated code cannot decide (the event has a list here): the reference evaluator has to."""


class Cased(dict[str, str]):
    """Texts of one event's fields as they are, by the names that rules use; filled as they are asked for."""

    __slots__ = ("lookup",)

    def __init__(self, lookup: Lookup) -> None:
        super().__init__()
        self.lookup = lookup

    def __missing__(self, name: str) -> str:
        value = self.lookup.value(name)
        text = self[name] = value if type(value) is str else NOWHERE if value is MISSING else text_of(value)
        return text


class Lookup(dict[str, str]):
    """Folded texts of one event's fields by the names that rules use; filled as they are asked for."""

    __slots__ = ("_blob", "_texts", "cased", "ecs", "fields", "raw", "resolved")

    fields: Mapping[str, FieldValue]
    ecs: Mapping[str, EcsValue]
    raw: str
    resolved: Resolved

    def __init__(self) -> None:
        super().__init__()
        self.cased = Cased(self)
        self._texts: list[str] | None = None
        self._blob = ""

    def load(self, fields: Mapping[str, FieldValue], ecs: Mapping[str, EcsValue], raw: str, resolved: Resolved) -> None:
        """Turn to another event."""
        self.clear()
        self.cased.clear()
        self.fields, self.ecs, self.raw, self.resolved = fields, ecs, raw, resolved
        self._texts = None

    def __missing__(self, name: str) -> str:
        place = self.resolved[name]
        if place is None:
            text = NOWHERE
        else:
            value: Any = self.fields[place[1]] if place[0] else self.ecs[place[1]]
            if type(value) is str:
                text = value.casefold()
            elif isinstance(value, (list, tuple)):
                raise UndecidedError
            else:
                text = fold(text_of(value))
        self[name] = text
        return text

    def value(self, name: str) -> Any:
        """Value of a field, or `MISSING`. Raises `UndecidedError` for a list."""
        place = self.resolved[name]
        if place is None:
            return MISSING
        value: Any = self.fields[place[1]] if place[0] else self.ecs[place[1]]
        if type(value) is not str and isinstance(value, (list, tuple)):
            raise UndecidedError
        return value

    def there(self, name: str) -> bool:
        """Tell whether the event has the field."""
        return self.resolved[name] is not None

    def keywords(self) -> list[str]:
        """Texts of all native values and the raw text."""
        if self._texts is None:
            self._texts = [text_of(item) for value in self.fields.values() for item in elements(value)]
            if self.raw:
                self._texts.append(self.raw)
            self._blob = fold(_SEPARATOR.join(self._texts))
        return self._texts

    def anywhere(self) -> str:
        """All texts of `keywords` in one, folded."""
        self.keywords()
        return self._blob


Check = Callable[[Lookup, Cased], bool]


def compile_condition(node: Node) -> Check:
    """Return a function that decides the condition for the event in a `Lookup`."""
    writer = _Writer()
    try:
        code = compile(f"lambda L, C: {writer.node(node)}", "<rule>", "eval")
    except (SyntaxError, RecursionError, MemoryError):  # nested deeper than Python's parser goes
        return _undecided
    # Only what `_Writer` writes is in it: names of its constants, operators and `repr` of texts.
    check: Check = eval(code, writer.constants)  # noqa: S307
    return check


def _undecided(_lookup: Lookup, _cased: Cased) -> bool:
    raise UndecidedError


class _Writer:
    """Writes Python for a tree; what is no literal goes to `constants`."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {"__builtins__": {}, "N": NOWHERE}

    def constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def node(self, node: Node) -> str:
        match node:
            case And(()):
                return "True"
            case Or(()):
                return "False"
            case And(items):
                return f"({' and '.join(map(self.node, items))})"
            case Or(items):
                return f"({' or '.join(self.alternatives(items))})"
            case Not(item):
                return f"(not {self.node(item)})"
            case Leaf(None, pattern):
                return self.keyword(pattern)
            case Leaf(field, pattern):
                return self.test(str(field), pattern)

    def alternatives(self, items: tuple[Node, ...]) -> list[str]:
        """Write a disjunction with the texts of one field and place as one test."""
        groups: dict[tuple[str, Place], list[str]] = {}
        networks: dict[str, list[str]] = {}
        written: list[str] = []
        for item in items:
            match item:
                case Leaf(str(field), Text(text, place, False)) if text:
                    groups.setdefault((field, place), []).append(fold(text))
                case Leaf(str(field), Cidr(network)):
                    networks.setdefault(field, []).append(network)
                case _:
                    written.append(self.node(item))
        written += [self.networks(field, found) for field, found in networks.items()]
        return [self.texts(field, place, texts) for (field, place), texts in groups.items()] + written

    def texts(self, field: str, place: Place, texts: list[str]) -> str:
        value = f"L[{field!r}]"
        match place:
            case Place.EQUALS if len(texts) == 1:
                return f"{value} == {texts[0]!r}"
            case Place.EQUALS:
                return f"{value} in {self.constant(frozenset(texts))}"
            case Place.STARTSWITH:
                return f"{value}.startswith({self.constant(tuple(texts))})"
            case Place.ENDSWITH:
                return f"{value}.endswith({self.constant(tuple(texts))})"
            case Place.CONTAINS if len(texts) == 1:
                return f"{texts[0]!r} in {value}"
            case Place.CONTAINS:
                first, *rest = texts
                return f"({first!r} in (v := {value}) or {' or '.join(f'{text!r} in v' for text in rest)})"

    def test(self, field: str, pattern: Any) -> str:
        match pattern:
            case Text(text, place, False) if text:
                return self.texts(field, place, [fold(text)])
            case Text("", Place.EQUALS):
                return f"L[{field!r}] == ''"
            case Text(""):
                return f"L[{field!r}] is not N"
            case Text(text, place):
                return _cased(f"C[{field!r}]", text, place)
            case Glob():
                value = f"C[{field!r}]" if pattern.cased else f"L[{field!r}]"
                parts = self.constant(segments(pattern))
                return f"((v := {value}) is not N and {self.constant(segments_hold)}(v, {parts}))"
            case Regex(expression, flags):
                return self.regex(field, expression, flags)
            case Cidr(network):
                return self.networks(field, [network])
            case Null():
                return f"((v := L[{field!r}]) is N or v == '')"
            case Exists(wanted):
                return f"(L.there({field!r}) is {wanted})"
            case Compare(comparison, number):
                arguments = f"L.value({field!r}), {self.constant(comparison)}, {number!r}"
                return f"{self.constant(number_holds)}({arguments})"
            case Moment(part, comparison, number):
                arguments = f"L.value({field!r}), {self.constant(part)}, {self.constant(comparison)}, {number!r}"
                return f"{self.constant(moment_holds)}({arguments})"
            case FieldRef(other, place, cased):
                return self.reference(field, other, place, cased)
            case _:
                raise TypeError(f"no code for {pattern!r}")

    def regex(self, field: str, expression: str, flags: str) -> str:
        found = f"(v := C[{field!r}]) is not N and {self.constant(finder(expression, flags))}(v)"
        choice = needed(expression)
        if choice and all(choice) and len(choice) <= _MAX_GATES:
            # Far cheaper than the engine, and mostly enough to say no.
            gates = " or ".join(f"{text!r} in L[{field!r}]" for text in choice)
            return f"(({gates}) and {found})"
        return f"({found})"

    def networks(self, field: str, networks: list[str]) -> str:
        return f"{self.constant(in_networks)}(L[{field!r}], {self.constant(spans_of(tuple(networks)))})"

    def reference(self, field: str, other: str, place: Place, cased: bool) -> str:
        value, wanted = (f"C[{name!r}]" if cased else f"L[{name!r}]" for name in (field, other))
        match place:
            case Place.EQUALS:
                found = "v == w"
            case Place.CONTAINS:
                found = "w in v"
            case _:
                found = f"v.{place.value}(w)"
        return f"((v := {value}) is not N and (w := {wanted}) is not N and {found})"

    def keyword(self, pattern: Any) -> str:
        if isinstance(pattern, Text) and not pattern.cased and _SEPARATOR not in pattern.text and pattern.text:
            return f"{fold(pattern.text)!r} in L.anywhere()"
        return f"{self.constant(_any_keyword)}(L.keywords(), {self.constant(pattern)})"


def _cased(value: str, text: str, place: Place) -> str:
    match place:
        case Place.EQUALS:
            return f"{value} == {text!r}"
        case Place.CONTAINS:
            return f"{text!r} in {value}"
        case _:
            return f"{value}.{place.value}({text!r})"


def _any_keyword(texts: list[str], pattern: Any) -> bool:
    return any(keyword_holds(text, pattern) for text in texts)
