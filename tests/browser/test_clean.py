"""Cleaning in a real Chromium: add photos by a zip file, measure them, follow a flag to the wall, exclude, look back, undo."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.datasets import Catalogue, open_dataset, scan
from tests.core.conftest import copy_person
from tests.core.photos import orl_file
from tests.core.pictures import picture_bytes
from tests.serving import dashboard

pytestmark = pytest.mark.browser
MINUTE = 60_000  # ms


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    for person, source in (("Ann Lee", "s1"), ("Bo", "s2")):
        copy_person(tmp_path / "family" / person, source, range(1, 7))
    opened = open_dataset(str(tmp_path / "family"))
    scan(opened)
    return opened


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a zip file: five photos of a third person, a picture without a face, and a file that is no photo."""
    path = tmp_path / "more.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(1, 6):
            made.write(orl_file(3, number), f"more/Cy/{number}.pgm")
        made.writestr("more/Cy/garden.png", picture_bytes(5))
        made.writestr("more/Cy/notes.txt", "no photo")
    return path


def test_add_measure_exclude_and_undo(browser: Browser, tmp_path: Path, catalogue: Catalogue, archive: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with dashboard(catalogue.directory.parent.parent, home) as server:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{server.address}/explore?dataset={catalogue.id}")
        expect(page.locator(".tile")).to_have_count(12, timeout=MINUTE)
        _add(page, archive, catalogue)
        _measure(page)
        _exclude_what_shows_no_face(page, catalogue)
        _look_back_and_undo(page, catalogue)
        assert page.get_by_test_id("stException").count() == 0
        page.close()


def _settle(page: Page) -> None:
    page.wait_for_timeout(500)  # until what was chosen has left the browser
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=MINUTE)


def _tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name, exact=True)


def _add(page: Page, archive: Path, catalogue: Catalogue) -> None:
    page.get_by_text("Add photos", exact=True).click()
    _tab(page, "Zip file").click()
    page.locator("input[type=file]").set_input_files(archive)
    expect(page.get_by_text("more.zip")).to_be_visible(timeout=MINUTE)
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_text("6 photos of 1 person")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("1 file left out")).to_be_visible()
    page.get_by_role("combobox", name="Add to").click()
    page.get_by_role("option", name="family").click()
    expect(page.get_by_text("6 of them new")).to_be_visible(timeout=MINUTE)
    assert len(catalogue.photos()) == 12, "nothing is added before it is confirmed"
    page.get_by_role("button", name="Import 6 photos").click()
    expect(page.locator(".tile")).to_have_count(18, timeout=2 * MINUTE)


def _measure(page: Page) -> None:
    _tab(page, "Health").click()
    page.get_by_role("button", name="Measure the photos").click(timeout=MINUTE)
    expect(page.get_by_role("button", name="Measure again")).to_be_visible(timeout=5 * MINUTE)
    _settle(page)


def _exclude_what_shows_no_face(page: Page, catalogue: Catalogue) -> None:
    figure = page.get_by_test_id("stMetric").filter(has_text="No face")
    expect(figure).to_contain_text("1")
    page.get_by_role("button", name="Show them").first.click()
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(1, timeout=MINUTE)
    _settle(page)
    tiles.first.click()
    expect(page.get_by_text("1 selected")).to_be_visible(timeout=MINUTE)
    page.get_by_role("button", name="Exclude").click()
    expect(page.get_by_text("No photo fits these filters.")).to_be_visible(timeout=MINUTE)
    assert [Path(photo.path).suffix for photo in catalogue.excluded()] == [".png"]


def _look_back_and_undo(page: Page, catalogue: Catalogue) -> None:
    _settle(page)
    _tab(page, "History").click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_enabled(timeout=MINUTE)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible(timeout=MINUTE)
    undo.click()
    expect(page.get_by_role("button", name="Redo")).to_be_enabled(timeout=MINUTE)
    assert not catalogue.excluded()
    assert len(catalogue.photos()) == 18
    page.mouse.move(0, 0)  # away from the button, whose hint would lie over the tabs
    _tab(page, "Photos").click()
    expect(page.locator(".tile")).to_have_count(1, timeout=MINUTE)
