"""Where an attack is played: a clock that runs at a chosen pace, and the notes that become the ground truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

import msgspec

from ringfence.drills.model import Company, DemoRecord, GroundTruth, Step
from ringfence.drills.stamps import SECOND


class Stage:
    """Gives the script its time, takes its records and steps.

    `pace` shortens every pause: 1.0 plays as written, 0.05 twenty times as fast.
    """

    def __init__(self, company: Company, scenario: str, start_us: int, rng: Random, pace: float) -> None:
        self.company = company
        self.rng = rng
        self.records: list[DemoRecord] = []
        self.steps: list[Step] = []
        self._scenario = scenario
        self._now = start_us
        self._pace = pace

    @property
    def now(self) -> int:
        """The time on stage, microseconds UTC."""
        return self._now

    def wait(self, seconds: float) -> int:
        """Let time pass, at least one millisecond; returns the new time."""
        self._now += max(1000, int(seconds * SECOND * self._pace))
        return self._now

    def step(self, technique: str, tactic: str, what: str, *entities: str) -> None:
        """Begin the next step: what follows belongs to it."""
        self.steps.append(Step(self._now, technique, tactic, what, entities))

    def emit(self, records: DemoRecord | Iterable[DemoRecord]) -> None:
        """Take records of the current step."""
        for record in (records,) if isinstance(records, DemoRecord) else records:
            self.records.append(msgspec.structs.replace(record, scenario=self._scenario, step=len(self.steps)))


@dataclass(frozen=True, slots=True)
class Performance:
    """A played scenario: its records in time order and what they mean."""

    records: list[DemoRecord]
    truth: GroundTruth


@dataclass(frozen=True, slots=True)
class Scenario:
    """An attack that can be played on a company.

    at: seconds after midnight when it begins in an ordinary demo day. length: seconds it takes at pace 1 (about).
    category: incident category of GB/T 20986-2023. expected_level with the reason: how it ought to be graded.
    expected_rules: ids of our Sigma rules that must fire.
    """

    id: str
    title: str
    about: str
    at: float
    length: float
    category: str
    expected_level: str
    reason: str
    expected_rules: tuple[str, ...]
    script: Callable[[Stage], None]

    def play(self, company: Company, start_us: int, *, seed: int = 1, pace: float = 1.0) -> Performance:
        """Return the records and the ground truth of one run that begins at `start_us`."""
        stage = Stage(company, self.id, start_us, Random(f"{self.id}:{seed}"), pace)
        self.script(stage)
        records = sorted(stage.records, key=_time)
        return Performance(records, self._truth(stage, records))

    def ground_truth(self, company: Company, start_us: int, *, seed: int = 1, pace: float = 1.0) -> GroundTruth:
        """Return only what the records of that run mean."""
        return self.play(company, start_us, seed=seed, pace=pace).truth

    def day_truth(self, company: Company, day_us: int, *, seed: int = 1) -> GroundTruth:
        """Return the ground truth of this scenario within `day(company, day_us, seed=seed)`."""
        return self.ground_truth(company, day_us + int(self.at * SECOND), seed=seed)

    def _truth(self, stage: Stage, records: list[DemoRecord]) -> GroundTruth:
        entities = dict.fromkeys(entity for step in stage.steps for entity in step.entities)
        return GroundTruth(
            scenario=self.id,
            title=self.title,
            category=self.category,
            start=records[0].time_us,
            end=records[-1].time_us,
            steps=tuple(stage.steps),
            entities=tuple(entities),
            expected_level=self.expected_level,
            reason=self.reason,
            expected_rules=self.expected_rules,
        )


def _time(record: DemoRecord) -> int:
    return record.time_us
