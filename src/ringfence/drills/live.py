"""The live demo: background as it happens, the first attack within seconds, then one after the other."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from ringfence.core.clock import Clock, SystemClock
from ringfence.drills.background import FALSE_ALARMS, HABITS, Scene
from ringfence.drills.model import Company, DemoRecord, GroundTruth
from ringfence.drills.scenarios import ALL, scenario
from ringfence.drills.stamps import MINUTE, SECOND

FIRST_ATTACK = 6.0
"""Seconds after the start."""
NEXT_ATTACK = 34.0
"""Seconds from the beginning of one attack to the next, until all have been played once."""
ATTACK_LENGTH = 26.0
"""Seconds that an attack takes, squeezed from minutes or hours."""
LATER_ATTACKS = 900.0
"""Seconds between attacks after that."""
FIRST_FALSE_ALARM = 240.0
"""Seconds after the start: the first round of attacks is shown without them."""
FALSE_ALARM_EVERY = 47.0
_WORK_HOUR = 10
_TICK = 0.25


@dataclass(frozen=True, slots=True)
class LivePlan:
    """How the demo runs: records per second of background (about), attacks and their timing in seconds."""

    per_second: float = 25.0
    scenarios: Sequence[str] = ALL
    first: float = FIRST_ATTACK
    gap: float = NEXT_ATTACK
    length: float = ATTACK_LENGTH
    later: float = LATER_ATTACKS


class LiveDemo:
    """Makes the records of each moment without doing any waiting itself.

    `due(now_us)` returns what happened since the last call, in time order. `truths` are the attacks begun so far.
    """

    def __init__(self, company: Company, start_us: int, *, seed: int = 1, plan: LivePlan | None = None) -> None:
        self.company = company
        self.truths: list[GroundTruth] = []
        self._plan = plan or LivePlan()
        self._seed = seed
        self._scene = Scene(company, Random(f"live:{seed}"))
        self._scene.hour = _WORK_HOUR
        self._rate = _rate_for(self._scene, self._plan.per_second)
        self._done = start_us
        self._heap: list[tuple[int, int, DemoRecord]] = []
        self._serial = 0
        self._slept = 0
        self._attacks = self._schedule(start_us)
        self._next_attack = next(self._attacks, None)
        self._alarms = 0
        self._next_alarm = start_us + int(FIRST_FALSE_ALARM * SECOND)

    def due(self, now_us: int) -> list[DemoRecord]:
        """Return the records of the time from the last call to now (microseconds UTC), in time order."""
        begin = max(self._done, now_us - 5 * MINUTE)
        if now_us <= begin:
            return []
        self._slept += begin - self._done  # a machine that slept does not catch up for hours: the plan moves on
        self._background(begin, now_us - begin)
        self._planned(now_us)
        self._done = now_us
        ready: list[DemoRecord] = []
        while self._heap and self._heap[0][0] <= now_us:
            ready.append(heapq.heappop(self._heap)[2])
        return ready

    def _planned(self, now_us: int) -> None:
        """Begin the attacks and false alarms whose time has come."""
        while self._next_attack is not None and self._next_attack[0] + self._slept <= now_us:
            at, name, number = self._next_attack
            self._attack(at + self._slept, name, number)
            self._next_attack = next(self._attacks, None)
        while self._next_alarm + self._slept <= now_us:
            act = FALSE_ALARMS[self._alarms % len(FALSE_ALARMS)].act
            self._take(act(self._scene, self._next_alarm + self._slept))
            self._alarms += 1
            self._next_alarm += int(FALSE_ALARM_EVERY * SECOND)

    def _background(self, begin: int, width: int) -> None:
        scene = self._scene
        share = self._rate * width / (3600 * SECOND)
        for habit in HABITS:
            for _ in range(scene.poisson(habit.mean(scene, _WORK_HOUR) * share)):
                self._take(habit.act(scene, begin + int(scene.number() * width)))

    def _attack(self, at: int, name: str, number: int) -> None:
        chosen = scenario(name)
        pace = self._plan.length / chosen.length
        played = chosen.play(self.company, at, seed=self._seed + number, pace=pace)
        self.truths.append(played.truth)
        self._take(played.records)

    def _take(self, records: Iterable[DemoRecord]) -> None:
        for record in records:
            self._serial += 1
            heapq.heappush(self._heap, (record.time_us, self._serial, record))

    def _schedule(self, start_us: int) -> Iterator[tuple[int, str, int]]:
        names, plan = tuple(self._plan.scenarios), self._plan
        at = start_us + int(plan.first * SECOND)
        for number, name in enumerate(names):
            yield at + int(number * plan.gap * SECOND), name, number
        number, at = len(names), at + int(len(names) * plan.gap * SECOND)
        while names:
            at += int(plan.later * SECOND)
            yield at, names[number % len(names)], number
            number += 1


async def stream(
    company: Company,
    *,
    seed: int = 1,
    plan: LivePlan | None = None,
    clock: Clock | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_attack: Callable[[GroundTruth], None] | None = None,
) -> AsyncIterator[list[DemoRecord]]:
    """Yield small batches of records as they happen, stamped with the clock's now; runs until it is cancelled.

    The first attack begins after `plan.first` seconds and all have been shown after about three minutes; then they
    recur at intervals. `on_attack` hears of each attack, with its ground truth, when it begins.
    """
    time = clock or SystemClock()
    demo = LiveDemo(company, time.now_us(), seed=seed, plan=plan)
    told = 0
    while True:
        await sleep(_TICK)
        batch = demo.due(time.now_us())
        while told < len(demo.truths):
            if on_attack is not None:
                on_attack(demo.truths[told])
            told += 1
        if batch:
            yield batch


def _rate_for(scene: Scene, per_second: float) -> float:
    """The rate of `day` that makes about so many records a second in working hours (measured on ten minutes)."""
    trial = Scene(scene.company, Random("rate"))
    trial.hour = _WORK_HOUR
    count = 0
    for habit in HABITS:
        for _ in range(trial.poisson(habit.mean(trial, _WORK_HOUR) / 6)):
            count += sum(1 for _ in habit.act(trial, 0))
    return per_second / max(count / 600, 0.001)
