"""The health of a dataset: flags and coverage by hand, and one small dataset measured from its photos on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets import Catalogue
from core.datasets.doubts import AlikePeople, Doubt, about_doubts, alike_people, points_on_map, read_doubts, save_doubts
from core.datasets.health import FLAGS, counts
from core.datasets.qualities import read_qualities
from core.experiment.out_of_fold import OutOfFold
from core.health import PersonCoverage, coverage, doubt_key, health_state, mean_faces, measure_health, shopping_list
from core.health.faces import KnownFaces
from core.health.measuring import TOO_FEW
from core.health.names import distance_to_person, find_alike, judge_names
from core.health.placing import place_faces
from core.jobs import Stopped, new_health, read_description, read_job
from core.jobs.start import command
from core.quality import Quality, quality_key
from core.settings import PRESETS, FaceSettings
from tests.core.conftest import copy_person, core_command
from tests.core.pictures import folder_of, scanned

FACE = PRESETS["embedding"].face
GOOD = Quality(1, "face", 120.0, 0.5, 0.5, 0.0, 0.2, 0.2, 0.0, 0.0, 0.0)
BAD = {  # what makes a photo with good figures bad
    "no_face": {"status": "no_face", "face_size": None},
    "several_faces": {"status": "several_faces", "face_size": None},
    "blurry": {"sharpness": 0.2},
    "dark": {"brightness": 0.1},
    "over_exposed": {"overexposed": 0.2},
    "small": {"face_size": 30.0},
    "extreme_pose": {"yaw": -70.0},
    "gray": {"colour": 0.0},
}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return scanned(folder_of(tmp_path / "photos", {"Ann": 6, "Bo": 5}))[0]


def _faces(vectors: Sequence[Sequence[float]], labels: Sequence[int], people: Sequence[str]) -> KnownFaces:
    rows = np.array(vectors, np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return KnownFaces(tuple(people), tuple(f"{row:064d}" for row in range(len(rows))), np.array(labels, np.int64), rows)


def _doubt(sha256: str, place: int = 1, own: float = 0.9, likely: str = "Ann", distance: float = 0.2) -> Doubt:
    return Doubt(sha256, own, place, own, likely, max(own, 1 - own), distance, 0.25, -0.5)


@pytest.mark.parametrize("name", BAD)
def test_each_flag_finds_its_photo_alone(name: str, catalogue: Catalogue) -> None:
    photos = [photo.sha256 for photo in catalogue.photos()]
    bad = replace(GOOD, **BAD[name])
    catalogue.save_qualities("q", {each: bad if number == 3 else GOOD for number, each in enumerate(photos)})
    assert counts(catalogue, "q", "d") == {flag: int(flag == name) for flag in FLAGS}
    assert not any(counts(catalogue, "other", "d").values())


def test_gray_photos_are_usual_where_all_are_gray(catalogue: Catalogue) -> None:
    gray = replace(GOOD, colour=0.0)
    catalogue.save_qualities("q", {photo.sha256: gray for photo in catalogue.photos()})
    assert counts(catalogue, "q", "d")["gray"] == 0


def test_copies_and_twins_are_counted_by_person(catalogue: Catalogue) -> None:
    photos = catalogue.photos()
    ann, bo = ([photo for photo in photos if photo.person == name] for name in ("Ann", "Bo"))
    (catalogue.root / "Ann" / "again.png").write_bytes((catalogue.root / ann[0].path).read_bytes())
    scanned(catalogue.root)
    pairs = [(ann[0], ann[1], 3), (ann[1], ann[2], 5), (ann[3], bo[0], 4), (bo[1], bo[2], 15)]  # 15% is no twin any more
    with catalogue.writing() as connection:
        rows = [(*sorted((one.sha256, two.sha256)), difference) for one, two, difference in pairs]
        connection.executemany("INSERT INTO near_pairs VALUES (?, ?, ?)", rows)
    found = counts(catalogue, "q", "d")
    assert (found["copies"], found["near_copies"], found["near_copies_across"]) == (1, 3, 2)


def test_a_doubtful_name_settles_when_it_becomes_the_likely_one(catalogue: Catalogue) -> None:
    photos = catalogue.photos()
    ann, far, fine, bo = (photos[place].sha256 for place in (0, 1, 2, 7))
    wrong = [_doubt(ann, 1, 0.1, "Bo"), _doubt(bo, 2, 0.1, "Ann"), _doubt(far, 3, 0.9, "Ann", 0.8), _doubt(fine, 4)]
    save_doubts(catalogue, "d", wrong, [], {"at": "now"})
    assert counts(catalogue, "q", "d")["doubtful"] == 3
    with catalogue.writing() as connection:
        connection.execute("UPDATE used SET person = 'Bo' WHERE sha256 = ?", (ann,))
    assert counts(catalogue, "q", "d")["doubtful"] == 2
    assert [point.sha256 for point in points_on_map(catalogue, "d") if point.doubtful] != []
    assert len(points_on_map(catalogue, "d", most=2)) == 2
    assert all(point.doubtful for point in points_on_map(catalogue, "d", most=2))


def test_doubts_are_replaced_and_read(catalogue: Catalogue) -> None:
    first, second = (photo.sha256 for photo in catalogue.photos()[:2])
    save_doubts(catalogue, "d", [_doubt(first)], [AlikePeople("Ann", "Cy", 0.9), AlikePeople("Ann", "Bo", 0.7)], {"at": "now"})
    assert read_doubts(catalogue, "d") == {first: _doubt(first)}
    assert alike_people(catalogue, "d") == [AlikePeople("Ann", "Bo", 0.7)]  # nobody is called Cy any more
    assert about_doubts(catalogue, "d") == {"at": "now"}
    save_doubts(catalogue, "d", [_doubt(second)], [], {})
    assert list(read_doubts(catalogue, "d")) == [second]
    assert (alike_people(catalogue, "d"), about_doubts(catalogue, "other")) == ([], None)


def test_distance_leaves_the_face_itself_out() -> None:
    faces = _faces([[1, 0], [0, 1], [1, 1], [0, 1]], [0, 0, 0, 1], ["Ann", "Bo"])
    half = np.sqrt(0.5)
    others = np.array([half, 1 + half]) / np.hypot(half, 1 + half)
    assert distance_to_person(faces) == pytest.approx([1 - others[0], 1 - others[0], 0, 0], abs=1e-6)


def test_names_are_ranked_by_probability_and_distance() -> None:
    # Ann, Ann, a stranger under Ann's name whom the network calls Ann, Bo, Bo, and one of Ann under Bo's name.
    faces = _faces([[1, 0, 0.1], [1, 0.1, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0.1], [1, 0, 0]], [0, 0, 0, 1, 1, 1], ["Ann", "Bo"])
    said = np.array([[0.9, 0.1], [0.95, 0.05], [0.6, 0.4], [0.1, 0.9], [0.2, 0.8], [0.99, 0.01]])
    answers = OutOfFold(("Ann", "Bo"), faces.sha256, np.log(said).astype(np.float32), faces.labels, np.ones(6, np.int64))
    found = judge_names(faces, answers)
    assert [int(each.sha256) for each in found[:2]] == [5, 2]
    assert [each.place for each in found] == [1, 2, 3, 4, 5, 6]
    assert (found[0].likely, found[0].own) == ("Ann", pytest.approx(0.01, abs=1e-4))
    assert found[1].likely == "Ann"
    assert found[-1].score == pytest.approx(0.95, abs=1e-4)
    assert all(0 <= each.score <= each.own <= 1 for each in found)


def test_without_answers_only_the_distance_speaks() -> None:
    faces = _faces([[1, 0], [1, 0.1], [0, 1], [1, 0]], [0, 0, 0, 1], ["Ann", "Bo"])
    first = judge_names(faces, None)[0]
    assert (int(first.sha256), first.own) == (2, 1)


def test_people_are_alike_from_a_line_that_is_lower_for_few_photos() -> None:
    near, far = np.arccos(0.7), np.arccos(0.6)  # cosines 0.7 and 0.6 to the first person
    middles = [0.0, near, -far]
    vectors = [[np.cos(angle), np.sin(angle)] for angle in middles for _ in range(3)]
    people = ["Ann", "Bo", "Cy"]
    labels = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert [(each.first, each.second) for each in find_alike(_faces(vectors, labels, people))] == [("Ann", "Bo")]
    few = find_alike(_faces(vectors[:8], labels[:8], people))
    assert [(each.first, each.second) for each in few] == [("Ann", "Bo"), ("Ann", "Cy")]
    assert few[0].likeness == pytest.approx(0.7)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_the_map_has_a_place_for_everybody(count: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(count, 8)).astype(np.float32)
    places = place_faces(vectors)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert np.abs(places).max(initial=0) <= 1


def test_faces_that_were_not_drawn_lie_among_their_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.health.placing.MOST", 60)
    rng = np.random.default_rng(0)
    middles = np.eye(4, 16)
    vectors = (np.repeat(middles, 40, axis=0) + rng.normal(0, 0.05, (160, 16))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = place_faces(vectors)
    islands = places.reshape(4, 40, 2)
    spread = np.linalg.norm(islands - islands.mean(axis=1, keepdims=True), axis=2).max()
    apart = min(np.linalg.norm(a - b) for n, a in enumerate(islands.mean(axis=1)) for b in islands.mean(axis=1)[:n])
    assert spread < apart / 2
    assert (places == place_faces(vectors)).all()


def test_coverage_counts_what_the_photos_show(catalogue: Catalogue) -> None:
    ann = [photo.sha256 for photo in catalogue.photos() if photo.person == "Ann"]
    changes = [{}, {"yaw": -30.0}, {"yaw": 40.0}, {"brightness": 0.3}, {"brightness": 0.9, "sharpness": 0.1}]
    figures = {each: replace(GOOD, **change) for each, change in zip(ann, changes, strict=False)}
    catalogue.save_qualities("q", {**figures, ann[5]: replace(GOOD, status="no_face", face_size=None, yaw=None)})
    first, second = coverage(catalogue, "q")
    assert (first.person, first.photos, first.faces) == ("Ann", 6, 5)
    assert (first.left, first.front, first.right, first.dim, first.bright, first.sharp, first.large) == (1, 3, 1, 1, 1, 4, 5)
    assert (first.yaw, first.brightness) == ((-30.0, 0.0, 40.0), (0.3, 0.5, 0.9))
    assert (second.photos, second.faces, second.yaw) == (5, 0, None)


def test_the_shopping_list_is_in_words() -> None:
    whole = PersonCoverage("Dee", 20, 20, 5, 10, 5, 3, 3, 20, 20)
    ann = replace(whole, person="Ann", left=0, dim=0)
    bo = replace(whole, person="Bo", faces=6)
    cy = replace(whole, person="Cy", bright=0)
    lines = shopping_list([ann, bo, cy, whole, PersonCoverage("Eve", 2, 0)])
    assert lines == [
        "Eve: no face; 10 more photos would help.",
        "Bo: only 6 of 10 faces; 4 more photos would help.",
        "Ann: none turned to the left, no dim photo; 2 more photos would help.",
        "Cy: no bright photo; 1 more photo would help.",
    ]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Catalogue, dict]:
    """Return a dataset of four people, one of them under two names and with a photo of another, and what was measured."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("VISAGE_ARTIFACTS", str(tmp_path_factory.mktemp("artifacts")))
        root = tmp_path_factory.mktemp("photos") / "four"
        for name, source, numbers in (("Ann", "s1", range(1, 7)), ("Bo", "s2", range(1, 7)), ("Cy", "s3", range(1, 6))):
            copy_person(root / name, source, numbers)
        copy_person(root / "Cyrus", "s3", range(6, 10))
        copy_person(root / "wrong", "s2", range(8, 9))
        (root / "wrong" / "8.pgm").rename(root / "Ann" / "odd.pgm")
        (root / "wrong").rmdir()
        values = measure_health(str(root), FACE)
        return scanned(root)[0], values


