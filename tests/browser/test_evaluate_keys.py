"""The Evaluate page without a mouse in a real Chromium: its tabs by Tab and arrow keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

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


def _rest(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=MINUTE)


def _press_right(page: Page, here: Locator, there: Locator) -> None:
    """Go from one tab to the next. Streamlit disables tabs for an instant at the end of a run, which may cost the focus."""
    for wait in (2_000, 2_000, 10_000):
        here.focus()
        page.keyboard.press("ArrowRight")
        with contextlib.suppress(AssertionError):
            expect(there).to_be_focused(timeout=wait)
            return
    raise AssertionError("the right arrow has not led to the next tab")


def test_tabs_are_walked_with_arrow_keys_and_show_their_part(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    tabs = page.get_by_role("tab")
    expect(tabs.first).to_be_visible(timeout=MINUTE)
    _rest(page)
    names = [each.strip() for each in tabs.all_inner_texts()]
    here = _walk_to(page, "tab")
    for there in names[names.index(here) + 1 :][:2]:
        reached = page.get_by_role("tab", name=there, exact=True)
        _press_right(page, page.get_by_role("tab", name=here, exact=True), reached)
        page.keyboard.press("Enter")
        expect(reached).to_have_attribute("aria-selected", "true", timeout=MINUTE)
        expect(page.get_by_role("tabpanel").locator("visible=true").first).not_to_be_empty(timeout=MINUTE)
        _rest(page)
        here = there
    assert page.get_by_test_id("stException").count() == 0
    page.close()
