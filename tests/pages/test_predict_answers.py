"""The answers on the Predict page: cards with reasons, corrections that count, two runs side by side, hidden faces."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.curation import said_about
from core.datasets import delete_dataset
from core.recognizer import AddedPerson, added_people, dataset_of
from core.runs import Run
from tests.pages.conftest import Open
from tests.pages.predicting import (
    KNOWN,
    OTHER,
    STRANGER,
    as_it_was,
    group,
    open_with,
    photo,
    press,
    sound,
    widgets,
)
from tests.pages.reading import words
from ui.predict.upload import Upload


@pytest.fixture
def run(with_embedded: Run, tmp_path: Path) -> Iterator[Run]:
    """Return the run of an embedding on seven people, to be changed by one test."""
    with as_it_was(with_embedded, tmp_path / "aside") as run:
        yield run


def _photos(run: Run) -> dict[str, int]:
    catalogue = dataset_of(run)
    assert catalogue is not None
    return dict(catalogue.people())


def _name(page: AppTest, upload: Upload, number: int, person: str, **ticks: bool) -> AppTest:
    """Open the question whose face it is, answer it, and save."""
    key = f"{upload.key}-{number}-0"
    page.session_state[f"who-{key}"] = True
    page = sound(page.run())
    for name, value in ticks.items():
        page.session_state[f"{name}-{key}"] = value
    page = sound(_typed(page, f"name-{key}").set_value(person).run())
    _typed(page, f"name-{key}")
    return press(page, "Save")


def _typed(page: AppTest, key: str) -> Any:
    """Return the field for a name, so that it takes names that it does not offer: the test's own cannot without help."""
    field = page.selectbox(key=key)
    field.options += ["zoe", "Zoe"]
    return field


def test_a_card_tells_who_how_sure_and_why_by_the_line(with_embedded: Run, open_page: Open) -> None:
    page = open_with(open_page, group(KNOWN, STRANGER))
    said = words(page)
    assert "**Person 1**" in said and "**Unknown**" in said
    assert "sure, and similar enough for a line that lets 1 in 100 strangers through." in said
    assert "but too unlike anybody for a line that lets 1 in 100 strangers through: unknown." in said
    assert "Runner-up: Person " in said
    assert "2 faces: Person 1, 1 unknown." in said
    bars = [each.proto.body for each in page.get("html") if "Most likely people" in each.proto.body]
    assert len(bars) == 2 and all(each.count("<li") == 3 for each in bars)


def test_a_person_at_most_once_in_a_photo_if_asked(with_embedded: Run, open_page: Open) -> None:
    twice = group(KNOWN, KNOWN)
    page = open_with(open_page, twice)
    assert words(page).count("**Person 1**") == 2
    page = sound(next(each for each in page.toggle if "at most once" in each.label).set_value(True).run())
    assert words(page).count("**Person 1**") == 1
    assert "is more likely still, but another face of this photo has that name." in words(page)


def test_right_is_noted_without_the_photo_until_it_is_wanted(run: Run, open_page: Open) -> None:
    before = _photos(run)
    page = press(open_with(open_page, group(KNOWN)), "Right")
    assert "You said: **Person 1**." in words(page)
    assert _photos(run) == before
    page = press(page, "Keep the photo for the next training")
    assert "You said: **Person 1**, kept for the next training." in words(page)
    assert _photos(run)["Person 1"] == before["Person 1"] + 1
    page = press(page, "Take back")
    page = press(page, "Take back")
    assert "You said" not in words(page)
    assert _photos(run) == before


def test_another_name_is_kept_for_the_next_training(run: Run, open_page: Open) -> None:
    before, upload = _photos(run), group(KNOWN, OTHER)
    page = _name(open_with(open_page, upload), upload, 1, "Person 3")
    assert "You said: **Person 3**, kept for the next training." in words(page)
    assert _photos(run)["Person 3"] == before["Person 3"] + 1
    assert [each.person for each in said_about(run, sha256(upload.data).hexdigest())] == ["Person 3"]
    again = open_with(open_page, upload)  # another visit knows it, too
    assert "You said: **Person 3**" in words(again)


def test_a_new_person_is_known_at_once_and_in_other_photos_too(run: Run, open_page: Open) -> None:
    first, second = photo(STRANGER, 1), photo(STRANGER, 2)
    page = open_with(open_page, first, second)
    assert words(page).count("**Unknown**") == 2
    page = _name(page, first, 1, "zoe")
    assert "Zoe is recognised from now on." in [each.value for each in page.toast]
    assert words(page).count("**Zoe**") >= 2
    assert "Added by you from 1 photo, not trained yet." in words(page)
    assert added_people(run) == [AddedPerson("Zoe", 1, 1)]
    page = press(page, "Take back")
    assert words(page).count("**Unknown**") == 2
    assert added_people(run) == []


def test_a_new_person_can_be_kept_without_being_recognised_yet(run: Run, open_page: Open) -> None:
    upload = photo(STRANGER, 1)
    page = _name(open_with(open_page, upload), upload, 1, "Zoe", recognise=False)
    assert "You said: **Zoe**, kept for the next training." in words(page)
    assert added_people(run) == [AddedPerson("Zoe", 0, 1)]


def test_a_stranger_is_rightly_unknown(run: Run, open_page: Open) -> None:
    page = press(open_with(open_page, photo(STRANGER)), "Right, a stranger")
    assert "You said: a stranger." in words(page)
    assert "Unknown" not in _photos(run)