def test_a_wrong_name_stands_first(measured: tuple[Catalogue, dict]) -> None:
    catalogue, values = measured
    first = values["doubtful"][0]
    assert (Path(first["path"]).name, first["person"], first["likely"]) == ("odd.pgm", "Ann", "Bo")
    doubts = read_doubts(catalogue, doubt_key(FACE))
    assert len(doubts) == 22
    assert all(each.x is not None for each in doubts.values())
    assert values["flags"]["doubtful"] >= 1
    state = health_state(catalogue, FACE)
    assert (state.unmeasured, state.unjudged, state.not_judged) == (0, 0, "")
    assert state.measured_at is not None


def test_a_person_under_two_names_is_found(measured: tuple[Catalogue, dict]) -> None:
    assert [(pair["first"], pair["second"]) for pair in measured[1]["alike"]] == [("Cy", "Cyrus")]


def test_mean_faces_are_the_mean_of_the_crops(measured: tuple[Catalogue, dict]) -> None:
    means = mean_faces(measured[0], FACE, ["Ann", "Cyrus", "Nobody"])
    assert set(means) == {"Ann", "Cyrus"}
    assert all(face.shape == (112, 112, 3) and face.dtype == np.uint8 for face in means.values())
    assert mean_faces(measured[0], replace(FACE, min_score=0.9), ["Ann"]) == {}


