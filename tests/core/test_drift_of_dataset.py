"""Danger zones of a dataset: whose faces are tried, what is kept, and the job behind the button."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.errors import DatasetError
from core.experiment import drift, scan_dataset
from core.experiment.drift import FILE, PEOPLE, faces_to_try, measure_danger, read_danger
from core.settings import AugmentationSettings
from core.storage import write_json
from tests.core.test_drift import Brightness

SLIDERS = set(AugmentationSettings.__dataclass_fields__)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let brightness judge, and try two strengths only."""
    monkeypatch.setattr(drift, "load_backbone", lambda settings: Brightness())
    monkeypatch.setattr("core.drift.TRIED", (0.5, 1.0))


def test_a_face_of_each_of_some_people_the_same_at_every_look(artifacts: Path) -> None:
    catalogue = scan_dataset("orl").catalogue
    first, second = faces_to_try(catalogue), faces_to_try(catalogue)
    assert len(first.people) == len(set(first.people)) == PEOPLE
    assert first.pixels.shape == (PEOPLE, 112, 112, 3)
    assert first.people == second.people
    np.testing.assert_array_equal(first.pixels, second.pixels)


def test_zones_are_kept_and_read_again(artifacts: Path, quick: None) -> None:
    catalogue = scan_dataset("orl").catalogue
    assert read_danger(catalogue) is None
    zones = measure_danger(catalogue)
    assert zones is not None
    assert set(zones) == SLIDERS
    assert zones["brightness"] in (0.25, 0.5)
    assert zones["flip"] is None
    assert read_danger(catalogue) == zones


def test_a_stop_keeps_nothing(artifacts: Path, quick: None) -> None:
    catalogue = scan_dataset("orl").catalogue
    assert measure_danger(catalogue, should_stop=lambda: True) is None
    assert not (catalogue.directory / FILE).exists()


@pytest.mark.parametrize("kept", ["{", "{}", '{"version": 1, "zones": {"flip": null}}', '{"version": 9, "zones": {}}', "[]"])
def test_what_is_damaged_or_from_other_sliders_is_measured_anew(kept: str, artifacts: Path) -> None:
    catalogue = scan_dataset("orl").catalogue
    (catalogue.directory / FILE).write_text(kept)
    assert read_danger(catalogue) is None


def test_one_person_alone_is_told(artifacts: Path, tmp_path: Path) -> None:
    root = scan_dataset("orl").catalogue.root
    for name, source in (("Ann", "s1"), ("unknown", "s2")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for photo in sorted((root / source).iterdir())[:2]:
            (tmp_path / "photos" / name / photo.name).write_bytes(photo.read_bytes())
    catalogue = scan_dataset(str(tmp_path / "photos")).catalogue
    with pytest.raises(DatasetError, match="Fewer than two people"):
        faces_to_try(catalogue)


def test_the_command_finishes_a_job_and_prints_the_zones(
    artifacts: Path, quick: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["drift", "--data", "orl", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == SLIDERS
    write_json(scan_dataset("orl").catalogue.directory / FILE, {})
    assert main(["drift", "--data", "orl"]) == 0
    told = capsys.readouterr().out
    assert "flip: harmless" in told
    assert "brightness: dangerous from 0." in told
