"""What a batch is taken out as: marked, sorted, cut out and redacted photos, in zip files and folders."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import batch as batches
from core import jobs
from core.batch import Batch, read_batch, write_folder, write_zip
from core.batch.files import Piece, Places, is_meant
from core.cli import main
from core.errors import JobError
from core.jobs import Stopped, making
from core.recognizer import Recognizer, load_recognizer
from core.runs import layout
from core.storage import write_json
from tests.core.batches import answered, group_photo, single
from tests.core.conftest import TrainedRun, copy_person

UPLOADS = [single(1, 8), ("both.png", group_photo(1, 2)), ("torn.jpg", b"none"), single(3, 9), ("s3-9.pgm", single(3, 8)[1])]
PERSON = {0: "Ann", 1: "Ann", 2: "Bo/../x", 3: None, 4: "Čeda"}  # by the face's number, see `sample`


@pytest.fixture(scope="module")
def recognizer(trained_run: TrainedRun) -> Recognizer:
    return load_recognizer(trained_run.directory)


@pytest.fixture(scope="module")
def answered_batch(trained_run: TrainedRun, recognizer: Recognizer, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    blank = io.BytesIO()
    Image.new("RGB", (300, 200), (90, 120, 60)).save(blank, "PNG")
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("VISAGE_ARTIFACTS", str(tmp_path_factory.mktemp("batches")))
        return answered(trained_run.directory, recognizer, [*UPLOADS, ("dir/blank.png", blank.getvalue())])


@pytest.fixture
def sample(answered_batch: Batch) -> Batch:
    """Return the batch with names as a test wants them: what the small network says is not the matter."""
    rows = [replace(row, person=PERSON[row.number], decision="known") for row in answered_batch.rows]
    rows[3] = replace(rows[3], decision="unknown")
    rows[4] = replace(rows[4], decision="unsure")
    return replace(answered_batch, rows=tuple(rows))


def _packed(to: Path, pieces: object) -> tuple[dict[str, bytes], int, list[tuple[str, str]]]:
    photos, missing = write_zip(to, pieces)  # type: ignore[arg-type]
    with zipfile.ZipFile(to) as archive:
        return {name: archive.read(name) for name in archive.namelist()}, photos, missing


def test_a_photo_goes_to_everybody_who_is_in_it(sample: Batch, tmp_path: Path) -> None:
    files, photos, missing = _packed(tmp_path / "a.zip", batches.sorted_files(sample))
    assert set(files) == {
        "Ann/s1-8.pgm", "Ann/both.png", "Bo_.._x/both.png", "unknown/s3-9.pgm", "unsure/s3-9.pgm", "no face/blank.png",
    }  # fmt: skip
    assert files["Ann/both.png"] == files["Bo_.._x/both.png"] == UPLOADS[1][1]
    assert (photos, missing) == (5, [])


def test_faces_lie_in_the_folders_of_their_people(sample: Batch, tmp_path: Path) -> None:
    files, _, _ = _packed(tmp_path / "a.zip", batches.face_files(sample))
    assert set(files) == {
        "Ann/s1-8 1.jpg", "Ann/both 1.jpg", "Bo_.._x/both 2.jpg", "unknown/s3-9 1.jpg", "unsure/s3-9 1.jpg",
    }  # fmt: skip
    assert files["Ann/both 1.jpg"] == batches.crops_of(sample, [sample.rows[1]])[0]


def test_marked_photos_are_all_there_and_named_apart(sample: Batch, tmp_path: Path) -> None:
    files, photos, _ = _packed(tmp_path / "a.zip", batches.annotated_files(sample))
    assert set(files) == {"s1-8.jpg", "both.jpg", "s3-9.jpg", "s3-9 2.jpg", "blank.jpg"}
    assert photos == 5
    assert all(Image.open(io.BytesIO(content)).format == "JPEG" for content in files.values())


@pytest.mark.parametrize(
    ("whom", "hidden"), [(["all"], {0, 1, 2, 3, 4}), (["unknown"], {3}), (["Ann", "unsure"], {0, 1, 4}), (["Čeda"], set())]
)
def test_only_the_chosen_faces_are_hidden(sample: Batch, tmp_path: Path, whom: list[str], hidden: set[int]) -> None:
    assert {row.number for row in sample.rows if is_meant(row, whom)} == hidden
    files, _, _ = _packed(tmp_path / "a.zip", batches.redacted_files(sample, whom, "cover"))
    assert set(files) == {"s1-8.jpg", "both.png", "s3-9.jpg", "s3-9 2.jpg", "blank.png"}
    original = np.asarray(Image.open(io.BytesIO(UPLOADS[1][1])))
    shown = np.asarray(Image.open(io.BytesIO(files["both.png"])))
    assert shown.shape == original.shape
    for row in sample.rows_of(1):
        centre = int(row.top + row.height / 2), int(row.left + row.width / 2)
        assert (shown[centre] == 0).all() == (row.number in hidden)


def test_names_that_mean_something_else_and_names_alike() -> None:
    places = Places()
    told = [
        places.of("Unknown", "a.jpg", ".jpg", is_person=True), places.of("unknown", "a.jpg", ".jpg"),
        places.of("ANN", "a.jpg", ".jpg", is_person=True), places.of("Ann", "A.jpg", ".jpg", is_person=True),
        places.of("ANN", "x/a.png", ".jpg", is_person=True), places.of("", "..\\..\\a.jpg", ".jpg"),
        places.of("...", "", "", is_person=True), places.of("con", "nul.jpg", ".jpg", is_person=True),
    ]  # fmt: skip
    assert told == [
        "Unknown 2/a.jpg", "unknown/a.jpg", "ANN/a.jpg", "Ann 2/A.jpg", "ANN/a 2.jpg", "a.jpg", "Person/photo", "_con/_nul.jpg",
    ]  # fmt: skip


def test_missing_photos_are_told_and_the_others_go_on(sample: Batch, tmp_path: Path) -> None:
    pieces = [Piece(0, "a.jpg", "a.jpg", b"1"), Piece(1, "b.jpg", "b.jpg", None, "gone"), Piece(2, "c.jpg", "x/c.jpg", b"3")]
    assert _packed(tmp_path / "a.zip", pieces)[1:] == (2, [("b.jpg", "gone")])
    assert write_folder(tmp_path / "out", pieces) == [("b.jpg", "gone")]
    found = {each.relative_to(tmp_path / "out").as_posix() for each in (tmp_path / "out").rglob("*") if each.is_file()}
    assert found == {"a.jpg", "x/c.jpg"}


def test_a_job_makes_the_zip_with_the_lines_of_the_page(answered_batch: Batch, artifacts: Path) -> None:
    strict = replace(answered_batch.lines, known=1.0, unknown=1.0)
    about = {"kind": "packing", "title": "x", "batch": str(answered_batch.directory), "how": "blur", "whom": ["all"]}
    directory = making.new_job({**about, "what": "sorted", "lines": strict.to_json()}, None)
    (directory / ".sorted.zip.half").write_bytes(b"of a process that was killed")
    assert batches.packings_of(answered_batch.directory)[0].path is None
    assert main(["pack", "--job", str(directory), "--json"]) == 0
    (packing,) = batches.packings_of(answered_batch.directory)
    assert packing.path is not None
    with zipfile.ZipFile(packing.path) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} <= {"unknown", "no face", "Ann", "Bo", "Čeda"}
        assert "unsure" not in {name.split("/")[0] for name in archive.namelist()}
    assert (packing.what, packing.photos, packing.job.state) == ("sorted", 5, "done")
    assert packing.bytes == packing.path.stat().st_size
    assert not list(directory.glob(".*.half"))
    assert batches.packings_of(Path("/another")) == []


def test_a_stop_leaves_nothing_and_a_lost_batch_is_told(answered_batch: Batch, artifacts: Path) -> None:
    about = {"kind": "packing", "title": "x", "how": "blur", "whom": ["all"], "what": "faces", "lines": None}
    directory = making.new_job({**about, "batch": str(answered_batch.directory)}, None)
    with pytest.raises(Stopped):
        batches.run_packing(directory, should_stop=lambda: True)
    assert not list(directory.glob("*.zip"))
    assert not list(directory.glob(".*zip*"))
    with pytest.raises(JobError, match="no batch"):
        batches.run_packing(making.new_job({**about, "batch": "/nowhere"}, None))
    with pytest.raises(JobError, match="no zip file to make"):
        batches.run_packing(jobs.new_speed())
    with pytest.raises(ValueError, match="packed as one of"):
        batches.start_packing(answered_batch.directory, "everything")  # type: ignore[arg-type]
    write_json(directory / layout.RESULT, ["damaged"])
    assert [each.path for each in batches.packings_of(answered_batch.directory)] == [None]


def test_predict_writes_files_on_the_command_line(
    trained_run: TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_person(tmp_path / "in", "s1", range(8, 10))
    (tmp_path / "in" / "bad.jpg").write_bytes(b"none")
    run = ["predict", "--run", str(trained_run.directory), str(tmp_path / "in")]
    out = {name: tmp_path / name for name in ("table.csv", "marked", "sorted", "hidden")}
    words = ["--csv", out["table.csv"], "--annotated", out["marked"], "--sorted", out["sorted"], "--redacted", out["hidden"]]
    assert main([*run, "--once-per-photo", "--redact", "all", "--how", "cover", *map(str, words), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3
    assert out["table.csv"].read_bytes().startswith(b"file,face,left")
    assert sorted(each.name for each in out["marked"].iterdir()) == ["8.jpg", "9.jpg"]
    assert sorted(each.name for each in out["hidden"].iterdir()) == ["8.jpg", "9.jpg"]
    assert sorted(each.name for each in out["sorted"].rglob("*.pgm")) == ["8.pgm", "9.pgm"]
    assert main(run) == 0
    assert "no photo" not in capsys.readouterr().out.split("bad.jpg")[0]


def test_predict_refuses_what_does_not_go_together(trained_run: TrainedRun, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["predict", "--run", str(trained_run.directory), "a.jpg"]
    for words, why in (
        (["predict"], "give --run and photos"),
        ([*run, "--redact", "all"], "give both"),
        ([*run, "--redacted", "x"], "give both"),
        ([*run, "--redact", "Ann Lee", "--redacted", "x"], "knows nobody called 'Ann Lee'"),
        ([*run, "--job", "x"], "stands alone"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        assert why in capsys.readouterr().err
    assert main(["predict", "--job", str(jobs.new_speed())]) == 1
    assert "no batch" in capsys.readouterr().err
    assert main(["pack", "--job", "/nowhere"]) == 1
    assert "no job" in capsys.readouterr().err


def test_the_batch_read_again_is_the_same(answered_batch: Batch) -> None:
    assert read_batch(answered_batch.directory) == answered_batch
