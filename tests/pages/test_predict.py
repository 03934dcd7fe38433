"""The Predict page with a network that compares faces: the line for strangers, adding and removing people, and their names."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import get_dataset
from core.experiment import run_experiment
from core.recognizer import AddedPerson, added_people
from core.runs import Run, new_run, read_run
from core.settings import DataSettings, preset
from tests.core.conftest import copy_person
from tests.core.photos import as_photo, as_png, orl_file, pasted
from tests.pages.conftest import Open

NAMES = ("Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return an artifacts folder with a run of an embedding on seven people."""
    artifacts, photos = tmp_path_factory.mktemp("compared"), tmp_path_factory.mktemp("seven") / "people"
    for number, name in enumerate(NAMES, start=1):
        copy_person(photos / name, f"s{number}", range(1, 6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISAGE_ARTIFACTS", str(artifacts))
        run_experiment(new_run(replace(preset("embedding-fast"), data=DataSettings(str(photos))), name="Seven"))
    yield artifacts


@pytest.fixture
def run(compared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return the run in a copy of its artifacts folder, to be changed by one test."""
    copied = shutil.copytree(compared, tmp_path / "artifacts")
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(copied))
    (directory,) = (copied / "runs").iterdir()
    return read_run(directory)


def _words(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.info, page.warning, page.error, page.success)
    return "\n".join(str(each.value) for kind in kinds for each in kind)


def _photo(person: int, number: int) -> bytes:
    return orl_file(person, number).read_bytes()


def _with_upload(open_page: Open, data: bytes, name: str = "face.pgm") -> AppTest:
    page = open_page("predict")
    page = page.file_uploader[0].upload(name, data).run()
    assert not page.exception
    return page


def _submit(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    page = page.run()
    assert not page.exception
    return page


def _opened(page: AppTest, run: Run) -> AppTest:
    page.session_state[f"add-a-person-{run.id}"] = True
    return page.run()


def test_the_line_is_told_in_strangers_not_in_percent_of_a_similarity(run: Run, open_page: Open) -> None:
    page = open_page("predict")
    slider = page.select_slider[0]
    assert slider.value == 100
    assert [option.split()[-1] for option in slider.options] == ["20", "50", "100", "200", "500", "1,000"]
    assert "About 1 in 100 strangers gets a name, and" in _words(page)
    assert run.thresholds
    assert f"{100 * run.thresholds.known:.0f}%" not in _words(page)
    page = page.select_slider[0].set_value(1000).run()
    assert "an estimate" in _words(page)


def test_moving_the_line_changes_the_decision_without_asking_the_network(
    run: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.recognizer import Recognizer

    page = _with_upload(open_page, _photo(1, 9))
    assert "**Ann" in _words(page)
    monkeypatch.setattr(Recognizer, "look", lambda *_: pytest.fail("the network was asked again"))
    for choice in (20, 1000):
        page = page.select_slider[0].set_value(choice).run()
        assert not page.exception


def test_an_unknown_face_is_named_in_the_page_and_known_at_once(run: Run, open_page: Open) -> None:
    page = _with_upload(open_page, _photo(20, 1))
    assert "**Unknown**" in _words(page)
    assert "Not similar enough to anybody" in _words(page)
    page.text_input[0].set_value("zoe")
    page = _submit(page, "Add")
    assert "Zoe is recognised from now on: 1 photo added." in page.toast[0].value
    assert "**Zoe**" in _words(page)
    assert "Added by you from 1 photo, not trained yet" in _words(page)
    assert added_people(run) == [AddedPerson("Zoe", 1, 1)]


def test_a_face_beside_a_larger_one_is_named_by_itself(run: Run, open_page: Open) -> None:
    both = as_png(pasted((700, 360), [(1, 40, 20, 240), (20, 480, 120, 110)]))
    page = _with_upload(open_page, both, "both.png")
    assert "**Ann**" in _words(page)
    page.text_input[0].set_value("Zoe")
    page = _submit(page, "Add")
    assert "**Ann**" in _words(page)
    assert "**Zoe**" in _words(page)
    assert run.dataset
    (kept,) = (get_dataset(run.dataset.id).directory / "enrolled").rglob("*.png")
    assert kept.read_bytes() != both


def test_a_person_is_added_with_photos_and_removed_again(run: Run, open_page: Open) -> None:
    page = _opened(_with_upload(open_page, _photo(20, 9)), run)
    assert "kept on this computer for the next training" in _words(page)
    wall = as_png(as_photo(np.full((200, 200, 3), 90, np.uint8)))
    files = [("a.pgm", _photo(20, 1)), ("b.pgm", _photo(20, 2)), ("wall.png", wall)]
    page.file_uploader[1].set_value([(name, data, "image/png") for name, data in files])
    next(each for each in page.text_input if each.key.startswith("add-name")).set_value("Zoe")
    page = _submit(page, "Add person")
    assert any("wall.png" in each.value and "No face was found" in each.value for each in page.warning)
    assert "**Zoe** · recognised from 2 photos, 2 photos kept for the next training" in _words(page)
    assert "Added by you from 2 photos" in _words(page)
    page = _submit(page, "Remove")
    assert "**Unknown**" in _words(page)
    assert added_people(run) == []
    assert not page.warning  # what there was to say is said once


@pytest.mark.parametrize(("name", "words"), [("", "no name yet"), ("ANN", "has learnt"), ("unknown", "without a name")])
def test_a_name_that_cannot_be_is_explained(run: Run, open_page: Open, name: str, words: str) -> None:
    page = _with_upload(open_page, _photo(20, 1))
    page.text_input[0].set_value(name)
    page = _submit(page, "Add")
    assert words in page.error[0].value
    assert added_people(run) == []


def test_a_person_without_photos_is_explained(run: Run, open_page: Open) -> None:
    page = _opened(open_page("predict"), run)
    page.text_input[0].set_value("Zoe")
    page = _submit(page, "Add person")
    assert "No photo was chosen" in page.error[0].value


def test_a_network_from_scratch_points_to_the_test_on_strangers_and_to_embeddings(with_trained: Run, open_page: Open) -> None:
    page = _opened(open_page("predict"), with_trained)
    assert not page.exception
    assert not page.select_slider
    assert "Not tested on strangers" in _words(page)
    assert "A run of the preset embedding takes in more" in _words(page)
    assert len(page.file_uploader) == 1
