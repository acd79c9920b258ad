from __future__ import annotations

from tests.api.conftest import Caller

from ringfence.core.actor import Role

CSV = b"""name,addresses,kind,importance,owner
web-01,198.51.100.20,server,important,noah
db-01,192.0.2.10;192.0.2.11,database,special,mia
bad,not-an-address,,,
"""


async def test_import_list_and_edit(call: Caller) -> None:
    taken = await call("POST", "/api/v1/assets/import", content=CSV, headers={"Content-Type": "text/csv"})
    assert (taken.status_code, taken.json()) == (
        200,
        {"added": 2, "updated": 0, "rejected": [{"line": 4, "reason": "not an address: not-an-address"}]},
    )
    page = (await call("GET", "/api/v1/assets", role=Role.L1)).json()
    assert page["total"] == 2
    assert [(a["name"], a["importance"], a["addresses"]) for a in page["assets"]] == [
        ("db-01", "special", ["192.0.2.10", "192.0.2.11"]),
        ("web-01", "important", ["198.51.100.20"]),
    ]
    narrow = (await call("GET", "/api/v1/assets?importance=important&kind=server&text=WEB")).json()
    assert [a["name"] for a in narrow["assets"]] == ["web-01"]
    asset_id = page["assets"][1]["id"]
    changed = await call(
        "PATCH", f"/api/v1/assets/{asset_id}", json={"importance": "special", "addresses": ["198.51.100.21"]}
    )
    assert changed.status_code == 200
    assert (changed.json()["importance"], changed.json()["owner"]) == ("special", "noah")
    assert changed.json()["addresses"] == ["198.51.100.21"]


async def test_who_may_only_read_changes_nothing(call: Caller) -> None:
    assert (await call("POST", "/api/v1/assets/import", role=Role.L1, content=CSV)).status_code == 403
    await call("POST", "/api/v1/assets/import", content=CSV)
    asset_id = (await call("GET", "/api/v1/assets")).json()["assets"][0]["id"]
    assert (await call("PATCH", f"/api/v1/assets/{asset_id}", role=Role.L1, json={"owner": "x"})).status_code == 403
    assert (await call("GET", "/api/v1/assets", role=Role.ASSET_OWNER)).status_code == 403


async def test_who_may_not_is_told_so_before_the_body_is_read(call: Caller) -> None:
    response = await call("POST", "/api/v1/assets/import", role=Role.L1, content=b"x" * (16 * 1024 * 1024 + 1))
    assert response.status_code == 403


async def test_what_is_no_inventory_is_refused(call: Caller) -> None:
    for body, status, words in (
        (b"host\nweb-01\n", 400, "the inventory has no column 'name'"),
        (b"name\n\xff\n", 400, "the inventory is not UTF-8 (byte 5)"),
        (b"x" * (16 * 1024 * 1024 + 1), 413, "the body is larger than 16 MiB"),
    ):
        response = await call("POST", "/api/v1/assets/import", content=body)
        assert (response.status_code, response.json()["message"]) == (status, words)


async def test_wrong_changes_are_refused(call: Caller) -> None:
    await call("POST", "/api/v1/assets/import", content=CSV)
    asset_id = (await call("GET", "/api/v1/assets")).json()["assets"][0]["id"]
    for change in ({"kind": "toaster"}, {"owner": "x" * 256}, {"addresses": ["nowhere"]}, {"addresses": "192.0.2.1"}):
        assert (await call("PATCH", f"/api/v1/assets/{asset_id}", json=change)).status_code == 400
    assert (await call("PATCH", "/api/v1/assets/none", json={"owner": "x"})).status_code == 404