def test_a_single_person_is_judged_by_the_distance_alone(tmp_path: Path) -> None:
    copy_person(tmp_path / "photos" / "Solo", "s1", range(1, 5))
    values = measure_health(str(tmp_path / "photos"), FACE)
    assert values["not_judged"] == TOO_FEW
    assert [each["own_probability"] for each in values["doubtful"]] == [1.0] * 4
    assert all(0 < each["distance"] < 0.6 for each in values["doubtful"])
    assert values["missing"][0].startswith("Solo: only 4 of 10 faces")


def test_a_dataset_without_faces_is_measured(catalogue: Catalogue) -> None:
    values = measure_health(catalogue.source, FACE)
    assert (values["flags"]["no_face"], values["doubtful"], values["alike"]) == (11, [], [])


def test_a_stop_keeps_what_was_measured(measured: tuple[Catalogue, dict]) -> None:
    catalogue, _ = measured
    before = read_doubts(catalogue, doubt_key(FACE))
    with pytest.raises(Stopped):
        measure_health(catalogue.source, FACE, should_stop=lambda: True)
    assert read_doubts(catalogue, doubt_key(FACE)) == before
    assert len(read_qualities(catalogue, quality_key(FACE))) == 22


def test_the_job_is_described_and_runs_the_command(tmp_path: Path) -> None:
    directory = new_health(str(tmp_path), FACE, {"state": "queued"})
    assert read_job(directory).kind == "health"
    assert command(directory)[-3:] == ["health", "--job", str(directory)]
    assert FaceSettings(**read_description(directory)["face"]) == FACE


def test_the_command_line_tells_a_wrong_path_at_once(tmp_path: Path) -> None:
    done = core_command("health", "--data", tmp_path / "nothing", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing" in done.stderr
