"""Forgetting somebody right after their photos were imported: nothing of the import itself tells who they were."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from core import importing, jobs
from core.curation import forget_person
from core.datasets import Catalogue, get_dataset, kept_photos, open_dataset, scan
from core.experiment import prepare_dataset
from core.importing import Outcome, Staging
from core.settings import FaceSettings
from tests.core.conftest import copy_person
from tests.core.photos import orl_file
from tests.core.test_forgetting import traces

pytestmark = pytest.mark.usefixtures("artifacts")
YUNET = FaceSettings(detector="yunet", size=32)
ANN = "Annalena Zacharias"


def _ended(directory: Path) -> None:
    end = time.monotonic() + 60
    while (job := jobs.read_job(directory)).alive and time.monotonic() < end:
        time.sleep(0.05)
    assert job.state == "done", job.error


def _commit(staging: Staging, target: dict[str, str]) -> Catalogue:
    """Look at a staging and commit it as the page does, by two jobs; then find the faces."""
    _ended(jobs.start_import(staging.directory, staging.title))
    _ended(jobs.start_import(staging.directory, staging.title, target))
    outcome = Outcome.from_json(importing.read_staging(staging.directory).result or {})
    importing.discard(staging)
    catalogue = get_dataset(outcome.dataset)
    prepare_dataset(catalogue.source, YUNET)
    return catalogue


def _archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for person, number in ((ANN, 1), ("Bo", 2)):
            for photo in range(1, 4):
                made.write(orl_file(number, photo), f"all/{person}/{photo}.pgm")
            made.writestr(f"all/{person}/notes.txt", person)


def test_out_of_a_dataset_that_an_import_has_made(artifacts: Path) -> None:
    staging = importing.new_staging("zip", "all.zip")
    _archive(staging.directory / importing.ARCHIVE)
    catalogue = _commit(staging, {"name": "Family"})
    assert catalogue.people() == [(ANN, 3), ("Bo", 3)]
    receipt = forget_person(catalogue, ANN)
    assert (receipt.photos, receipt.copies, receipt.files) == (3, 3, ())
    assert traces(artifacts, "Zacharias") == []
    assert not any("earlier tests" in each for each in receipt.remains)
    for _ in range(2):
        assert catalogue.people() == [("Bo", 3)]
        scan(catalogue)


def test_out_of_a_folder_of_ones_own_that_they_were_added_to(artifacts: Path, tmp_path: Path) -> None:
    copy_person(tmp_path / "photos" / "Bo", "s2", range(1, 4))
    known = open_dataset(str(tmp_path / "photos"))
    scan(known)
    staging = importing.new_staging("person", ANN, ANN)
    with importing.Spool(staging) as taken:
        for photo in range(1, 4):
            with orl_file(1, photo).open("rb") as file:
                taken.add(f"{photo}.pgm", file)
    catalogue = _commit(staging, {"dataset": known.id})
    assert dict(catalogue.people()) == {ANN: 3, "Bo": 3}
    receipt = forget_person(catalogue, ANN)
    assert (receipt.photos, receipt.copies) == (3, 3)
    assert not kept_photos(catalogue.directory)
    assert traces(artifacts, "Zacharias") == []
    scan(catalogue)
    assert catalogue.people() == [("Bo", 3)]
