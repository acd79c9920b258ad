"""kill -9 in the middle of an ingest: every acknowledged event is there once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import httpx
import pytest
from tests.e2e.server import Server

BATCHES = 200
SIZE = 1_000


def body(batch: int) -> bytes:
    lines = (
        {"EventTime": "2026-03-01 10:00:00", "Hostname": f"pc{n % 50}", "Channel": "Security", "EventID": 4624,
         "SourceName": "Microsoft-Windows-Security-Auditing", "TargetUserName": f"batch{batch}", "LogonType": 3,
         "IpAddress": f"192.0.2.{n % 250}", "Number": n}
        for n in range(SIZE)
    )  # fmt: skip
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.mark.slow
def test_kill_9_during_200_000_events_in_acknowledged_batches(make_server: Callable[..., Server]) -> None:
    server = make_server()
    acknowledged: set[int] = set()
    todo = list(range(BATCHES))
    lock = threading.Lock()
    stop = threading.Event()

    def sender() -> None:
        while not stop.is_set():
            with lock:
                if not todo:
                    return
                number = todo.pop()
            try:
                good = server.send("/api/v1/ingest", body(number)).status_code == 200
            except httpx.HTTPError:
                good = False
            with lock:
                if good:
                    acknowledged.add(number)
                else:
                    todo.append(number)
            if not good:
                time.sleep(0.2)

    senders = [threading.Thread(target=sender) for _ in range(4)]
    for thread in senders:
        thread.start()
    kills = 0
    while kills < 2:
        time.sleep(0.02)
        if len(acknowledged) >= (kills + 1) * BATCHES // 4:
            server.kill()
            kills += 1
            before = set(acknowledged)
            server.start()
            token = {"Authorization": f"Bearer {(server.data / 'cli-token').read_text()}"}
            for number in before:
                answer = httpx.get(
                    f"{server.url}/api/v1/events", params={"q": f"user.name:batch{number}", "limit": 1}, headers=token
                )
                assert answer.json()["total"] == SIZE, number
    for thread in senders:
        thread.join(120)
    assert len(acknowledged) == BATCHES
    assert server.get("/pipeline")["events"] == BATCHES * SIZE
    names = server.get("/events/top", field="user.name", limit=1000)
    assert {one["value"]: one["count"] for one in names} == {f"batch{n}": SIZE for n in range(BATCHES)}
    assert server.stop() == 0
