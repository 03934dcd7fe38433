"""Adding people to a finished run: recognised at once, learnt by the next training, gone when removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets import delete_dataset, get_dataset, scan
from core.errors import PhotoError, RunError, SettingsError, VisageError
from core.experiment import run_experiment
from core.faces import choose_main_face
from core.images import decode
from core.recognizer import (
    AddedPerson,
    Recognizer,
    added_people,
    enrol,
    forget,
    forget_faces,
    load_recognizer,
    read_enrolled,
    takes_people,
)
from core.runs import delete_run, layout, new_run, read_run
from core.settings import DataSettings, preset
from tests.core.conftest import TrainedRun, copy_person
from tests.core.photos import as_photo, as_png, orl_file, pasted

NAMES = ("Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return an artifacts folder with a run of an embedding on seven people."""
    artifacts, photos = tmp_path_factory.mktemp("enrolment"), tmp_path_factory.mktemp("seven") / "people"
    for number, name in enumerate(NAMES, start=1):
        copy_person(photos / name, f"s{number}", range(1, 6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISAGE_ARTIFACTS", str(artifacts))
        settings = replace(preset("embedding-fast"), data=DataSettings(str(photos)))
        run_experiment(new_run(settings, artifacts / "runs" / "seven"))
    yield artifacts


@pytest.fixture(scope="module")
def recognizer(original: Path) -> Recognizer:
    return load_recognizer(original / "runs" / "seven")


@pytest.fixture
def run(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the run in a copy of its artifacts folder, to be changed by one test."""
    copied = shutil.copytree(original, tmp_path / "artifacts", copy_function=shutil.copy2)
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(copied))
    return copied / "runs" / "seven"


def _photos(person: int, *numbers: int) -> list[tuple[bytes, str]]:
    return [(orl_file(person, number).read_bytes(), f"s{person}-{number}.pgm") for number in numbers]


def _dataset(run: Path) -> Path:
    about = read_run(run).dataset
    assert about
    return get_dataset(about.id).directory


def _named(recognizer: Recognizer, run: Path, photo: tuple[bytes, str]) -> tuple[str | None, str]:
    (face,) = recognizer.knowing(read_enrolled(run / layout.ENROLLED)).predict(*photo).faces
    return face.person, face.route


def test_a_new_person_is_recognised_at_once_and_others_keep_their_names(run: Path, recognizer: Recognizer) -> None:
    (unseen,) = _photos(20, 9)
    assert _named(recognizer, run, unseen)[0] is None
    done = enrol(run, " zoe  müller ", _photos(20, 1, 2, 3), recognizer=recognizer)
    assert (done.person, done.added, done.people, done.problems) == ("Zoe Müller", 3, ("Zoe Müller",), ())
    assert _named(recognizer, run, unseen) == ("Zoe Müller", "enrolled")
    assert _named(load_recognizer(run), run, unseen) == ("Zoe Müller", "enrolled")
    for number, name in enumerate(NAMES, start=1):
        assert _named(recognizer, run, _photos(number, 1)[0]) == (name, "trained")
    assert added_people(read_run(run)) == [AddedPerson("Zoe Müller", 3, 3)]


def test_face_and_mirror_image_are_kept_as_vectors_of_length_one(run: Path, recognizer: Recognizer) -> None:
    ((data, name),) = _photos(20, 1)
    enrol(run, "Zoe", [(data, name)], recognizer=recognizer)
    enrolled = read_enrolled(run / layout.ENROLLED)
    assert enrolled
    (crop,) = (face.crop for face in recognizer.predict(data, name).faces)
    expected = recognizer.answer([crop, crop[:, ::-1]]).vectors
    np.testing.assert_allclose(enrolled.gallery.vectors, expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(enrolled.gallery.vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(expected[0], expected[1], atol=1e-5)  # the preset averages the two


def test_enrolling_again_adds_and_the_same_photo_counts_once(run: Path, recognizer: Recognizer) -> None:
    enrol(run, "Zoe", _photos(20, 1, 1), recognizer=recognizer)
    again = enrol(run, "ZOE", _photos(20, 1, 2), recognizer=recognizer)
    assert (again.person, again.added, again.people) == ("Zoe", 1, ("Zoe",))
    assert any("1 of the photos" in note for note in again.notes)
    assert enrol(run, "Zoe", _photos(20, 2), recognizer=recognizer).added == 0
    assert added_people(read_run(run)) == [AddedPerson("Zoe", 2, 2)]


def test_the_next_training_learns_the_person(run: Path, recognizer: Recognizer) -> None:
    enrol(run, "Zoe", _photos(20, 1, 2, 3, 4, 5), recognizer=recognizer)
    settings = read_run(run).settings
    after = new_run(settings, run.with_name("after"))
    run_experiment(after)
    assert read_run(after).class_names == (*NAMES, "Zoe")
    (face,) = load_recognizer(after).predict(*_photos(20, 9)[0]).faces
    assert (face.person, face.route) == ("Zoe", "trained")
    assert added_people(read_run(after)) == [AddedPerson("Zoe", 0, 5)]
    with pytest.raises(RunError, match="has learnt"):
        enrol(after, "zoe", _photos(20, 6), recognizer=recognizer)
    assert forget(after, "Zoe") == ()  # takes the kept photos from the training after it
    assert added_people(read_run(after)) == []


def test_forgetting_takes_the_vectors_and_the_photos_of_that_person_only(run: Path, recognizer: Recognizer) -> None:
    enrol(run, "Zoe", _photos(20, 1), recognizer=recognizer)
    enrol(run, "Yan", _photos(30, 1, 2), recognizer=recognizer)
    assert forget(run, "zoe") == ("Yan",)
    assert _named(recognizer, run, _photos(20, 1)[0])[0] is None
    assert _named(recognizer, run, _photos(30, 5)[0]) == ("Yan", "enrolled")
    assert len(list((_dataset(run) / "enrolled").rglob("*.pgm"))) == 2
    with pytest.raises(RunError, match="Nobody called Zoe"):
        forget(run, "Zoe")
    assert forget(run, "Yan") == ()
    assert read_enrolled(run / layout.ENROLLED) is None


def test_photos_that_cannot_be_used_are_told_and_the_rest_goes_on(run: Path, recognizer: Recognizer) -> None:
    empty = as_png(as_photo(np.full((200, 200, 3), 90, np.uint8)))
    two = as_png(pasted((500, 300), [(20, 40, 40, 150), (21, 300, 40, 150)]))
    bad = [(empty, "wall.png"), (two, "two.png"), (b"\xff\xd8\xff torn", "torn.jpg")]
    done = enrol(run, "Zoe", [*bad, *_photos(20, 1)], recognizer=recognizer)
    assert (done.added, [file for file, _ in done.problems]) == (1, ["wall.png", "two.png", "torn.jpg"])
    assert "No face" in done.problems[0][1]
    assert "Several faces" in done.problems[1][1]
    assert all(why.endswith(".") for _, why in done.problems)
    with pytest.raises(PhotoError, match="No photo of Yan can be used"):
        enrol(run, "Yan", bad, recognizer=recognizer)
    assert [each.name for each in added_people(read_run(run))] == ["Zoe"]


def test_a_chosen_face_teaches_and_what_is_kept_shows_that_face(run: Path, recognizer: Recognizer) -> None:
    data = as_png(pasted((700, 360), [(1, 40, 20, 240), (20, 480, 120, 110)]))
    faces = recognizer.predict(data, "both.png").faces
    small = next(face.detection for face in faces if face.detection.box[0] > 400)
    done = enrol(run, "Zoe", [(data, "both.png")], chosen={0: small}, recognizer=recognizer)
    assert (done.added, done.notes) == (1, ())
    assert _named(recognizer, run, _photos(20, 1)[0]) == ("Zoe", "enrolled")
    (kept,) = (_dataset(run) / "enrolled").rglob("*.png")
    photo = decode(kept.read_bytes(), "kept")
    (found,) = recognizer.detector.detect([photo])
    main = choose_main_face(found, photo.width, photo.height, recognizer.face.main_face_ratio)
    assert main.index is not None
    (face,) = recognizer.knowing(read_enrolled(run / layout.ENROLLED)).predict(kept.read_bytes(), "kept").faces
    assert face.person == "Zoe"
    # The main face of the same photo is kept with the whole photo.
    large = next(face.detection for face in faces if face.detection.box[0] < 400)
    enrol(run, "Ann's twin", [(data, "both.png")], chosen={0: large}, recognizer=recognizer)
    assert data in [file.read_bytes() for file in (_dataset(run) / "enrolled").rglob("*.png")]


def test_photos_of_different_people_and_look_alikes_are_noted(run: Path, recognizer: Recognizer) -> None:
    mixed = enrol(run, "Zoe", [*_photos(20, 1), *_photos(31, 1)], recognizer=recognizer)
    assert any("look like different people" in note for note in mixed.notes)
    good = enrol(run, "Yan", _photos(30, 1, 2, 3), recognizer=recognizer)
    assert good.notes == ()
    odd = enrol(run, "Yan", [*_photos(30, 4), *_photos(22, 1)], recognizer=recognizer)
    assert [note.split(":")[0] for note in odd.notes] == ["s22-1.pgm"]
    same = enrol(run, "Anna", _photos(1, 8, 9), recognizer=recognizer)
    assert any("Anna looks much like Ann" in note for note in same.notes)


@pytest.mark.parametrize("name", ["", " \n ", "unknown", "Strangers", "ann", "ANN", "_"])
def test_a_name_that_cannot_be_is_refused_with_a_remedy(run: Path, recognizer: Recognizer, name: str) -> None:
    with pytest.raises(VisageError) as error:
        enrol(run, name, _photos(20, 1), recognizer=recognizer)
    assert error.value.remedy
    assert not (run / layout.ENROLLED).exists()


def test_too_many_photos_and_none_are_refused(run: Path, recognizer: Recognizer) -> None:
    for count in (0, 21):
        with pytest.raises(SettingsError, match="1 to 20") as error:
            enrol(run, "Zoe", _photos(20, 1) * count, recognizer=recognizer)
        assert "5 different photos are enough" in error.value.remedy


def test_a_network_from_scratch_says_what_to_train_instead(trained_run: TrainedRun) -> None:
    assert not takes_people(read_run(trained_run.directory))
    with pytest.raises(RunError, match="preset embedding"):
        enrol(trained_run.directory, "Zoe", _photos(20, 1))


def test_many_at_once_lose_nobody(run: Path, recognizer: Recognizer) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: enrol(run, f"P{number}", _photos(number, 1), recognizer=recognizer), range(20, 28)))
    assert sorted(each.name for each in added_people(read_run(run))) == [f"P{number}" for number in range(20, 28)]
    assert all(each.photos == each.kept == 1 for each in added_people(read_run(run)))


def test_without_its_dataset_the_run_still_learns_people_and_says_so(run: Path, recognizer: Recognizer) -> None:
    delete_dataset(_dataset(run).name)
    done = enrol(run, "Zoe", _photos(20, 1, 2), recognizer=recognizer)
    assert any("dataset" in note and "next training" in note for note in done.notes)
    assert _named(recognizer, run, _photos(20, 9)[0]) == ("Zoe", "enrolled")
    assert added_people(read_run(run)) == [AddedPerson("Zoe", 2, 0)]
    assert forget(run, "Zoe") == ()


def test_a_deleted_run_leaves_the_kept_photos_to_the_dataset(run: Path, recognizer: Recognizer) -> None:
    enrol(run, "Zoe", _photos(20, 1), recognizer=recognizer)
    directory = _dataset(run)
    delete_run(run)
    catalogue = get_dataset(directory.name)
    scan(catalogue)
    assert dict(catalogue.people())["Zoe"] == 1


def test_a_damaged_list_of_people_is_named(run: Path, recognizer: Recognizer) -> None:
    enrol(run, "Zoe", _photos(20, 1), recognizer=recognizer)
    (run / layout.ENROLLED).write_bytes(b"torn")
    with pytest.raises(RunError, match=r"enrolled\.npz is damaged"):
        enrol(run, "Zoe", _photos(20, 2), recognizer=recognizer)


def test_a_face_is_forgotten_without_the_others_of_its_photo_and_person(run: Path, recognizer: Recognizer) -> None:
    data = as_png(pasted((700, 360), [(20, 40, 20, 240), (30, 480, 120, 110)]))
    faces = {round(face.detection.box[0] / 400): face.detection for face in recognizer.predict(data, "both.png").faces}
    enrol(run, "Zoe", [(data, "both.png")], chosen={0: faces[0]}, recognizer=recognizer, keep=False)
    enrol(run, "Yan", [(data, "both.png")], chosen={0: faces[1]}, recognizer=recognizer, keep=False)
    assert not (_dataset(run) / "enrolled").exists()
    assert [(each.name, each.photos) for each in added_people(read_run(run))] == [("Yan", 1), ("Zoe", 1)]
    enrol(run, "Yan", _photos(30, 2), recognizer=recognizer, keep=False)
    forget_faces(run, [(data, faces[1])])
    assert [(each.name, each.photos) for each in added_people(read_run(run))] == [("Yan", 1), ("Zoe", 1)]
    forget_faces(run, [(data, faces[0])])
    assert [each.name for each in added_people(read_run(run))] == ["Yan"]
    forget_faces(run, [(data, faces[0])])  # nothing left to forget
