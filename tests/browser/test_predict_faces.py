"""The answers of the Predict page in a real Chromium: boxes that lead to cards and back, by mouse and keys, on a phone, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.runs import Run
from tests.core.photos import as_png, pasted
from tests.pages.conftest import embedded
from tests.serving import dashboard

__all__ = ["embedded"]  # a fixture
pytestmark = pytest.mark.browser
MINUTE = 60_000  # ms
PEOPLE = (1, 2, 20, 4)  # the third is a stranger


@pytest.fixture(scope="module")
def address(embedded: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dashboard(embedded.directory.parent.parent, tmp_path_factory.mktemp("home")) as server:
        yield f"{server.address}/predict?run={embedded.id}"


def _answered(browser: Browser, address: str, width: int, height: int, scheme: str = "light") -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
    page.goto(address)
    photo = as_png(pasted((1320, 380), [(person, 60 + 320 * place, 60, 200) for place, person in enumerate(PEOPLE)]))
    files = page.locator('input[type="file"]').first
    files.wait_for(state="attached", timeout=MINUTE)
    files.set_input_files({"name": "group.png", "mimeType": "image/png", "buffer": photo})
    expect(page.locator(".face")).to_have_count(len(PEOPLE), timeout=MINUTE)
    expect(_card(page, len(PEOPLE))).to_be_visible(timeout=MINUTE)
    return page


def _card(page: Page, number: int) -> Locator:
    cards = page.locator('[class*="st-key-face-card-"]')
    return cards.filter(has=page.get_by_role("button", name=str(number), exact=True))


def _leave(page: Page) -> None:
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Component Error").count() == 0
    page.context.close()


def test_a_box_leads_to_its_card_and_a_card_to_its_box(browser: Browser, address: str) -> None:
    page = _answered(browser, address, 1440, 700)
    last = page.locator('.face[data-number="4"]')
    expect(_card(page, 4)).not_to_be_in_viewport()
    last.click()
    expect(last).to_have_attribute("aria-pressed", "true")
    expect(_card(page, 4)).to_be_in_viewport(timeout=MINUTE)
    expect(_card(page, 4).get_by_test_id("stBaseButton-primary").first).to_have_text("4", timeout=MINUTE)
    _card(page, 2).get_by_role("button", name="2", exact=True).click()
    expect(page.locator('.face[data-number="2"]')).to_have_attribute("aria-pressed", "true", timeout=MINUTE)
    expect(last).to_have_attribute("aria-pressed", "false")
    _leave(page)


def test_the_boxes_are_one_stop_of_the_tab_key_and_arrows_go_on(browser: Browser, address: str) -> None:
    page = _answered(browser, address, 1440, 900)
    boxes = page.locator(".face")
    assert [boxes.nth(at).get_attribute("tabindex") for at in range(len(PEOPLE))].count("0") == 1
    boxes.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(boxes.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(boxes.nth(3)).to_be_focused()
    page.keyboard.press("Enter")
    expect(boxes.nth(3)).to_have_attribute("aria-pressed", "true")
    expect(_card(page, 4).get_by_test_id("stBaseButton-primary").first).to_have_text("4", timeout=MINUTE)
    names = [boxes.nth(at).get_attribute("aria-label") or "" for at in range(len(PEOPLE))]
    assert sum("Unknown" in name for name in names) == 1
    assert {"Person 1", "Person 2", "Person 4"} <= {name.split(" ", 2)[2] for name in names}
    _leave(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(browser: Browser, address: str, scheme: str) -> None:
    page = _answered(browser, address, 390, 844, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for number in range(1, len(PEOPLE) + 1):
        box = _card(page, number).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    _leave(page)
