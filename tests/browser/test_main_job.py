"""The main job in a real browser: from one button to a trained network, an evaluation, and the right name on an upload."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from core.datasets import get_dataset
from core.runs import Run, list_runs
from tests.serving import dashboard

pytestmark = pytest.mark.browser
MINUTES = 60_000  # ms


def _open(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.on("request", lambda request: _outside(request.url))
    page.goto(address)
    return page


OUTSIDE: list[str] = []


def _outside(url: str) -> None:
    """Note a request that would leave this computer."""
    if urlsplit(url).hostname not in ("127.0.0.1", None):
        OUTSIDE.append(url)


def _newest_run() -> Run:
    return list_runs().runs[0]


def _wait_for_state(state: str, seconds: float) -> Run:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        runs = list_runs().runs
        if runs and runs[0].state == state:
            return runs[0]
        time.sleep(0.2)
    raise AssertionError(f"the run was not {state} within {seconds} s, but {_newest_run().state}")


def _rightly_named_test_photo(run: Run) -> tuple[Path, str]:
    """Return a test photo that the network names right with certainty, and the name."""
    assert run.dataset is not None
    assert run.split is not None
    scores = run.scores["test"]
    right = [n for n, label in enumerate(scores.labels) if int(scores.logits[n].argmax()) == label]
    surest = max(right, key=lambda n: float(scores.logits[n].max()))
    photo = next(each for each in run.split.photos if each.sha256 == scores.sha256[surest])
    return get_dataset(run.dataset.id).root / photo.path, photo.person


def test_from_one_button_to_the_right_name(browser: Browser, tmp_path: Path, artifacts: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with dashboard(artifacts, home) as server:
        page = _open(browser, server.address)
        page.get_by_role("button", name="Train on the built-in faces").click()
        expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=MINUTES)
        _wait_for_state("running", 60)
        server.interrupt()  # Ctrl-C in the server's terminal: the training has to go on
        page.close()
        time.sleep(2)
        with pytest.raises(ProcessLookupError):
            os.kill(os.waitpid(server.pid, 0)[0], 0)
    assert _newest_run().state == "running"

    with dashboard(artifacts, home) as server:
        page = _open(browser, server.address)
        expect(page.get_by_text("of 80 test photos right")).to_be_visible(timeout=6 * MINUTES)
        expect(page.get_by_role("heading", name="This is Person")).to_be_visible()
        run = _wait_for_state("done", 5)
        _evaluate_shows_the_accuracy(_open(browser, f"{server.address}/evaluate"), run)
        _predict_names_the_upload(_open(browser, f"{server.address}/predict"), run)
    assert not OUTSIDE


def _evaluate_shows_the_accuracy(page: Page, run: Run) -> None:
    assert run.result is not None
    accuracy = f"{100 * run.result['test']['accuracy']:.1f}%"
    expect(page.get_by_test_id("stMetric").filter(has_text="Accuracy").first).to_contain_text(accuracy, timeout=MINUTES)
    page.get_by_role("tab", name="Confusion", exact=True).click()
    expect(page.get_by_text("Rows are the true people")).to_be_visible()
    page.get_by_role("tab", name="Errors").click()
    expect(page.get_by_text("the most certain answers first")).to_be_visible(timeout=MINUTES)
    page.close()


def _predict_names_the_upload(page: Page, run: Run) -> None:
    photo, person = _rightly_named_test_photo(run)
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.get_by_role("button", name=re.compile(f"1.*{person}"))).to_be_visible(timeout=MINUTES)  # its box
    expect(page.get_by_text("sure").first).to_be_visible()
    page.close()
