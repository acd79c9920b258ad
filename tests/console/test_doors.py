"""Who is not signed in, or may not, gets nothing: pages, data, actions, the socket."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from tests.console.conftest import client_of
from tests.console.seed import PASSWORD

from ringfence.console.session import csrf_of

PAGES = [
    "/", "/alerts", "/alerts/x", "/incidents", "/incidents/x", "/search", "/search/sql", "/quarantine", "/rules",
    "/rules/x", "/sources", "/account", "/assets", "/assets/x", "/assets/import", "/users", "/users/x", "/tokens",
    "/audit", "/tuning", "/no/such/page",
]  # fmt: skip
DATA = ["/console/data/alerts", "/console/data/incidents", "/console/data/events", "/console/data/rules",
        "/console/data/assets"]  # fmt: skip
ACTIONS = [
    "/console/alerts/x", "/console/bulk/alerts", "/console/incidents/x", "/console/quarantine", "/console/assets/x",
    "/console/import/assets", "/console/users", "/console/users/x", "/console/tokens", "/console/tokens/x",
    "/console/rules/x/life", "/console/rules/x/propose", "/console/tuning/propose", "/console/proposals/x",
    "/console/exclusions/x", "/console/account/password", "/console/account/language",
]  # fmt: skip

Client = Callable[[str], httpx.Client]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sends_strangers_to_the_sign_in_page_without_content(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)
    assert (answer.status_code, answer.text) == (303, "")
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("path", DATA)
def test_data_refuses_strangers(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert "rows" not in answer.text


@pytest.mark.parametrize("path", ACTIONS)
def test_an_action_sends_strangers_away(stranger: httpx.Client, path: str) -> None:
    answer = stranger.post(path, data={"do": "close"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_the_socket_refuses_strangers(stranger: httpx.Client) -> None:
    polling = stranger.get("/_nicegui_ws/socket.io/?EIO=4&transport=polling")
    assert polling.status_code == 401
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    assert stranger.get("/_nicegui_ws/socket.io/?EIO=4&transport=websocket", headers=upgrade).status_code == 403


def test_an_invented_session_is_no_session(stranger: httpx.Client) -> None:
    stranger.cookies.set("rf_session", "invented")
    assert stranger.get("/").status_code == 303
    stranger.cookies.set("rf_session", "x" * 5000)
    assert stranger.get(DATA[0]).status_code == 401


def test_after_sign_out_the_cookie_is_worth_nothing(server: str, stranger: httpx.Client) -> None:
    with client_of(server, "rita") as client:
        token = client.cookies["rf_session"]
        assert client.get(DATA[0]).status_code == 200
        answer = client.post("/console/sign-out", data={"csrf": csrf_of(token)})
    assert answer.headers["location"] == "/login"
    stranger.cookies.set("rf_session", token)
    assert stranger.get(DATA[0]).status_code == 401


@pytest.mark.parametrize("path", ACTIONS)
def test_a_form_of_another_site_is_refused_before_anything_is_looked_at(signed_in: Client, path: str) -> None:
    answer = signed_in("alice").post(path, data={"do": "close", "csrf": "0" * 32})
    assert answer.status_code == 400
    assert "This form was too old" in answer.text


def test_another_site_cannot_sign_anybody_out(signed_in: Client) -> None:
    client = signed_in("alice")
    assert client.post("/console/sign-out", data={"csrf": "0" * 32}).headers["location"] == "/"
    assert client.get(DATA[0]).status_code == 200


def form_of(client: httpx.Client, **more: str) -> dict[str, str]:
    csrf = client.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
    return {"name": "alice", "password": PASSWORD, "csrf": csrf, **more}


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(stranger: httpx.Client) -> None:
    answer = stranger.post("/login", data=form_of(stranger))
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("rf_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_signing_in_needs_the_form_that_was_served(stranger: httpx.Client) -> None:
    answer = stranger.post("/login", data={"name": "alice", "password": PASSWORD, "csrf": "guessed"})
    assert answer.status_code == 400
    assert "rf_session" not in answer.cookies


@pytest.mark.parametrize(
    ("wanted", "target"),
    [("/alerts?level=high", "/alerts?level=high"), ("//evil.example", "/"), ("https://evil.example/", "/"),
     ("/\\evil.example", "/"), ("/login", "/"), ("/\t/evil.example", "/")],
)  # fmt: skip
def test_after_signing_in_one_stays_on_this_server(stranger: httpx.Client, wanted: str, target: str) -> None:
    assert stranger.post("/login", data=form_of(stranger, next=wanted)).headers["location"] == target


@pytest.mark.parametrize(("name", "path"), [("vera", DATA[0]), ("vera", DATA[2]), ("vera", DATA[3])])
def test_data_needs_the_permission(signed_in: Client, name: str, path: str) -> None:
    assert signed_in(name).get(path).status_code == 403


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("vera", "/alerts"),
        ("vera", "/search"),
        ("lea", "/search/sql"),
        ("otto", "/users"),
        ("otto", "/users/x"),
        ("rita", "/tokens"),
        ("lea", "/audit"),
        ("lea", "/assets/import"),
    ],
)
def test_a_page_needs_the_permission(signed_in: Client, name: str, path: str) -> None:
    answer = signed_in(name).get(path)
    assert answer.status_code == 403
    assert "No access" in answer.text


def test_an_auditor_may_read_an_alert_and_not_close_it(signed_in: Client) -> None:
    client = signed_in("rita")
    alert = client.get(DATA[0], params={"status": "new", "limit": 1}).json()["rows"][0]
    form = {"do": "close", "verdict": "false_positive", "csrf": csrf_of(client.cookies["rf_session"])}
    assert client.post(f"/console/alerts/{alert['id']}", data=form).status_code == 400
    rows = client.get(DATA[0], params={"text": alert["title"], "limit": 100}).json()["rows"]
    assert {row["id"]: row["status"] for row in rows}[alert["id"]] == "new"


def test_pages_come_with_a_policy_that_lets_nothing_in_from_outside(signed_in: Client) -> None:
    headers = signed_in("alice").get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


def test_an_unknown_address_is_a_sentence(signed_in: Client) -> None:
    answer = signed_in("alice").get("/no/such/page", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text


def test_rows_are_filtered_and_paged_by_the_server(signed_in: Client) -> None:
    client = signed_in("alice")
    everything = client.get(DATA[0], params={"limit": 500}).json()
    assert len(everything["rows"]) == everything["total"] > 50
    page = client.get(DATA[0], params={"limit": 10, "offset": 10}).json()
    assert page["rows"] == everything["rows"][10:20]
    high = client.get(DATA[0], params={"level": "high", "limit": 500}).json()
    assert high["rows"] == [row for row in everything["rows"] if row["level"] == "high"]
    most = client.get(DATA[0], params={"sort": "count", "order": "desc", "limit": 500}).json()["rows"]
    assert [row["count"] for row in most] == sorted((row["count"] for row in everything["rows"]), reverse=True)
    assert client.get(DATA[0], params={"limit": 501}).status_code in {400, 422}


@pytest.mark.parametrize(("name", "target"), [("vera", "/incidents")])
def test_who_may_not_see_the_overview_starts_elsewhere(signed_in: Client, name: str, target: str) -> None:
    answer = signed_in(name).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, target)


def test_many_decisions_are_made_all_or_none(signed_in: Client) -> None:
    client = signed_in("lea")
    csrf = csrf_of(client.cookies["rf_session"])
    rows = client.get(DATA[0], params={"limit": 3, "sort": "count", "order": "desc"}).json()["rows"]
    ids = [row["id"] for row in rows]
    form = {"csrf": csrf, "do": "assign", "who": "lea", "id": [*ids, "not-an-alert"]}
    assert client.post("/console/bulk/alerts", data=form).status_code == 400
    assert client.post("/console/bulk/alerts", data={**form, "id": ids, "who": "rita"}).status_code == 400
    after = client.get(DATA[0], params={"limit": 3, "sort": "count", "order": "desc"}).json()["rows"]
    assert after == rows
    assert client.post("/console/bulk/alerts", data={"csrf": csrf, "do": "close"}).headers["location"] == (
        "/alerts?done=none"
    )
    evil = {"csrf": csrf, "do": "close", "view": "text=a&next=//evil.example"}
    assert client.post("/console/bulk/alerts", data=evil).headers["location"] == "/alerts?text=a&done=none"


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(signed_in: Client) -> None:
    client = signed_in("alice")
    files = {"file": ("a.csv", b"x" * (17 * 1024 * 1024))}
    answer = client.post("/console/import/assets", files=files, data={"csrf": csrf_of(client.cookies["rf_session"])})
    assert answer.status_code == 413


def test_rows_of_assets_are_filtered_by_the_server(signed_in: Client) -> None:
    client = signed_in("vera")
    everything = client.get("/console/data/assets", params={"limit": 500}).json()
    assert len(everything["rows"]) == everything["total"] > 20
    special = client.get("/console/data/assets", params={"importance": "special", "limit": 500}).json()
    assert special["rows"] == [row for row in everything["rows"] if row["importance"] == "special"]
    assert client.get("/console/data/assets", params={"importance": "tremendous"}).status_code in {400, 422}
