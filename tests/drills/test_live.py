"""The live demo on a clock of our own: attacks when promised, stamps that are now."""

from __future__ import annotations

from ringfence.core.clock import ManualClock
from ringfence.drills import ALL, DemoRecord, GroundTruth, LiveDemo, LivePlan, company, stream

START = 1_772_355_600_000_000
SECOND = 1_000_000


def _run(demo: LiveDemo, seconds: int) -> list[DemoRecord]:
    records: list[DemoRecord] = []
    for tick in range(1, seconds * 4 + 1):
        records.extend(demo.due(START + tick * SECOND // 4))
    return records


def test_the_first_attack_shows_within_20_seconds_and_all_within_3_minutes() -> None:
    records = _run(LiveDemo(company(1), START), 185)
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    for record in records:
        if record.scenario is not None:
            moment = (record.time_us - START) / SECOND
            first.setdefault(record.scenario, moment)
            last[record.scenario] = moment
    assert min(first.values()) < 20
    assert set(last) == set(ALL)
    assert max(last.values()) < 180


def test_stamps_lie_between_the_calls() -> None:
    demo = LiveDemo(company(1), START)
    demo.due(START + 10 * SECOND)
    records = demo.due(START + 11 * SECOND)
    assert records
    assert all(START + 10 * SECOND < record.time_us <= START + 11 * SECOND for record in records)


def test_the_background_keeps_about_the_rate_it_was_given() -> None:
    records = _run(LiveDemo(company(1), START, plan=LivePlan(per_second=40, scenarios=())), 120)
    assert 30 * 120 < len(records) < 55 * 120


def test_attacks_come_again_later() -> None:
    demo = LiveDemo(company(1), START, plan=LivePlan(per_second=1, first=1, gap=10, length=5, later=60))
    _run(demo, 175)
    assert [truth.scenario for truth in demo.truths] == [*ALL, ALL[0], ALL[1]]
    assert all(truth.end - truth.start < 8 * SECOND for truth in demo.truths)


def test_a_machine_that_slept_gets_five_minutes_and_goes_on_with_the_plan() -> None:
    demo = LiveDemo(company(1), START, plan=LivePlan(per_second=2))
    woken = START + 36_000 * SECOND
    records = demo.due(woken)
    assert 300 < len(records) < 8_000
    assert min(record.time_us for record in records) > woken - 301 * SECOND
    assert [truth.scenario for truth in demo.truths] == list(ALL)


def test_false_alarms_come_after_the_first_round_of_attacks() -> None:
    demo = LiveDemo(company(1), START, plan=LivePlan(per_second=1, scenarios=()))
    before, after = demo.due(START + 239 * SECOND), demo.due(START + 450 * SECOND)
    backups = ["svc-backup" in "".join(record.raw for record in records) for records in (before, after)]
    assert backups == [False, True]


async def test_the_stream_follows_the_clock_and_tells_of_attacks() -> None:
    clock, told, batches = ManualClock(START), list[GroundTruth](), list[list[DemoRecord]]()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    async for batch in stream(company(1), clock=clock, sleep=sleep, on_attack=told.append):
        batches.append(batch)
        if clock.now_us() > START + 20 * SECOND:
            break
    assert [truth.scenario for truth in told] == [ALL[0]]
    assert any(record.scenario == ALL[0] for batch in batches for record in batch)
    assert all(record.time_us <= clock.now_us() for record in batches[-1])
