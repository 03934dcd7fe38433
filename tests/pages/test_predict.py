"""The Predict page with a network that compares faces: the line for strangers, adding and removing people, and their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.recognizer import AddedPerson, added_people
from core.runs import Run
from tests.core.photos import as_photo, as_png
from tests.pages.conftest import Open
from tests.pages.predicting import KNOWN, STRANGER, as_it_was, group, open_with, photo, press, sound
from tests.pages.reading import words


@pytest.fixture
def run(with_embedded: Run, tmp_path: Path) -> Iterator[Run]:
    """Return the run of an embedding on seven people, to be changed by one test."""
    with as_it_was(with_embedded, tmp_path / "aside") as run:
        yield run


def _opened(page: AppTest, run: Run) -> AppTest:
    page.session_state[f"add-a-person-{run.id}"] = True
    return sound(page.run())


def test_the_line_is_told_in_strangers_not_in_percent_of_a_similarity(with_embedded: Run, open_page: Open) -> None:
    page = open_with(open_page)
    slider = page.select_slider[0]
    assert slider.value == 100
    assert [option.split()[-1] for option in slider.options] == ["20", "50", "100", "200", "500", "1,000"]
    assert "About 1 in 100 strangers gets a name, and" in words(page)
    assert with_embedded.thresholds
    assert f"{100 * with_embedded.thresholds.known:.0f}%" not in words(page)
    page = page.select_slider[0].set_value(1000).run()
    assert "an estimate" in words(page)


def test_moving_the_line_changes_the_decision_without_asking_the_network(
    with_embedded: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.recognizer import Recognizer

    page = open_with(open_page, group(KNOWN))
    assert "**Person 1**" in words(page)
    monkeypatch.setattr(Recognizer, "look", lambda *_: pytest.fail("the network was asked again"))
    for choice in (20, 1000):
        page = sound(page.select_slider[0].set_value(choice).run())
        assert f"a line that lets 1 in {choice:,} strangers through" in words(page)


def test_a_person_is_added_with_photos_and_removed_again(run: Run, open_page: Open) -> None:
    page = _opened(open_with(open_page, photo(STRANGER, 9)), run)
    assert "kept on this computer for the next training" in words(page)
    wall = as_png(as_photo(np.full((200, 200, 3), 90, np.uint8)))
    files = [("a.pgm", photo(STRANGER, 1).data), ("b.pgm", photo(STRANGER, 2).data), ("wall.png", wall)]
    uploader = next(each for each in page.file_uploader if each.label == "Photos of this person")
    uploader.set_value([(name, data, "image/png") for name, data in files])
    next(each for each in page.text_input if each.key.startswith("add-name")).set_value("Zoe")
    page = press(page, "Add person")
    assert any("wall.png" in each.value and "No face was found" in each.value for each in page.warning)
    assert "**Zoe** · recognised from 2 photos, 2 photos kept for the next training" in words(page)
    assert "Added by you from 2 photos" in words(page)
    page = press(page, "Remove")
    assert "**Unknown**" in words(page)
    assert added_people(run) == []
    assert not page.warning  # what there was to say is said once


@pytest.mark.parametrize(("name", "sentence"), [("", "no name yet"), ("PERSON 1", "has learnt"), ("unknown", "without a name")])
def test_a_name_that_cannot_be_is_explained(with_embedded: Run, open_page: Open, name: str, sentence: str) -> None:
    page = _opened(open_with(open_page), with_embedded)
    uploader = next(each for each in page.file_uploader if each.label == "Photos of this person")
    uploader.set_value([("a.pgm", photo(STRANGER, 1).data, "image/png")])
    next(each for each in page.text_input if each.key.startswith("add-name")).set_value(name)
    page = press(page, "Add person")
    assert sentence in page.error[0].value
    assert added_people(with_embedded) == []


def test_a_person_without_photos_is_explained(with_embedded: Run, open_page: Open) -> None:
    page = _opened(open_with(open_page), with_embedded)
    next(each for each in page.text_input if each.key.startswith("add-name")).set_value("Zoe")
    page = press(page, "Add person")
    assert "No photo was chosen" in page.error[0].value


def test_a_face_that_was_named_and_taken_back_is_not_counted_as_kept(run: Run, open_page: Open) -> None:
    from core import curation
    from core.curation import PhotoFace
    from ui import resources

    face = resources.recognizer_of(run).predict(photo(STRANGER).data, "x").faces[0].detection
    curation.correct(run, [PhotoFace(photo(STRANGER).data, "x.pgm", face, alone=True)], "Zoe")
    assert added_people(run) == [AddedPerson("Zoe", 0, 1)]
    curation.take_back(run, curation.said_about(run, PhotoFace(photo(STRANGER).data, "x.pgm", face).sha256)[0])
    assert added_people(run) == []


def test_a_network_from_scratch_points_to_the_test_on_strangers_and_to_embeddings(with_trained: Run, open_page: Open) -> None:
    page = _opened(open_with(open_page), with_trained)
    assert not page.select_slider
    assert "Not tested on strangers" in words(page)
    assert "A run of the preset embedding takes in more" in words(page)
    assert not any(each.label == "Photos of this person" for each in page.file_uploader)
