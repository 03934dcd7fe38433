"""Imports as jobs and on the command line: what they print, what they leave, and how they end."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path

import pytest

from core import importing, jobs
from core.datasets import get_dataset, list_datasets
from core.importing import Outcome
from tests.core.conftest import core_command
from tests.core.pictures import folder_of, picture_bytes

pytestmark = pytest.mark.usefixtures("artifacts")


def wait(directory: Path) -> jobs.JobState:
    end = time.monotonic() + 60
    while (job := jobs.read_job(directory)).alive and time.monotonic() < end:
        time.sleep(0.05)
    return job


def zip_of(path: Path, people: tuple[str, ...]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for seed, person in enumerate(people):
            archive.writestr(f"photos/{person}/{seed}.png", picture_bytes(seed))
            archive.writestr(f"photos/{person}/{seed}.txt", "x")
    return path


def test_an_upload_is_looked_at_and_committed_by_jobs(tmp_path: Path, artifacts: Path) -> None:
    staging = importing.new_staging("zip", "two.zip")
    zip_of(staging.directory / importing.ARCHIVE, ("Ann", "Ben <b>"))
    job = wait(jobs.start_import(staging.directory, staging.title))
    assert (job.state, job.kind, job.title) == ("done", "import", "Read two.zip")
    assert [each.person for each in importing.plan(staging).photos] == ["Ann", "Ben <b>"]
    directory = jobs.start_import(staging.directory, staging.title, {"name": "Two"})
    assert wait(directory).state == "done"
    outcome = Outcome.from_json(staging.result or {})
    assert (outcome.name, outcome.added) == ("Two", 2)
    again = wait(jobs.start_import(staging.directory, staging.title, {"name": "Two"}))
    assert again.state == "done"
    assert len(list_datasets()) == 1


def test_a_broken_archive_fails_in_words_and_leaves_nothing(artifacts: Path) -> None:
    staging = importing.new_staging("zip", "broken.zip")
    (staging.directory / importing.ARCHIVE).write_bytes(b"PK nonsense")
    job = wait(jobs.start_import(staging.directory, staging.title))
    assert job.state == "failed"
    assert "broken.zip" in job.error and job.remedy
    assert list((artifacts / "imports").iterdir()) == []


def test_the_command_line_imports_an_archive(tmp_path: Path, artifacts: Path) -> None:
    archive = zip_of(tmp_path / "my set.zip", ("Ann", "Ben"))
    shown = core_command("import", archive, "--dry-run", "--json")
    assert json.loads(shown.stdout)["people"] == {"Ann": 1, "Ben": 1}
    assert not (artifacts / "datasets").exists()
    for added in (2, 0):  # the second time the photos are there
        done = core_command("import", archive, "--json")
        assert done.returncode == 0, done.stderr
        values = json.loads(done.stdout)
        assert (values["name"], values["photos"], values["people"], values["added"]) == ("My Set", 2, 2, added)
        assert len(values["left_out"]) == 2
    assert [each for each in (artifacts / "imports").iterdir() if each.is_dir()] == []


def test_the_command_line_opens_a_folder_of_people_where_it_is(tmp_path: Path, artifacts: Path) -> None:
    root = folder_of(tmp_path / "people", {"Ann": 2, "Ben": 1})
    done = core_command("import", root, "--json")
    assert json.loads(done.stdout)["source"] == str(root)
    assert not (artifacts / "photos").exists()


def test_the_command_line_adds_photos_of_a_person(tmp_path: Path, artifacts: Path) -> None:
    root = folder_of(tmp_path / "people", {"Ann": 2, "Ben": 1})
    known = json.loads(core_command("import", root, "--json").stdout)["dataset"]
    new = folder_of(tmp_path / "more", {"x": 4}) / "x"
    done = core_command("import", new / "3.png", new / "4.png", "--person", "cleo", "--to", known)
    assert done.returncode == 0, done.stderr
    assert "1 photos added, 1 were there" in done.stdout  # the third picture is Ben's
    assert dict(get_dataset(known).people()) == {"Ann": 2, "Ben": 1, "Cleo": 1}


def test_mistakes_on_the_command_line(tmp_path: Path, artifacts: Path) -> None:
    assert core_command("import").returncode == 2
    assert core_command("download").returncode == 2
    gone = core_command("import", tmp_path / "nowhere")
    assert gone.returncode == 1
    assert "There is no folder" in gone.stderr
    (tmp_path / "empty").mkdir()
    empty = core_command("import", tmp_path / "empty")
    assert empty.returncode == 1
    assert "no photo" in empty.stderr
    assert list((artifacts / "imports").glob("2*")) == []
