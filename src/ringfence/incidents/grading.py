"""Grading by GB/T 20986-2023: the worst of the cells that hold, and a sentence for each.

The standard's tables for network attacks, malware and data security are `_TABLES`; the other categories follow its
rule of factors. One attempt that failed, or a known thing caught and stopped, is P3 however important the system:
the tables call that the lowest row, and an internet-facing system of special importance would else be P1 all day.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ringfence.assets import Importance
from ringfence.core.message import Message, Param
from ringfence.core.severity import Level
from ringfence.incidents.model import Category


class Intensity(StrEnum):
    """How hard it hit. `stopped`: one failed attempt, or caught and stopped; `little`: once or a little;

    `much`: many times, badly, or much data; `massive`: sustained, spread widely, or the service stopped.
    """

    STOPPED = "stopped"
    LITTLE = "little"
    MUCH = "much"
    MASSIVE = "massive"


class Loss(StrEnum):
    """Loss by the standard, worst first."""

    EXTREME = "extreme"
    SERIOUS = "serious"
    MODERATE = "moderate"
    MINOR = "minor"


class SocialImpact(StrEnum):
    """Social impact by the standard, worst first."""

    EXTREME = "extreme"
    MAJOR = "major"
    MODERATE = "moderate"
    GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Facts:
    """What grading looks at, for one category: the most important system touched and the three factors."""

    category: Category
    importance: Importance
    intensity: Intensity
    loss: Loss = Loss.MINOR
    social_impact: SocialImpact = SocialImpact.GENERAL
    system: str = ""
    """Name of the most important system, for the sentences."""


@dataclass(frozen=True, slots=True)
class Grade:
    """Level with the facts that gave it and the sentences that say why; the worst first."""

    level: Level
    facts: Facts
    reasons: tuple[Message, ...]


_S, _I, _G = Importance.SPECIAL, Importance.IMPORTANT, Importance.GENERAL
_Table = dict[tuple[Importance, Intensity], Level]

_TABLES: dict[Category, _Table] = {
    Category.NETWORK_ATTACK: {
        (_S, Intensity.MASSIVE): Level.P0,
        (_S, Intensity.MUCH): Level.P1,
        (_S, Intensity.LITTLE): Level.P1,
        (_I, Intensity.MASSIVE): Level.P1,
        (_I, Intensity.MUCH): Level.P1,
        (_I, Intensity.LITTLE): Level.P2,
        (_G, Intensity.MASSIVE): Level.P2,
        (_G, Intensity.MUCH): Level.P2,
    },
    Category.MALWARE: {
        (_S, Intensity.MASSIVE): Level.P0,
        (_S, Intensity.MUCH): Level.P0,
        (_S, Intensity.LITTLE): Level.P1,
        (_I, Intensity.MASSIVE): Level.P1,
        (_I, Intensity.MUCH): Level.P1,
        (_I, Intensity.LITTLE): Level.P2,
    },
    Category.DATA_SECURITY: {
        (_S, Intensity.MASSIVE): Level.P0,
        (_S, Intensity.MUCH): Level.P0,
        (_S, Intensity.LITTLE): Level.P1,
        (_I, Intensity.MASSIVE): Level.P1,
        (_I, Intensity.MUCH): Level.P1,
        (_I, Intensity.LITTLE): Level.P2,
        (_G, Intensity.MASSIVE): Level.P2,
        (_G, Intensity.MUCH): Level.P2,
    },
}
"""Cells of the importance rows. What is not there is P3 by this row; the loss may still raise it."""

_FACTOR: dict[Importance, Level] = {_S: Level.P1, _I: Level.P2, _G: Level.P3}
"""Importance as a factor in the other categories: a special system alone makes P1, as in the three tables."""

_LOSS = {Loss.EXTREME: Level.P0, Loss.SERIOUS: Level.P1, Loss.MODERATE: Level.P2, Loss.MINOR: Level.P3}
_SOCIAL = {
    SocialImpact.EXTREME: Level.P0,
    SocialImpact.MAJOR: Level.P1,
    SocialImpact.MODERATE: Level.P2,
    SocialImpact.GENERAL: Level.P3,
}

_HIT: dict[Category, dict[Intensity, str]] = {
    Category.NETWORK_ATTACK: {
        Intensity.STOPPED: "An attempt at the {importance} system {system} failed",
        Intensity.LITTLE: "The {importance} system {system} was attacked a little",
        Intensity.MUCH: "The {importance} system {system} was attacked many times",
        Intensity.MASSIVE: "The {importance} system {system} is under a sustained, massive attack",
    },
    Category.MALWARE: {
        Intensity.STOPPED: "Known malware on the {importance} system {system} was caught and stopped",
        Intensity.LITTLE: "The {importance} system {system} was infected once",
        Intensity.MUCH: "The {importance} system {system} was infected many times or badly",
        Intensity.MASSIVE: "Malware spread widely, the {importance} system {system} among its victims",
    },
    Category.DATA_SECURITY: {
        Intensity.STOPPED: "An attempt to take data from the {importance} system {system} was stopped",
        Intensity.LITTLE: "The {importance} system {system} may have lost a little data",
        Intensity.MUCH: "The {importance} system {system} may have lost much data",
        Intensity.MASSIVE: "The {importance} system {system} may have lost very much data",
    },
}
_HIT_ELSE: dict[Intensity, str] = {
    Intensity.STOPPED: "It was stopped at the {importance} system {system}",
    Intensity.LITTLE: "The {importance} system {system} is affected",
    Intensity.MUCH: "The {importance} system {system} is affected many times",
    Intensity.MASSIVE: "The {importance} system {system} is affected over a wide area",
}
_LOST = {
    Loss.EXTREME: "The loss is extremely serious",
    Loss.SERIOUS: "The loss is serious",
    Loss.MODERATE: "The loss is moderate",
    Loss.MINOR: "No or minor loss so far",
}
_SEEN = {
    SocialImpact.EXTREME: "The social impact is extremely serious",
    SocialImpact.MAJOR: "The social impact is major",
    SocialImpact.MODERATE: "The social impact is considerable",
    SocialImpact.GENERAL: "No special social impact",
}


def grade(facts: Facts) -> Grade:
    """Return the level of an incident with its reasons: the worst of importance row, loss and social impact."""
    by_system = _system_level(facts)
    text = _HIT.get(facts.category, _HIT_ELSE)[facts.intensity]
    params: dict[str, Param] = {"importance": facts.importance.value, "system": facts.system}
    cells = [
        (by_system, Message(text, params)),
        (_LOSS[facts.loss], Message(_LOST[facts.loss])),
        (_SOCIAL[facts.social_impact], Message(_SEEN[facts.social_impact])),
    ]
    level = min(cell[0] for cell in cells)
    ordered = sorted(cells, key=lambda cell: cell[0])
    reasons = [message for at, message in ordered if at == level or message is cells[0][1]]
    return Grade(level, facts, tuple(reasons))


def worst(grades: list[Grade]) -> Grade:
    """Return the grade with the worst level; the first of equals."""
    return min(grades, key=lambda item: item.level)


def _system_level(facts: Facts) -> Level:
    if facts.intensity is Intensity.STOPPED:
        return Level.P3
    table = _TABLES.get(facts.category)
    if table is None:
        return _FACTOR[facts.importance]
    return table.get((facts.importance, facts.intensity), Level.P3)
