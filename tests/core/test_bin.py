"""Deleting runs with a way back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from core.errors import RunError
from core.runs import bin as bin_module
from core.runs import layout, list_runs, new_run, read_run
from core.runs.bin import BINNED, FOLDER, bin_run, binned, empty_bin, restore
from core.settings import Settings


def names() -> list[str]:
    return [run.name for run in list_runs().runs]


def test_a_deleted_run_leaves_the_list_at_once_and_comes_back_as_it_was(artifacts: Path) -> None:
    directory = new_run(Settings(), name="Mine")
    (directory / layout.HISTORY).write_text("{}\n")
    before = {file.name: file.read_bytes() for file in directory.iterdir()}
    gone = bin_run(directory)
    assert not names()
    assert not list_runs().broken
    assert not directory.exists()
    assert [(each.id, each.name) for each in binned()] == [(directory.name, "Mine")]
    assert (gone.disk_bytes > 0, gone.goes - gone.binned) == (True, timedelta(days=7))
    assert restore(gone.id) == directory
    after = {file.name: file.read_bytes() for file in directory.iterdir() if file.name != layout.START_LOCK}
    assert after == before
    assert names() == ["Mine"]
    assert not binned()


def test_what_lives_or_is_no_run_stays(artifacts: Path, tmp_path: Path) -> None:
    live = new_run(Settings(), progress={"state": "queued"})
    with pytest.raises(RunError, match="still being trained"):
        bin_run(live)
    outside = new_run(Settings(), tmp_path / "outside")
    with pytest.raises(RunError, match="outside the artifacts folder"):
        bin_run(outside)
    (artifacts / "runs" / "photos").mkdir()
    with pytest.raises(RunError, match="no run"):
        bin_run(artifacts / "runs" / "photos")
    assert read_run(live).state == "queued"
    assert outside.exists()
    assert not binned()


def test_a_run_that_is_being_started_is_not_deleted(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = new_run(Settings())
    monkeypatch.setattr(bin_module, "LOCK_SECONDS", 0.1)
    with FileLock(directory / layout.START_LOCK), pytest.raises(RunError, match="being started"):
        bin_run(directory)
    assert directory.exists()


def test_after_a_week_it_is_gone(artifacts: Path) -> None:
    old, young = (bin_run(new_run(Settings(), name=name)) for name in ("old", "young"))
    for run, days in ((old, 7.01), (young, 6.99)):
        when = datetime.now(UTC) - timedelta(days=days)
        (run.directory / BINNED).write_text(json.dumps({"binned": when.isoformat()}))
    assert [each.name for each in binned()] == ["young"]
    assert not old.directory.exists()
    with pytest.raises(RunError, match="not in the bin"):
        restore(old.id)


def test_emptying_removes_all_for_good(artifacts: Path) -> None:
    for _ in range(2):
        bin_run(new_run(Settings()))
    assert empty_bin() == 2
    assert not any((artifacts / "runs" / FOLDER).iterdir())
    assert empty_bin() == 0


def test_a_taken_place_is_not_overwritten(artifacts: Path) -> None:
    directory = new_run(Settings(), name="first")
    gone = bin_run(directory)
    directory.mkdir()
    (directory / layout.SETTINGS).write_text("{}")
    with pytest.raises(RunError, match="another run"):
        restore(gone.id)
    assert [each.name for each in binned()] == ["first"]


@pytest.mark.parametrize("id", ["../..", "", ".", "nothing"])
def test_only_what_lies_in_the_bin_comes_out_of_it(artifacts: Path, id: str) -> None:
    bin_run(new_run(Settings()))
    with pytest.raises(RunError, match="not in the bin"):
        restore(id)


def test_a_damaged_run_can_be_deleted_and_brought_back(artifacts: Path) -> None:
    directory = new_run(Settings())
    (directory / layout.RUN).write_text("{")
    gone = bin_run(directory)
    (gone.directory / BINNED).write_text("")
    assert [each.id for each in binned()] == [directory.name]
    restore(gone.id)
    assert [broken for broken, _ in list_runs().broken] == [directory]


def test_no_bin_is_no_error(artifacts: Path) -> None:
    assert (binned(), empty_bin()) == ((), 0)
