"""A batch in a real Chromium on a phone: unknown faces looked through and named by keys, and a row of the table opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.batch import read_batch
from core.batch.given import Given, read_given
from core.runs import Run
from tests.pages.answering import answered_album
from tests.pages.conftest import embedded
from tests.serving import dashboard

__all__ = ["embedded"]  # a fixture
pytestmark = pytest.mark.browser
MINUTE = 60_000  # ms


def test_look_through_name_and_open(browser: Browser, tmp_path: Path, embedded: Run) -> None:
    batch = answered_album(embedded, tmp_path / "artifacts")
    home = tmp_path / "home"
    home.mkdir()
    with dashboard(tmp_path / "artifacts", home) as server:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(MINUTE)
        page.goto(f"{server.address}/predict?batch={batch.name}")
        _name_by_keys(page, batch)
        _open_a_row(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.get_by_test_id("stException").count() == 0
        page.close()


def _settle(page: Page) -> None:
    page.wait_for_timeout(500)  # until what was chosen has left the browser
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=MINUTE)


def _name_by_keys(page: Page, batch: Path) -> None:
    page.get_by_role("tab", name="Unknown faces").click()
    page.get_by_role("button", name="Look through").first.press("Enter")
    wall = page.locator(".wall")
    wall.focus()
    wall.press("Home")
    wall.press("Enter")
    expect(page.get_by_role("dialog").get_by_alt_text("numbered faces")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    wall.focus()
    wall.press("Space")
    page.get_by_role("button", name="This is …").press("Enter")
    page.get_by_role("combobox", name="Who is it?").fill("Zoe <b>")
    page.keyboard.press("Enter")
    _settle(page)
    page.get_by_text("In this batch only").click()
    page.get_by_role("button", name="Give this name").press("Enter")
    expect(page.get_by_text("1 face: Zoe <b>.").first).to_be_visible()
    assert list(read_given(batch).values()) == [Given("Zoe <b>")]
    assert [row.person for row in read_batch(batch).rows if row.decision == "by hand"] == ["Zoe <b>"]


def _open_a_row(page: Page) -> None:
    page.get_by_role("tab", name="Table").click()
    _settle(page)
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 18, "y": 52})
    expect(page.get_by_alt_text("numbered faces")).to_be_visible()
