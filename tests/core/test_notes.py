"""What people say about a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import RunError
from core.runs import layout, list_runs, new_run
from core.runs.notes import MOST_TAGS, TEXT_LENGTH, Notes, read_notes, tidy_tags, write_notes
from core.settings import Settings


def test_a_run_without_notes_has_empty_ones(artifacts: Path) -> None:
    assert read_notes(new_run(Settings())) == Notes("", (), star=False)


def test_notes_come_back_tidied_and_change_nothing_else(artifacts: Path) -> None:
    directory = new_run(Settings(), name="Mine")
    kept = write_notes(
        directory, Notes("  first\nsecond <b> é \n", ("#Holiday", "holiday", " by  the sea ", "", "a,b"), star=True)
    )
    assert kept == Notes("first\nsecond <b> é", ("Holiday", "by the sea", "a b"), star=True)
    assert read_notes(directory) == kept
    assert [run.name for run in list_runs().runs] == ["Mine"]
    assert write_notes(directory, Notes()) == read_notes(directory) == Notes()


def test_tags_are_short_and_each_once() -> None:
    assert tidy_tags(["x" * 50, "X" * 50, "##"]) == ("x" * 30,)


@pytest.mark.parametrize("text", ["{", "[]", '{"tags": 3}', '{"text": null, "tags": [1, "good"]}', "\udcff"])
def test_a_damaged_file_says_little_and_hurts_nobody(artifacts: Path, text: str) -> None:
    directory = new_run(Settings())
    (directory / layout.NOTES).write_bytes(text.encode(errors="surrogateescape"))
    assert read_notes(directory).star is False
    assert set(read_notes(directory).tags) <= {"good"}


def test_what_cannot_be_kept_is_said(artifacts: Path) -> None:
    directory = new_run(Settings())
    write_notes(directory, Notes("stays"))
    with pytest.raises(RunError, match="4,000 are the most"):
        write_notes(directory, Notes("x" * (TEXT_LENGTH + 1)))
    with pytest.raises(RunError, match="20 tags"):
        write_notes(directory, Notes(tags=tuple(f"tag {number}" for number in range(MOST_TAGS + 1))))
    with pytest.raises(RunError, match="no run"):
        write_notes(artifacts / "nowhere", Notes("x"))
    assert read_notes(directory) == Notes("stays")
