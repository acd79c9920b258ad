"""The life of rules over HTTP, with the real store and loop behind it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from fastapi import FastAPI
from tests.api.conftest import Caller
from tests.detect.rules.conftest import COPIES, HOUR, NOW, Bench, attack, backup, bench

from ringfence.access import Tokens
from ringfence.api import ApiContext, create_api
from ringfence.core.actor import Role
from ringfence.detect import AlertStatus

__all__ = ["bench"]
DAY = 24 * HOUR
CONDITION = "selection:\n  User|endswith: '\\mia'\ncondition: selection\n"


@pytest.fixture
async def app(bench: Bench) -> FastAPI:
    nothing = cast("Any", None)
    tokens = Tokens(bench.database, bench.clock)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    context = ApiContext(bench.database, bench.store, tokens, bench.clock, lambda: bench.ruleset, nothing, nothing)
    create_api(app, context)
    return app


async def test_state_and_level_are_changed_and_told(call: Caller) -> None:
    path = f"/api/v1/rules/{COPIES}/life"
    assert (await call("GET", path, role=Role.L1)).json()["state"] == "production"
    assert (await call("PATCH", path, role=Role.L1, json={"state": "testing"})).status_code == 403
    changed = await call("PATCH", path, json={"state": "testing", "level": "low", "reason": "new"})
    assert changed.json() == {
        "rule_id": COPIES,
        "state": "testing",
        "level": "low",
        "threshold": None,
        "changed": NOW,
        "changed_by": "test",
        "reason": "new",
    }
    assert (await call("PATCH", path, json={"level": None})).json()["level"] is None
    assert [life["state"] for life in (await call("GET", "/api/v1/rule-lives")).json()] == ["testing"]
    assert (await call("PATCH", "/api/v1/rules/nowhere/life", json={"state": "draft"})).status_code == 404
    assert (await call("PATCH", path, json={"state": "gone"})).status_code == 400
    assert (await call("GET", f"/api/v1/rules/{COPIES}/versions")).json() == []


async def test_exclusions_are_made_changed_and_ended(call: Caller) -> None:
    body = {"rule_id": COPIES, "condition": CONDITION, "reason": "known", "expires": NOW + DAY}
    made = await call("POST", "/api/v1/exclusions", json=body)
    assert (made.status_code, made.json()["owner"], made.json()["enabled"]) == (201, "test", True)
    path = f"/api/v1/exclusions/{made.json()['id']}"
    assert (await call("GET", path, role=Role.L1)).json() == made.json()
    assert (await call("PATCH", path, json={"enabled": False})).json()["enabled"] is False
    wrong = await call("PATCH", path, json={"condition": "s: {A|contians: x}\ncondition: s"})
    assert (wrong.status_code, wrong.json()["remedy"]) == (400, "did you mean contains?")
    assert (await call("DELETE", path, role=Role.L1)).status_code == 403
    assert (await call("DELETE", path)).json()["ended_why"] == "by_hand"
    assert (await call("PATCH", path, json={"enabled": True})).status_code == 409
    assert (await call("GET", "/api/v1/exclusions")).json() == {"total": 0, "exclusions": []}
    assert (await call("GET", f"/api/v1/exclusions?ended=true&rule_id={COPIES}")).json()["total"] == 1
    assert (await call("GET", "/api/v1/exclusions/none")).status_code == 404


async def test_from_verdicts_to_a_quiet_match(bench: Bench, call: Caller) -> None:
    for day in range(5):
        await bench.send(backup(NOW - (day + 1) * DAY, f"SRV{day}"))
    for alert in await bench.alerts():
        closing = {"verdict": "false_positive"}
        assert (await call("POST", f"/api/v1/alerts/{alert.id}/close", json=closing)).status_code == 200
    assert (await call("POST", "/api/v1/rule-proposals", role=Role.L1, json={})).status_code == 403
    (first,) = (await call("POST", "/api/v1/rule-proposals", json={})).json()["proposals"]
    assert (first["title"], first["items"]) == (
        "Shadow Copies Removed",
        [["ParentImage", "C:\\Program Files\\Keeper\\keeper.exe"]],
    )
    assert (first["backtest"]["false_removed"], first["backtest"]["true_total"]) == (5, 0)
    assert (await call("GET", "/api/v1/rule-proposals", role=Role.L1)).json()["proposals"] == [first]
    path = f"/api/v1/rule-proposals/{first['id']}"
    done = await call("POST", f"{path}/approve", json={"reason": "backup", "expires": NOW + DAY, "owner": "Ops"})
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    again = await call("POST", f"{path}/reject", json={})
    assert again.status_code == 409
    quiet, loud = await bench.send(backup(NOW, "SRV9"), attack(NOW, "PC9"))
    assert [alert.entity for alert in await bench.alerts(status=frozenset({AlertStatus.NEW}))] == ["pc9.example.com"]
    (tally,) = (await call("GET", f"/api/v1/quiet-matches?rule_id={COPIES}&outcome=excluded")).json()
    assert (tally["count"], tally["samples"]) == (1, [quiet])
    (fate,) = (await call("GET", f"/api/v1/events/{quiet}/fates")).json()
    assert (fate["raises"], fate["exclusion"]["owner"], fate["exclusion"]["hits"]) == (False, "Ops", 1)
    assert [fate["raises"] for fate in (await call("GET", f"/api/v1/events/{loud}/fates")).json()] == [True]
    assert (await call("GET", "/api/v1/events/none/fates")).status_code == 404
    assert (await call("POST", "/api/v1/rule-proposals", json={"rule_id": COPIES})).json() == {"proposals": []}
