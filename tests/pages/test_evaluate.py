"""The Evaluate page's figures of trust: calibration, strangers, cross-validation, and what it says of older runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import jobs
from core.runs import Run, layout
from core.settings import Settings
from tests.pages.conftest import Open
from tests.pages.reading import button, labels, metrics, words

TABS = ("Curves", "Report", "Confusion", "Errors", "Calibration", "Strangers", "Duel", "Cross-validation")


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_for_an_embedding(tab: str, with_embedded: Run, open_page: Open) -> None:
    page = open_page("evaluate", tab=tab)
    assert not page.exception
    assert not page.error


def test_a_similarity_is_no_percentage(with_embedded: Run, open_page: Open) -> None:
    assert with_embedded.thresholds is not None
    assert with_embedded.thresholds.score == "similarity"
    shown = words(open_page("evaluate", tab="Strangers"))
    assert f"similarity of {with_embedded.thresholds.known:.2f}" in shown
    assert f"{100 * with_embedded.thresholds.known:.1f}%" not in shown


def test_calibration_shows_the_error_before_and_after(with_trained: Run, open_page: Open) -> None:
    assert with_trained.calibration is not None
    before, after = with_trained.calibration.parts["test"]
    page = open_page("evaluate", tab="Calibration")
    shown = metrics(page)
    assert shown["Error before"] == f"{100 * before.error:.1f}%"
    assert shown["Error after"] == f"{100 * after.error:.1f}%"
    assert shown["Temperature"] == f"{with_trained.calibration.temperature.value:.2f}"
    assert "validation faces" in words(page)


def test_strangers_show_the_curve_of_the_run(with_embedded: Run, open_page: Open) -> None:
    assert with_embedded.thresholds is not None
    curve = with_embedded.thresholds.curve
    assert curve is not None
    page = open_page("evaluate", tab="Strangers")
    shown = metrics(page)
    assert shown["Strangers let in"] == "1.0%"
    assert shown["Told apart"] == f"{curve.auroc:.3f}"
    assert shown["Faces of strangers"] == f"{curve.strangers:,}"
    assert len(page.get("plotly_chart")) == 3  # scores, ROC, DET


def test_a_run_without_strangers_offers_the_test(with_trained: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = []
    monkeypatch.setattr("core.jobs.start_stranger_test", tested.append)
    page = open_page("evaluate", tab="Strangers")
    assert "Not tested on strangers" in words(page)
    button(page, "Test on strangers").click().run()
    assert tested == [with_trained.directory]


def test_a_stranger_test_that_failed_says_why(with_trained: Run, open_page: Open) -> None:
    directory = jobs.new_stranger_test(with_trained.directory, {"state": "failed"})
    (directory / layout.ERROR).write_text(json.dumps({"what": "Too few people.", "remedy": "Add some."}))
    try:
        page = open_page("evaluate", tab="Strangers")
    finally:
        shutil.rmtree(directory)
    assert "Too few people" in page.error[0].value


def result_of(accuracies: list[float]) -> dict[str, Any]:
    row = {"balanced_accuracy": 0.9, "log_loss": 0.3, "photos": 10, "seconds": 1.5}
    figures = {"accuracy": 0.85, "calibration_error": 0.02}
    return {
        "folds": [{"fold": number, "accuracy": each, **row} for number, each in enumerate(accuracies, start=1)],
        "mean": figures,
        "spread": {"accuracy": 0.07},
        "interval": {"accuracy": [0.8, 0.9]},
        "people": [
            {"person": "Person 1", "photos": 9, "recall": 1.0, "spread": 0.0},
            {"person": "Person 2", "photos": 9, "recall": 0.5, "spread": 0.1},
            {"person": "Person 3", "photos": 0, "recall": None, "spread": None},
        ],
        "training_only": ["Person 3"],
        "seconds": 4.0,
    }


def test_the_newest_cross_validation_is_found_again(with_embedded: Run, open_page: Open) -> None:
    directory = jobs.new_crossvalidation(with_embedded.settings, 2, {"state": "done"})
    (directory / layout.RESULT).write_text(json.dumps(result_of([0.8, 0.9])))
    try:
        page = open_page("evaluate", tab="Cross-validation")
    finally:
        shutil.rmtree(directory)
    assert not page.exception
    assert metrics(page)["Mean accuracy"] == "85.0%"
    assert "between 80.0% and 90.0%" in words(page)
    folds, people = page.dataframe
    assert list(folds.value["Accuracy"]) == [0.8, 0.9]
    assert list(people.value["Person"]) == ["Person 2", "Person 1", "Person 3"]
    assert "Not judged" in words(page)


def test_a_cross_validation_of_other_photos_is_not_shown(with_embedded: Run, open_page: Open) -> None:
    directory = jobs.new_crossvalidation(Settings(), 2, {"state": "done"})
    (directory / layout.RESULT).write_text(json.dumps(result_of([0.8, 0.9])))
    try:
        page = open_page("evaluate", tab="Cross-validation")
    finally:
        shutil.rmtree(directory)
    assert "Mean accuracy" not in metrics(page)


def test_a_damaged_result_is_told(with_embedded: Run, open_page: Open) -> None:
    directory = jobs.new_crossvalidation(with_embedded.settings, 2, {"state": "done"})
    (directory / layout.RESULT).write_text("{")
    try:
        page = open_page("evaluate", tab="Cross-validation")
    finally:
        shutil.rmtree(directory)
    assert not page.exception
    assert "cannot be read" in page.error[0].value


def test_cross_validation_starts_with_the_settings_of_the_run(
    with_embedded: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[Settings, int]] = []
    monkeypatch.setattr("core.jobs.start_crossvalidation", lambda settings, folds: started.append((settings, folds)))
    page = open_page("evaluate", tab="Cross-validation")
    page.number_input[0].set_value(3).run()
    button(page, "Cross-validate").click().run()
    assert started == [(with_embedded.settings, 3)]


@pytest.fixture
def older_run(trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run as an earlier program left it: no calibration, thresholds without score and curve."""
    root = tmp_path / "older"
    shutil.copytree(trained.directory.parent.parent, root)
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(root))
    directory = root / "runs" / trained.id
    report = json.loads((directory / layout.REPORT).read_text())
    report.pop("calibration")
    (directory / layout.REPORT).write_text(json.dumps(report))
    lines = {"known": 0.7, "unknown": 0.4, "source": "Chosen on 40 faces.", "tested_on_strangers": False}
    (directory / layout.THRESHOLDS).write_text(json.dumps(lines))
    return directory


