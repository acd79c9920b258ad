"""The story of a false positive as an analyst lives it: in a browser, on an installation that runs whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, Page
from tests.console.conftest import Visitor, serving, visitor_at
from tests.detect.rules.conftest import COPIES, attack, backup

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULE_PAGE = f"/rules/{COPIES}"
PATIENCE = 600
"""Looks, ten a second, before a test gives up."""


@dataclass(frozen=True)
class Place:
    """A running installation and the token of its command line."""

    address: str
    token: str

    def send(self, *records: str) -> None:
        """Send records to the HTTP input, one a line."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/plain"}
        answer = httpx.post(f"{self.address}/api/v1/ingest", content="\n".join(records), headers=headers)
        assert (answer.status_code, answer.json()["accepted"]) == (200, len(records)), answer.text


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The installation of the story."""
    folder = tmp_path_factory.mktemp("story")
    with serving("tests.console.story", folder) as address:
        yield Place(address, (folder / "data" / "data" / "cli-token").read_text())


@pytest.fixture
def person(place: Place, browser: Browser) -> Iterator[Callable[[str], Visitor]]:
    """Make people that have signed in by the form; the test fails when a browser complained."""
    visitors: list[Visitor] = []
    with ExitStack() as stack:

        def make(name: str) -> Visitor:
            visitor = visitor_at(stack, browser, place.address, 1440)
            visitors.append(visitor)
            visitor.sign_in(name)
            visitor.page.wait_for_selector(".rf-content h1")
            return visitor

        yield make
        assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


def alerts(page: Page, server: str, text: str = "") -> int:
    """How many alerts of the rule the console lists."""
    answer = page.request.get(f"{server}/console/data/alerts", params={"rule": COPIES, "text": text})
    return int(answer.json()["total"])


def wait_for_alert(page: Page, server: str, host: str, count: int) -> None:
    for _ in range(PATIENCE):
        if alerts(page, server, host) == count:
            return
        time.sleep(0.1)
    pytest.fail(f"{alerts(page, server, host)} alerts of {host}, not {count}")


def test_ten_false_positives_lead_to_an_exclusion_and_the_eleventh_stays_quiet(
    place: Place, person: Callable[[str], Visitor]
) -> None:
    visitor = person("alice")
    page, server = visitor.page, place.address
    assert alerts(page, server) == 13

    visitor.goto(f"/alerts?rule={COPIES}&text=srv4&status=new")
    page.click(".rf-grid .ag-row a")
    page.select_option("#verdict", "false_positive")
    page.click("button[value=close]")
    hint = page.locator(".note", has_text="10 alerts of this rule were closed as false positives.")
    hint.locator("a").click()

    page.click("text=Propose from verdicts")
    page.wait_for_selector(".proposal")
    assert page.inner_text(".note.good").startswith("1 proposals were found.")
    assert page.locator(".proposal > .tablewrap tr").all_inner_texts() == [
        "ParentImage\tC:\\Program Files\\Keeper\\keeper.exe"
    ]
    tiles = [tile.split("\n")[:2] for tile in page.locator(".proposal .tile").all_inner_texts()]
    assert tiles == [
        ["False positives removed", "10 / 10"],
        ["True positives kept", "1 / 1"],
        ["Blind spot", "1 / 2"],
        ["Events of the same kind", "0.0%"],
    ]
    page.click(".proposal .samples summary")
    assert "SRV9.example.com" in page.inner_text(".proposal .samples")

    visitor.goto("/tuning")
    assert page.locator(".proposal").count() == 1
    page.fill(".proposal form:has(button[value=approve]) input[name=reason]", "the nightly backup makes room")
    page.select_option(".proposal select[name=days]", "30")
    page.click(".proposal button[value=approve]")
    page.wait_for_selector(".note.good")
    assert page.locator(".proposal").count() == 0
    row = page.locator("table.t tbody tr", has_text="the nightly backup makes room")
    assert "keeper.exe" in row.inner_text()
    assert row.locator("td[data-label='Kept quiet']").inner_text() == "0"

    now = time.time_ns() // 1000
    place.send(backup(now, "SRV2"), attack(now, "PC8"))
    wait_for_alert(page, server, "pc8", 1)  # the true positive: it came in with the eleventh
    assert alerts(page, server) == 14

    visitor.goto(RULE_PAGE)
    row = page.locator("table.t tbody tr", has_text="the nightly backup makes room")
    assert row.locator("td[data-label='Kept quiet']").inner_text().split("\n")[0] == "1"
    assert "An exclusion covers it" in page.inner_text(".rf-content")

    row.locator("text=End now").click()
    page.wait_for_selector(".note.good")
    assert "Ended by hand" in page.inner_text("table.t tbody tr:has-text('the nightly backup makes room')")
    place.send(backup(now, "SRV6"))
    wait_for_alert(page, server, "srv6", 1)


def test_state_and_level_are_changed_with_a_reason(place: Place, person: Callable[[str], Visitor]) -> None:
    visitor = person("alice")
    page = visitor.page
    visitor.goto("/rules")
    page.click(".rf-grid .ag-row a")
    page.wait_for_selector("select[name=state]")
    page.select_option("select[name=state]", "testing")
    page.select_option("select[name=level]", "informational")
    page.fill("form[action$='/life'] input[name=reason]", "new here <b>")
    page.click("form[action$='/life'] button")
    page.wait_for_selector(".note.good")
    facts = page.inner_text("section:has(h2:text-is('Life of the rule')) dl")
    assert "Testing" in facts
    assert "Informational instead of" in facts
    assert "new here <b>" in facts
    assert page.inner_text(".rf-head .sub").split("\n") == ["Informational", "Testing"]


def test_who_may_not_edit_rules_sees_everything_and_no_button(place: Place, person: Callable[[str], Visitor]) -> None:
    visitor = person("lea")
    for path in ("/tuning", RULE_PAGE):
        visitor.goto(path)
        assert visitor.page.locator(".rf-content form").count() == 0
        assert "This did not work" not in visitor.page.inner_text(".rf-content")
    assert "Its matches raise alerts." in visitor.page.inner_text(".rf-content")
