"""The wall of photos with plain widgets: filters in the address, selecting, every action, undo, one photo, forgetting."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import curation
from core.datasets import Catalogue, open_dataset, scan
from core.detection import Detection, detector_key
from core.quality import quality_key
from core.runs import Run
from core.settings import DEFAULT_PRESET, PRESETS
from core.storage import PROJECT_ROOT
from tests.pages.reading import button, labels, words
from ui.guards import as_text
from ui.session import AppSession

ANN, BEN = "Ann Lee", "B>"  # the folders of `two_people`
FACE = PRESETS[DEFAULT_PRESET].face


@pytest.fixture
def catalogue(artifacts: Path, two_people: Path) -> Catalogue:
    """Two people with four photos each, read but not searched for faces."""
    opened = open_dataset(str(two_people))
    scan(opened)
    return opened


def _open(catalogue: Catalogue, tab: str = "", **address: str) -> AppTest:
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "explore.py"), default_timeout=60)
    page.session_state["visage"] = AppSession(simple_wall=True)
    if tab:
        page.session_state["explore-tab"] = tab
    for name, value in {"dataset": catalogue.id, **address}.items():
        page.query_params[name] = value
    return _sound(page.run())


def _sound(page: AppTest) -> AppTest:
    assert not page.exception, [each.value for each in page.exception]
    return page


def _press(page: AppTest, label: str) -> AppTest:
    return _sound(button(page, label).click().run())


def _pictures(page: AppTest) -> list[Any]:
    return [each for each in page.checkbox if each.key.startswith("pick-")]


def _pick(page: AppTest, *places: int) -> AppTest:
    for place in places:
        page = _sound(_pictures(page)[place].check().run())
    return page


def _widget(page: AppTest, label: str) -> Any:
    (found,) = (each for kind in (page.selectbox, page.text_input, page.multiselect) for each in kind if each.label == label)
    return found


def _names(catalogue: Catalogue) -> list[str]:
    return [photo.person or "" for photo in catalogue.photos()]


def test_the_wall_shows_everybody(catalogue: Catalogue) -> None:
    page = _open(catalogue)
    assert len(_pictures(page)) == 8
    assert "**8** photos" in words(page)
    assert "Click photos to select them" in words(page)
    assert {"Person", "Order", "Search people"} <= labels(page)
    assert not page.error


def test_the_address_filters(catalogue: Catalogue) -> None:
    page = _open(catalogue, person=ANN, sort="largest", shown="photos")
    assert len(_pictures(page)) == 4
    assert _widget(page, "Person").value == ANN
    assert _widget(page, "Order").value == "largest"
    page = _sound(_widget(page, "Person").set_value("").run())
    assert len(_pictures(page)) == 8
    assert "person" not in page.query_params
    assert page.query_params["sort"] == "largest"


@pytest.mark.parametrize(
    "address",
    [
        {"person": "Nobody"},
        {"sort": "wild"},
        {"shown": "x"},
        {"flag": "no,such"},
        {"page": "999"},
        {"page": "x"},
        {"photo": "x"},
    ],
)
def test_a_wrong_address_shows_the_wall(catalogue: Catalogue, address: dict[str, str]) -> None:
    page = _open(catalogue, **address)
    assert len(_pictures(page)) == 8
    assert not page.error


def test_search_and_the_address_of_it(catalogue: Catalogue) -> None:
    page = _sound(_widget(_open(catalogue), "Search people").set_value("b>").run())
    assert len(_pictures(page)) == 4
    assert page.query_params["search"] == "b>"
    page = _sound(_widget(page, "Search people").set_value("nobody").run())
    assert "No photo fits these filters." in words(page)


def test_the_next_page(catalogue: Catalogue) -> None:
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "explore.py"), default_timeout=60)
    page.session_state["visage"] = AppSession(simple_wall=True, photos_on_page=24)
    orl = open_dataset("orl")
    scan(orl)
    page.query_params["dataset"], page.query_params["page"] = "orl", "17"
    page = _sound(page.run())
    assert len(_pictures(page)) == 16  # 400 = 16 x 24 + 16
    assert "Person 40" in _pictures(page)[-1].label
    page = _sound(_widget(page, "Person").set_value("Person 03").run())
    assert len(_pictures(page)) == 10
    assert "page" not in page.query_params


def test_exclude_undo_redo_and_use_again(catalogue: Catalogue) -> None:
    page = _pick(_open(catalogue), 0, 2)
    assert "**2** selected" in words(page)
    page = _press(page, "Exclude")
    assert len(_pictures(page)) == 6
    assert "selected" not in words(page)
    page = _press(page, "Undo")
    assert len(_pictures(page)) == 8
    page = _press(page, "Redo")
    assert len(catalogue.photos()) == 6
    page = _sound(_widget(page, "Show only").set_value(["excluded"]).run())
    assert len(_pictures(page)) == 2
    page = _press(_pick(page, 0), "Use again")
    assert len(catalogue.photos()) == 7


def test_give_photos_another_name(catalogue: Catalogue) -> None:
    page = _pick(_open(catalogue, person=ANN), 1, 3)
    page = _sound(_widget(page, "Whose photos are they?").set_value(BEN).run())
    page = _press(page, "Give this name")
    assert _names(catalogue).count(BEN) == 6
    assert len(_pictures(page)) == 2  # Ann's


def test_select_all_that_the_filters_find(catalogue: Catalogue) -> None:
    page = _press(_pick(_open(catalogue, person=ANN), 0), "Select all 4")
    assert "**4** selected" in words(page)
    page = _press(page, "Mark as strangers")
    assert sorted(_names(catalogue)) == [BEN] * 4 + ["Unknown"] * 4


def test_clear_the_selection(catalogue: Catalogue) -> None:
    page = _press(_pick(_open(catalogue), 0, 1), "Clear")
    assert not any(each.value for each in _pictures(page))
    assert "Click photos" in words(page)


def test_a_selection_outlives_a_look_at_another_person(catalogue: Catalogue) -> None:
    page = _pick(_open(catalogue, person=ANN), 0)
    page = _pick(_sound(_widget(page, "Person").set_value(BEN).run()), 1)
    assert "**2** selected" in words(page)
    page = _sound(_widget(page, "Person").set_value(ANN).run())
    assert [each.value for each in _pictures(page)] == [True, False, False, False]


def test_rename_and_merge(catalogue: Catalogue) -> None:
    page = _open(catalogue, person=ANN)
    _widget(page, "Another name").set_value("Anna 🙂 <i>Lee</i>")
    page = _press(page, "Rename")
    assert _names(catalogue)[0] == "Anna 🙂 <i>Lee</i>"
    assert _widget(page, "Person").value == "Anna 🙂 <i>Lee</i>"
    _widget(page, "Is the same person as").set_value(BEN)
    page = _press(page, "Merge")
    assert _names(catalogue) == [BEN] * 8
    assert _widget(page, "Person").value == BEN


def test_a_name_that_is_taken_is_explained(catalogue: Catalogue) -> None:
    page = _open(catalogue, person=ANN)
    _widget(page, "Another name").set_value(BEN)
    page = _press(page, "Rename")
    assert "already" in page.error[0].value
    assert "B\\>" in page.error[0].value
    assert _widget(page, "Person").value == ANN


def _with_two_faces(catalogue: Catalogue) -> str:
    photo = catalogue.photos()[0]
    marks = np.arange(10, dtype=np.float32).reshape(5, 2)
    faces = [Detection((5, 10, 30, 35), marks, 0.9), Detection((45, 50, 32, 35), marks, 0.8)]
    catalogue.save_detections(detector_key(FACE), {photo.sha256: faces})
    return photo.sha256


def _choice(catalogue: Catalogue, sha256: str) -> str:
    return catalogue.face_choices().get(sha256, "")


def test_pick_another_face(catalogue: Catalogue) -> None:
    sha256 = _with_two_faces(catalogue)
    page = _open(catalogue, photo=sha256)
    assert "Several faces, none clearly the main one" in words(page)
    page = _sound(_widget(page, "Which face is it?").set_value("Face 2").run())
    page = _press(page, "Use this face")
    assert '"kind":"found","box":[45.0,50.0,32.0,35.0]' in _choice(catalogue, sha256)
    assert "The blue box is the face that carries the name." in words(page)
    page = _press(page, "Undo")
    assert not _choice(catalogue, sha256)


def test_draw_a_box_in_numbers(catalogue: Catalogue) -> None:
    sha256 = catalogue.photos()[1].sha256
    page = _press(_pick(_open(catalogue), 1), "Look closer")
    page = _sound(_widget(page, "Which face is it?").set_value("A box in numbers").run())
    for label, value in (("Left (px)", 10), ("Top (px)", 20), ("Width (px)", 40), ("Height (px)", 50)):
        (field,) = (each for each in page.number_input if each.label == label)
        page = _sound(field.set_value(value).run())
    page = _press(page, "Use this box")
    assert '"kind":"drawn","box":[10.0,20.0,40.0,50.0]' in _choice(catalogue, sha256)
    assert "What was done with this photo" in str([each.label for each in page.expander])


def test_a_box_outside_is_explained(catalogue: Catalogue) -> None:
    page = _press(_pick(_open(catalogue), 0), "Look closer")
    page = _sound(_widget(page, "Which face is it?").set_value("A box in numbers").run())
    (field,) = (each for each in page.number_input if each.label == "Width (px)")
    page = _press(_sound(field.set_value(1).run()), "Use this box")
    assert "too small" in page.error[0].value


def test_a_photo_that_is_gone_is_explained(catalogue: Catalogue) -> None:
    photo = catalogue.photos()[0]
    (catalogue.root / photo.path).unlink()
    page = _open(catalogue)
    assert "1 photos of this page are gone or changed" in words(page)
    page = _open(catalogue, photo=photo.sha256)
    assert "has vanished" in page.error[0].value


def test_the_history(catalogue: Catalogue) -> None:
    assert "Nothing was changed yet" in words(_open(catalogue, "History"))
    curation.exclude(catalogue, [catalogue.photos()[0].sha256])
    curation.rename_person(catalogue, ANN, "Ann <i>")
    page = _open(catalogue, "History")
    shown = page.dataframe[0].value
    assert shown["What was done"][0].endswith("is now called Ann <i>.")
    assert list(shown["Photos"]) == [4, 1]
    page = _press(page, "Undo")
    assert ANN in _names(catalogue)
    assert len(page.dataframe[0].value) == 3


def test_forgetting_asks_for_the_name(catalogue: Catalogue) -> None:
    page = _press(_open(catalogue, person=ANN), "Forget this person …")
    assert "This cannot be undone" in words(page)
    assert str(catalogue.root.name) in words(page)
    _widget(page, f"To go on, type the name: {ANN}").set_value("Ann").run()
    page = _press(page, "Forget for good")
    assert "does not match" in page.error[0].value
    assert _names(catalogue).count(ANN) == 4
    page = _press(page, "Cancel")
    assert "This cannot be undone" not in words(page)


def test_forgetting_shows_the_receipt(catalogue: Catalogue) -> None:
    page = _press(_open(catalogue, person=ANN), "Forget this person …")
    _widget(page, f"To go on, type the name: {ANN}").set_value(ANN)
    page = _press(page, "Forget for good")
    assert _names(catalogue) == [BEN] * 4
    assert "The person is forgotten." in words(page)
    receipt = page.code[0].value
    assert "- 5 photos that the catalogue knew" in receipt  # with the broken one
    assert "Ann Lee/1.pgm" in receipt  # a file of the person's own, which stays
    assert len(list(catalogue.root.rglob("*.pgm"))) == 8
    page = _press(page, "Close")
    assert not page.code
    assert _widget(page, "Person").value == ""
    assert ANN not in "".join(_widget(page, "Person").options)


def test_runs_that_learnt_the_person_can_be_deleted_or_trained_again(
    with_trained: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Three copies of a run on the built-in faces, in an artifacts folder of their own."""
    started: list[str] = []
    monkeypatch.setattr("core.jobs.start_training", lambda settings, name: started.append(name))
    folder = tmp_path / "artifacts"
    shutil.copytree(with_trained.directory.parent.parent, folder)
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(folder))
    original = folder / "runs" / with_trained.id
    for copy in ("kept", "again"):
        shutil.copytree(original, folder / "runs" / copy)
    page = _press(_open(open_dataset("orl"), person="Person 07"), "Forget this person …")
    assert "**3** trained networks know this person" in words(page)
    choices = [each for each in page.selectbox if each.key and each.key.startswith("forget-")]
    assert [each.value for each in choices] == ["Delete"] * 3
    next(each for each in choices if each.key == "forget-kept").set_value("Keep")
    next(each for each in choices if each.key == "forget-again").set_value("Delete, and train again without them")
    _widget(page, "To go on, type the name: Person 07").set_value("Person 07")
    page = _press(page, "Forget for good")
    assert sorted(each.name for each in (folder / "runs").iterdir()) == ["kept"]
    assert started == ["Small network"]
    assert "(kept) was trained on this person and is still there" in page.code[0].value
    assert "Person 07" not in _names(open_dataset("orl"))


