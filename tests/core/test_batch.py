"""Many photos answered together: the answers are those of a single photo, and survive whatever happens meanwhile."""

from __future__ import annotations

import csv
import io
import json
import shutil
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import batch as batches
from core import jobs
from core.batch import COLUMNS, Batch, answer_batch, answering, read_batch
from core.batch.erasing import erase_batches_of
from core.batch.kept import ANSWERS
from core.datasets import person_key
from core.errors import DatasetError, JobError, PhotoError, RunError
from core.jobs import Stopped, making
from core.progress import Progress
from core.recognizer import Recognizer, load_recognizer, read_knowledge
from core.runs import layout, new_run, read_run, state_of
from core.settings import Settings
from core.storage import read_json, write_json
from tests.core.batches import answered, group_photo, new_batch, single
from tests.core.conftest import TrainedRun, copy_person

UPLOADS = [
    single(1, 8), single(2, 8), ("=group.png", group_photo(1, 2, 20)), ("torn.jpg", b"no photo"), single(3, 9), single(1, 9),
]  # fmt: skip


@pytest.fixture(scope="module")
def recognizer(trained_run: TrainedRun) -> Recognizer:
    return load_recognizer(trained_run.directory)


@pytest.fixture(scope="module")
def done(trained_run: TrainedRun, recognizer: Recognizer, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    blank = io.BytesIO()
    Image.new("RGB", (300, 200), (90, 120, 60)).save(blank, "PNG")
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("VISAGE_ARTIFACTS", str(tmp_path_factory.mktemp("batches")))
        return answered(trained_run.directory, recognizer, [*UPLOADS, ("blank.png", blank.getvalue())])


def _told(batch: Batch) -> list[tuple[str, int, str | None, str, float]]:
    return [(row.file, row.face, row.person, row.decision, round(row.probability, 5)) for row in batch.rows]


def test_each_photo_gets_the_answers_that_it_gets_alone(done: Batch, recognizer: Recognizer) -> None:
    assert [photo.file for photo in done.photos] == [*(name for name, _ in UPLOADS), "blank.png"]
    assert [photo.number for photo in done.photos] == list(range(7))
    for photo, (name, data) in zip(done.photos, UPLOADS, strict=False):
        alone = recognizer.predict(data, name)
        rows = done.rows_of(photo.number)
        assert (photo.width, photo.height, photo.faces, photo.error) == (alone.width, alone.height, len(rows), alone.error)
        for row, face in zip(rows, alone.faces, strict=True):
            assert (row.person, row.decision, row.likeliest) == (face.person, face.decision, face.top[0][0])
            assert (row.detection, row.flaws, row.route) == (face.detection, face.flaws, face.route)
            assert row.probability == pytest.approx(face.probability, abs=1e-5)
            assert row.runner_up == face.runner_up
    assert (done.total, done.source, done.run_name) == (7, "uploads", read_run(done.run_directory).name)
    assert [row.number for row in done.rows] == list(range(len(done.rows)))
    assert len(done.rows_of(2)) == 3


def test_the_table_has_exactly_its_columns_and_a_line_for_each_face_or_photo(done: Batch) -> None:
    text = batches.to_csv(done).decode()
    lines = list(csv.DictReader(io.StringIO(text)))
    assert text.split("\n", 1)[0] == ",".join(COLUMNS)
    assert ",".join(COLUMNS) == (
        "file,face,left,top,width,height,detection_score,quality,person,probability,decision,runner_up,"
        "runner_up_probability,run,threshold"
    )
    assert len(lines) == len(done.rows) + 2
    assert [line["file"] for line in lines if line["face"] == "3"] == ["'=group.png"]  # no spreadsheet may run it
    torn = next(line for line in lines if line["file"] == "torn.jpg")
    assert (torn["decision"], torn["face"], torn["person"]) == ("error", "", "")
    assert "not a photo" in torn["quality"]
    assert next(line for line in lines if line["file"] == "blank.png")["decision"] == "no face"
    first, row = lines[0], done.rows[0]
    assert (float(first["left"]), float(first["top"])) == pytest.approx((row.left, row.top), abs=1e-5)
    assert (first["quality"], first["run"]) == (row.quality, read_run(done.run_directory).id)
    assert float(first["threshold"]) == pytest.approx(done.lines.known, abs=1e-6)


def test_the_json_is_what_single_photos_give(done: Batch, recognizer: Recognizer) -> None:
    photos = json.loads(batches.to_json(done))
    for photo, (name, data) in zip(photos, UPLOADS, strict=False):
        alone = json.loads(json.dumps(recognizer.predict(data, name).to_json()))
        assert (set(photo), len(photo["faces"]), photo["error"]) == (set(alone), len(alone["faces"]), alone["error"])
        assert all(set(ours) == set(theirs) for ours, theirs in zip(photo["faces"], alone["faces"], strict=True))


def test_crops_and_vectors_are_those_of_the_face(done: Batch, recognizer: Recognizer) -> None:
    rows = [done.rows[4], done.rows[0], done.rows[2]]
    for row, crop, vector in zip(rows, batches.crops_of(done, rows), batches.vectors_of(done, rows), strict=True):
        face = recognizer.predict(UPLOADS[row.photo][1], "a").faces[row.face - 1]
        shown = np.asarray(Image.open(io.BytesIO(crop)))
        assert shown.shape == face.crop.shape
        assert np.abs(shown.astype(float) - face.crop).mean() < 6
        assert face.vector is not None
        np.testing.assert_allclose(vector, face.vector, atol=1e-5)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert batches.crops_of(done, []) == []
    assert batches.vectors_of(done, []).shape == (0, 0)


def test_a_picture_shows_the_boxes_and_a_changed_photo_is_told(done: Batch, tmp_path: Path) -> None:
    pixels = np.asarray(Image.open(io.BytesIO(batches.annotated(done, 2))))
    original = np.asarray(Image.open(io.BytesIO(UPLOADS[2][1])))
    assert pixels.shape == original.shape
    assert (np.abs(pixels.astype(int) - original).max(axis=2) > 60).mean() > 0.01
    assert max(Image.open(io.BytesIO(batches.annotated(done, 2, side=100))).size) == 100
    assert batches.photo_bytes(done, 2) == UPLOADS[2][1]
    copy = tmp_path / "copy"
    shutil.copytree(done.directory, copy)
    other = read_batch(copy)
    other.files[0].path.write_bytes(b"something else")
    other.files[1].path.unlink()
    with pytest.raises(PhotoError, match="has changed"):
        batches.photo_bytes(other, 0)
    with pytest.raises(PhotoError, match="has vanished"):
        batches.annotated(other, 1)
    with pytest.raises(PhotoError, match="not a photo"):
        batches.annotated(done, 3)


def test_other_lines_change_decisions_and_ask_nobody(done: Batch, recognizer: Recognizer) -> None:
    lines = replace(done.lines, known=1.0, unknown=1.0)
    assert {row.decision for row in done.decided(lines).rows} <= {"unknown", "known"}
    assert all(row.person is None for row in done.decided(lines).rows if row.decision == "unknown")
    assert _told(done.decided(lines).decided(done.lines)) == _told(done)
    lax = replace(done.lines, known=0.0, unknown=0.0)
    assert {(row.decision, row.person) for row in done.decided(lax).rows} == {("known", row.likeliest) for row in done.rows}
    assert done.decided(lax).rows[0].threshold == 0.0
    knowledge = replace(recognizer.knowledge, thresholds=lax)
    assert _told(batches.named_again(done, knowledge)) == _told(done.decided(lax))


def test_nobody_is_twice_in_a_photo_where_that_is_asked(
    trained_run: TrainedRun, recognizer: Recognizer, artifacts: Path
) -> None:
    lax = replace(recognizer.thresholds, known=0.01, unknown=0.0)
    uploads = [("crowd.png", group_photo(1, 1, 2, 20))]  # more faces than the run knows people
    plain = answered(trained_run.directory, recognizer, uploads, lines=lax)
    once = answered(trained_run.directory, recognizer, uploads, lines=lax, once=True)
    assert len({row.person for row in plain.rows}) < len(plain.rows) == 4
    assert sorted(str(row.person) for row in once.rows) == ["Ann", "Bo", "None", "Čeda"]
    strict = replace(lax, known=1.0, unknown=0.9)
    expected = answered(trained_run.directory, recognizer, uploads, lines=strict, once=True)
    assert _told(once.decided(strict)) == _told(expected)
    assert [row.taken for row in once.decided(strict).rows] == [row.taken for row in expected.rows]


def test_a_stop_keeps_what_is_there_and_a_resume_goes_on(
    trained_run: TrainedRun, recognizer: Recognizer, done: Batch, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "PHOTOS_AT_ONCE", 2)
    directory = new_batch(trained_run.directory, UPLOADS)
    asked = iter([False, False, True])
    seen: list[Progress] = []
    with pytest.raises(Stopped):
        answer_batch(directory, recognizer, seen.append, lambda: next(asked))
    assert seen[-1].done == 3
    assert _told(read_batch(directory)) == _told(done)[: len(read_batch(directory).rows)]
    assert len(read_batch(directory).photos) == 3
    with (directory / ANSWERS).open("a") as file:
        file.write('{"photo": 3, "fi')  # as a killed process leaves it
    assert len(read_batch(directory).photos) == 3
    seen.clear()
    result = answer_batch(directory, recognizer, seen.append)
    assert _told(read_batch(directory)) == _told(done)
    assert [row.number for row in read_batch(directory).rows] == list(range(len(done.rows)))
    assert (seen[0].done, seen[-1].done, seen[-1].total, seen[-1].unit) == (3, 6, 6, "photos")
    assert (result["photos"], result["faces"], result["errors"]) == (6, len(done.rows), 1)
    assert result["known"] + result["unsure"] + result["unknown"] == result["faces"]
    rows = read_batch(directory).rows
    assert batches.crops_of(read_batch(directory), rows) == batches.crops_of(done, done.rows)
    assert answer_batch(directory, recognizer)["photos"] == 6  # nothing is left to do


def test_a_killed_process_loses_at_most_the_photos_of_one_step(
    trained_run: TrainedRun, recognizer: Recognizer, done: Batch, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faces are written before the lines that refer to them: those of a step that was cut short are simply written again."""
    monkeypatch.setattr(answering, "PHOTOS_AT_ONCE", 2)
    directory = new_batch(trained_run.directory, UPLOADS)

    def killed(path: Path, lines: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(answering, "keep_lines", killed)
        answer_batch(directory, recognizer)
    assert read_batch(directory).photos == ()
    answer_batch(directory, recognizer)
    assert _told(read_batch(directory)) == _told(done)


def test_a_folder_is_read_in_place_and_what_is_no_photo_is_told(
    trained_run: TrainedRun, recognizer: Recognizer, artifacts: Path, tmp_path: Path
) -> None:
    copy_person(tmp_path / "in" / "deeper", "s1", range(8, 10))
    (tmp_path / "in" / "notes.txt").write_text("none")
    (tmp_path / "in" / ".hidden.jpg").write_bytes(b"none")
    (tmp_path / "in" / "loop.jpg").symlink_to("/etc/hostname")
    before = sorted((tmp_path / "in").rglob("*"))
    about = batches.describe(trained_run.directory, tmp_path / "in", once=False, lines=None)
    directory = making.new_job(about, None)
    answer_batch(directory, recognizer)
    batch = read_batch(directory)
    assert [photo.file for photo in batch.photos] == ["deeper/8.pgm", "deeper/9.pgm"]
    assert sorted(path for path, _ in batch.skipped) == ["loop.jpg", "notes.txt"]
    assert (batch.source, batch.folder, batch.title) == ("folder", tmp_path / "in", "in")
    assert sorted((tmp_path / "in").rglob("*")) == before
    assert not list(directory.rglob("*.pgm"))
    assert batches.photo_bytes(batch, 1) == (tmp_path / "in" / "deeper" / "9.pgm").read_bytes()
    (tmp_path / "in" / "deeper" / "9.pgm").unlink()
    with pytest.raises(PhotoError):
        batches.photo_bytes(batch, 1)


def test_an_archive_is_unpacked_with_care(
    trained_run: TrainedRun, recognizer: Recognizer, artifacts: Path, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("trip/a.pgm", single(1, 8)[1])
        archive.writestr("trip/notes.txt", "none")
        archive.writestr("../../evil.pgm", single(1, 8)[1])
        archive.writestr("__MACOSX/._a.pgm", b"none")
    directory = new_batch(trained_run.directory, [single(2, 8), ("trip.zip", packed.getvalue())])
    half = directory / "archive-00000" / "files"  # of a process that was killed
    half.mkdir(parents=True)
    answer_batch(directory, recognizer)
    batch = read_batch(directory)
    assert [photo.file for photo in batch.photos] == ["s2-8.pgm", "trip/a.pgm"]
    assert sorted(path for path, _ in batch.skipped) == ["../../evil.pgm", "trip/notes.txt"]
    assert not (directory / "archives").exists()
    outside = tmp_path / "other.zip"
    outside.write_bytes(packed.getvalue())
    about = batches.describe(trained_run.directory, outside, once=False, lines=None)
    directory = making.new_job(about, None)
    answer_batch(directory, recognizer)
    assert [photo.file for photo in read_batch(directory).photos] == ["trip/a.pgm"]
    assert outside.exists()


def test_nothing_to_answer_is_a_clear_mistake(trained_run: TrainedRun, recognizer: Recognizer, artifacts: Path) -> None:
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("notes.txt", "none")
    with pytest.raises(DatasetError, match="no photo"):
        answer_batch(new_batch(trained_run.directory, [("x.zip", empty.getvalue())]), recognizer)
    with pytest.raises(DatasetError, match="no zip file"):
        answer_batch(new_batch(trained_run.directory, [("x.zip", b"torn")]), recognizer)
    before = list(making.job_directories())
    with pytest.raises(DatasetError, match="no photo to answer"):
        batches.start_prediction(trained_run.directory, [])
    with pytest.raises(DatasetError, match="no folder"):
        batches.start_prediction(trained_run.directory, Path("/nowhere/at/all"))
    with pytest.raises(RunError, match="not finished"):
        batches.start_prediction(new_run(Settings()), UPLOADS)

    def failing() -> object:
        yield UPLOADS[0]
        raise OSError("the upload was cut off")

    with pytest.raises(OSError, match="cut off"):
        batches.start_prediction(trained_run.directory, failing())  # type: ignore[arg-type]
    assert list(making.job_directories()) == before  # nothing is left of those


def test_what_a_person_says_counts_more(done: Batch, tmp_path: Path) -> None:
    shutil.copytree(done.directory, tmp_path / "copy")
    before = batches.batch_version(tmp_path / "copy")
    batches.give(tmp_path / "copy", [0, 3], "Zoë")
    batches.give(tmp_path / "copy", [1], batches.NO_FACE)
    batch = read_batch(tmp_path / "copy")
    assert batches.batch_version(tmp_path / "copy") != before
    assert [row.number for row in batch.refused] == [1]
    assert [row.number for row in batch.rows] == [0, *range(2, len(done.rows))]
    named = [row for row in batch.rows if row.person == "Zoë"]
    assert [(row.number, row.decision) for row in named] == [(0, "by hand"), (3, "by hand")]
    strict = batch.decided(replace(batch.lines, known=1.0, unknown=1.0))
    again = batches.named_again(batch, read_knowledge(read_run(batch.run_directory)))
    for other in (strict, again):
        assert [row.number for row in other.rows if row.decision == "by hand"] == [0, 3]
        assert [row.number for row in other.refused] == [1]
    assert batch.albums()["Zoë"] == tuple(named)
    assert [len({row.photo for row in rows}) for rows in batch.albums().values()] == sorted(
        (len({row.photo for row in rows}) for rows in batch.albums().values()), reverse=True
    )


def test_damage_is_told_and_another_job_is_no_batch(done: Batch, artifacts: Path, tmp_path: Path) -> None:
    shutil.copytree(done.directory, tmp_path / "copy")
    lines = (tmp_path / "copy" / ANSWERS).read_text().split("\n")
    (tmp_path / "copy" / ANSWERS).write_text("\n".join(["{}", *lines]))
    with pytest.raises(JobError, match="damaged"):
        read_batch(tmp_path / "copy")
    (tmp_path / "copy" / ANSWERS).write_text("\n".join(["{", *lines]))
    with pytest.raises(JobError, match="damaged"):
        read_batch(tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "parts")
    (tmp_path / "copy" / ANSWERS).write_text("\n".join(lines))
    with pytest.raises(JobError, match="missing or damaged"):
        batches.crops_of(read_batch(tmp_path / "copy"), done.rows)
    with pytest.raises(JobError, match="no batch"):
        read_batch(jobs.new_speed())
    with pytest.raises(JobError, match="no batch"):
        read_batch(tmp_path / "nowhere")


def test_a_batch_runs_in_a_process_of_its_own_and_can_be_deleted(trained_run: TrainedRun, artifacts: Path) -> None:
    directory = batches.start_prediction(trained_run.directory, iter(UPLOADS))
    assert batches.list_batches(trained_run.directory)[0].directory == directory
    assert batches.list_batches(Path("/another/run")) == []
    end = time.monotonic() + 120
    while state_of(directory) != "done":
        assert time.monotonic() < end
        assert state_of(directory) in ("queued", "running"), (directory / layout.LOG).read_text()
        time.sleep(0.2)
    batch = read_batch(directory)
    assert (batch.title, len(batch.photos), batch.total) == ("s1-8.pgm and 5 more", 6, 6)
    assert read_json(directory / layout.RESULT)["faces"] == len(batch.rows)
    job = jobs.read_job(directory)
    assert (job.kind, job.done, job.total, job.unit) == ("prediction", 6, 6, "photos")
    packing = making.new_job({"kind": "packing", "title": "x", "batch": str(directory), "what": "faces"}, None)
    other = making.new_job({"kind": "packing", "title": "x", "batch": "/another", "what": "faces"}, None)
    batches.delete_batch(directory)
    batches.delete_batch(directory)  # again: nothing to do
    assert (directory.exists(), packing.exists(), other.exists()) == (False, False, True)


def test_one_that_works_is_asked_to_vanish(trained_run: TrainedRun, artifacts: Path) -> None:
    directory = new_batch(trained_run.directory, UPLOADS)
    with jobs.JobProcess(directory):
        batches.delete_batch(directory)
        assert (directory / layout.DISCARD).exists()
    assert not directory.exists()


def test_only_so_many_ended_batches_are_kept(trained_run: TrainedRun, artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(making.KEPT_FEWER, "prediction", 1)
    first, second = (new_batch(trained_run.directory, UPLOADS[:1]) for _ in range(2))
    write_json(second / layout.PROGRESS, {"state": "stopped"})
    jobs.new_speed()
    assert (first.exists(), second.exists()) == (False, True)


def test_forgetting_somebody_erases_the_batches_that_name_them(done: Batch, artifacts: Path) -> None:
    for name in ("first", "second"):
        shutil.copytree(done.directory, artifacts / "jobs" / name)
    batches.give(artifacts / "jobs" / "second", [0], "Zoë Zacharias")
    made = making.new_job({"kind": "packing", "title": "x", "batch": str(artifacts / "jobs" / "second"), "what": "faces"}, None)
    assert erase_batches_of({person_key("Somebody else")}) == 0
    assert erase_batches_of({person_key("zoë zacharias")}) == 1
    left = {each.name for each in (artifacts / "jobs").iterdir() if not each.name.startswith(".")}
    assert (left, made.exists()) == ({"first"}, False)
