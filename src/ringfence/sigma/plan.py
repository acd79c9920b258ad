"""One pass over an event that names the few rules worth evaluating.

A plan serves one set of rules. It holds a single automaton with one necessary choice of texts per rule. The fields that
these texts belong to are joined into one text, each value between two marks that carry the number of its field, so
that `equals`, `startswith` and `endswith` are searches for a text with a mark and one scan serves all fields.

Which texts are rare is learned from a sample of the events themselves, three times: soon, after a while, and once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from ringfence.ecs.fields import FIELDS
from ringfence.sigma.necessary import Atom, Atoms, Kind, every, necessary
from ringfence.sigma.rule import Rule
from ringfence.sigma.values import elements, fold, loose, text_of

Values = Mapping[str, Any]

_LESSONS = ((0, 1, 128), (1_000, 4, 256), (20_000, 16, 512))
"""When the plan learns: from which event on, every which event, how many of them."""

_MAX_SAMPLE_LENGTH = 4096
_MAX_DFA_BYTES = 200_000
"""Above this many bytes in all texts a DFA would take too much memory; the slower automaton is taken."""

_GAP = "\x01"
_EDGE = "\x02"
_CUT = "\x03"
"""Between the fields that have atoms and the rest; an event that holds it itself takes a slower way."""

_MANY = 2
"""With more candidates it pays to cut the folded texts out of the scanned one."""

_PLAIN = frozenset({str, int, float, bool, type(None)})


class Names(dict[str, "tuple[bool, str] | None"]):
    """Where events with these keys keep the field that a rule names; worked out when asked, then remembered.

    The same answers as `ringfence.sigma.values.resolve`. Two of them are equal only if they are the same object.
    """

    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]
    __eq__ = object.__eq__
    __ne__ = object.__ne__

    def __init__(self, fields: Iterable[str], ecs: Iterable[str]) -> None:
        super().__init__()
        self.fields = dict.fromkeys(fields)
        self._ecs = frozenset(ecs)
        self._loose: dict[str, str] = {}
        for key in self.fields:
            self._loose.setdefault(loose(key), key)

    def __missing__(self, name: str) -> tuple[bool, str] | None:
        if name in self.fields:
            place = (True, name)
        elif name in self._ecs and name in FIELDS:
            place = (False, name)
        else:
            key = self._loose.get(loose(name))
            place = None if key is None else (True, key)
        self[name] = place
        return place


class Layout:
    """How to make the text to scan from events with the same keys, and the rules that only need those keys."""

    __slots__ = ("_fields", "_marks", "_pieces", "_read", "_read_ecs", "_size", "always", "form")

    def __init__(
        self, places: Sequence[tuple[bool, str, str, str]], rest: Sequence[str], always: tuple[int, ...]
    ) -> None:
        """`places` are (is native, key, field, its mark), `rest` further native keys that only keywords look at."""
        ordered = sorted(places, key=lambda place: place[0])
        self._read_ecs = _getter([key for native, key, *_ in ordered if not native])
        self._read = _getter([key for native, key, *_ in ordered if native] + list(rest))
        self._marks = tuple(mark for *_, mark in ordered) + (_GAP,) * len(rest)
        self._fields = tuple(field for _, _, field, _ in ordered)
        self._pieces = 4 * len(ordered) + 1
        self._size = len(ordered)
        marked = "".join(f"{mark}%s{mark}" for mark in self._marks[: self._size])
        self.form = marked + (_CUT + f"%s{_GAP}" * len(rest) if rest else "")
        self.always = always

    def texts(self, fields: Values, ecs: Values) -> tuple[str, str]:
        """Folded text of the fields that have atoms, and of all fields that anything looks at."""
        values = self._read(fields) if self._read_ecs is _nothing else self._read_ecs(ecs) + self._read(fields)
        text = self.form % values
        # A list or mapping shows as a bracket; whoever sees one looks closer.
        if ("[" in text or "{" in text) and not _PLAIN.issuperset(map(type, values)):
            return self._apart(values)
        text = text.casefold()
        if self._size == len(values):
            return text, text
        head, _, tail = text.partition(_CUT)
        return self._apart(values) if _CUT in tail else (head, text)

    def folded(self, text: str) -> Mapping[str, str]:
        """Folded texts of the fields, cut out of what `texts` gave; empty or fewer where that would not be safe."""
        pieces = text.split(_EDGE)
        if len(pieces) != self._pieces:  # a list of several elements, or a value that holds the mark itself
            return {}
        found = dict(zip(self._fields, pieces[2::4], strict=True))
        if "none" in found.values():  # a null was written as a word
            return {field: value for field, value in found.items() if value != "none"}
        return found

    def _apart(self, values: tuple[Any, ...]) -> tuple[str, str]:
        """Make the texts from values that are lists, or that hold the very mark of the cut."""
        parts = [
            "".join(f"{mark}{text_of(element)}{mark}" for element in elements(value))
            for mark, value in zip(self._marks, values, strict=True)
        ]
        head = "".join(parts[: self._size]).casefold()
        return head, head + "".join(parts[self._size :]).casefold()


def _nothing(_: Values) -> tuple[Any, ...]:
    return ()


def _getter(keys: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    if not keys:
        return _nothing
    if len(keys) == 1:
        key = keys[0]
        return lambda values: (values[key],)
    return itemgetter(*keys)


class Plan:
    """Names the candidates among a set of rules for one event after the other."""

    def __init__(self, rules: Sequence[Rule], indexes: Sequence[int]) -> None:
        """`indexes` are positions in `rules` of the rules to serve."""
        self._conditions = {index: rules[index].condition for index in indexes}
        atoms = [atom for condition in self._conditions.values() for atom in every(condition)]
        self._uses = Counter(atoms)
        self._fields = {name: mark for mark, name in enumerate(dict.fromkeys(a.field for a in atoms if a.field))}
        self._seen = 0
        self._lessons = list(_LESSONS)
        self._sample: list[tuple[bytes, frozenset[str]]] = []
        self._layouts: dict[Names, Layout] = {}
        self._choose(self._prior)

    def forget(self) -> None:
        """Drop what is remembered about shapes of events."""
        self._layouts.clear()

    def candidates(self, names: Names, fields: Values, ecs: Values, raw: str, lookup: dict[str, str]) -> Sequence[int]:
        """Positions of the rules that may match, in order; all others do not.

        Where several have to be looked at, the folded texts that are at hand already are put into `lookup`.
        """
        if self._lessons:
            self._learn(names, fields, ecs, raw)  # first, because it may replace all that follows
        layout = self._layouts.get(names)
        if layout is None:
            layout = self._layouts[names] = self._layout(names)
        text, whole = layout.texts(fields, ecs)
        rules = set(layout.always)
        if self._automaton is not None:
            data = text.encode("utf-8", "replace")  # half a surrogate pair, which UTF-8 cannot hold, becomes `?`
            owners = self._owners
            for hit in self._automaton.find_matches_as_indexes(data, overlapping=True):
                rules.update(owners[hit[0]])
        if self._keywords is not None and (
            _has(self._keywords, whole) or (raw and _has(self._keywords, raw.casefold()))
        ):
            rules.update(self._keyword_rules)
        if len(rules) > _MANY:
            lookup.update(layout.folded(text))
        return sorted(rules)

    def _layout(self, names: Names) -> Layout:
        places: list[tuple[bool, str, str, str]] = []
        for field in self._scanned:
            place = names[field]
            if place is not None:
                places.append((*place, field, _mark(self._fields[field])))
        rest: list[str] = []
        if self._keywords is not None:
            known = {key for native, key, *_ in places if native}
            rest = [key for key in names.fields if key not in known]
        always = set(self._always)
        for field, rules in self._present.items():
            if names[field] is not None:
                always.update(rules)
        return Layout(places, rest, tuple(sorted(always)))

    def _choose(self, cost: Callable[[Atom], float]) -> None:
        """Take the cheapest necessary atoms of each rule and build the automaton over them."""
        self._always: list[int] = []
        self._present: dict[str, list[int]] = {}
        owners: dict[str, list[int]] = {}
        scanned: dict[str, None] = {}
        keywords: dict[str, None] = {}
        keyword_rules: list[int] = []
        for index, condition in self._conditions.items():
            atoms: Atoms | None = necessary(condition, cost)
            if atoms is None:
                self._always.append(index)
                continue
            for atom in atoms:
                if atom.kind is Kind.PRESENT:
                    self._present.setdefault(str(atom.field), []).append(index)
                elif atom.field is None:
                    keywords[atom.text] = None
                    keyword_rules.append(index)
                else:
                    owners.setdefault(self._needle(atom), []).append(index)
                    scanned[atom.field] = None
        self._scanned = tuple(scanned)
        self._owners = tuple(map(tuple, owners.values()))
        self._automaton = _automaton(owners) if owners else None
        # Keywords are looked for in everything, so they have an automaton of their own that only finds the first.
        self._keywords = _first(keywords) if keywords else None
        self._keyword_rules = tuple(keyword_rules)
        self._layouts.clear()

    def _needle(self, atom: Atom) -> str:
        mark = "" if atom.field is None else _mark(self._fields[atom.field])
        match atom.kind:
            case Kind.EQUALS:
                return mark + atom.text + mark
            case Kind.STARTSWITH:
                return mark + atom.text
            case Kind.ENDSWITH:
                return atom.text + mark
            case _:
                return atom.text

    def _prior(self, atom: Atom) -> float:
        """Guess how often an atom fires: short texts and those that many rules name are common."""
        if atom.kind is Kind.PRESENT:
            return 0.6
        anchors = {Kind.EQUALS: 4, Kind.CONTAINS: 0}.get(atom.kind, 2)
        return min(0.5, (1 + self._uses[atom] ** 0.5) / (2 + len(atom.text) + anchors) ** 2)

    def _learn(self, names: Names, fields: Values, ecs: Values, raw: str) -> None:
        start, step, count = self._lessons[0]
        self._seen += 1
        if self._seen <= start or (self._seen - start) % step:
            return
        self._sample.append((self._whole(names, fields, ecs, raw), frozenset(n for n in self._fields if names[n])))
        if len(self._sample) >= count:
            self._choose(self._measured())
            self._sample = []
            self._lessons.pop(0)

    def _whole(self, names: Names, fields: Values, ecs: Values, raw: str) -> bytes:
        """Text of all fields that any atom reads, cut to a sane length."""
        parts: list[str] = []
        for field, number in self._fields.items():
            place = names[field]
            if place is not None:
                mark = _mark(number)
                value = fields[place[1]] if place[0] else ecs[place[1]]
                parts += [f"{mark}{text_of(item)[:_MAX_SAMPLE_LENGTH]}{mark}" for item in elements(value)]
        parts.append(raw[:_MAX_SAMPLE_LENGTH])
        return fold("".join(parts)).encode("utf-8", "replace")

    def _measured(self) -> Callable[[Atom], float]:
        """Costs from how often an atom fires in the sampled events, mixed with the guess.

        Unit: one rule evaluated. A hit of the automaton costs a tenth of that.
        """
        needles = {self._needle(atom): None for atom in self._uses if atom.kind is not Kind.PRESENT}
        events: Counter[str] = Counter()
        hits: Counter[str] = Counter()
        if needles:
            order = tuple(needles)
            automaton = _automaton(order, Implementation.ContiguousNFA)  # used but once
            for text, _ in self._sample:
                found = [order[hit[0]] for hit in automaton.find_matches_as_indexes(text, overlapping=True)]
                hits.update(found)
                events.update(set(found))
        present = Counter(name for _, there in self._sample for name in there)
        size = len(self._sample)

        def cost(atom: Atom) -> float:
            if atom.kind is Kind.PRESENT:
                return (present[str(atom.field)] + 0.6) / (size + 1)
            needle = self._needle(atom)
            return (events[needle] + 0.1 * hits[needle] + self._prior(atom)) / (size + 1)

        return cost


def _mark(number: int) -> str:
    return f"{_EDGE}{number:x}{_EDGE}"


def _automaton(needles: Iterable[str], kind: Implementation | None = None) -> BytesAhoCorasick:
    texts = [needle.encode("utf-8", "replace") for needle in needles]
    if kind is None:
        is_small = sum(map(len, texts)) <= _MAX_DFA_BYTES
        kind = Implementation.DFA if is_small else Implementation.ContiguousNFA
    return BytesAhoCorasick(texts, implementation=kind)


def _first(texts: Iterable[str]) -> BytesAhoCorasick:
    """Automaton that stops at the first text found, with the engine's fastest search for few texts."""
    return BytesAhoCorasick([text.encode("utf-8", "replace") for text in texts], matchkind=MatchKind.LeftmostFirst)


def _has(automaton: BytesAhoCorasick, text: str) -> bool:
    return bool(automaton.find_matches_as_indexes(text.encode("utf-8", "replace")))