@pytest.mark.parametrize("tab", TABS)
def test_an_older_run_still_shows(tab: str, older_run: Path, open_page: Open) -> None:
    page = open_page("evaluate", tab=tab)
    assert not page.exception
    assert not page.error
    if tab == "Calibration":
        assert "before calibration was measured" in words(page)
    if tab == "Strangers":
        assert "a certainty of 70.0%" in words(page)


def test_a_changed_dataset_is_told(with_trained: Run, open_page: Open) -> None:
    from core.curation import exclude, undo
    from core.datasets import get_dataset

    assert with_trained.dataset is not None
    catalogue = get_dataset(with_trained.dataset.id)
    assert "has changed since" not in words(open_page("evaluate"))
    exclude(catalogue, [catalogue.photos()[0].sha256])
    try:
        page = open_page("evaluate")
        assert not page.exception
        assert "of its photos, 1 gone or left out" in words(page)
    finally:
        undo(catalogue)
    assert "has changed since" not in words(open_page("evaluate"))


def test_every_figure_stands_beside_its_interval_and_says_whose_photos(with_trained: Run, open_page: Open) -> None:
    page = open_page("evaluate")
    report = with_trained.reports["test"]
    assert with_trained.dataset is not None
    assert metrics(page)["Balanced"] == f"{100 * report.balanced_accuracy:.1f}%"
    assert metrics(page)["Top 3"] == f"{100 * report.top3:.1f}%"
    assert metrics(page)["Strangers named"] == "–"
    intervals = [each.delta for each in page.metric if each.label != "Strangers named"]
    assert all(" to " in each for each in intervals)
    shown = words(page)
    assert f"{report.photos} photos of 40 people" in shown
    assert "have under 5 photos here" in shown
    assert "and 32 more" in shown
    assert f"always naming the most frequent person {100 * report.majority:.1f}%" in shown
    assert "seed 0" in shown


def test_validation_can_judge_too_and_is_kept_in_the_address(with_trained: Run, open_page: Open) -> None:
    page = open_page("evaluate")
    chosen = next(each for each in page.selectbox if each.label == "Judged by")
    page = chosen.set_value("validation").run()
    assert metrics(page)["Accuracy"] == f"{100 * with_trained.reports['validation'].accuracy:.1f}%"
    assert "flatter a little" in words(page)


def test_the_photos_of_a_cell_are_shown_by_the_menus(with_trained: Run, open_page: Open) -> None:
    page = open_page("evaluate", tab="Confusion")
    assert {"Photos of", "named as"} <= labels(page)
    scores = with_trained.scores["test"]
    row = int((scores.logits.argmax(axis=1) != scores.labels).argmax())
    true, named = int(scores.labels[row]), int(scores.logits[row].argmax())
    person = next(each for each in page.selectbox if each.label == "Photos of")
    page = person.set_value(true).run()
    page = next(each for each in page.selectbox if each.label == "named as").set_value(named).run()
    assert not page.exception
    assert not page.error
    one, other = with_trained.class_names[true], with_trained.class_names[named]
    assert f"photos of {one} named as {other}" in words(page)
    assert page.get("image")


