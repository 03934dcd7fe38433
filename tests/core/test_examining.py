"""What the training doctor is told of a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import RunError
from core.runs import DatasetRecord, PhotoRecord, SplitRecord, layout, new_run, read_run, records
from core.runs.examining import counts_in, examine, majority_share
from core.settings import Settings, preset, with_values
from core.storage import append_json_line
from core.training import EpochReport


def photo(number: int, person: str, part: str = "validation", use: str = "face") -> PhotoRecord:
    return PhotoRecord(f"{number:064x}", f"{person}/{number}.jpg", person, part, use)


PHOTOS = (
    photo(1, "Ann"), photo(2, "Ann"), photo(3, "Ann"), photo(4, "Bo"), photo(5, "Bo", use="no_face"), photo(6, "Bo", "test"),
)  # fmt: skip


def made(settings: Settings, epochs: int, accuracy: float) -> Path:
    directory = new_run(settings)
    records.write_dataset(directory / layout.DATASET, DatasetRecord("orl", "ORL", "orl", "f" * 64, ("Ann", "Bo")))
    records.write_split(directory / layout.SPLIT, SplitRecord(PHOTOS))
    for number in range(1, epochs + 1):
        loss = 0.6 / number
        report = EpochReport(number, epochs, loss, accuracy, loss, accuracy, 1e-3, 0.1, best=True, phase="select")
        append_json_line(directory / layout.HISTORY, report.to_json())
    return directory


def test_the_most_frequent_person_among_the_validation_faces_counts(artifacts: Path) -> None:
    run = read_run(made(preset("dense"), 6, 0.7))
    assert majority_share(run) == 0.75  # three of Ann, one of Bo; the photo without a face and the test do not count
    assert "worse_than_majority" in {each.rule for each in examine(run)}
    assert "worse_than_majority" not in {each.rule for each in examine(read_run(made(preset("dense"), 6, 0.8)))}


def test_a_run_that_has_not_begun_has_no_findings(artifacts: Path) -> None:
    run = read_run(new_run(preset("dense")))
    assert (examine(run), majority_share(run)) == ((), 0.0)


def test_what_a_history_counts(artifacts: Path) -> None:
    tuned = with_values(preset("embedding"), {"embedding.fine_tune": "true"})
    runs = [read_run(new_run(each)) for each in (preset("embedding"), tuned, preset("cnn"))]
    assert [counts_in(run) for run in runs] == ["Step", "Epoch", "Epoch"]


def test_a_damaged_split_is_named(artifacts: Path) -> None:
    directory = made(preset("dense"), 6, 0.7)
    (directory / layout.SPLIT).write_text('{"photos": 1}')
    os.utime(directory / layout.SPLIT)
    with pytest.raises(RunError, match=r"split\.json is damaged"):
        examine(read_run(directory))
