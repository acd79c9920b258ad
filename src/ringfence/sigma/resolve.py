"""References of correlations: names to ids, and every reference that leads nowhere or in a circle."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ringfence.core.errors import ContentError
from ringfence.sigma.correlation import Correlation
from ringfence.sigma.rule import Rule

MAX_CHAIN = 8
"""Correlations that may stand on one another."""

Places = Mapping[str, Sequence[int]]
"""Line and column by path of keys with slashes: `rules/0`, `aliases/ip/web`."""


def resolve(
    rules: Iterable[Rule], correlations: Sequence[tuple[Correlation, Places]]
) -> tuple[list[Correlation], list[ContentError]]:
    """Return the correlations with `refs` and aliases by id, inner ones first, and what is wrong with the others."""
    return _Resolver([*rules, *(item for item, _ in correlations)], correlations).run()


class _Resolver:
    def __init__(self, known: Sequence[Rule | Correlation], correlations: Sequence[tuple[Correlation, Places]]) -> None:
        self.by_id: dict[str, Rule | Correlation] = {item.id: item for item in known}
        self.by_name: dict[str, list[Rule | Correlation]] = {}
        for item in known:
            if item.name:
                self.by_name.setdefault(item.name, []).append(item)
        self.places = {item.id: places for item, places in correlations}
        self.todo = {item.id: item for item, _ in correlations}
        self.problems: list[ContentError] = []
        self.done: dict[str, Correlation | None] = {}
        self.depth: dict[str, int] = {}

    def run(self) -> tuple[list[Correlation], list[ContentError]]:
        for item in self.todo.values():
            self.visit(item, ())
        order = {id_: number for number, id_ in enumerate(self.todo)}
        found = [item for item in self.done.values() if item is not None]
        return sorted(found, key=lambda item: (self.depth[item.id], order[item.id])), self.problems

    def visit(self, item: Correlation, above: tuple[str, ...]) -> Correlation | None:
        if item.id in self.done:
            return self.done[item.id]
        self.done[item.id] = None  # until it is known to be sound
        refs: list[str] = []
        depth = 0
        for number, name in enumerate(item.rules):
            target = self.find(item, name, f"rules/{number}")
            if target is None:
                return None
            if target.id in refs:
                return self.bad(item, f"rule '{name}' is named twice", f"rules/{number}")
            refs.append(target.id)
            if isinstance(target, Correlation):
                chain = (*above, item.id)
                if target.id in chain:
                    return self.bad(item, f"'{name}' leads back to this rule: a circle", f"rules/{number}")
                if self.visit(target, chain) is None:
                    return self.bad(item, f"'{name}' has no use, because it could not be loaded", f"rules/{number}")
                depth = max(depth, self.depth[target.id] + 1)
        if depth >= MAX_CHAIN:
            return self.bad(item, f"more than {MAX_CHAIN} correlations stand on one another", "rules")
        aliases = self.aliases(item)
        if aliases is None:
            return None
        self.depth[item.id] = depth
        self.done[item.id] = made = replace(item, refs=tuple(refs), aliases=aliases)
        return made

    def aliases(self, item: Correlation) -> dict[str, dict[str, str]] | None:
        found: dict[str, dict[str, str]] = {}
        for alias, mapping in item.aliases.items():
            for name, field in mapping.items():
                target = self.find(item, name, f"aliases/{alias}/{name}")
                if target is None:
                    return None
                found.setdefault(alias, {})[target.id] = field
        return found

    def find(self, item: Correlation, name: str, place: str) -> Rule | Correlation | None:
        target = self.by_id.get(name)
        if target is not None:
            return target
        named = self.by_name.get(name, [])
        if len(named) == 1:
            return named[0]
        if named:
            self.bad(item, f"{len(named)} rules have the name '{name}'", place, "refer to it by its id")
        else:
            near = difflib.get_close_matches(name, self.by_name, 1)
            self.bad(item, f"there is no rule '{name}'", place, f"did you mean {near[0]}?" if near else "")
        return None

    def bad(self, item: Correlation, message: str, place: str, remedy: str = "") -> None:
        places = self.places[item.id]
        at = places.get(place) or places.get(place.partition("/")[0]) or (item.line, 1)
        self.problems.append(ContentError(message, path=str(item.path), line=at[0], column=at[1], remedy=remedy))
