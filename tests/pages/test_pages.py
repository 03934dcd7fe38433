"""Every page: what it shows with nothing there, with the built-in faces, with a trained network, and with bad input."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.datasets import get_dataset, open_dataset
from core.runs import Run
from tests.pages.conftest import Open

PAGES = ("home", "explore", "augment", "train", "evaluate", "predict")


def _metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def _words(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.info, page.warning, page.error, page.success, page.subheader)
    return "\n".join(str(each.value) for kind in kinds for each in kind)


def _button(page: AppTest, label: str) -> object:
    (found,) = (button for button in page.button if button.label == label)
    return found


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


def test_home_offers_one_button(artifacts: Path, open_page: Open) -> None:
    page = open_page("home")
    assert [button.label for button in page.button] == ["Train on the built-in faces"]


def test_home_shows_the_first_named_face(with_trained: Run, open_page: Open) -> None:
    page = open_page("home")
    assert "of 80 test photos right" in _words(page)
    assert page.get("imgs") or page.get("image") or "This is Person" in _words(page) or "No face" in _words(page)


def test_explore_counts_the_builtin_faces(artifacts: Path, open_page: Open) -> None:
    metrics = _metrics(open_page("explore"))
    assert metrics["Photos"] == "400"
    assert metrics["People"] == "40"
    assert metrics["Fewest photos"] == "10"
    assert metrics["Skipped files"] == "1"  # the package carries one more picture beside the 400
    metrics = _metrics(open_page("explore", tab="Split"))
    assert int(metrics["Test photos"]) == 80
    assert int(metrics["Training photos"]) + int(metrics["Validation photos"]) == 320


def test_explore_says_what_is_wrong_with_a_folder(artifacts: Path, tmp_path: Path, open_page: Open) -> None:
    page = open_page("explore")
    page.text_input[0].set_value(str(tmp_path / "nowhere"))
    page = _button(page, "Open").click().run()
    assert not page.exception
    assert "nowhere" in page.error[0].value


def test_explore_opens_a_folder_and_lists_the_broken_file(artifacts: Path, two_people: Path, open_page: Open) -> None:
    page = open_page("explore")
    page.text_input[0].set_value(str(two_people))
    page = _button(page, "Open").click().run()
    assert not page.exception
    _wait_for_jobs()
    page.session_state["explore-tab"] = "Problems"
    page = page.run()
    metrics = _metrics(page)
    assert (metrics["Photos"], metrics["People"], metrics["Skipped files"]) == ("8", "2", "1")
    assert any("broken.jpg" in str(table.value) for table in page.dataframe)


def _wait_for_jobs() -> None:
    end = time.monotonic() + 120
    while jobs.list_jobs(live_only=True):
        assert time.monotonic() < end, "the preparation did not end"
        time.sleep(0.2)


def test_deleting_a_dataset_keeps_the_photos(artifacts: Path, two_people: Path, open_page: Open) -> None:
    from core.experiment import scan_dataset

    scan_dataset(str(two_people))
    identity = open_dataset(str(two_people)).id
    page = open_page("explore", tab="Manage")
    page.selectbox[0].set_value(identity).run()
    page = _button(page, "Delete").click().run()
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


def test_augment_shows_variants_and_the_setting_flows_on_to_train(with_trained: Run, open_page: Open) -> None:
    page = open_page("augment")
    assert "12 variants" in _words(page)
    rotation = next(slider for slider in page.slider if slider.label.startswith("Rotation"))
    page = rotation.set_value(17.0).run()
    assert not page.exception
    session = page.session_state["visage"]
    assert session.settings.augmentation.rotation == 17.0

    train = open_page("train", session)
    shown = next(slider for slider in train.slider if slider.label.startswith("Rotation"))
    assert shown.value == 17.0


def test_train_has_a_widget_for_every_setting_with_its_limits(artifacts: Path, open_page: Open) -> None:
    page = open_page("train")
    epochs = next(slider for slider in page.slider if slider.label == "Epochs")
    assert (epochs.min, epochs.max) == (1, 500)
    assert {"Optimiser", "Learning-rate schedule", "Face detector", "Split"} <= {each.label for each in page.selectbox}
    assert {"Class weights", "Mirror"} <= {each.label for each in page.toggle}


def test_train_starts_a_run_and_stops_it(artifacts: Path, open_page: Open) -> None:
    page = _button(open_page("train"), "Start training").click().run()
    assert not page.exception
    (job,) = jobs.list_jobs()
    assert job.alive
    page = page.run()
    _button(page, "Stop and keep the best").click().run()
    _wait_for_jobs()
    assert jobs.read_job(job.directory).state in ("stopped", "done")


def test_evaluate_shows_the_stored_figures(with_trained: Run, open_page: Open) -> None:
    page = open_page("evaluate", tab="Faces")
    assert with_trained.result is not None
    assert _metrics(page)["Accuracy"] == f"{100 * with_trained.result['test']['accuracy']:.1f}%"
    words = _words(page)
    assert "Wrongly named" in words
    assert "Correctly named" in words
    assert len(open_page("evaluate", tab="Report").dataframe[0].value) == 40


@pytest.mark.parametrize(
    ("name", "tab"),
    [
        *(("explore", tab) for tab in ("Photos", "Statistics", "Split", "Problems", "Manage")),
        *(("evaluate", tab) for tab in ("Curves", "Report", "Confusion matrix", "Faces")),
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
    assert _metrics(page.run())["Photos"] == "8"


def test_predict_names_an_upload(with_trained: Run, open_page: Open) -> None:
    assert with_trained.split is not None
    photo = with_trained.split.part("train")[0]
    path = open_dataset("orl").root / photo.path
    page = open_page("predict")
    page = page.file_uploader[0].upload("face.pgm", path.read_bytes()).run()
    assert not page.exception
    assert "face\\.pgm" in _words(page) or "face.pgm" in _words(page)


def test_predict_explains_a_broken_upload(with_trained: Run, open_page: Open) -> None:
    page = open_page("predict")
    page = page.file_uploader[0].upload("letter.jpg", b"%PDF-1.7 not a photo").run()
    assert not page.exception
    assert any("letter" in error.value for error in page.error)
