"""The console as a person sees it, in a real browser on a real server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.console.conftest import Visitor
from tests.console.seed import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Visit = Callable[..., Visitor]

WORDS = {
    "en": [
        "Overview",
        "Incidents",
        "Alerts",
        "Search",
        "Assets",
        "Rules",
        "Tuning",
        "Log sources",
        "Quarantine",
        "Users",
        "Tokens",
        "Audit log",
    ],
    "zh_CN": ["总览", "安全事件", "告警", "搜索", "资产", "规则", "规则调优",
              "日志来源", "隔离区", "用户", "令牌", "审计日志"],
    "zh_TW": ["總覽", "資安事件", "警報", "搜尋", "資產", "規則", "規則調校",
              "日誌來源", "隔離區", "使用者", "權杖", "稽核日誌"],
}  # fmt: skip
PAGES = ["/", "/incidents", "/alerts", "/search?q=&r=24h", "/search/sql?sql=SELECT+1+AS+one", "/rules", "/sources",
         "/tuning", "/quarantine", "/account", "/assets", "/assets/import", "/users", "/tokens",
         "/audit?verify=1"]  # fmt: skip
BACKGROUND = {"light": "rgb(244, 246, 248)", "dark": "rgb(12, 19, 26)"}


def test_signing_in_leads_to_the_page_that_was_asked_for(visit: Visit) -> None:
    visitor = visit(signed_in_as="")
    visitor.page.goto(visitor.server + "/alerts?level=high")
    assert visitor.page.inner_text("h1") == "Sign in"
    visitor.page.fill("input[name=name]", "otto")
    visitor.page.fill("input[name=password]", "three quiet herons wade")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector(".rf-content h1")
    assert visitor.page.url == visitor.server + "/alerts?level=high"


def test_a_wrong_password_is_a_sentence_in_the_visitors_language(visit: Visit) -> None:
    visitor = visit(signed_in_as="", lang="zh_TW")
    visitor.sign_in("lea", "not the password")
    assert visitor.page.inner_text(".note.bad") == "使用者名稱或密碼錯誤。"
    assert visitor.page.input_value("input[name=name]") == "lea"
    visitor.complaints.clear()  # the browser reports the 401 itself


@pytest.mark.parametrize("language", list(WORDS))
def test_the_whole_frame_speaks_one_language(visit: Visit, language: str) -> None:
    visitor = visit(lang=language)
    visitor.goto("/rules")
    assert visitor.page.locator(".rf-nav li").all_inner_texts() == WORDS[language]
    assert visitor.heading() == WORDS[language][5]
    assert visitor.page.get_attribute("html", "lang") == {"en": "en-US"}.get(language, language.replace("_", "-"))


def test_the_language_is_changed_from_the_menu_and_stays(visit: Visit) -> None:
    visitor = visit()
    visitor.goto("/incidents")
    visitor.page.click("[data-menu=language] summary")
    with visitor.page.expect_navigation():
        visitor.page.click("[data-prefer='lang=zh_CN']")
    visitor.page.wait_for_selector(".rf-content h1")
    assert visitor.heading() == "安全事件"
    visitor.goto("/alerts")
    assert visitor.heading() == "告警"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_stands_in_both_themes_and_on_a_phone(visit: Visit, theme: str, width: int) -> None:
    visitor = visit(theme=theme, width=width)
    seen: dict[str, tuple[str, int, bool]] = {}
    for path in PAGES:
        visitor.goto(path)
        visitor.page.wait_for_function("document.querySelectorAll('.ag-row-loading').length === 0")
        background = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
        seen[path] = (background, visitor.sideways(), visitor.page.locator("text=This did not work").count() > 0)
    assert seen == dict.fromkeys(PAGES, (BACKGROUND[theme], 0, False))


def test_the_navigation_folds_on_a_phone_and_opens_by_button(visit: Visit) -> None:
    visitor = visit(width=390)
    visitor.goto("/alerts")
    assert not visitor.page.locator(".rf-nav").is_visible()
    visitor.page.click(".rf-burger")
    visitor.page.locator(".rf-nav").wait_for(state="visible")
    assert visitor.page.get_attribute(".rf-burger", "aria-expanded") == "true"
    visitor.page.click(".rf-nav a[href='/incidents']")
    visitor.page.wait_for_url("**/incidents")


def test_the_overview_shows_incidents_alerts_and_where(visit: Visit) -> None:
    visitor = visit()
    visitor.goto("/")
    counts = [int(text) for text in visitor.page.locator(".tile .v").all_inner_texts()[:4]]
    assert sum(counts) >= 4  # the demo company's day has five attacks; two of them may be one incident
    assert visitor.page.locator("canvas").count() == 1
    assert visitor.page.locator("table.t tbody tr").count() == sum(counts)
    assert visitor.page.locator(".rank li").count() > 6


def test_times_are_those_of_the_browsers_zone_with_utc_on_hover(visit: Visit) -> None:
    visitor = visit()
    visitor.goto("/incidents")
    shown = visitor.page.locator(".rf-grid time").first
    shown.wait_for()
    local, utc = shown.inner_text(), shown.get_attribute("title") or ""
    assert utc.endswith(" UTC")
    assert (int(local[11:13]) - int(utc[11:13])) % 24 == 8  # Asia/Shanghai


def test_an_alert_is_found_opened_assigned_and_closed(visit: Visit) -> None:
    visitor = visit(signed_in_as="otto")
    page = visitor.page
    visitor.goto("/alerts?status=new&text=LSASS")  # of one event: a correlation marks none
    title = page.locator(".rf-grid .ag-row a").first
    title.wait_for()
    name = title.inner_text()
    title.click()
    page.wait_for_selector(".event")
    assert visitor.heading() == name
    assert page.locator("tr.hit").count() >= 1
    assert page.locator("pre.code .k").count() > 5  # the rule, coloured
    page.click("button[value=assign]")
    page.wait_for_selector(".note.good")
    page.select_option("select[name=verdict]", "true_positive")
    page.fill("textarea[name=notes]", "seen on the screen")
    page.click("button[value=close]")
    page.wait_for_selector("button[value=reopen]")
    assert page.inner_text(".note.good") == "The alert is closed."
    assert "True positive" in page.inner_text(".rf-head .state")
    assert page.input_value("textarea[name=notes]") == "seen on the screen"


def test_an_incident_tells_its_story(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/incidents?text=Ransomware")
    page.locator(".rf-grid .ag-row a").first.click()
    page.wait_for_selector(".timeline")
    assert "Ransomware" in visitor.heading()
    steps = page.locator(".chain li").all_inner_texts()
    assert steps[-1] == "Impact"
    assert len(steps) > 3
    assert page.locator(".timeline li").count() > 5
    assert page.locator(".reasons li").count() >= 1
    page.select_option("select[name=status]", "investigating")
    page.click("button[value=status]")
    page.wait_for_selector(".note.good")
    assert page.inner_text(".rf-head .state") == "Investigating"
    assert "Status set from New to Investigating" in page.inner_text(".rf-content")


def test_a_search_is_zoomed_narrowed_and_an_event_opened(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/search?q=event.outcome:failure&r=24h")
    page.wait_for_selector(".rf-grid .ag-row time")
    page.click(".fieldlist button[data-field='source.ip']")
    page.wait_for_selector(".topvalues .rank a")
    page.locator(".topvalues .rank a").first.click()
    page.wait_for_url("**source.ip**")
    page.wait_for_selector(".rf-grid .ag-row time")
    page.locator(".rf-grid .ag-row").first.click()
    page.wait_for_selector(".drawer .event")
    assert "Raw record" in page.inner_text(".drawer")
    page.keyboard.press("Escape")
    page.wait_for_selector(".drawer", state="hidden")
    canvas = page.locator("canvas").bounding_box()
    assert canvas is not None
    page.mouse.move(canvas["x"] + canvas["width"] * 0.3, canvas["y"] + 50)
    page.mouse.down()
    page.mouse.move(canvas["x"] + canvas["width"] * 0.8, canvas["y"] + 50, steps=8)
    page.mouse.up()
    page.wait_for_url("**r=custom**")


def test_a_click_on_a_bar_zooms_into_it(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/search?q=event.outcome:failure&r=24h")
    page.wait_for_selector("canvas")
    page.wait_for_timeout(500)
    x, y = page.evaluate("""() => {
        const node = document.querySelector(".nicegui-echart");
        const chart = getElement(node.id.slice(1)).chart;
        const bar = chart.getOption().series[0].data.reduce((a, b) => (b[1] > a[1] ? b : a));
        const [x, y] = chart.convertToPixel("grid", [bar[0], bar[1] / 2]);
        const box = node.getBoundingClientRect();
        return [box.x + x, box.y + y];
    }""")
    page.mouse.click(x, y)
    page.wait_for_url("**r=custom**")
    assert "From" in page.inner_text(".searchform") or page.locator(".searchform time").count() == 2


def test_a_wrong_query_is_shown_with_its_place(visit: Visit) -> None:
    visitor = visit()
    visitor.goto("/search?q=user.name:(alice")
    text, carets = visitor.page.inner_text(".pointer").split("\n")
    assert carets.index("^") == text.index("(")


def test_text_in_logs_stays_text(visit: Visit) -> None:
    visitor = visit()
    for path in ('/search?q="Failed password for"&r=24h', "/quarantine"):
        visitor.goto(path)
        visitor.page.wait_for_timeout(300)
    visitor.page.locator(".samples summary").first.click()
    assert HOSTILE in visitor.page.inner_text(".samples")
    visitor.goto("/search?q=192.0.2.66&r=24h")
    visitor.page.wait_for_selector(".rf-grid .ag-row time")
    visitor.page.locator(".rf-grid .ag-row").first.click()
    visitor.page.wait_for_selector(".drawer .event")
    assert HOSTILE in visitor.page.inner_text(".drawer")
    assert "1337" not in visitor.page.title()
    assert visitor.page.locator("img[src=x]").count() == 0


def test_quarantined_records_are_discarded(visit: Visit) -> None:
    visitor = visit()
    visitor.goto("/quarantine")
    boxes = visitor.page.locator(".pick input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    visitor.page.click("button[value=discard]")
    visitor.page.wait_for_selector(".note.good")
    visitor.goto("/quarantine?state=discarded")
    assert visitor.page.locator(".samples details").count() == 2


def test_a_replay_says_what_came_of_it(visit: Visit) -> None:
    visitor = visit()
    visitor.goto("/quarantine")
    visitor.page.locator(".pick input").first.check()
    visitor.page.click("button[value=replay]")
    visitor.page.wait_for_selector(".note.good")
    assert "records became events" in visitor.page.inner_text(".note.good")


def test_the_page_can_be_used_by_keyboard(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/alerts")
    page.keyboard.press("/")
    page.keyboard.type("event.outcome:failure")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=event.outcome**")
    page.wait_for_selector(".rf-grid .ag-row time")
    page.focus(".rf-grid .ag-row >> nth=1 >> .ag-cell >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".drawer .event")
    visitor.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("[data-menu=account] summary")
    page.keyboard.press("Enter")
    assert page.locator("[data-menu=account] .panel").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("[data-menu=account] .panel").is_visible()


def test_when_the_session_ends_an_open_page_does_nothing_more(visit: Visit) -> None:
    visitor = visit(signed_in_as="")
    visitor.sign_in("rita")
    visitor.page.wait_for_selector(".rf-content h1")
    visitor.goto("/search?q=*&r=24h")
    visitor.page.wait_for_selector(".rf-grid .ag-row time")
    visitor.page.evaluate(
        "fetch('/console/sign-out', {method: 'POST', redirect: 'manual',"
        " body: new URLSearchParams({csrf: document.querySelector('input[name=csrf]').value})})"
    )
    visitor.page.wait_for_timeout(500)
    visitor.page.locator(".rf-grid .ag-row").first.click()
    visitor.page.wait_for_url("**/login**")
    visitor.complaints.clear()  # the refused socket is reported by the browser


def test_the_sources_page_names_this_servers_addresses(visit: Visit) -> None:
    visitor = visit()
    visitor.goto("/sources?sender=fluent-bit")
    assert f"Port              {visitor.server.rsplit(':', 1)[1]}" in visitor.page.inner_text("pre.code >> nth=0")


def test_sql_for_experts_answers_with_a_table(visit: Visit) -> None:
    visitor = visit()
    visitor.goto("/search/sql?sql=SELECT+count()+AS+events+FROM+events")
    assert visitor.page.inner_text("table.t thead").strip() == "events"
    assert int(visitor.page.inner_text("table.t tbody td")) > 4000
