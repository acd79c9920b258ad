"""Where the store keeps the value of a field, as SQL: the definitions that the tests of a rule stand on.

A value is read in the encoding of native fields (`ringfence.events.arrow`), whichever column it comes from, so that
one set of tests serves all: text as it is, `MARKER` + JSON for null and lists.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ringfence.ecs.fields import FIELDS, Kind
from ringfence.events.arrow import MARKER
from ringfence.sigma.values import loose

Param = str | int | float | Sequence[str]

MARK = "".join(f"\\x{byte:02x}" for byte in MARKER.encode())
_STRING = r'"(?:[^"\\]|\\.)*"'
_DEEPEST = 6
"""Objects in objects that a list's elements are cut out with; the product flattens objects, so this is ample."""


def _object(depth: int) -> str:
    inner = f"|{_object(depth - 1)}" if depth else ""
    return rf"\{{(?:[^{{}}\"]|{_STRING}{inner})*\}}"


TOKENS = rf"\A\x01\x01(?s:.*)|{_STRING}|{_object(_DEEPEST)}|\[\]|[^\[\],\"\x01{{}}]+"
"""Expression for the elements in an encoded value: texts, objects, empty lists, numbers and words."""


def folded(text: str) -> str:
    """Return the SQL for Unicode's full case folding of a text; plain ASCII takes a way that is 20 times faster."""
    return f"if(isValidASCII({text}), lower({text}), caseFoldUTF8({text}))"


def elements(value: str, tokens: str) -> str:
    """Return the SQL for the element texts of an encoded value: a null and an empty list give one empty text.

    `tokens` is where `TOKENS` is bound. Kept small: a statement holds one for every field of every rule in it, and
    the store takes longer to look at a large statement than to answer it.
    """
    text = (
        f"multiIf(startsWith(r, '\"'), JSONExtractString(r), startsWith(r, '{MARK}'), substring(r, 2), "
        "r IN ('null', '[]'), '', r)"
    )
    return f"if(startsWith({value}, '{MARK}'), arrayMap(r -> {text}, extractAll({value}, {tokens})), [{value}])"


@dataclass(frozen=True, slots=True)
class FieldSql:
    """Names of definitions: element texts, folded element texts, whether the field is there.

    A missing field has one element, "".
    """

    items: str
    folded_items: str
    present: str


@dataclass(slots=True)
class Scope:
    """Parameters and definitions of one statement; several rules that are run together share one.

    `keys` are the names of native fields that occur in the events asked: with them a name that differs in case or
    spaces only is looked up directly. None: not known, all names of each event are compared.
    """

    keys: Collection[str] | None = None
    params: dict[str, Param] = field(default_factory=dict[str, Param])
    definitions: dict[str, str] = field(default_factory=dict[str, str])
    _bound: dict[tuple[str, str | int | float | tuple[str, ...]], str] = field(default_factory=dict)
    _fields: dict[str, FieldSql] = field(default_factory=dict[str, FieldSql])
    _variants: dict[str, list[str]] | None = None

    def bind(self, value: Param, kind: str = "String") -> str:
        """Return the place of a value in the statement; the same value is bound once."""
        key = (kind, value if isinstance(value, str | int | float) else tuple(value))
        if key not in self._bound:
            name = f"rf_b{len(self._bound)}"
            self._bound[key] = f"{{{name}:{kind}}}"
            self.params[name] = value
        return self._bound[key]

    def define(self, name: str, sql: str) -> str:
        """Give an expression a name."""
        self.definitions[name] = sql
        return name

    def field(self, name: str) -> FieldSql:
        """Return the definitions for the field that rules call `name`."""
        found = self._fields.get(name)
        if found is None:
            found = self._fields[name] = self._make(name, len(self._fields))
        return found

    def _make(self, name: str, number: int) -> FieldSql:
        text, present = self._place(name)
        value = self.define(f"rf_value{number}", text)
        items = self.define(f"rf_items{number}", elements(value, self.bind(TOKENS)))
        return FieldSql(
            items=items,
            folded_items=self.define(f"rf_folded{number}", f"arrayMap(i -> {folded('i')}, {items})"),
            present=self.define(f"rf_present{number}", present),
        )

    def _place(self, name: str) -> tuple[str, str]:
        """Value and presence in the order of `ringfence.sigma.values.resolve`: exact native, ECS, loose native."""
        bound = self.bind(name)
        exact, has_exact = f"fields[{bound}]", f"mapContains(fields, {bound})"
        text, present = self._loose(name)
        if name in FIELDS:
            ecs, has_ecs = _ecs(name)
            text = f"if({has_ecs}, {ecs}, {text})" if text else ecs
            present = f"({has_ecs} OR {present})" if present else has_ecs
        if not text:
            return exact, f"({exact} != '' OR {has_exact})"
        return f"if({has_exact}, {exact}, {text})", f"({has_exact} OR {present})"

    def _loose(self, name: str) -> tuple[str, str]:
        wanted = loose(name)
        if self.keys is None:
            same = f"caseFoldUTF8(replaceRegexpAll(k, '[ \\t]', '')) = {self.bind(wanted)}"
            place = f"arrayFirstIndex(k -> {same}, mapKeys(fields))"
            return f"mapValues(fields)[{place}]", f"{place} > 0"
        if self._variants is None:
            self._variants = {}
            for key in self.keys:
                self._variants.setdefault(loose(key), []).append(key)
        others = sorted(key for key in self._variants.get(wanted, ()) if key != name)
        if not others:
            return "", ""
        if len(others) == 1:
            bound = self.bind(others[0])
            return f"fields[{bound}]", f"mapContains(fields, {bound})"
        place = f"arrayFirstIndex(k -> k IN {self.bind(others, 'Array(String)')}, mapKeys(fields))"
        return f"mapValues(fields)[{place}]", f"{place} > 0"


def _ecs(name: str) -> tuple[str, str]:
    kind, column = FIELDS[name].kind, f"`{FIELDS[name].column}`"
    if kind is Kind.KEYWORDS:
        return f"if(empty({column}), '', concat('{MARK}', toJSONString({column})))", f"notEmpty({column})"
    if kind in (Kind.LONG, Kind.DOUBLE):
        return f"ifNull(toString({column}), '')", f"isNotNull({column})"
    return f"if(startsWith({column}, '{MARK}'), concat('{MARK}', {column}), toString({column}))", f"({column} != '')"
