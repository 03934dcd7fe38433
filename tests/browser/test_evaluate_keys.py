"""The Evaluate page without a mouse in a real Chromium: its tabs by Tab and arrow keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.runs import Run
from tests.pages.conftest import embedded
from tests.serving import dashboard

__all__ = ["embedded"]  # a fixture
pytestmark = pytest.mark.browser
MINUTE = 60_000  # ms
MOST_STOPS = 60


@pytest.fixture(scope="module")
def address(embedded: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dashboard(embedded.directory.parent.parent, tmp_path_factory.mktemp("home")) as server:
        yield f"{server.address}/evaluate?run={embedded.id}"


def _walk_to(page: Page, role: str) -> str:
    """Press Tab until something of `role` has the focus, and return its words."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate("[document.activeElement.getAttribute('role') ?? '', document.activeElement.innerText ?? '']")
        if here[0] == role:
            return str(here[1]).strip()
    raise AssertionError(f"{MOST_STOPS} presses of Tab have not led to a {role}")


def test_tabs_are_walked_with_arrow_keys_and_show_their_part(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    tabs = page.get_by_role("tab")
    expect(tabs.first).to_be_visible(timeout=MINUTE)
    # While the page is first drawn its tabs are made twice, and the focus would stay with the first ones.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=MINUTE)
    names = [each.strip() for each in tabs.all_inner_texts()]
    first = _walk_to(page, "tab")
    for step in (1, 2):
        page.keyboard.press("ArrowRight")
        reached = page.get_by_role("tab", name=names[names.index(first) + step], exact=True)
        expect(reached).to_be_focused()
        page.keyboard.press("Enter")
        expect(reached).to_have_attribute("aria-selected", "true", timeout=MINUTE)
        expect(page.get_by_role("tabpanel").locator("visible=true").first).not_to_be_empty(timeout=MINUTE)
    assert page.get_by_test_id("stException").count() == 0
    page.close()
