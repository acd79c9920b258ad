"""Users, tokens, audit log, assets and decisions on many alerts, in a real browser on a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.console.conftest import Visitor, client_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Visit = Callable[..., Visitor]


def test_a_user_is_added_seen_and_shut_out(visit: Visit, server: str) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/users")
    page.fill("input[name=name]", "new.analyst")
    page.check("input[value=l2]")
    page.click("button:has-text('Add user')")
    page.wait_for_selector(".secret")
    assert visitor.heading() == "new.analyst"
    password = page.inner_text(".secret code")
    assert len(password) >= 20
    page.reload()
    page.wait_for_selector(".rf-content h1")
    assert "shown already" in page.inner_text(".note")
    with client_of(server, "new.analyst", password) as client:
        assert client.get("/account").status_code == 200
        page.reload()
        page.wait_for_selector("button[value=end]")
        page.click("button[value=end]")
        page.wait_for_selector(".note.good")
        assert client.get("/account").status_code == 303
    page.click("button[value=disable]")
    page.wait_for_selector("button[value=enable]")
    assert "Disabled" in page.inner_text(".rf-head .state")
    with pytest.raises(AssertionError, match="wrong"), client_of(server, "new.analyst", password):
        pass
    page.click("button[value=enable]")
    page.wait_for_selector("button[value=disable]")
    page.uncheck("input[value=l1]")
    page.click("button[value=roles]")
    page.wait_for_selector(".note.good")
    assert page.locator(".rf-head .chip").all_inner_texts() == ["Analyst, tier 2"]
    page.click("button[value=password]")
    page.wait_for_selector(".secret")
    assert page.inner_text(".secret code") != password


def test_one_does_not_shut_oneself_out(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/users")
    page.click("table.t a:text-is('alice')")
    page.wait_for_selector("button[value=roles]")
    assert page.locator("button[value=disable]").count() == 0
    page.uncheck("input[value=admin]")
    page.click("button[value=roles]")
    page.wait_for_selector(".note.bad")
    assert page.inner_text(".note.bad") == "You cannot take the administrator role from yourself."
    visitor.complaints.clear()  # the browser reports the 400 itself


def test_a_token_sends_until_it_is_revoked(visit: Visit, server: str) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/tokens")
    page.fill("input[name=name]", "web-01 <b>")
    page.select_option("select[name=days]", "30")
    page.click("button:has-text('Make token')")
    page.wait_for_selector(".secret")
    secret = page.inner_text(".secret .copy code >> nth=0")
    assert secret.startswith("rf_")
    snippets = page.locator(".secret details pre").all_text_contents()
    assert len(snippets) >= 5
    assert all(secret in snippet and "YOUR_TOKEN" not in snippet for snippet in snippets)
    headers = {"Authorization": f"Bearer {secret}"}

    def send() -> int:
        return httpx.post(f"{server}/api/v1/ingest", content=b'{"message": "hello"}\n', headers=headers).status_code

    assert send() == 200
    assert httpx.get(f"{server}/api/v1/events", headers=headers).status_code == 403
    visitor.goto("/tokens")
    row = page.locator("table.t tr", has_text="web-01 <b>")
    row.locator("button").click()
    page.wait_for_selector(".note.good")
    assert "Revoked" in page.locator("table.t tr", has_text="web-01 <b>").inner_text()
    assert send() == 401


def test_a_reading_token_reads(visit: Visit, server: str) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/tokens")
    page.fill("input[name=name]", "dashboard")
    page.select_option("select[name=scope]", "read")
    page.click("button:has-text('Make token')")
    page.wait_for_selector(".secret")
    headers = {"Authorization": f"Bearer {page.inner_text('.secret .copy code >> nth=0')}"}
    assert httpx.get(f"{server}/api/v1/events", headers=headers).status_code == 200
    assert "/api/v1/events" in (page.text_content(".secret details pre") or "")


def test_the_audit_log_says_who_did_what_and_that_nothing_is_missing(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/tokens")
    page.fill("input[name=name]", "to be found")
    page.click("button:has-text('Make token')")
    page.wait_for_selector(".secret")
    visitor = visit(signed_in_as="rita")
    page = visitor.page
    visitor.goto("/audit")
    page.fill("input[name=text]", "ali")
    page.select_option("select[name=action]", "token.create")
    page.wait_for_url("**action=token.create**")
    page.wait_for_selector("table.t")
    rows = page.locator("table.t tbody tr").all_inner_texts()
    assert any("to be found" in row and "events.ingest" in row for row in rows)
    assert all("alice" in row and "Token made" in row for row in rows)
    page.click("text=Verify the chain")
    page.wait_for_selector(".note.good")
    assert "The chain is whole" in page.inner_text(".note.good")


def test_an_asset_is_found_changed_and_knows_its_alerts(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/assets?importance=special")
    page.wait_for_selector(".rf-grid .ag-row a")
    assert set(page.locator(".rf-grid .ag-row .imp").all_inner_texts()) == {"Special"}
    page.click(".rf-grid .ag-row a:text-is('db01')")
    page.wait_for_selector("select[name=importance]")
    assert visitor.heading() == "db01"
    assert page.locator("a[href^='/incidents/']").count() >= 1
    assert page.locator("a[href^='/alerts/']").count() >= 1
    page.fill("input[name=owner]", "ada <b>lovelace</b>")
    page.select_option("select[name=exposure]", "isolated")
    page.click("button:has-text('Save')")
    page.wait_for_selector(".note.good")
    assert "ada <b>lovelace</b>" in page.inner_text("dl.kv")
    assert "Isolated" in page.inner_text("dl.kv")


def test_who_may_not_edit_sees_no_form(visit: Visit) -> None:
    visitor = visit(signed_in_as="lea")
    visitor.goto("/assets?text=dc01")
    assert visitor.page.locator("text=Import CSV").count() == 0
    visitor.page.locator(".rf-grid .ag-row a").first.click()
    visitor.page.wait_for_selector("dl.kv")
    assert visitor.page.locator("select[name=importance]").count() == 0


def test_an_import_reports_every_line_that_was_not_taken(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "assets.csv"
    file.write_text(
        "name,addresses,importance\nnew-01,192.0.2.40,important\n,192.0.2.41,\nnew-02,not-an-address,\n"
        "new-03,,tremendous\ndb01,,special\n",
        encoding="utf-8",
    )
    visitor = visit()
    page = visitor.page
    visitor.goto("/assets/import")
    page.set_input_files("input[type=file]", file)
    page.click("button:has-text('Import')")
    page.wait_for_selector("table.t")
    assert page.inner_text(".note") == "1 assets were added, 1 updated, 3 lines rejected."
    rows = [row.split("\t") for row in page.locator("table.t tbody tr").all_inner_texts()]
    assert [(line.strip(), reason.strip()) for line, reason in rows] == [
        ("3", "no name"), ("4", "not an address: not-an-address"), ("5", "'tremendous' is not a valid Importance"),
    ]  # fmt: skip
    visitor.goto("/assets?text=new-01")
    page.wait_for_selector(".rf-grid .ag-row .imp")
    assert page.inner_text(".rf-grid .ag-row .imp") == "Important"


def test_many_alerts_are_assigned_and_closed_at_once(visit: Visit) -> None:
    visitor = visit(signed_in_as="otto")
    page = visitor.page
    visitor.goto("/alerts?level=informational&level=low&status=new")
    page.wait_for_selector(".rf-grid .ag-row a")
    assert page.locator(".bulk button[value=close]").is_disabled()
    boxes = page.locator(".rf-grid .ag-row .ag-selection-checkbox input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    names = page.locator(".rf-grid .ag-row.ag-row-selected a").all_inner_texts()
    assert page.inner_text(".bulk [data-count]") == "2"
    page.select_option(".bulk select[name=who]", "lea")
    page.click(".bulk button[value=assign]")
    page.wait_for_selector(".note.good")
    assert page.inner_text(".note.good") == "2 alerts were assigned."
    assert "level=low" in page.url
    visitor.goto("/alerts?level=informational&level=low&status=open")
    page.wait_for_selector(".rf-grid .ag-row a")
    mine = page.locator(".rf-grid .ag-row", has_text="lea")
    assert sorted(mine.locator("a").all_inner_texts()) == sorted(names)
    page.check("[data-all]")
    page.select_option(".bulk select[name=verdict]", "false_positive")
    page.click(".bulk button[value=close]")
    page.wait_for_selector(".note.good")
    assert page.inner_text(".note.good").endswith("alerts were closed.")
    page.wait_for_selector("#alerts-empty:not(.hidden)")


def test_who_may_not_decide_has_nothing_to_tick(visit: Visit) -> None:
    visitor = visit(signed_in_as="rita")
    visitor.goto("/alerts")
    visitor.page.wait_for_selector(".rf-grid .ag-row a")
    assert visitor.page.locator(".ag-selection-checkbox").count() == 0
    assert visitor.page.locator(".bulk").count() == 0


def test_an_incident_is_given_to_somebody_else(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/incidents")
    page.locator(".rf-grid .ag-row a").first.click()
    page.wait_for_selector("select[name=who]")
    page.select_option("select[name=who]", "otto")
    page.click("button[value=assign]")
    page.wait_for_selector(".note.good")
    assert page.input_value("select[name=who]") == "otto"
    assert "rita" not in page.locator("select[name=who] option").all_inner_texts()  # an auditor takes no work
    assert "Assigned to otto" in page.inner_text(".rf-content")


def test_the_language_follows_the_user_to_another_browser(visit: Visit) -> None:
    visitor = visit(signed_in_as="vera")
    visitor.goto("/incidents")
    visitor.page.click("[data-menu=language] summary")
    with visitor.page.expect_navigation():
        visitor.page.click("[data-prefer='lang=zh_CN']")
    visitor.page.wait_for_selector(".rf-content h1")
    other = visit(signed_in_as="")
    other.sign_in("vera")
    other.goto("/incidents")
    assert other.heading() == "安全事件"


@pytest.mark.parametrize(("name", "path"), [("otto", "/users"), ("otto", "/tokens"), ("lea", "/audit"),
                                            ("lea", "/assets/import")])  # fmt: skip
def test_a_page_of_another_role_is_no_access_and_not_in_the_menu(visit: Visit, name: str, path: str) -> None:
    visitor = visit(signed_in_as=name)
    visitor.page.goto(visitor.server + path)
    visitor.page.wait_for_selector(".empty")
    assert visitor.page.inner_text(".empty b") == "No access"
    assert visitor.page.locator(f".rf-nav a[href='{path}']").count() == 0
    visitor.complaints.clear()  # the browser reports the 403 itself


@pytest.mark.parametrize(
    ("language", "titles"),
    [("zh_CN", ["资产", "导入资产", "用户", "令牌", "审计日志"]),
     ("zh_TW", ["資產", "匯入資產", "使用者", "權杖", "稽核日誌"])],
)  # fmt: skip
def test_new_pages_speak_the_visitors_language(visit: Visit, language: str, titles: list[str]) -> None:
    visitor = visit(lang=language)
    seen: list[str] = []
    for path in ("/assets", "/assets/import", "/users", "/tokens", "/audit"):
        visitor.goto(path)
        seen.append(visitor.heading())
    assert seen == titles
