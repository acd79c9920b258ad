"""Decides which of the candidates match."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.sigma.layout import Names, Values
from ringfence.sigma.reference import holds
from ringfence.sigma.rule import Rule
from ringfence.sigma.values import View
from ringfence.sigma.verify import Check, Lookup, UndecidedError, compile_condition


class Judge:
    """Evaluates conditions, each compiled when it is needed for the first time."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._checks: list[Check | None] = [None] * len(self.rules)
        self._lookup = Lookup()

    def decide(self, indexes: Sequence[int], bits: int, names: Names, fields: Values, ecs: Values, raw: str) -> int:
        """Those of `bits` whose rules match the event. Bit n stands for the rule at `indexes[n]`."""
        lookup, checks = self._lookup, self._checks
        cased = lookup.cased
        lookup.load(fields, ecs, raw, names)
        matched = 0
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            index = indexes[lowest.bit_length() - 1]
            check = checks[index] or self._compile(index)
            try:
                if check(lookup, cased):
                    matched |= lowest
            except UndecidedError:
                if holds(self.rules[index].condition, View(fields, ecs, raw)):
                    matched |= lowest
        return matched

    def _compile(self, index: int) -> Check:
        check = self._checks[index] = compile_condition(self.rules[index].condition)
        return check
