from __future__ import annotations

from itertools import pairwise

from tests.api.conftest import NOW, Caller

from ringfence.core.severity import Severity
from ringfence.detect import RuleInfo, apply_signals
from ringfence.events.model import Signal
from ringfence.runtime.database import Database

RULE = RuleInfo("r", "Wrong password", Severity.LOW, ("credential-access",), ("T1110",), "linux", "", "sshd")


async def alerts(database: Database, count: int, tenant: str = "default") -> list[str]:
    signals = [Signal(n, f"e{n}", tenant, NOW, ("r",), {"host.name": f"host-{n}"}) for n in range(1, count + 1)]
    async with database.session() as session:
        return sorted(alert.id for alert in await apply_signals(session, signals, {"r": RULE}))


async def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(call: Caller, database: Database) -> None:
    ids = await alerts(database, 400)
    assert len(ids) == 400
    longest = next(length for length in range(4, 32) if len({one[:length] for one in ids}) == 400)
    for alert_id in (ids[0], ids[0][: longest + 1]):
        response = await call("GET", f"/api/v1/alerts/{alert_id}")
        assert (response.status_code, response.json()["id"]) == (200, ids[0])


async def test_several_are_a_conflict_and_none_is_not_found(call: Caller, database: Database) -> None:
    ids = await alerts(database, 480)
    pairs = [a for a, b in pairwise(ids) if a[:4] == b[:4]]
    assert pairs  # 480 ids with 65,536 beginnings: there always are some, and they are the same in each run
    several = await call("GET", f"/api/v1/alerts/{pairs[0][:4]}")
    assert (several.status_code, several.json()) == (
        409,
        {
            "code": "conflict",
            "message": f"several alerts begin with '{pairs[0][:4]}'",
            "remedy": "give more characters of the id",
        },
    )
    for text in ("ffff0000", ids[0][:3], "%25%25%25%25", "____"):
        response = await call("GET", f"/api/v1/alerts/{text}")
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), text


async def test_alerts_of_others_are_neither_found_nor_counted(call: Caller, database: Database) -> None:
    ids = await alerts(database, 1, tenant="other")
    response = await call("GET", f"/api/v1/alerts/{ids[0][:8]}")
    assert response.status_code == 404
