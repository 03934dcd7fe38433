"""The careless split, the checks kept in a run, and the checks that only read what is stored."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import jobs
from core.cli import main
from core.datasets import get_dataset
from core.datasets.doubts import Doubt, save_doubts
from core.errors import JobError, RunError
from core.experiment import embedding, honesty, prepare_dataset, run_experiment
from core.experiment.background import Audit, Share
from core.experiment.careless import DrawnTwice, SplitCheck, check_split, usual_seeds
from core.experiment.honesty import check_honesty, read_honesty
from core.experiment.judged_checks import Twin, Twins, ceiling_of, find_twins, slices_of
from core.jobs import Stopped
from core.progress import never, silent
from core.review import read_judged
from core.runs import Run, layout, new_run, read_run
from core.settings import DataSettings, Settings, preset, with_values
from core.storage import write_json
from tests.core.conftest import TrainedRun
from tests.core.test_crossvalidation import SmallPicture


@pytest.fixture
def small_picture(monkeypatch: pytest.MonkeyPatch) -> SmallPicture:
    backbone = SmallPicture()
    monkeypatch.setattr(embedding, "load_backbone", lambda settings: backbone)
    return backbone


@pytest.fixture
def twice(three_people: Path, tmp_path: Path) -> Path:
    """Return photos of three people, each of the first five twice: as it is, and a little larger as JPEG."""
    folder = tmp_path / "twice"
    shutil.copytree(three_people, folder)
    for file in sorted(folder.glob("*/[1-5].pgm")):
        with Image.open(file) as image:
            image.resize((138, 168)).save(file.with_suffix(".jpg"), quality=85)
    return folder


def _settings(photos: Path, **changes: str) -> Settings:
    return replace(with_values(preset("embedding"), changes), data=DataSettings(str(photos)))


def _run(settings: Settings) -> Run:
    return read_run(new_run(settings))


def test_near_duplicates_are_torn_apart_by_the_careless_split_only(
    artifacts: Path, twice: Path, small_picture: SmallPicture, tmp_path: Path
) -> None:
    run = _run(_settings(twice))
    dataset, prepared = prepare_dataset(str(twice), run.settings.face)
    found = check_split(run, dataset, prepared, 3, tmp_path, report=silent, should_stop=never)
    assert [each.seed for each in found.draws] == [0, 1, 2]
    assert all(each.careful[1] == each.careless[1] for each in found.draws), "as many photos judge"
    assert found.torn > 0.3
    assert found.careful is not None and found.careless is not None
    assert found.flattery == pytest.approx(found.careless - found.careful)
    assert SplitCheck.from_json(json.loads(json.dumps(found.to_json()))) == found
    small_picture.asked = 0
    kept = sorted(tmp_path.glob("fold-*.npz"))
    assert len(kept) == 6
    again = check_split(run, dataset, prepared, 3, tmp_path, report=silent, should_stop=never)
    assert again.draws == found.draws
    assert small_picture.asked == 0, "what was finished is read"


def test_without_near_duplicates_nothing_has_to_be_learnt(
    artifacts: Path, three_people: Path, small_picture: SmallPicture, tmp_path: Path
) -> None:
    run = _run(_settings(three_people, **{"split.duplicate_distance": "0"}))
    dataset, prepared = prepare_dataset(str(three_people), run.settings.face)
    found = check_split(run, dataset, prepared, 5, tmp_path, report=silent, should_stop=never)
    assert found.draws == ()
    assert "just as honest" in found.words()
    assert not list(tmp_path.glob("fold-*"))


def test_a_stopped_comparison_keeps_what_is_finished(
    artifacts: Path, twice: Path, small_picture: SmallPicture, tmp_path: Path
) -> None:
    run = _run(_settings(twice))
    dataset, prepared = prepare_dataset(str(twice), run.settings.face)
    with pytest.raises(Stopped):
        check_split(run, dataset, prepared, 2, tmp_path, report=silent, should_stop=(tmp_path / "fold-2.npz").exists)
    assert len(list(tmp_path.glob("fold-*.npz"))) == 2


def test_what_is_said_of_the_difference() -> None:
    draws = tuple(DrawnTwice(seed, (90 + seed, 100), (95 + 2 * seed, 100), 20) for seed in range(3))
    found = SplitCheck(draws, 10)
    assert found.flattery == pytest.approx(0.06)  # 0.05, 0.06, 0.07
    assert found.torn == pytest.approx(0.2)
    assert "would have flattered by +6.0 points" in found.words()
    level = SplitCheck((DrawnTwice(0, (90, 100), (91, 100), 20),), 10)
    assert level.interval is not None and level.interval.method == "newcombe"
    assert "may be chance" in level.words()
    same = SplitCheck(tuple(DrawnTwice(seed, (20, 20), (20, 20), 2) for seed in range(4)), 10)
    assert same.interval is not None and same.interval.high > 0.1, "all alike is not the same as sure"
    assert "no better: both ways reach 100.0%" in same.words()
    assert usual_seeds(preset("embedding")) == 5 and usual_seeds(preset("dense")) == 1


def test_each_check_is_kept_beside_the_others(trained_run: TrainedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = Path(shutil.copytree(trained_run.directory, tmp_path / "run"))
    assert read_honesty(directory) == honesty.Honesty()
    split = SplitCheck((DrawnTwice(0, (9, 10), (10, 10), 3),), 10, 1.5)
    audit = Audit(Share(9, 10), Share(4, 10), Share(8, 10), 0.33)
    monkeypatch.setattr(honesty, "_split_check", lambda *_: split)
    monkeypatch.setattr(honesty, "audit_run", lambda *_: audit)
    monkeypatch.setattr(honesty, "load_tensorflow", list)
    check_honesty(directory, ["split"], folder=tmp_path)
    assert read_honesty(directory) == honesty.Honesty(split=split)
    values = check_honesty(directory, ["background"], folder=tmp_path)
    assert read_honesty(directory) == honesty.Honesty(split, audit)
    assert values["words"] == [split.words(), audit.words()]
    (directory / layout.HONESTY).write_text("{")
    with pytest.raises(RunError, match=r"honesty\.json"):
        read_honesty(directory)
    write_json(directory / layout.HONESTY, {"schema_version": 99})
    with pytest.raises(RunError, match="newer"):
        read_honesty(directory)
    with pytest.raises(RunError):
        check_honesty(tmp_path / "nothing", folder=tmp_path)


def test_the_job_says_what_to_check(trained_run: TrainedRun, artifacts: Path) -> None:
    directory = jobs.new_honesty(trained_run.directory, ["background"], 3)
    about = jobs.read_description(directory)
    assert (about["kind"], about["checks"], about["seeds"]) == ("honesty", ["background"], 3)
    assert jobs.read_job(directory).kind == "honesty"
    assert jobs.read_job(jobs.new_learning_curve(trained_run.directory, 2)).kind == "learning_curve"
    with pytest.raises(JobError):
        jobs.read_job(artifacts / "nothing")


@pytest.fixture
def copies_run(artifacts: Path, twice: Path, small_picture: SmallPicture) -> Run:
    """Return a finished run on the photos with copies."""
    directory = new_run(_settings(twice))
    run_experiment(directory)
    return read_run(directory)


def test_twins_are_found_where_the_split_did_not_know_them(copies_run: Run) -> None:
    judged = read_judged(copies_run, "test")
    honest = find_twins(copies_run, judged)
    assert (honest.below, honest.photos) == (0, judged.photos)
    assert copies_run.split is not None
    # The same photos split without a look at near-duplicates: a copy of a test photo has taught.
    of_path = {photo.path: photo for photo in copies_run.split.photos}
    test = next(path for path in judged.paths if path.endswith(".pgm") and Path(path).with_suffix(".jpg").as_posix() in of_path)
    copy = of_path[Path(test).with_suffix(".jpg").as_posix()]
    torn = replace(copies_run.split, photos=(*copies_run.split.photos, replace(copy, part="train")))
    careless = replace(copies_run)
    object.__setattr__(careless, "split", torn)
    found = find_twins(careless, judged)
    assert found.below >= 1
    nearest = next(each for each in found.pairs if each.judged[1] == test)
    assert (nearest.taught[1], nearest.judged[2]) == (copy.path, copy.person)
    assert nearest.difference <= found.threshold
    assert sum(found.counts()) == len(found.pairs)
    assert [each.difference for each in found.pairs] == sorted(each.difference for each in found.pairs)


def test_what_is_said_of_twins() -> None:
    same = Twin(("a", "1.jpg", "Ann"), ("b", "2.jpg", "Ann"), 3)
    other, far = replace(same, taught=("c", "3.jpg", "Bo")), replace(same, difference=15)
    assert (Twins((far,), 100, 10).level, Twins((far,), 100, 10).words()[:13]) == ("good", "No test photo")
    found = Twins((other, far), 100, 10)
    assert (found.level, found.words()[:15]) == ("note", "1 photo is near")
    assert Twins((same, other), 100, 10).level == "note"
    assert "1 of 100 photos is nearly the same" in Twins((same, other), 100, 10).words()
    many = Twins((same,) * 3, 100, 10)
    assert (many.level, "flattered by up to 3.0%" in many.words()) == ("bad", True)


def test_slices_and_wrong_names_are_read_from_what_is_stored(copies_run: Run) -> None:
    judged = read_judged(copies_run, "test")
    found = slices_of(copies_run, judged)
    assert [each.title for each in found] == ["Brightness", "Sharpness", "Size", "Pose"]
    for each in found:
        assert sum(band.photos for band in each.bands) + each.unmeasured == len(judged.sha256)
        assert sum(band.right for band in each.bands) <= int((~judged.wrong).sum())

    assert ceiling_of(copies_run, judged, "key") is None
    catalogue = get_dataset(judged.dataset_id)
    first, people = judged.sha256[0], judged.people
    own = {photo.sha256: str(photo.person) for photo in catalogue.photos()}
    other = next(person for person in people if person != own[first])
    doubts = [Doubt(key, 1.0, 1, 0.9, name, 0.9, 0.1) for key, name in own.items() if key != first]
    save_doubts(catalogue, "key", [*doubts, Doubt(first, 0.0, 1, 0.02, other, 0.97, 0.8)], [], {})
    counted = ceiling_of(copies_run, judged, "key")
    assert counted is not None
    assert (counted[0].wrong, counted[0].right, counted[1]) == (1, len(judged.sha256) - 1, "health")
    assert counted[0].best == pytest.approx(1 - 1 / len(judged.sha256))
    assert np.isclose(counted[0].share or 0, 1 / len(judged.sha256))


def test_the_commands_tell_wrong_arguments_and_runs(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("honesty", "learning-curve"):
        assert main([command, "--run", str(artifacts / "nothing")]) == 1
        assert "There is no run" in capsys.readouterr().err
        assert main([command, "--job", str(artifacts)]) == 1
    for wrong in (["honesty"], ["honesty", "--run", "x", "--seeds", "0"], ["honesty", "--run", "x", "--checks", "luck"]):
        with pytest.raises(SystemExit) as caught:
            main(wrong)
        assert caught.value.code == 2
    with pytest.raises(SystemExit):
        main(["learning-curve", "--run", "x", "--draws", "6"])
    assert not (artifacts / "jobs").exists(), "nothing was made"
