"""Quarantine: kept once, changed by people, never forgotten."""

from __future__ import annotations

from ringfence.events.chdb_store import ChdbStore
from ringfence.events.model import Quarantined, QuarantineState

NOW = 1_772_524_800_000_000


def item(number: int, **given) -> Quarantined:
    values = {
        "tenant": "default",
        "received": NOW + number,
        "source": "tls",
        "reason": "no parser",
        "raw": f"r{number}",
    }
    return Quarantined(id=f"q{number}", **{**values, **given})


async def test_round_trip_newest_first(store, lee):
    strange = item(2, raw="a\0b\nc\\'😀", hint="cef", meta={"host": "h1", "nested": {"n": [1, None]}})
    await store.quarantine([item(1), strange, item(3)])
    assert await store.quarantined(lee) == ([item(3), strange, item(1)], 3)
    assert await store.quarantined(lee, limit=1, offset=1) == ([strange], 3)


async def test_the_same_id_is_kept_once(store, lee):
    await store.quarantine([item(1), item(1, reason="again")])
    await store.quarantine([item(1, reason="and again"), item(2)])
    items, total = await store.quarantined(lee)
    assert ([(i.id, i.reason) for i in items], total) == ([("q2", "no parser"), ("q1", "no parser")], 2)


async def test_states_change_and_redelivery_does_not_reset_them(store, lee):
    await store.quarantine([item(1), item(2), item(3)])
    await store.mark_quarantined(lee, ["q1", "q2", "unknown"], QuarantineState.REPLAYED)
    await store.mark_quarantined(lee, ["q2"], QuarantineState.DISCARDED)
    await store.quarantine([item(1), item(2)])

    async def ids(state: QuarantineState | None) -> list[str]:
        return [i.id for i in (await store.quarantined(lee, state=state))[0]]

    assert await ids(QuarantineState.WAITING) == ["q3"]
    assert await ids(QuarantineState.REPLAYED) == ["q1"]
    assert await ids(QuarantineState.DISCARDED) == ["q2"]
    assert await ids(None) == ["q3", "q2", "q1"]


async def test_nothing_is_nothing(store, lee):
    await store.quarantine([])
    await store.mark_quarantined(lee, [], QuarantineState.REPLAYED)
    assert await store.quarantined(lee) == ([], 0)


async def test_survives_a_restart(tmp_path, clock, lee):
    first = ChdbStore(tmp_path, clock=clock)
    await first.quarantine([item(1)])
    await first.mark_quarantined(lee, ["q1"], QuarantineState.REPLAYED)
    first.close()
    second = ChdbStore(tmp_path, clock=clock)
    try:
        await second.mark_quarantined(lee, ["q1"], QuarantineState.WAITING)
        assert await second.quarantined(lee) == ([item(1)], 1)
    finally:
        second.close()