def test_another_part_of_the_page_opens_the_wall_with_a_flag(catalogue: Catalogue) -> None:
    blurry, sharp = catalogue.photos()[1], catalogue.photos()[2]
    row = "INSERT INTO qualities VALUES (?, ?, 1, 'face', 50, ?, 0.5, 0, 0.5, 0.5, 0, 0, 0)"
    with catalogue.writing() as connection:
        connection.executemany(row, [(quality_key(FACE), blurry.sha256, 0.01), (quality_key(FACE), sharp.sha256, 0.9)])
    page = _open(catalogue, "Statistics", person=ANN)
    page.session_state["visage"].wanted |= {"explore-tab": "Photos", "person": "", "flag": "blurry", "search": ""}
    page = _sound(page.run())
    assert [each.help for each in _pictures(page)] == [as_text(blurry.path)]
    assert page.query_params["flag"] == "blurry"
    assert "person" not in page.query_params


def test_another_dataset_begins_afresh(catalogue: Catalogue) -> None:
    page = _pick(_open(catalogue, person=ANN), 0)
    page = _sound(_widget(page, "Dataset").set_value("orl").run())
    assert "selected" not in words(page)
    assert _widget(page, "Person").value == ""
    assert len(_pictures(page)) == 48
    assert page.query_params["dataset"] == "orl"


def test_the_component_wall_opens_in_a_test_too(catalogue: Catalogue) -> None:
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "explore.py"), default_timeout=60)
    page.query_params["dataset"] = catalogue.id
    page = _sound(page.run())
    assert not page.checkbox
    (shown,) = page.get("bidi_component")
    assert shown.proto.component_name == "visage_wall"
    assert shown.proto.WhichOneof("data") == "json"


def test_the_table_of_photos_can_be_taken_out(catalogue: Catalogue) -> None:
    curation.exclude(catalogue, [catalogue.photos()[0].sha256])
    page = _open(catalogue, "Manage")
    assert "Download the table of photos (CSV)" in [each.label for each in page.get("download_button")]


def test_everything_may_be_excluded_and_come_back(catalogue: Catalogue) -> None:
    page = _press(_press(_pick(_open(catalogue), 0), "Select all 8"), "Exclude")
    assert "No photo fits these filters." in words(page)
    assert not catalogue.photos()
    page = _press(_pick(_sound(_widget(page, "Show only").set_value(["excluded"]).run()), 0), "Select all 8")
    page = _press(page, "Use again")
    assert len(catalogue.photos()) == 8
