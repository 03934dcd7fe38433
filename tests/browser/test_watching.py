"""Watching a training in a real browser: the view renews itself every second and takes nothing away from the person."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.runs import list_runs
from core.settings import preset, with_values
from core.settings.sharing import to_code
from tests.serving import dashboard

pytestmark = pytest.mark.browser
MINUTES = 60_000  # ms
LONG = {"training.epochs": "500", "training.patience": "0", "training.refit": "false"}  # seconds an epoch, many of them
SETTINGS = with_values(preset("cnn"), {"face.detector": "yunet", **LONG})
LEARNING = re.compile(r"Epoch (?:[3-9]|\d\d+) of 500")

MARK = """() => {
    document.querySelectorAll("canvas, [data-testid=stImage] img").forEach((each) => { each.dataset.old = "1"; });
    window.places = new Set();
    setInterval(() => window.places.add(document.querySelector("[data-testid=stMain]").scrollTop), 50);
}"""
NEW = """() => [...document.querySelectorAll("canvas, [data-testid=stImage] img")]
    .filter((each) => !each.dataset.old).length"""


def test_from_red_to_a_training_that_is_watched_paused_and_resumed(browser: Browser, tmp_path: Path, artifacts: Path) -> None:
    with dashboard(artifacts, tmp_path) as server:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{server.address}/train?settings={to_code(SETTINGS)}")
        page.get_by_role("button", name="Find the faces").click(timeout=MINUTES)
        start = page.get_by_role("button", name="Start training")
        expect(start).to_be_disabled()
        expect(start).to_be_enabled(timeout=3 * MINUTES)
        start.click()
        page.get_by_text(LEARNING).first.wait_for(timeout=4 * MINUTES)
        _nothing_is_taken_away(page)
        page.get_by_role("button", name="Pause").click()
        resume = page.get_by_role("button", name="Resume")
        resume.wait_for(timeout=2 * MINUTES)
        before = len(list_runs().runs[0].history)
        resume.click()
        _wait_until(lambda: len(list_runs().runs[0].history) > before, seconds=120)
        page.get_by_role("button", name="Stop and keep the best").click(timeout=2 * MINUTES)
        expect(page.get_by_role("heading", name="At work")).to_have_count(0, timeout=3 * MINUTES)
        (run,) = list_runs().runs
        assert run.result is not None
        assert run.stopped
        page.close()


def _wait_until(reached: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "that did not happen in time"
        time.sleep(0.3)


def _nothing_is_taken_away(page: Page) -> None:
    """Leave the page alone for a few seconds, with a menu open and half-way down."""
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 700)")
    page.wait_for_timeout(1000)
    page.evaluate(MARK)
    page.get_by_role("button", name="Stop and discard").click()
    page.wait_for_timeout(1000)
    shown = page.get_by_test_id("stProgress").last.inner_text()
    before = page.evaluate("[...window.places].at(-1)")
    page.wait_for_timeout(6000)
    expect(page.get_by_role("button", name="Discard it")).to_be_visible()
    assert page.get_by_test_id("stProgress").last.inner_text() != shown
    assert page.evaluate("[...window.places].at(-1)") == before
    assert page.evaluate(NEW) == 0
    page.keyboard.press("Escape")
