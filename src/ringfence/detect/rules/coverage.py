"""Which ATT&CK techniques the rules claim, and which of those a drill has proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.sigma import Correlation, Rule, RuleSet

ATTACK_VERSION = "18"
LAYER_VERSION = "4.5"
CLAIMED, PROVEN = 1, 2
"""Scores in a Navigator layer."""

TACTICS = (
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "stealth",
    "defense-impairment",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
)
_COLOURS = {CLAIMED: "#f3c669", PROVEN: "#4fa66a"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a drill: its technique, the drill's title, and ids of the rules that fired on its records."""

    technique: str
    drill: str
    fired: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One technique: ids and titles of the rules that claim it, and the drills in which one of them fired on it."""

    technique: str
    tactics: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]
    drills: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Tell whether a drill used the technique and a rule that claims it fired."""
        return bool(self.drills)


def coverage(ruleset: RuleSet, steps: Iterable[Step] = ()) -> list[Cell]:
    """Return a cell for each technique that a rule names, by id.

    Proven is a technique that a step of a drill used, while a rule that claims it fired on the records of that very
    step. A rule that claims a technique as a whole (T1110) is proven for it by a part of it (T1110.003), never the
    other way round.
    """
    rules: dict[str, dict[str, Rule | Correlation]] = {}
    for rule in (*ruleset.rules, *ruleset.correlations):
        for technique in rule.techniques:
            rules.setdefault(technique, {})[rule.id] = rule
    drills: dict[str, dict[str, None]] = {}
    for step in steps:
        for technique, claimed in rules.items():
            is_it = step.technique == technique or step.technique.startswith(f"{technique}.")
            if is_it and not step.fired.isdisjoint(claimed):
                drills.setdefault(technique, {})[step.drill] = None
    return [
        Cell(
            technique,
            _tactics(found.values()),
            tuple((rule.id, rule.title) for rule in found.values()),
            tuple(drills.get(technique, ())),
        )
        for technique, found in sorted(rules.items())
    ]


def navigator_layer(cells: Sequence[Cell], name: str = "Ringfence") -> dict[str, Any]:
    """Return the cells as a layer of the ATT&CK Navigator (format 4.5), ready for JSON."""
    proven = sum(cell.is_proven for cell in cells)
    return {
        "name": name,
        "versions": {"attack": ATTACK_VERSION, "navigator": "5.2.0", "layer": LAYER_VERSION},
        "domain": "enterprise-attack",
        "description": f"{len(cells)} techniques claimed by rules, {proven} of them proven by drill",
        "sorting": 3,
        "hideDisabled": False,
        "techniques": [_technique(cell) for cell in cells],
        "gradient": {"colors": ["#ffffff", *_COLOURS.values()], "minValue": 0, "maxValue": PROVEN},
        "legendItems": [
            {"label": "claimed by a rule", "color": _COLOURS[CLAIMED]},
            {"label": "proven by drill", "color": _COLOURS[PROVEN]},
        ],
        "showTacticRowBackground": False,
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
    }


def by_tactic(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """Return the cells in the columns of the matrix; one of several tactics stands in each."""
    columns: dict[str, list[Cell]] = {tactic: [] for tactic in (*TACTICS, "")}
    for cell in cells:
        for tactic in cell.tactics or ("",):
            columns.setdefault(tactic, []).append(cell)
    return {tactic: found for tactic, found in columns.items() if found}


def _technique(cell: Cell) -> dict[str, Any]:
    score = PROVEN if cell.is_proven else CLAIMED
    metadata: list[Mapping[str, str]] = [{"name": "rule", "value": title} for _, title in cell.rules]
    metadata += [{"name": "drill", "value": drill} for drill in cell.drills]
    return {
        "techniqueID": cell.technique,
        "score": score,
        "color": _COLOURS[score],
        "comment": f"{len(cell.rules)} rules; " + ("proven by drill" if cell.is_proven else "claimed"),
        "enabled": True,
        "metadata": metadata,
        "showSubtechniques": "." in cell.technique,
    }


def _tactics(rules: Iterable[Rule | Correlation]) -> tuple[str, ...]:
    """Tactics that most of a technique's rules name: tags do not say which tactic a technique is meant for."""
    counts = Counter(tactic for rule in rules for tactic in rule.tactics)
    most = max(counts.values(), default=0)
    return tuple(sorted((name for name, count in counts.items() if count == most), key=TACTICS.index))