def test_what_is_no_face_is_not_shown_again(run: Run, open_page: Open) -> None:
    upload = group(KNOWN, STRANGER)
    page = press(open_with(open_page, upload), "Not a face")
    assert "1 box is not shown: you said that it is no face." in words(page)
    again = open_with(open_page, upload)
    assert len(widgets(again, "button", f"number-{upload.key}")) == 1
    page = press(again, "Show again")
    assert len(widgets(page, "button", f"number-{upload.key}")) == 2


def test_a_dataset_that_is_gone_is_explained(run: Run, open_page: Open) -> None:
    page = open_with(open_page, group(KNOWN))
    assert run.dataset
    delete_dataset(run.dataset.id)
    page = press(page, "Right")
    assert "is not in Visage any more, so nothing can be kept" in page.error[0].value


def test_a_network_deleted_while_it_is_used_is_explained(with_embedded: Run, open_page: Open, tmp_path: Path) -> None:
    page = open_with(open_page, group(KNOWN))
    network = with_embedded.directory / "model.keras"
    shutil.move(network, tmp_path)
    try:
        page = page.run()
        assert not page.exception
        assert any("is not there any more" in each.value for each in page.error)
    finally:
        shutil.move(tmp_path / "model.keras", network)


def test_a_photo_without_a_face_says_so_and_offers_to_draw_one(with_embedded: Run, open_page: Open) -> None:
    wall = group()
    page = open_with(open_page, wall)
    assert any("No face was found" in each.value for each in page.info)
    assert "Draw a box around a face" in [each.label for each in page.expander]
    session = page.session_state["visage"]
    upload = group(KNOWN)
    from ui import resources

    found = resources.recognizer_of(with_embedded).predict(upload.data, "x").faces[0].detection
    session.predict.photos = [upload]
    session.predict.of(upload.key).drawn = [found]
    page = sound(page.run())
    assert len(widgets(page, "button", f"number-{upload.key}")) == 2  # found, and drawn in the same place
    assert words(page).count("Drawn by you.") >= 1
    page = press(page, "Remove this box")
    assert len(widgets(page, "button", f"number-{upload.key}")) == 1


def test_the_reasons_show_the_nearest_training_photos_and_a_heat_map(with_embedded: Run, open_page: Open) -> None:
    upload = photo(KNOWN, 1)
    page = open_with(open_page, upload)
    page.session_state[f"why-{upload.key}-1-{with_embedded.id}"] = True
    page = sound(page.run())
    assert "Most like it among the training photos of **Person 1**" in words(page)
    assert any("likeness" in each.proto.imgs[0].caption for each in page.get("image"))
    page = sound(next(each for each in page.toggle if each.label == "Heat map").set_value(True).run())
    assert any(each.label == "What speaks for" for each in page.selectbox)


def test_two_runs_stand_side_by_side_and_disagreement_is_marked(with_embedded: Run, trained: Run, open_page: Open) -> None:
    copy = shutil.copytree(trained.directory, with_embedded.directory.parent / trained.directory.name)
    try:
        page = open_with(open_page, group(KNOWN))
        page.session_state[f"second-{with_embedded.id}"] = trained.directory.name
        page.session_state["run"] = with_embedded.id
        page = sound(page.run())
        said = words(page)
        assert "**Small embedding**" in said and "**Small network**" in said
        both = "The two runs agree on 1 of 1." in said
        assert ("**Both: Person 1**" if both else "**They disagree**") in said
        assert said.count("the line of this run, ") == 1  # the second has its own line
    finally:
        shutil.rmtree(copy)


def test_many_faces_come_a_page_at_a_time(with_embedded: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.predict import cards

    monkeypatch.setattr(cards, "ON_A_PAGE", 2)
    upload = group(KNOWN, OTHER, 3, STRANGER, 5)
    page = open_with(open_page, upload)
    assert len(widgets(page, "button", f"number-{upload.key}")) == 2
    order = next(each for each in page.selectbox if each.label == "Order of the cards")
    page = sound(order.set_value("Unknown first").run())
    assert "**Unknown**" in words(page)
    memory = page.session_state["visage"].predict.of(upload.key)
    page = sound(next(each for each in page.selectbox if each.label == "Order of the cards").set_value("Number").run())
    memory = page.session_state["visage"].predict.of(upload.key)
    memory.look_at(5, "card")
    page = sound(page.run())
    assert [each.label for each in widgets(page, "button", f"number-{upload.key}")] == ["5"]


def test_faces_are_hidden_and_the_photo_can_be_downloaded(with_embedded: Run, open_page: Open) -> None:
    upload = group(KNOWN, STRANGER)
    page = open_with(open_page, upload)
    page.session_state[f"redact-{upload.key}"] = True
    page = sound(page.run())
    assert any("2 hidden faces" in alt for alt in _alts(page))
    page.session_state[f"whose-{upload.key}"] = "Unknown"
    page = sound(page.run())
    assert any("1 hidden face" in alt for alt in _alts(page))
    assert len(page.get("download_button")) == 1
    page.session_state[f"whose-{upload.key}"] = "Chosen ones"
    assert "No face is chosen" in words(sound(page.run()))


def _alts(page: AppTest) -> list[str]:
    return [image.alt for each in page.get("image") for image in each.proto.imgs]


def test_an_unreadable_photo_does_not_stop_the_others(with_embedded: Run, open_page: Open) -> None:
    page = open_with(open_page, Upload("broken.jpg", b"\xff\xd8\xff\xe0 cut short"), group(KNOWN))
    assert any("broken.jpg" in each.value for each in page.error)
    assert "**Person 1**" in words(page)
