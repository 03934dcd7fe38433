"""Forgetting a person reaches into the bin, too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.curation import forget_person
from core.datasets import Catalogue, open_dataset, scan
from core.openset import Gallery
from core.recognizer.enrolled import Enrolled
from core.recognizer.galleries import write_enrolled
from core.runs import layout, list_runs, new_run, records
from core.runs.bin import bin_run, binned
from core.runs.notes import Notes, write_notes
from core.settings import preset, with_values
from tests.core.photos import orl_file


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    for name, person in (("Annalena", 1), ("Bo", 2)):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in (1, 2):
            (folder / f"{number}.pgm").write_bytes(orl_file(person, number).read_bytes())
    made = open_dataset(str(tmp_path / "photos"))
    scan(made)
    return made


def _run(catalogue: Catalogue, people: tuple[str, ...], name: str) -> Path:
    settings = with_values(preset("embedding"), {"data.source": catalogue.source})
    directory = new_run(settings, name=name)
    about = records.DatasetRecord(catalogue.id, catalogue.name, catalogue.source, "f" * 64, people)
    records.write_dataset(directory / layout.DATASET, about)
    return directory


def test_a_deleted_run_that_has_learnt_the_person_is_gone_at_once(catalogue: Catalogue) -> None:
    learnt = bin_run(_run(catalogue, ("Annalena", "Bo"), "learnt"))
    bin_run(_run(catalogue, ("Bo", "Cy"), "others"))
    kept = _run(catalogue, ("Annalena", "Bo"), "not deleted")
    receipt = forget_person(catalogue, "Annalena")
    assert [each.name for each in binned()] == ["others"]
    assert not learnt.directory.exists()
    assert [run.name for run in list_runs().runs] == ["not deleted"]  # a person decides about those; the receipt names them
    assert receipt.runs == ((kept.name, "not deleted"),)


def test_a_deleted_run_to_which_the_person_was_added_is_gone_at_once(catalogue: Catalogue) -> None:
    directory = _run(catalogue, ("Bo", "Cy"), "added")
    gallery = Gallery(np.eye(2, dtype=np.float32), np.array([0, 1]), 2)
    write_enrolled(directory / layout.ENROLLED, Enrolled(("annalena", "Dee"), gallery, ("a", "b")))
    bin_run(directory)
    forget_person(catalogue, "Annalena")
    assert not binned()


def test_a_damaged_run_in_the_bin_is_not_spared(catalogue: Catalogue) -> None:
    gone = bin_run(_run(catalogue, ("Bo", "Cy"), "damaged"))
    (gone.directory / layout.DATASET).write_text(json.dumps({"people": 3}))
    forget_person(catalogue, "Annalena")
    assert not binned()


def test_notes_that_tell_the_name_are_left_to_the_person_and_named(catalogue: Catalogue) -> None:
    write_notes(_run(catalogue, ("Bo", "Cy"), "noted"), Notes("Without ANNALENA it is better."))
    receipt = forget_person(catalogue, "Annalena")
    assert any("notes, tags or names of one run" in each for each in receipt.remains)
    assert not any("notes, tags" in each for each in forget_person(catalogue, "Bo").remains)
