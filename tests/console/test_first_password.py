"""Who has a password that was made for them gets nothing but the page to change it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from tests.console.conftest import client_of
from tests.console.seed import FRESH, PASSWORD
from tests.console.test_doors import ACTIONS, DATA, PAGES

from ringfence.console.session import csrf_of

Client = Callable[[str], httpx.Client]
EARLY = {"/account", "/console/account/password", "/console/account/language"}


def test_signing_in_leads_to_the_account_page(stranger: httpx.Client) -> None:
    csrf = stranger.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
    form = {"name": FRESH, "password": PASSWORD, "csrf": csrf, "next": "/alerts"}
    assert stranger.post("/login", data=form).headers["location"] == "/account?first=1"


@pytest.mark.parametrize("path", [path for path in PAGES if path not in EARLY])
def test_every_other_page_leads_there(signed_in: Client, path: str) -> None:
    answer = signed_in(FRESH).get(path)
    assert (answer.status_code, answer.headers["location"], answer.text) == (303, "/account?first=1", "")


@pytest.mark.parametrize("path", DATA)
def test_data_is_refused_with_the_way_to_go(signed_in: Client, path: str) -> None:
    answer = signed_in(FRESH).get(path)
    assert (answer.status_code, answer.headers["location"]) == (403, "/account?first=1")
    assert "rows" not in answer.text


@pytest.mark.parametrize("path", [path for path in ACTIONS if path not in EARLY])
def test_actions_lead_there_and_do_nothing(signed_in: Client, path: str) -> None:
    client = signed_in(FRESH)
    form = {"csrf": csrf_of(client.cookies["rf_session"]), "name": "intruder", "role": "admin"}
    answer = client.post(path, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?first=1")


def test_the_account_page_opens_without_a_way_elsewhere(signed_in: Client) -> None:
    answer = signed_in(FRESH).get("/account")
    assert answer.status_code == 200
    assert "Your password was made for you" in answer.text
    assert "/alerts" not in answer.text
    assert "/alerts" in signed_in("alice").get("/account").text


def test_after_the_change_everything_opens(server: str, signed_in: Client) -> None:
    admin = signed_in("alice")
    csrf = {"csrf": csrf_of(admin.cookies["rf_session"])}
    page = admin.post("/console/users", data={**csrf, "name": "new.comer", "role": "l1"}).headers["location"]
    made = admin.get(page).text.split("&lt;code&gt;")[1].split("&lt;/code&gt;")[0]
    with client_of(server, "new.comer", made) as client:
        assert client.get("/alerts").headers["location"] == "/account?first=1"
        form = {"csrf": csrf_of(client.cookies["rf_session"]), "old": made, "new": PASSWORD, "again": PASSWORD}
        assert client.post("/console/account/password", data=form).headers["location"] == "/login?ended=1"
    with client_of(server, "new.comer") as client:
        assert client.get("/alerts").status_code == 200
        assert client.get(DATA[0]).status_code == 200
