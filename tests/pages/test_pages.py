"""Every page: what it shows with nothing there, with the built-in faces, with a trained network, and with bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.datasets import get_dataset, open_dataset
from core.experiment import prepare_dataset
from core.runs import Run
from core.settings import DEFAULT_PRESET, PRESETS, Settings
from tests.pages.conftest import Open
from tests.pages.reading import button, metrics, wait_for_jobs, words

PAGES = ("home", "explore", "augment", "train", "evaluate", "predict")


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_with_nothing_there(name: str, artifacts: Path, open_page: Open) -> None:
    page = open_page(name)
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_with_a_trained_network(name: str, with_trained: Run, open_page: Open) -> None:
    page = open_page(name)
    assert not page.exception
    assert not page.error


def test_the_one_button_trains_the_default_preset(artifacts: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def start(settings: Settings, name: str) -> Path:
        started.append(settings)
        return artifacts

    monkeypatch.setattr("core.jobs.start_training", start)
    button(open_page("home"), "Train on the built-in faces").click().run()
    assert started == [PRESETS[DEFAULT_PRESET]]


def test_home_offers_one_button(artifacts: Path, open_page: Open) -> None:
    page = open_page("home")
    assert [button.label for button in page.button] == ["Train on the built-in faces"]


def test_home_shows_the_first_named_face(with_trained: Run, open_page: Open) -> None:
    page = open_page("home")
    assert "of 80 test photos right" in words(page)
    assert "What happened" in words(page)
    assert page.get("imgs") or page.get("image") or "This is Person" in words(page) or "No face" in words(page)


def test_explore_counts_the_builtin_faces(artifacts: Path, open_page: Open) -> None:
    shown = metrics(open_page("explore"))
    assert shown["Photos"] == "400"
    assert shown["People"] == "40"
    assert shown["Fewest photos"] == "10"
    assert shown["Skipped files"] == "1"  # the package carries one more picture beside the 400
    shown = metrics(open_page("explore", tab="Split"))
    assert int(shown["Test photos"]) == 80
    assert int(shown["Training photos"]) + int(shown["Validation photos"]) == 320


def unfolded(page: AppTest) -> AppTest:
    page.session_state["import-False"] = True
    return page.run()


def folder_field(page: AppTest) -> Any:
    (found,) = (each for each in page.text_input if each.label == "Folder on this computer")
    return found


def test_explore_says_what_is_wrong_with_a_folder(artifacts: Path, tmp_path: Path, open_page: Open) -> None:
    page = unfolded(open_page("explore"))
    folder_field(page).set_value(str(tmp_path / "nowhere"))
    page = button(page, "Look into it").click().run()
    assert not page.exception
    assert "nowhere" in page.error[0].value


def test_explore_opens_a_folder_and_lists_the_broken_file(artifacts: Path, two_people: Path, open_page: Open) -> None:
    page = unfolded(open_page("explore"))
    folder_field(page).set_value(str(two_people))
    page = button(page, "Look into it").click().run()
    page = button(page, "Open this folder").click().run()
    assert not page.exception
    wait_for_jobs()
    page.session_state["explore-tab"] = "Problems"
    page = page.run()
    shown = metrics(page)
    assert (shown["Photos"], shown["People"], shown["Skipped files"]) == ("8", "2", "1")
    assert any("broken.jpg" in str(table.value) for table in page.dataframe)


def test_deleting_a_dataset_keeps_the_photos(artifacts: Path, two_people: Path, open_page: Open) -> None:
    from core.experiment import scan_dataset

    scan_dataset(str(two_people))
    identity = open_dataset(str(two_people)).id
    page = open_page("explore", tab="Manage")
    page.selectbox[0].set_value(identity).run()
    page = button(page, "Delete").click().run()
    assert not page.exception
    assert not get_dataset_exists(identity)
    assert len(list(two_people.rglob("*.pgm"))) == 8


def get_dataset_exists(identity: str) -> bool:
    from core.errors import DatasetError

    try:
        get_dataset(identity)
    except DatasetError:
        return False
    return True


def test_train_starts_a_run_and_stops_it(artifacts: Path, open_page: Open) -> None:
    prepare_dataset("orl", PRESETS[DEFAULT_PRESET].face)
    page = button(open_page("train"), "Start training").click().run()
    assert not page.exception
    (job,) = jobs.list_jobs()
    assert job.alive
    page = page.run()
    button(page, "Stop and keep the best").click().run()
    wait_for_jobs()
    assert jobs.read_job(job.directory).state in ("stopped", "done")


def test_evaluate_shows_the_stored_figures(with_trained: Run, open_page: Open) -> None:
    page = open_page("evaluate", tab="Errors")
    assert with_trained.result is not None
    assert metrics(page)["Accuracy"] == f"{100 * with_trained.result['test']['accuracy']:.1f}%"
    assert "the most certain answers first" in words(page)
    assert len(open_page("evaluate", tab="Report").dataframe[0].value) == 40


@pytest.mark.parametrize(
    ("name", "tab"),
    [
        *(("explore", tab) for tab in ("Photos", "Health", "Statistics", "Split", "Problems", "History", "Manage")),
        *(
            ("evaluate", tab)
            for tab in ("Curves", "Report", "Confusion", "Errors", "Calibration", "Strangers", "Duel", "Cross-validation")
        ),
    ],
)
def test_every_tab_opens(name: str, tab: str, with_trained: Run, open_page: Open) -> None:
    page = open_page(name, tab=tab)
    assert not page.exception
    assert not page.error


def test_the_address_chooses_the_dataset(artifacts: Path, two_people: Path) -> None:
    from core.experiment import scan_dataset
    from core.storage import PROJECT_ROOT

    scan_dataset(str(two_people))
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "explore.py"), default_timeout=60)
    page.query_params["dataset"] = open_dataset(str(two_people)).id
    assert metrics(page.run())["Photos"] == "8"


def test_predict_names_an_upload(with_trained: Run, open_page: Open) -> None:
    assert with_trained.split is not None
    photo = with_trained.split.part("train")[0]
    path = open_dataset("orl").root / photo.path
    page = open_page("predict")
    page = page.file_uploader[0].upload("face.pgm", path.read_bytes()).run()
    assert not page.exception
    assert "face\\.pgm" in words(page) or "face.pgm" in words(page)


def test_predict_explains_a_broken_upload(with_trained: Run, open_page: Open) -> None:
    page = open_page("predict")
    page = page.file_uploader[0].upload("letter.jpg", b"%PDF-1.7 not a photo").run()
    assert not page.exception
    assert any("letter" in error.value for error in page.error)
