"""The Honesty and Learning curve parts of the Evaluate page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.evaluation.forecast import Draw
from core.experiment.background import Audit, Share
from core.experiment.careless import DrawnTwice, SplitCheck
from core.experiment.curve_record import curve_of
from core.runs import Run, layout
from core.storage import write_json
from tests.pages.conftest import Open
from tests.pages.reading import button, metrics, words

CHECKS = ("Careless split", "Background", "Near-duplicates", "Wrong names", "Kinds of photos")


@pytest.fixture
def clean(with_embedded: Run) -> Iterator[Run]:
    """Return the run, and take away afterwards what was written into it."""
    yield with_embedded
    for name in (layout.HONESTY, layout.LEARNING_CURVE):
        (with_embedded.directory / name).unlink(missing_ok=True)
    shutil.rmtree(with_embedded.directory.parent.parent / "jobs", ignore_errors=True)


def _open(open_page: Open, run: Run, check: str) -> AppTest:
    page = open_page("evaluate", tab="Honesty")
    page.session_state[f"honesty-{run.id}"] = check
    return page.run()


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_opens(check: str, clean: Run, open_page: Open) -> None:
    page = _open(open_page, clean, check)
    assert not page.exception
    assert not page.error


def test_work_is_offered_with_its_cost_and_started(clean: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(jobs, "start_honesty", lambda *about: started.append(about) or Path("/nothing"))
    monkeypatch.setattr(jobs, "start_learning_curve", lambda *about: started.append(about) or Path("/nothing"))
    page = _open(open_page, clean, "Careless split")
    assert "Takes 10 trainings like that of this run" in words(page)
    button(page, "Compare with a careless split").click().run()
    page = _open(open_page, clean, "Background")
    button(page, "Paint the faces over").click().run()
    page = open_page("evaluate", tab="Learning curve")
    assert "Takes 12.5 trainings" in words(page)
    button(page, "Measure the learning curve").click().run()
    assert started == [(clean.directory, ["split"], 5), (clean.directory, ["background"]), (clean.directory, 5)]


def test_a_waiting_job_is_followed_after_a_reload(clean: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = jobs.new_honesty(clean.directory, ["background"], progress=jobs.queued_progress())
    page = _open(open_page, clean, "Background")
    assert "Paint the faces over" not in [each.label for each in page.button]
    assert any(each.key == f"stop-{directory.name}" for each in page.button)
    assert "Compare with a careless split" in [each.label for each in _open(open_page, clean, "Careless split").button]
    write_json(directory / layout.PROGRESS, {"state": "stopped"})
    resumed: list[Path] = []
    monkeypatch.setattr(jobs, "resume", resumed.append)
    button(_open(open_page, clean, "Background"), "Go on").click().run()
    assert resumed == [directory]


def test_what_was_found_is_told_in_words_and_figures(clean: Run, open_page: Open) -> None:
    split = SplitCheck(tuple(DrawnTwice(seed, (90 + seed, 100), (95 + 2 * seed, 100), 20) for seed in range(3)), 10)
    audit = Audit(Share(95, 100), Share(60, 100), Share(80, 100), 0.14)
    found = {"schema_version": 1, "split": split.to_json(), "background": audit.to_json()}
    write_json(clean.directory / layout.HONESTY, found)
    page = _open(open_page, clean, "Careless split")
    assert "flattered by" in words(page)
    assert metrics(page)["Careless"] == "97.0%"
    assert metrics(page)["Torn apart"] == "20.0%"
    page = _open(open_page, clean, "Background")
    assert "Caught" in words(page)
    assert metrics(page)["Painted over"] == "60.0%"
    assert len(page.get("plotly_chart")) == 1

    people = clean.class_names
    right = np.stack([np.arange(70) % 10 < keep for keep in (6, 7, 8, 9)])
    draw = Draw(right, np.arange(70) % len(people))
    own = np.full(len(people), 8)
    curve = curve_of([0.25, 0.5, 0.75, 1.0], np.array([2.0, 4, 6, 8]), [draw], people, own=own, seconds=3.0)
    write_json(clean.directory / layout.LEARNING_CURVE, curve.to_json())
    page = open_page("evaluate", tab="Learning curve")
    assert metrics(page)["Now"] == f"{100 * curve.forecast[0].accuracy:.1f}%"
    assert "With twice the photos of everybody" in words(page)
    assert len(page.dataframe[-1].value) == len(people)


def test_near_duplicates_and_kinds_of_photos_are_there_at_once(clean: Run, open_page: Open) -> None:
    page = _open(open_page, clean, "Near-duplicates")
    assert metrics(page)["Near-duplicates"] == "0"
    assert "No test photo is nearly the same" in words(page)
    page = _open(open_page, clean, "Kinds of photos")
    rows = page.dataframe[-1].value
    assert set(rows["By"]) == {"Brightness", "Sharpness", "Size", "Pose"}
    test = clean.reports["test"]
    assert rows[rows["By"] == "Brightness"]["Photos"].sum() == test.photos - test.no_face


def test_names_that_nobody_has_judged_lead_to_the_measuring(
    clean: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(jobs, "start_health", lambda *about: started.append(about))
    page = _open(open_page, clean, "Wrong names")
    button(page, "Measure the health of the dataset").click().run()
    assert started == [(clean.settings.data.source, clean.settings.face)]


def test_a_damaged_file_is_told_and_nothing_breaks(clean: Run, open_page: Open) -> None:
    (clean.directory / layout.HONESTY).write_text("{")
    (clean.directory / layout.LEARNING_CURVE).write_text("[]")
    assert "honesty.json" in _open(open_page, clean, "Background").error[0].value.replace("\\", "")
    assert "learning_curve.json" in open_page("evaluate", tab="Learning curve").error[0].value.replace("\\", "")
