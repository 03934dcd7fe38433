"""What a network has answered, from wherever: parts of a run, a cross-validation, another folder; and what became of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import jobs
from core.cli import main
from core.curation import exclude, forget_person, relabel, undo
from core.datasets import delete_dataset, get_dataset, open_dataset
from core.errors import RunError
from core.experiment import scan_dataset
from core.review import Evaluation, Judged, Strangers, judged_sets, read_judged, write_evaluation
from core.review.amended import amended
from core.review.duel import fight
from core.review.evaluations import erase_evaluations_of, list_evaluations, read_evaluation
from core.review.faces import find_faces
from core.review.reasons import neighbours_of, taught_faces
from core.review.summary import summarise
from core.runs import DatasetRecord, PartScores, PhotoRecord, Run, SplitRecord, layout, new_run, read_run, records
from core.settings import DataSettings, Settings
from core.storage import write_json
from tests.core.conftest import TrainedRun, copy_person

PEOPLE = ("Ann", "Bo", "Cleo")


def sha(number: int) -> str:
    return f"{number:064x}"


def logits_for(named: list[int], sure: float = 3.0) -> np.ndarray:
    return (np.eye(3)[named] * sure).astype(np.float32)


def make_run(source: str = "orl", dataset_id: str = "orl", photos: tuple[PhotoRecord, ...] = (), seed: int = 0) -> Path:
    """Make a finished run by hand: the photos of the test part are named as Ann, Bo, Bo."""
    directory = new_run(replace(Settings(), data=DataSettings(source), seed=seed))
    photos = photos or (
        PhotoRecord(sha(1), "Ann/1.jpg", "Ann", "test", "face"),
        PhotoRecord(sha(2), "Bo/1.jpg", "Bo", "test", "face"),
        PhotoRecord(sha(3), "Cleo/1.jpg", "Cleo", "test", "face"),
        PhotoRecord(sha(4), "Ann/2.jpg", "Ann", "test", "no_face"),
        PhotoRecord(sha(5), "Ann/3.jpg", "Ann", "test", "several_faces"),
        PhotoRecord(sha(6), "Ann/4.jpg", "Ann", "train", "face"),
    )
    records.write_split(directory / layout.SPLIT, SplitRecord(photos))
    records.write_dataset(directory / layout.DATASET, DatasetRecord(dataset_id, "Three", source, "f" * 64, PEOPLE))
    faces = [each for each in photos if each.part == "test" and each.use == "face"]
    labels = np.array([PEOPLE.index(each.person) for each in faces])
    scores = PartScores(tuple(each.sha256 for each in faces), logits_for([0, 1, 1][: len(faces)]), labels)
    records.write_scores(directory / layout.SCORES, {"test": scores})
    write_json(directory / layout.RESULT, {"test": {"photos": len(faces) + 1}, "validation": {"photos": 0}, "seconds": 1})
    return directory


def test_the_test_photos_of_a_run(artifacts: Path) -> None:
    run = read_run(make_run())
    assert judged_sets(run) == [("test", "Test photos")]
    judged = read_judged(run, "test")
    assert (judged.people, judged.dataset_id, judged.paths) == (PEOPLE, "orl", ("Ann/1.jpg", "Bo/1.jpg", "Cleo/1.jpg"))
    assert judged.no_face == ((sha(4), "Ann/2.jpg", 0),)
    assert (judged.photos, judged.set_aside) == (4, 1)
    assert judged.predicted.tolist() == [0, 1, 1]
    assert judged.wrong.tolist() == [False, False, True]
    assert judged.report.accuracy == 0.5  # the photo without a face is a mistake
    np.testing.assert_allclose(judged.probabilities.sum(axis=1), 1, atol=1e-6)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Judged("test", "", PEOPLE, "orl", (sha(1),), ("a",), np.array([0]), np.zeros((1, 2), np.float32))


def test_unfinished_runs_and_unknown_sets(artifacts: Path) -> None:
    assert judged_sets(read_run(new_run(Settings()))) == []
    run = read_run(make_run())
    for key in ("validation", "train", "crossvalidation", "folder:gone", "folder:../../runs"):
        with pytest.raises(RunError):
            read_judged(run, key)


def test_a_set_without_photos_is_told(artifacts: Path) -> None:
    judged = Judged("test", "Test photos", PEOPLE, "orl", (), (), np.zeros(0, np.int64), np.zeros((0, 3), np.float32))
    assert judged.predicted.tolist() == []
    with pytest.raises(RunError, match="no photo to judge by"):
        _ = judged.report


def test_the_newest_cross_validation_of_the_same_settings(artifacts: Path) -> None:
    run = read_run(make_run())
    directory = jobs.new_crossvalidation(replace(run.settings, seed=7), 2)
    assert judged_sets(run) == [("test", "Test photos")]
    np.savez(
        directory / layout.OUT_OF_FOLD, people=np.array(PEOPLE), sha256=np.array([sha(6), sha(1)]), labels=np.array([0, 0]),
        logits=logits_for([0, 2]), fold=np.array([1, 2]),
    )  # fmt: skip
    write_json(directory / layout.RESULT, {"folds": [{}, {}], "training_only": []})
    assert judged_sets(run)[1] == ("crossvalidation", "Cross-validation, 2 folds")
    judged = read_judged(run, "crossvalidation")
    assert judged.paths == ("Ann/4.jpg", "Ann/1.jpg")
    assert (judged.photos, judged.report.accuracy) == (3, pytest.approx(1 / 3))
    other = read_run(make_run("photos", "photos-1"))
    assert judged_sets(other) == [("test", "Test photos")]


def evaluation(id: str = "20260101-000000-aaaa", dataset: str = "others-1") -> Evaluation:
    strangers = Strangers((("s" * 64, "Xav/1.jpg", "Xav"),), logits_for([2]), np.array([0.9], np.float32), ("known",), 2)
    return Evaluation(
        id, "Photos in others", dataset, "/others", "2026-01-01T00:00:00+00:00", (sha(1),), ("ann/9.jpg",), np.array([0]),
        logits_for([0]), np.array([0.8], np.float32), ((sha(9), "Bo/2.jpg", 1),), 1, 3, strangers, {"photos": 2},
    )  # fmt: skip


def test_an_evaluation_is_kept_and_replaces_the_earlier_one_of_the_same_folder(artifacts: Path) -> None:
    run = read_run(make_run())
    write_evaluation(run.directory, evaluation())
    write_evaluation(run.directory, evaluation("20260102-000000-bbbb", "more-2"))
    write_evaluation(run.directory, evaluation("20260103-000000-cccc"))
    assert [each.id for each in list_evaluations(run.directory)] == ["20260103-000000-cccc", "20260102-000000-bbbb"]
    assert judged_sets(run)[1] == ("folder:20260103-000000-cccc", "Photos in others")
    judged = read_judged(run, "folder:20260103-000000-cccc")
    assert (judged.photos, judged.seen, judged.set_aside, judged.dataset_id) == (2, 3, 1, "others-1")
    assert judged.strangers.faces == (("s" * 64, "Xav/1.jpg", "Xav"),)
    assert (judged.strangers.named, judged.strangers.no_face) == (1, 2)
    summary = summarise(run, judged)
    assert (summary.strangers_named.value, summary.strangers_named.count) == (1.0, 1)
    assert read_evaluation(run, "20260102-000000-bbbb").values == {"photos": 2}
    assert erase_evaluations_of(run.directory, "others-1") == 1
    assert [each.id for each in list_evaluations(run.directory)] == ["20260102-000000-bbbb"]


def test_a_damaged_evaluation_is_named_and_hides_no_other(artifacts: Path) -> None:
    run = read_run(make_run())
    directory = write_evaluation(run.directory, evaluation())
    about = json.loads((directory / "about.json").read_text())
    write_json(directory / "about.json", {**about, "schema_version": 99})
    with pytest.raises(RunError, match="newer"):
        read_judged(run, "folder:20260101-000000-aaaa")
    (directory / "about.json").write_text("{")
    assert list_evaluations(run.directory) == []
    with pytest.raises(RunError, match="damaged"):
        read_judged(run, "folder:20260101-000000-aaaa")


def test_a_summary_has_an_interval_for_every_figure(artifacts: Path) -> None:
    summary = summarise(read_run(make_run()), read_judged(read_run(make_run()), "test"))
    assert (summary.accuracy.value, summary.accuracy.count) == (0.5, 4)
    assert (summary.chance, summary.majority, summary.people) == (pytest.approx(1 / 3), 0.5, 3)
    assert summary.few == PEOPLE
    assert summary.strangers_named.value is None
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "top3", "log_loss", "calibration_error"):
        measure = getattr(summary, name)
        assert measure.interval.low <= measure.value <= measure.interval.high


def test_a_duel_pairs_the_photos_that_both_were_judged_by(artifacts: Path) -> None:
    first = read_judged(read_run(make_run()), "test")
    # The other run names Ann and Cleo right and Bo wrong, was not judged by the photo without a face, and by one more.
    second = replace(
        first, sha256=(*first.sha256, sha(8)), paths=(*first.paths, "Bo/8.jpg"), labels=np.array([0, 1, 2, 1]),
        logits=logits_for([0, 0, 2, 1], sure=5), no_face=(),
    )  # fmt: skip
    duel = fight(first, second)
    assert (duel.paired.both, duel.paired.only_first, duel.paired.only_second, duel.left_out) == (1, 1, 1, 1)
    bo, cleo = duel.disagreements
    assert (bo.sha256, bo.person, bo.second.named, bo.first.right) == (sha(2), "Bo", "Ann", True)
    assert (cleo.sha256, cleo.first.named, cleo.second.right) == (sha(3), "Bo", True)
    assert duel.words("One", "Two") == "They are level: of 2 photos that only one of them names right, each has half."
    assert "very same" in fight(first, first).words("One", "Two")
    elsewhere = replace(second, sha256=tuple(sha(each) for each in (20, 21, 22, 23)))
    with pytest.raises(RunError, match="same photos"):
        fight(first, elsewhere)


def test_a_duel_says_who_is_better_and_whether_it_may_be_luck(artifacts: Path) -> None:
    faces = tuple(sha(each) for each in range(30))
    labels = np.zeros(30, np.int64)
    good = Judged("test", "", PEOPLE, "orl", faces, faces, labels, logits_for([0] * 30))
    bad = replace(good, logits=logits_for([1] * 12 + [0] * 18))
    words = fight(bad, good).words("Bad", "Good")
    assert "Good is right about 12 photos that Bad gets wrong; the other way round it is 0." in words
    assert "fewer than 1 of 1,000" in words
    assert words.endswith("So Good is better on photos like these.")
    slightly = replace(good, logits=logits_for([1] * 2 + [0] * 28))
    assert "it may be luck" in fight(good, slightly).words("Good", "Slightly")
    assert "50 of 100" in fight(good, slightly).words("Good", "Slightly")


@pytest.fixture
def judged_folder(artifacts: Path, tmp_path: Path) -> tuple[Run, Path]:
    """Return a run that was judged by real photos: three each of Ann and Bo, and one of Cleo."""
    folder = tmp_path / "three"
    for name, source, count in (("Ann", "s1", 3), ("Bo", "s2", 3), ("Cleo", "s3", 1)):
        copy_person(folder / name, source, range(1, count + 1))
    catalogue = scan_dataset(str(folder)).catalogue
    photos = tuple(PhotoRecord(each.sha256, each.path, str(each.person), "test", "face") for each in catalogue.photos())
    directory = make_run(str(folder), catalogue.id, photos[:1])
    records.write_split(directory / layout.SPLIT, SplitRecord(photos))
    labels = np.array([PEOPLE.index(each.person) for each in photos])
    named = labels.copy()
    named[0] = 1  # Ann's first photo is named Bo
    scores = PartScores(tuple(each.sha256 for each in photos), logits_for(named.tolist()), labels)
    records.write_scores(directory / layout.SCORES, {"test": scores})
    return read_run(directory), folder


def test_changes_to_judged_photos_are_counted_and_both_accuracies_told(judged_folder: tuple[Run, Path]) -> None:
    run, _ = judged_folder
    judged = read_judged(run, "test")
    assert run.dataset is not None
    catalogue = get_dataset(run.dataset.id)
    first = amended(run, judged)
    assert first is not None
    assert not first
    assert (first.before, first.now, first.photos_now) == (pytest.approx(6 / 7), pytest.approx(6 / 7), 7)
    relabel(catalogue, [judged.sha256[0]], "Bo")  # as the network has said
    exclude(catalogue, [judged.sha256[1]])
    found = amended(run, judged)
    assert found is not None
    assert (found.relabelled, found.excluded, found.photos, found.actions) == (1, 1, 2, 2)
    assert (found.before, found.now, found.photos_now) == (pytest.approx(6 / 7), 1.0, 6)
    undo(catalogue)
    again = amended(run, judged)
    assert again is not None
    assert (again.photos, again.actions) == (1, 3)  # what was taken back was done all the same


def test_a_new_name_for_a_person_is_no_change_of_their_photos(judged_folder: tuple[Run, Path]) -> None:
    from core.curation import rename_person

    run, _ = judged_folder
    assert run.dataset is not None
    rename_person(get_dataset(run.dataset.id), "Ann", "Anna")
    found = amended(run, read_judged(run, "test"))
    assert found is not None
    assert (found.relabelled, found.now) == (0, pytest.approx(6 / 7))


def test_renamed_and_missing_photos_and_a_deleted_dataset(judged_folder: tuple[Run, Path]) -> None:
    run, folder = judged_folder
    judged = read_judged(run, "test")
    (folder / "Ann" / "1.pgm").rename(folder / "Ann" / "renamed.pgm")
    (folder / "Cleo" / "1.pgm").unlink()
    scan_dataset(str(folder))
    found = amended(run, judged)
    assert found is not None
    assert (found.gone, found.relabelled, found.photos_now) == (1, 0, 6)
    with pytest.raises(RunError, match="faces"):
        find_faces(run, judged)  # never cut out here
    assert run.dataset is not None
    delete_dataset(run.dataset.id)
    assert amended(run, judged) is None
    assert read_judged(run, "test").report.photos == 7  # the figures stay
    with pytest.raises(RunError, match="cannot be shown") as caught:
        find_faces(run, judged)
    assert "figures are kept" in caught.value.remedy


def test_forgetting_a_person_erases_the_answers_for_their_photos(judged_folder: tuple[Run, Path]) -> None:
    run, _ = judged_folder
    assert run.dataset is not None
    other = make_run()
    write_evaluation(other, evaluation(dataset=run.dataset.id))
    write_evaluation(other, evaluation("20260102-000000-bbbb", "elsewhere-1"))
    forget_person(get_dataset(run.dataset.id), "Ann")
    assert [each.dataset_id for each in list_evaluations(other)] == ["elsewhere-1"]


def test_evaluate_keeps_its_answers_in_the_run(
    trained_run: TrainedRun, artifacts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, directory = tmp_path / "others", tmp_path / "run"
    shutil.copytree(trained_run.directory, directory, ignore=shutil.ignore_patterns(layout.EVALUATIONS))
    copy_person(photos / "ANN", "s1", range(8, 11))
    copy_person(photos / "Xaver", "s9", range(1, 5))
    job = jobs.new_evaluation(directory, str(photos))
    assert main(["evaluate", "--job", str(job), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert jobs.read_job(job).state == "done"
    assert json.loads((job / layout.RESULT).read_text()) == answer
    run = read_run(directory)
    (key,) = (key for key, _ in judged_sets(run) if key.startswith("folder:"))
    judged = read_judged(run, key)
    assert judged.title == "Photos in others"
    assert (judged.photos, judged.report.accuracy) == (answer["photos"], answer["accuracy"])
    assert judged.report.log_loss == pytest.approx(answer["log_loss"], abs=1e-12)
    assert {person for _, _, person in judged.strangers.faces} == {"Xaver"}
    assert judged.strangers.named == answer["stranger_decisions"]["known"]
    faces = find_faces(run, judged)
    assert faces.missing == 0
    assert faces.pixels(judged.sha256[0]).shape == (48, 48, 3)
    taught = taught_faces(run, judged)
    assert taught is not None
    assert set(judged.sha256) <= taught.every.row_of.keys()
    assert set(taught.sha256).isdisjoint(judged.sha256)
    nearest = neighbours_of(taught, judged, 0, int(judged.labels[0]))
    assert len(nearest) == 3
    assert [each.likeness for each in nearest] == sorted((each.likeness for each in nearest), reverse=True)
    assert all(np.isfinite(each.likeness) and abs(each.likeness) <= 1.001 for each in nearest)
    assert faces.catalogue.id == open_dataset(str(photos)).id


def test_evaluate_with_a_wrong_job_is_told(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = jobs.new_speed()
    assert main(["evaluate", "--job", str(job)]) == 1
    assert "no evaluation" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["evaluate", "--job", str(job), "--run", "x"])
    with pytest.raises(SystemExit):
        main(["evaluate", "--run", "x"])