def keep_evaluation(run: Run, known: int, strangers: int) -> Path:
    from core.review import Evaluation, Strangers, write_evaluation

    people = len(run.class_names)
    logits = np.eye(people, dtype=np.float32)[:known] * 5
    faces = tuple((f"{number:064x}", f"Xav/{number}.jpg", "<b>Xav") for number in range(strangers))
    others = Strangers(faces, logits[:strangers], np.zeros(strangers, np.float32), ("known",) * strangers)
    shas = tuple(f"{number:064d}" for number in range(known))
    return write_evaluation(
        run.directory,
        Evaluation(
            "20260101-000000-aaaa", "Photos in <i>", "gone-1", "/gone", "2026-01-01", shas, shas, np.arange(known), logits,
            np.zeros(known, np.float32), (), 0, 2, others, {},
        ),
    )  # fmt: skip


@pytest.mark.parametrize("tab", TABS)
def test_a_folder_whose_dataset_is_gone_keeps_its_figures(tab: str, with_trained: Run, open_page: Open) -> None:
    directory = keep_evaluation(with_trained, known=5, strangers=3)
    try:
        page = open_page("evaluate", tab=tab)
        page = next(each for each in page.selectbox if each.label == "Judged by").set_value(f"folder:{directory.name}").run()
    finally:
        shutil.rmtree(directory)
    assert not page.exception
    assert metrics(page)["Accuracy"] == "100.0%"
    assert metrics(page)["Strangers named"] == "100.0%"
    assert "3 faces show people whom the network does not know" in words(page)
    assert "2 more are left out" in words(page)


def test_a_folder_of_strangers_only_is_told(with_trained: Run, open_page: Open) -> None:
    directory = keep_evaluation(with_trained, known=0, strangers=3)
    try:
        page = open_page("evaluate")
        page = next(each for each in page.selectbox if each.label == "Judged by").set_value(f"folder:{directory.name}").run()
    finally:
        shutil.rmtree(directory)
    assert not page.exception
    assert not page.error
    assert "no new photo shows anybody whom the network knows" in words(page)
    assert "3 of them got a name" in words(page)


def test_another_folder_is_evaluated_by_a_job(with_trained: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[Path, str]] = []

    def start(run: Path, source: str) -> Path:
        started.append((run, source))
        return run

    monkeypatch.setattr("core.jobs.start_evaluation", start)
    page = open_page("evaluate")
    page.text_input[0].set_value("/nowhere/at/all").run()
    button(page, "Evaluate").click().run()
    assert "no folder" in page.error[0].value
    assert not started
    page.text_input[0].set_value("orl").run()
    button(page, "Evaluate").click().run()
    assert started == [(with_trained.directory, "orl")]


def test_changes_to_test_photos_are_told_with_both_accuracies(with_trained: Run, open_page: Open) -> None:
    from core.curation import exclude, undo
    from core.datasets import get_dataset

    assert with_trained.dataset is not None
    catalogue = get_dataset(with_trained.dataset.id)
    assert "as first measured" not in words(open_page("evaluate"))
    scores = with_trained.scores["test"]
    row = int((scores.logits.argmax(axis=1) != scores.labels).argmax())
    exclude(catalogue, [scores.sha256[row]])
    try:
        shown = words(open_page("evaluate"))
    finally:
        undo(catalogue)
    assert "1 are left out now" in shown
    report = with_trained.reports["test"]
    assert f"first measured **{100 * report.accuracy:.1f}%**" in shown
    now = report.accuracy * report.photos / (report.photos - 1)
    assert f"with today's names **{100 * now:.1f}%** of {report.photos - 1:,} photos" in shown


def test_a_run_without_test_photos_says_so(
    with_trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: Open
) -> None:
    root = tmp_path / "without"
    shutil.copytree(with_trained.directory.parent.parent, root)
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(root))
    path = root / "runs" / with_trained.id / layout.RESULT
    result = json.loads(path.read_text())
    result["test"]["photos"] = 0
    path.write_text(json.dumps(result))
    page = open_page("evaluate")
    assert not page.exception
    assert "This run has no test photos" in words(page)
    assert metrics(page)["Accuracy"] == f"{100 * with_trained.reports['validation'].accuracy:.1f}%"
    result["validation"]["photos"] = 0
    path.write_text(json.dumps(result))
    page = open_page("evaluate")
    assert not page.exception
    assert "neither test nor validation photos" in words(page)
