"""Decides which of the candidates match."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.sigma.layout import Names, Values
from ringfence.sigma.reference import holds
from ringfence.sigma.rule import Rule
from ringfence.sigma.tree import weakened
from ringfence.sigma.values import View
from ringfence.sigma.verify import Check, Lookup, UndecidedError, compile_condition

_MAX_WEAK = 4096


class Judge:
    """Evaluates conditions, each compiled when it is needed for the first time."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._checks: list[Check | None] = [None] * len(self.rules)
        self._weak: dict[tuple[int, frozenset[str]], Check] = {}
        self._lookup = Lookup()

    def decide(self, indexes: Sequence[int], bits: int, names: Names, fields: Values, ecs: Values, raw: str) -> int:
        """Those of `bits` whose rules match the event. Bit n stands for the rule at `indexes[n]`."""
        self._lookup.load(fields, ecs, raw, names)
        checks = self._checks
        matched = 0
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            index = indexes[lowest.bit_length() - 1]
            if self._holds(checks[index] or self._compile(index), index):
                matched |= lowest
        return matched

    def possible(
        self,
        indexes: Sequence[int],
        bits: int,
        known: frozenset[str],
        names: Names,
        fields: Values,
        ecs: Values,
        raw: str,
    ) -> int:
        """Those of `bits` whose rules the known fields of the event do not rule out, whatever the others hold."""
        self._lookup.load(fields, ecs, raw, names)
        lookup, weak = self._lookup, self._weak
        left = 0
        rest = bits
        while rest:
            lowest = rest & -rest
            rest ^= lowest
            index = indexes[lowest.bit_length() - 1]
            check = weak.get((index, known)) or self._weaken(index, known)
            try:
                if check(lookup, lookup.cased):
                    left |= lowest
            except UndecidedError:
                left |= lowest
        return left

    def _holds(self, check: Check, index: int) -> bool:
        lookup = self._lookup
        try:
            return check(lookup, lookup.cased)
        except UndecidedError:
            return holds(self.rules[index].condition, View(lookup.fields, lookup.ecs, lookup.raw))

    def _weaken(self, index: int, known: frozenset[str]) -> Check:
        if len(self._weak) >= _MAX_WEAK:
            self._weak.clear()
        check = compile_condition(weakened(self.rules[index].condition, known))
        self._weak[index, known] = check
        return check

    def _compile(self, index: int) -> Check:
        check = self._checks[index] = compile_condition(self.rules[index].condition)
        return check
