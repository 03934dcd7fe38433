"""The ways in which photos reach the Predict page, what becomes of them, and what is no photo."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.detection import create_detector
from core.images import decode
from core.openset import Thresholds
from core.runs import Run
from core.settings import FaceSettings, ImportLimits, rng_for
from tests.core.photos import as_png, orl_file, orl_photo, pasted
from tests.core.pictures import picture_bytes
from tests.core.test_images import png_header
from tests.pages.conftest import Open
from tests.pages.reading import button, words
from ui.memories import MOST_PHOTOS
from ui.predict.camera import _said, has_camera, read_photo
from ui.predict.drawing import read_box
from ui.predict.live import answer_frame
from ui.predict.paste import read_pictures
from ui.predict.samples import NOBODY, Sitter, montage, samples, sitters_for
from ui.predict.upload import Upload
from ui.session import AppSession

File = tuple[str, bytes, str]


def _files(count: int, start: int = 0) -> list[File]:
    return [(f"{number}.png", picture_bytes(number + 1), "image/png") for number in range(start, start + count)]


@pytest.fixture
def answered(with_embedded: Run, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer photos by writing their names; return the names in the order in which they were answered."""
    asked: list[str] = []

    def answer(run: Run, upload: Upload, lines: Thresholds | None, second: Run | None = None, once: bool = False) -> None:
        asked.append(upload.name)
        st.markdown(f"answer to {upload.name}")

    monkeypatch.setattr("ui.predict.flow.answer", answer)
    return asked


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note what batches are started with, and start none."""
    started: list[dict[str, Any]] = []

    def start(run_directory: Path, photos: Iterable[tuple[str, Any]] | Path, **options: Any) -> Path:
        given = photos if isinstance(photos, Path) else [(name, file.read()) for name, file in photos]
        started.append({"run": run_directory, "photos": given, **options})
        return Path("nowhere")

    monkeypatch.setattr("core.batch.start_prediction", start)
    monkeypatch.setattr("ui.predict.inputs._started", lambda directory: None)
    return started


def _page(open_page: Open, photos: list[Upload] | None = None) -> AppTest:
    memory = AppSession()
    memory.predict.photos = photos or []
    return open_page("predict", memory)


def _memory(page: AppTest) -> Any:
    return page.session_state["visage"].predict


def _upload(page: AppTest, files: list[File]) -> AppTest:
    page.file_uploader[0].set_value(files)
    page = page.run()
    assert not page.exception
    return page


def test_photos_stay_with_the_session_and_their_widget_starts_afresh(answered: list[str], open_page: Open) -> None:
    page = _upload(_page(open_page), _files(2))
    assert [photo.name for photo in _memory(page).photos] == ["0.png", "1.png"]
    assert not page.file_uploader[0].value
    assert "2 photos on this page" in words(page)
    page = _upload(page, _files(1, 2))
    assert [photo.name for photo in _memory(page).photos] == ["2.png", "0.png", "1.png"], "the newest come first"
    assert answered[-3:] == ["2.png", "0.png", "1.png"]
    button(page, "Remove all").click()
    page = page.run()
    assert not _memory(page).photos
    assert "answer to" not in words(page)


def test_a_photo_that_comes_twice_is_there_once(answered: list[str], open_page: Open) -> None:
    page = _upload(_page(open_page), _files(2))
    page = _upload(page, _files(1))
    assert [photo.name for photo in _memory(page).photos] == ["0.png", "1.png"]


def test_one_photo_is_removed_and_the_others_stay(answered: list[str], open_page: Open) -> None:
    page = _upload(_page(open_page), _files(3))
    [each for each in page.button if each.label == "Remove this photo"][1].click()
    page = page.run()
    assert [photo.name for photo in _memory(page).photos] == ["0.png", "2.png"]


def test_the_oldest_photos_make_room(answered: list[str], open_page: Open) -> None:
    page = _upload(_page(open_page), _files(MOST_PHOTOS))
    page = _upload(page, _files(2, MOST_PHOTOS))
    assert len(_memory(page).photos) == MOST_PHOTOS
    assert any("the 2 oldest had to go" in each.value for each in page.warning)


def test_more_photos_than_the_page_holds_are_a_batch(answered: list[str], batches: list[Any], open_page: Open) -> None:
    files = _files(500)
    page = _upload(_page(open_page), files)
    (started,) = batches
    assert started["photos"] == [(name, data) for name, data, _ in files]
    assert started["title"] == "500 photos"
    assert not _memory(page).photos
    assert not _memory(page).handed, "nothing of it stays in memory"
    assert not answered
    page.run()
    assert len(batches) == 1, "a batch is started once"


def test_an_archive_is_a_batch_beside_the_photos(answered: list[str], batches: list[Any], open_page: Open) -> None:
    page = _upload(_page(open_page), [*_files(1), ("Party.ZIP", b"PK", "application/zip")])
    assert batches[0]["photos"] == [("Party.ZIP", b"PK")]
    assert batches[0]["title"] == "Party.ZIP"
    assert [photo.name for photo in _memory(page).photos] == ["0.png"]


def test_an_upload_that_is_too_large_is_refused(
    answered: list[str], batches: list[Any], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.predict.inputs.IMPORT_LIMITS", ImportLimits(upload_megabytes=1))
    page = _upload(_page(open_page), [("large.zip", bytes(2 * 2**20), "application/zip")])
    assert "an upload may have 1 MB" in page.error[0].value.replace("\\", "")
    assert not batches
    assert not _memory(page).handed


def test_a_folder_is_named_where_it_is(answered: list[str], batches: list[Any], open_page: Open, tmp_path: Path) -> None:
    page = _page(open_page)
    page.session_state["predict-ways"] = "Folder"
    page = page.run()
    path = next(each for each in page.text_input if each.label.startswith("Folder or zip"))
    path.set_value(str(tmp_path))
    button(page, "Name all faces in it").click()
    page = page.run()
    assert batches[0]["photos"] == tmp_path
    next(each for each in page.text_input if each.label.startswith("Folder or zip")).set_value(str(tmp_path / "no"))
    button(page, "Name all faces in it").click()
    page = page.run()
    assert "There is no folder" in page.error[0].value.replace("\\", "")
    assert len(batches) == 1


def test_what_was_stopped_goes_on(answered: list[str], with_embedded: Run, open_page: Open) -> None:
    photos = [Upload(name, data) for name, data, _ in _files(3)]
    memory = AppSession()
    memory.predict.photos, memory.predict.halted = photos, True
    memory.predict.answered = {f"{with_embedded.id} {photos[1].key}"}
    page = open_page("predict", memory)
    assert answered == ["1.png"]
    assert "2 photos were not looked at" in words(page)
    button(page, "Go on").click()
    page = page.run()
    assert answered[1:] == ["0.png", "1.png", "2.png"]
    assert "not looked at" not in words(page)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _turned(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter clockwise
    return _saved(image.transpose(Image.Transpose.ROTATE_90), "HEIF", exif=exif.tobytes(), quality=90)


def test_what_is_no_photo_is_explained_and_the_others_are_named(with_embedded: Run, open_page: Open) -> None:
    face = Image.fromarray(orl_photo(3, 9).pixels).resize((276, 336))
    deep = Image.fromarray(np.asarray(face.convert("L"), np.uint16) * 257)
    whole = _saved(face, "JPEG")
    good = {
        "phone.HEIC": _turned(face),
        "deep.png": _saved(deep, "PNG"),
        "print.jpg": _saved(face.convert("CMYK"), "JPEG", quality=95),
        "moving.gif": _saved(face, "GIF", save_all=True, append_images=[Image.new("L", face.size)]),
        "odd.jpg": _saved(face, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff"),
    }
    bad = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"no photo at all", "not a photo"),
        "cut.jpg": (whole[: len(whole) // 2], "cut off"),
        "page.png": (b"<html></html>", "a web page"),
        "huge.png": (png_header(100_000, 100_000), "megapixels"),
    }
    files = [(name, data, "image/jpeg") for name, data in good.items()]
    files += [(name, data, "image/jpeg") for name, (data, _) in bad.items()]
    page = _upload(_page(open_page), files)
    errors = [each.value.replace("\\", "") for each in page.error]
    assert len(errors) == len(bad)
    for name, (_, reason) in bad.items():
        assert any(name in error and reason in error for error in errors), (name, errors)
    assert words(page).count("**Person 3**") == len(good)


def test_sample_photos_show_people_of_the_run_that_did_not_teach_it(trained: Run) -> None:
    sitters = sitters_for(trained)
    assert trained.split
    judged = {photo.path for photo in trained.split.part("test")}
    known = [each for each in sitters if each.name != NOBODY]
    assert len({each.name for each in known}) == len(known) == 5
    assert all(f"{each.file.parent.name}/{each.file.name}" in judged for each in known)
    assert all(each.name in trained.class_names for each in known)
    assert len(sitters) == 5, "nobody is left to be a stranger where all 40 were learnt"
    assert sitters == sitters_for(trained), "the same each time"


def test_sample_photos_show_somebody_whom_the_run_leaves_out(trained: Run) -> None:
    assert trained.dataset
    few = replace(trained, dataset=replace(trained.dataset, people=trained.class_names[:30]))
    sitters = sitters_for(few)
    strangers = [each for each in sitters if each.name == NOBODY]
    assert len(strangers) == 2
    assert len(sitters) == 7
    assert {each.file.parent.name for each in strangers} <= {f"s{number}" for number in range(31, 41)}


def test_a_run_on_other_photos_gets_samples_of_people_it_cannot_know(embedded: Run) -> None:
    first, second = samples(embedded)
    assert first.name == "Sample 1, from the left somebody else, somebody else, somebody else.jpg"
    for photo, count in ((first, 3), (second, 4)):
        opened = decode(photo.data, photo.name)
        assert (opened.width, opened.height) == (1280, 960)
        assert len(create_detector(FaceSettings(detector="yunet")).detect([opened])[0]) == count


def test_a_sample_stands_from_left_to_right() -> None:
    sitters = [Sitter(orl_file(person, 1), str(person)) for person in (3, 9, 20)]
    picture = montage(sitters, 300, rng_for(0, "test"))
    found = create_detector(FaceSettings(detector="yunet")).detect([decode(_saved(Image.fromarray(picture), "PNG"), "x")])[0]
    centres = sorted(face.box[0] + face.box[2] / 2 for face in found)
    assert [int(centre // (1280 / 3)) for centre in centres] == [0, 1, 2]


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("https://faces.example/predict", True),
        ("http://localhost:8501/predict", True),
        ("http://app.localhost:8501", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501", True),
        ("http://192.168.1.20:8501/predict", False),
        ("http://workshop:8501", False),
        ("http://localhost.example.org", False),
        (None, True),
    ],
)
def test_a_camera_needs_https_or_this_computer(address: str | None, given: bool) -> None:
    assert has_camera(address) is given


def test_a_page_without_a_camera_says_why(answered: list[str], open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.predict.camera.has_camera", lambda address: False)
    page = _page(open_page)
    page.session_state["predict-ways"] = "Camera"
    page = page.run()
    assert "https" in page.info[0].value
    assert "add it under Photos" in page.info[0].value


def _sent(data: bytes) -> dict[str, str]:
    return {"frame": "a-1", "data": base64.b64encode(data).decode()}


def test_a_live_frame_is_named_and_forgotten(with_embedded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    monkeypatch.setattr("ui.resources.runs._seen", lambda *given: kept.append(given))
    frame = as_png(pasted((640, 480), [(3, 60, 80, 180), (20, 380, 100, 150)]))
    answer = answer_frame(with_embedded, _sent(frame), None)
    assert answer["frame"] == "a-1"
    by_place = sorted(answer["faces"], key=lambda face: face["box"][0])
    assert [face["decision"] for face in by_place] == ["known", "unknown"]
    assert by_place[0]["name"] == "Person 3"
    assert by_place[0]["sure"].endswith("%")
    assert (by_place[1]["name"], by_place[1]["sure"]) == ("Unknown", "")
    left, top, width, height = by_place[0]["box"]
    assert 60 / 640 < left + width / 2 < 240 / 640
    assert 80 / 480 < top + height / 2 < 300 / 480
    assert not kept


@pytest.mark.parametrize("said", [None, "x", {"frame": 3}, {"frame": {"data": "AAAA"}}, {"frame": {"frame": 3}}, {"photo": {}}])
def test_what_makes_no_sense_gets_no_answer(said: object, with_embedded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.predict.camera.value_of", lambda key: said)
    assert not _said("frame")
    assert not _said("photo")
    assert answer_frame(with_embedded, _said("frame"), None) == {}


@pytest.mark.parametrize("data", ["", "no base64 §", base64.b64encode(b"no picture").decode()])
def test_a_frame_that_is_no_picture_is_explained(data: str, with_embedded: Run) -> None:
    answer = answer_frame(with_embedded, {"frame": "a-2", "data": data}, None)
    assert answer["frame"] == "a-2"
    assert "cannot be read" in answer["problem"]


def _in_session(work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    session = AppSession()
    monkeypatch.setattr("ui.predict.paste.current", lambda: session)
    monkeypatch.setattr("ui.predict.camera.current", lambda: session)
    return work()


def test_pasted_pictures_get_names_where_they_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    data = base64.b64encode(b"picture").decode()
    said = [
        {"name": "image.png", "data": data},
        {"name": "Holiday.JPG", "data": data},
        {"name": "run.exe", "data": data},
        {"name": 3, "data": data},
        {"name": "broken.png", "data": "§"},
        {"name": "empty.png"},
        "nonsense",
    ]
    photos = _in_session(lambda: read_pictures(said), monkeypatch)
    assert [photo.name for photo in photos] == ["Pasted picture 1", "Holiday.JPG", "Pasted picture 2", "Pasted picture 3"]
    assert {photo.data for photo in photos} == {b"picture"}
    assert read_pictures("nonsense") == read_pictures(None) == []


def test_photos_of_the_camera_are_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    def both() -> list[Upload | None]:
        return [read_photo(_sent(b"one")), read_photo({"data": 3}), read_photo(_sent(b"two"))]

    first, nothing, second = _in_session(both, monkeypatch)
    assert (first.name, first.data) == ("Camera photo 1", b"one")
    assert nothing is None
    assert second.name == "Camera photo 2"


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ([10, 20, 30.5, 40], (10, 20, 30.5, 40)),
        ([-10, -5, 60, 60], (0, 0, 50, 55)),  # cut to the photo
        ([180, 80, 100, 100], (180, 80, 20, 20)),
        ([190, 20, 100, 40], (190, 20, 10, 40)),
        ([10, 20, 5, 40], None),  # too narrow
        ([500, 20, 50, 40], None),  # outside
        ([10, 20, 30], None),
        ([10, 20, float("nan"), 40], None),
        (["10", 20, 30, 40], None),
        (None, None),
    ],
)
def test_a_drawn_box_is_cut_to_the_photo(box: object, expected: tuple[float, ...] | None) -> None:
    photo = pasted((200, 100), [])
    assert read_box({"token": "t", "box": box}, "t", photo) == expected
    assert read_box({"token": "another photo", "box": box}, "t", photo) is None
    assert read_box(None, "t", photo) is None


def _drawing() -> None:
    import streamlit as st

    from tests.core.photos import pasted
    from ui.predict.drawing import draw_box
    from ui.session import current

    current().simple_wall = True
    found = draw_box(pasted((300, 300), [(3, 100, 80, 90)]), "one")
    st.write("nothing" if found is None else f"{found.box} {found.landmarks[0].round().tolist()}")


def test_a_box_in_numbers_finds_the_eyes_inside() -> None:
    page = AppTest.from_function(_drawing).run()
    assert page.markdown[0].value == "nothing"
    for field, value in zip(page.number_input, (100, 90, 90, 100), strict=True):
        field.set_value(value)
    page.button[0].click()
    page = page.run()
    assert not page.exception
    box, _, eye = page.markdown[0].value.partition(") ")
    assert box == "(100.0, 90.0, 90.0, 100.0"
    x, y = (float(each) for each in eye.strip("[]").split(","))
    assert 105 < x < 145
    assert 100 < y < 150
    assert page.run().markdown[0].value == "nothing", "a box is told once"
