"""A page's address as a fresh server's very first request: the page stands on its own, with the whole sidebar."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.serving import dashboard

pytestmark = pytest.mark.browser
SIDEBAR = ["Home", "Explore", "Augment", "Train", "Evaluate", "Predict"]


@pytest.mark.parametrize("name", SIDEBAR[1:])
def test_a_page_may_be_the_first_request(name: str, browser: Browser, tmp_path: Path, artifacts: Path) -> None:
    with dashboard(artifacts, tmp_path) as server:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{server.address}/{name.lower()}")
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible(timeout=60_000)
        expect(page).to_have_title(f"{name} · Visage")
        links = page.get_by_test_id("stSidebarNavLink")
        expect(links).to_have_text([re.compile(f"{each}$") for each in SIDEBAR], timeout=30_000)  # the icon stands before
        assert page.get_by_test_id("stException").count() == 0
        page.close()


def test_the_first_choice_on_such_a_page_counts(browser: Browser, tmp_path: Path, artifacts: Path) -> None:
    with dashboard(artifacts, tmp_path) as server:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{server.address}/train")
        choices = page.get_by_role("radio")
        expect(choices.first).to_be_checked(timeout=60_000)
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=60_000)
        page.get_by_text("Fast", exact=True).first.click()
        expect(choices.nth(1)).to_be_checked(timeout=30_000)
        page.wait_for_timeout(2000)  # a lost choice would have jumped back by now
        expect(choices.nth(1)).to_be_checked()
        page.close()
