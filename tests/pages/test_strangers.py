"""The Strangers part of the Evaluate page: a line is tried out on stored scores, saved, and taken back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core.calibration import reliability
from core.runs import Run, layout, read_run
from core.runs.openset import read_openset
from tests.pages.conftest import Open
from tests.pages.reading import button, metrics, words
from tests.pages.test_evaluate import keep_evaluation


@pytest.fixture
def run(with_embedded: Run) -> Iterator[Run]:
    """Return the run, and put its line back afterwards."""
    path = with_embedded.directory / layout.THRESHOLDS
    before = path.read_bytes()
    yield with_embedded
    path.write_bytes(before)


def test_a_line_is_tried_saved_used_and_taken_back(run: Run, open_page: Open) -> None:
    own, scores = run.thresholds, read_openset(run)
    assert own is not None
    assert scores is not None
    page = open_page("evaluate", tab="Strangers")
    (slider,) = (each for each in page.slider if each.label == "A name is given from")
    assert button(page, "Use this line").disabled
    assert f"**Test photos, at the saved line.** {scores.test_cost(own).words()}" in words(page)

    line = round(slider.max - 0.001, 3)
    page = slider.set_value(line).run()
    assert not page.exception
    tried = replace(own, known=line, unknown=min(line, own.unknown))
    assert scores.cost(tried).words() in words(page)
    assert scores.cost(tried) != scores.cost(own)
    assert read_run(run.directory).thresholds == own, "nothing is saved yet"
    assert scores.test_cost(own).words() in words(page), "test photos tell nothing of a line that is only tried out"

    button(page, "Use this line").click().run()
    saved = read_run(run.directory).thresholds
    assert saved is not None
    assert (saved.known, saved.automatic) == (line, own)
    page = open_page("evaluate", tab="Strangers")
    assert "Set by hand on" in words(page).replace("\\", "")
    assert scores.test_cost(saved).words() in words(page)
    assert "Set by hand on" in words(open_page("predict")).replace("\\", "")

    button(page, f"Back to the automatic line ({own.known:.3f})").click().run()
    assert read_run(run.directory).thresholds == own


def test_a_run_without_scores_says_so(run: Run, open_page: Open) -> None:
    path = run.directory / layout.OPENSET
    kept = path.read_bytes()
    path.unlink()
    try:
        page = open_page("evaluate", tab="Strangers")
    finally:
        path.write_bytes(kept)
    assert not page.exception
    assert "its line cannot be moved" in words(page)
    assert len(page.get("plotly_chart")) == 1


def test_calibration_of_other_photos_undoes_the_correction(with_trained: Run, open_page: Open) -> None:
    assert with_trained.calibration is not None
    record = with_trained.calibration
    directory = keep_evaluation(with_trained, known=40, strangers=0)
    try:
        page = open_page("evaluate", tab="Calibration")
        page = next(each for each in page.selectbox if each.label == "Judged by").set_value(f"folder:{directory.name}").run()
    finally:
        shutil.rmtree(directory)
    assert not page.exception
    logits = np.eye(40, dtype=np.float32) * 5
    for label, factor in (("Error before", record.temperature.value), ("Error after", 1.0)):
        found = reliability(logits * np.float32(factor), np.arange(40))
        assert found is not None
        assert metrics(page)[label] == f"{100 * found.error:.1f}%"


def test_export_offers_report_and_card(with_trained: Run, open_page: Open) -> None:
    page = open_page("evaluate", tab="Export")
    assert not page.exception
    assert not page.error
    assert [each.proto.label for each in page.get("download_button")] == ["Download the report", "Download the model card"]
    assert "Model card: Small network" in words(page)
    page.checkbox(key=f"export-photos-{with_trained.id}").check().run()
    assert not page.exception
    assert not page.error
