"""A whole day of the company as a stream of records in time order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from random import Random

from ringfence.drills.background import HABITS, Appointment, Scene, working_day
from ringfence.drills.model import Company, DemoRecord
from ringfence.drills.scenarios import ALL, SCENARIOS
from ringfence.drills.stamps import HOUR, SECOND

SLICE_SECONDS = 60
"""Records are made and sorted slice by slice: memory holds a few minutes, never the day."""

_by_time = attrgetter("time_us")


def day(
    company: Company,
    start_us: int,
    *,
    seed: int = 1,
    rate: float = 1.0,
    scenarios: Sequence[str] = ALL,
    hours: tuple[float, float] = (0.0, 24.0),
) -> Iterator[DemoRecord]:
    """Yield the records of the 24 hours from `start_us` (midnight, microseconds UTC), in time order.

    rate: how busy the background is; 1.0 makes about 100,000 records. It multiplies recurring habits; sign-ins, false
    alarms and attacks happen once. scenarios: ids of the attacks to weave in. hours: part of the day to yield. The
    same arguments give the same records.
    """
    scene = Scene(company, Random(f"day:{seed}"))
    events = _planned(scene)
    attacks = _attacks(company, start_us, seed, scenarios)
    pending: list[DemoRecord] = []
    first, last = (start_us + int(hour * HOUR) for hour in hours)
    for second in range(int(hours[0] * 3600), int(hours[1] * 3600), SLICE_SECONDS):
        begin = start_us + second * SECOND
        end = min(begin + SLICE_SECONDS * SECOND, last)
        pending.extend(_slice(scene, start_us, second, rate))
        while events and events[-1].at < second + SLICE_SECONDS:
            appointment = events.pop()
            if appointment.at >= second:
                pending.extend(appointment.act(scene, start_us + int(appointment.at * SECOND)))
        while attacks and attacks[-1].time_us < end:
            pending.append(attacks.pop())
        pending.sort(key=_by_time)
        ready = _count_before(pending, end)
        for record in pending[:ready]:
            if record.time_us >= first:
                yield record
        del pending[:ready]


def _planned(scene: Scene) -> list[Appointment]:
    return sorted(working_day(scene), key=attrgetter("at"), reverse=True)


def _attacks(company: Company, start_us: int, seed: int, names: Sequence[str]) -> list[DemoRecord]:
    """Records of the attacks, the first one last (they are taken from the end)."""
    known = {scenario.id: scenario for scenario in SCENARIOS}
    records: list[DemoRecord] = []
    for name in names:
        scenario = known[name]
        records.extend(scenario.play(company, start_us + int(scenario.at * SECOND), seed=seed).records)
    records.sort(key=_by_time, reverse=True)
    return records


def _slice(scene: Scene, start_us: int, second: int, rate: float) -> Iterator[DemoRecord]:
    hour = scene.hour = second // 3600
    begin = start_us + second * SECOND
    share = rate * SLICE_SECONDS / 3600
    for habit in HABITS:
        for _ in range(scene.poisson(habit.mean(scene, hour) * share)):
            yield from habit.act(scene, begin + int(scene.number() * SLICE_SECONDS * SECOND))


def _count_before(records: list[DemoRecord], end: int) -> int:
    low, high = 0, len(records)
    while low < high:
        middle = (low + high) // 2
        if records[middle].time_us < end:
            low = middle + 1
        else:
            high = middle
    return low
