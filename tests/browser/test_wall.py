"""The wall in a real Chromium: select by shift-click and keys, relabel, undo, draw a box, all in a narrow window too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.datasets import Catalogue, open_dataset, scan
from tests.pages.conftest import two_people
from tests.serving import dashboard

__all__ = ["two_people"]  # a fixture
pytestmark = pytest.mark.browser
MINUTE = 60_000  # ms
ANN, BEN = "Ann Lee", "B>"


@pytest.fixture
def catalogue(artifacts: Path, two_people: Path) -> Catalogue:
    opened = open_dataset(str(two_people))
    scan(opened)
    return opened


def _open(browser: Browser, address: str, width: int = 1440) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address)
    expect(page.locator(".tile").first).to_be_visible(timeout=MINUTE)
    _settle(page)
    return page


def _settle(page: Page) -> None:
    page.wait_for_timeout(500)  # until a selection has left the browser
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=MINUTE)


def _selected(page: Page) -> Locator:
    return page.locator('.tile[aria-selected="true"]')


def _names(catalogue: Catalogue) -> list[str]:
    return [photo.person or "" for photo in catalogue.photos()]


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw from one place of the picture to another, as shares of its sides."""
    stage = page.locator(".stage").bounding_box()
    assert stage is not None
    at = [(stage["x"] + x * stage["width"], stage["y"] + y * stage["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=8)
    page.mouse.up()


def test_select_relabel_undo_and_draw(browser: Browser, tmp_path: Path, catalogue: Catalogue) -> None:
    with dashboard(catalogue.directory.parent.parent, tmp_path) as server:
        page = _open(browser, f"{server.address}/explore?dataset={catalogue.id}")
        tiles = page.locator(".tile")
        expect(tiles).to_have_count(8)
        _relabel_by_shift_click(page, tiles, catalogue)
        _select_by_keys(page)
        _draw_a_box(page, catalogue)
        assert page.get_by_test_id("stException").count() == 0
        page.close()
        _find_by_address(browser, server.address, catalogue)


def _relabel_by_shift_click(page: Page, tiles: Locator, catalogue: Catalogue) -> None:
    before = _names(catalogue)
    tiles.nth(4).click()
    tiles.nth(6).click(modifiers=["Shift"])
    expect(_selected(page)).to_have_count(3)
    expect(page.get_by_text("3 selected")).to_be_visible(timeout=MINUTE)
    page.get_by_role("button", name="Name").click()
    page.get_by_role("combobox", name="Whose photos are they?").fill("Čeda 🙂 <b>")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Give this name").click()
    expect(tiles.filter(has_text="Čeda 🙂 <b>")).to_have_count(3, timeout=MINUTE)
    expect(_selected(page)).to_have_count(0)
    assert _names(catalogue).count("Čeda 🙂 <b>") == 3
    _settle(page)
    page.get_by_role("button", name="Undo").click()
    expect(tiles.filter(has_text="Čeda")).to_have_count(0, timeout=MINUTE)
    assert _names(catalogue) == before
    _settle(page)


def _select_by_keys(page: Page) -> None:
    page.locator(".tile").nth(0).click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(_selected(page)).to_have_count(3)
    page.keyboard.press("a")
    expect(_selected(page)).to_have_count(8)
    expect(page.get_by_text("8 selected")).to_be_visible(timeout=MINUTE)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Click photos to select them")).to_be_visible(timeout=MINUTE)


def _draw_a_box(page: Page, catalogue: Catalogue) -> None:
    page.locator(".wall").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator(".stage img")).to_be_visible(timeout=MINUTE)
    _settle(page)
    _drag(page, (0.25, 0.2), (0.75, 0.8))
    page.get_by_role("button", name="Use this box").click(timeout=MINUTE)
    expect(page.locator(".stage .standing")).to_have_count(1, timeout=MINUTE)
    (text,) = catalogue.face_choices().values()
    photo = catalogue.photos()[0]
    left, top, width, height = (float(each) for each in text.split("[")[1].rstrip("]}").split(","))
    shares = (left / photo.width, top / photo.height, width / photo.width, height / photo.height)
    assert shares == pytest.approx((0.25, 0.2, 0.5, 0.6), abs=0.03)


def _find_by_address(browser: Browser, address: str, catalogue: Catalogue) -> None:
    """Open Ann's photos on a phone, by the address."""
    page = _open(browser, f"{address}/explore?dataset={catalogue.id}&person=Ann+Lee&shown=photos", width=390)
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.locator(".tile .box.main")).to_have_count(1)  # the one that was drawn
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
