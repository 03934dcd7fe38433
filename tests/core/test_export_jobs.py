"""Exports as jobs and on the command line: what they leave, what a stop leaves, and how the files go."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path

import pytest

from core import curation, jobs
from core.curation import forget_person
from core.datasets import Catalogue, open_dataset, scan
from core.errors import DatasetError
from core.jobs import Stopped, making
from core.settings import FaceSettings
from tests.core.conftest import copy_person, core_command

YUNET = FaceSettings(detector="yunet", size=32)


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    copy_person(tmp_path / "photos" / "Ann", "s1", range(1, 4))
    copy_person(tmp_path / "photos" / "Bo", "s2", range(1, 3))
    made = open_dataset(str(tmp_path / "photos"))
    scan(made)
    return made


def wait(directory: Path) -> jobs.JobState:
    end = time.monotonic() + 120
    while (job := jobs.read_job(directory)).alive and time.monotonic() < end:
        time.sleep(0.05)
    return job


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return sorted(archive.namelist())


def done(catalogue: Catalogue, what: str = "photos") -> Path:
    """Do an export's job in this process, and return its directory."""
    directory = jobs.new_export(catalogue.source, what, YUNET)
    with jobs.JobProcess(directory) as job:
        job.finish(curation.run_export(directory, catalogue, job.report, job.should_stop))
    return directory


def test_a_job_writes_the_faces_into_its_directory(catalogue: Catalogue) -> None:
    curation.exclude(catalogue, [catalogue.photos()[0].sha256])
    directory = jobs.start_export(catalogue.source, "crops", YUNET)
    job = wait(directory)
    assert (job.state, job.kind, job.title, job.error) == ("done", "export", "Export photos", "")
    (found,) = curation.finished_exports(catalogue)
    assert found.path.parent == directory
    assert (found.what, found.photos, found.people, found.missing) == ("crops", 4, 2, ())
    assert found.bytes == found.path.stat().st_size
    assert names_in(found.path) == ["Ann/2.png", "Ann/3.png", "Bo/1.png", "Bo/2.png"]
    jobs.forget_job(directory)
    assert not found.path.exists()
    assert not curation.finished_exports(catalogue)


def test_a_stopped_job_leaves_nothing_and_can_be_started_again(catalogue: Catalogue) -> None:
    directory = jobs.new_export(catalogue.source, "photos", YUNET)
    (directory / ".photos.zip.half").write_bytes(b"of a process that was killed")
    with pytest.raises(Stopped), jobs.JobProcess(directory):
        curation.run_export(directory, catalogue, should_stop=lambda: True)
    assert jobs.read_job(directory).state == "stopped"
    assert not [each.name for each in directory.iterdir() if "zip" in each.name]
    assert not curation.finished_exports(catalogue)
    jobs.resume(directory)
    assert wait(directory).state == "done"
    assert [each.photos for each in curation.finished_exports(catalogue)] == [5]


def test_only_the_dataset_s_own_files_are_listed_and_erased(catalogue: Catalogue, tmp_path: Path) -> None:
    copy_person(tmp_path / "others" / "Cy", "s3", range(1, 3))
    other = open_dataset(str(tmp_path / "others"))
    scan(other)
    kept = done(other)
    made = [done(catalogue), done(catalogue, "crops")]
    assert [each.directory for each in curation.finished_exports(catalogue)] == made[::-1]
    (curation.finished_exports(catalogue)[0].path).unlink()  # taken away by hand
    assert [each.directory for each in curation.finished_exports(catalogue)] == made[:1]
    assert curation.erase_exports(catalogue) == 1
    assert [each.directory for each in curation.finished_exports(other)] == [kept]
    assert not any(each.exists() for each in made)


def test_the_command_line_writes_where_it_is_told(catalogue: Catalogue, tmp_path: Path) -> None:
    to = tmp_path / "out" / "clean.zip"
    told = core_command("export-dataset", "--data", catalogue.source, "--to", to, "--json")
    assert told.returncode == 0, told.stderr
    values = json.loads(told.stdout)
    assert (values["file"], values["photos"], values["people"], values["missing"]) == (str(to), 5, 2, [])
    assert len(names_in(to)) == 5
    assert curation.erase_exports(catalogue) == 0
    assert to.exists()  # not Visage's to remove


def test_mistakes_on_the_command_line(artifacts: Path, tmp_path: Path) -> None:
    assert core_command("export-dataset", "--data", "orl").returncode == 2
    gone = core_command("export-dataset", "--data", tmp_path / "nowhere", "--to", tmp_path / "x.zip")
    assert gone.returncode == 1
    assert "Traceback" not in gone.stderr
    assert not (artifacts / "jobs").exists()
    wrong = core_command("export-dataset", "--job", jobs.new_speed())
    assert wrong.returncode == 1
    assert "no export" in wrong.stderr


def test_few_exports_are_kept(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(making.KEPT_FEWER, "export", 1)
    first, second = done(catalogue), done(catalogue)
    jobs.new_speed()
    assert (first.exists(), second.exists()) == (False, True)


def test_forgetting_a_person_erases_the_files_that_hold_them(catalogue: Catalogue, artifacts: Path) -> None:
    made = done(catalogue)
    receipt = forget_person(catalogue, "Ann")
    assert receipt.exports == 1
    assert "- 1 exported files that Visage kept" in receipt.text
    assert not made.exists()


def test_nobody_is_forgotten_while_photos_are_exported(catalogue: Catalogue) -> None:
    directory = jobs.new_export(catalogue.source, "photos", YUNET)
    with jobs.JobProcess(directory), pytest.raises(DatasetError, match="being exported"):
        forget_person(catalogue, "Ann")
    assert forget_person(catalogue, "Ann").photos == 3
