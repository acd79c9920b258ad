"""One pass over an event that names the few rules worth evaluating.

A plan serves one set of rules. It holds a single automaton with one necessary choice of texts per rule. The fields that
these texts belong to are joined into one text, each value between two marks that carry the number of its field, so
that `equals`, `startswith` and `endswith` are searches for a text with a mark and one scan serves all fields.

Which texts are rare is learned from a sample of the events themselves, three times: soon, after a while, and once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from ringfence.sigma.layout import Layout, Names, Values, mark, squeeze
from ringfence.sigma.necessary import Atom, Atoms, Kind, every, necessary
from ringfence.sigma.rule import Rule
from ringfence.sigma.values import elements, text_of

_LESSONS = ((0, 1, 128), (1_000, 4, 256), (20_000, 16, 512))
"""When the plan learns: from which event on, every which event, how many of them."""

_MAX_SAMPLE_LENGTH = 4096
_MAX_DFA_BYTES = 200_000
"""Above this many bytes in all texts a DFA would take too much memory; the slower automaton is taken."""

_MANY = 2
"""With more candidates it pays to cut the folded texts out of the scanned one."""


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
        text, data, whole = layout.text(fields, ecs)
        rules = set(layout.always)
        if self._automaton is not None:
            owners = self._owners
            for hit in self._automaton.find_matches_as_indexes(data, overlapping=True):
                rules.update(owners[hit[0]])
        if self._keywords is not None and (_has(self._keywords, whole) or (raw and _has(self._keywords, squeeze(raw)))):
            rules.update(self._keyword_rules)
        if len(rules) > _MANY:
            lookup.update(layout.folded(text))
        return sorted(rules)

    def _layout(self, names: Names) -> Layout:
        places: list[tuple[bool, str, str, str]] = []
        for field in self._scanned:
            place = names[field]
            if place is not None:
                places.append((*place, field, mark(self._fields[field])))
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
        owners: dict[bytes, list[int]] = {}
        scanned: dict[str, None] = {}
        keywords: dict[bytes, None] = {}
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
                    keywords[squeeze(atom.text)] = None
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

    def _needle(self, atom: Atom) -> bytes:
        edge = "" if atom.field is None else mark(self._fields[atom.field])
        match atom.kind:
            case Kind.EQUALS:
                return squeeze(edge + atom.text + edge)
            case Kind.STARTSWITH:
                return squeeze(edge + atom.text)
            case Kind.ENDSWITH:
                return squeeze(atom.text + edge)
            case _:
                return squeeze(atom.text)

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
                edge = mark(number)
                value = fields[place[1]] if place[0] else ecs[place[1]]
                parts += [f"{edge}{text_of(item)[:_MAX_SAMPLE_LENGTH]}{edge}" for item in elements(value)]
        parts.append(raw[:_MAX_SAMPLE_LENGTH])
        return squeeze("".join(parts))

    def _measured(self) -> Callable[[Atom], float]:
        """Costs from how often an atom fires in the sampled events, mixed with the guess.

        Unit: one rule evaluated. A hit of the automaton costs a tenth of that.
        """
        needles = {self._needle(atom): None for atom in self._uses if atom.kind is not Kind.PRESENT}
        events: Counter[bytes] = Counter()
        hits: Counter[bytes] = Counter()
        if needles:
            order = tuple(needles)
            automaton = _automaton(order, Implementation.ContiguousNFA)  # used but once
            for text, _ in self._sample:
                found = [order[hit[0]] for hit in automaton.find_matches_as_indexes(text, overlapping=True)]
                hits.update(found)
                events.update(set(found))
        present = Counter(name for _, there in self._sample for name in there)
        size = len(self._sample)

        costs: dict[Atom, float] = {}
        for atom in self._uses:
            if atom.kind is Kind.PRESENT:
                costs[atom] = (present[str(atom.field)] + 0.6) / (size + 1)
            else:
                needle = self._needle(atom)
                costs[atom] = (events[needle] + 0.1 * hits[needle] + self._prior(atom)) / (size + 1)
        return costs.__getitem__


def _automaton(needles: Iterable[bytes], kind: Implementation | None = None) -> BytesAhoCorasick:
    texts = tuple(needles)
    if kind is None:
        is_small = sum(map(len, texts)) <= _MAX_DFA_BYTES
        kind = Implementation.DFA if is_small else Implementation.ContiguousNFA
    return BytesAhoCorasick(texts, implementation=kind)


def _first(texts: Iterable[bytes]) -> BytesAhoCorasick:
    """Automaton that stops at the first text found, with the engine's fastest search for few texts."""
    return BytesAhoCorasick(tuple(texts), matchkind=MatchKind.LeftmostFirst)


def _has(automaton: BytesAhoCorasick, data: bytes) -> bool:
    return bool(automaton.find_matches_as_indexes(data))
