"""A batch as pages and tables see it: what has been answered by now, read from its files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, cast

from core import jobs
from core.batch.given import GIVEN, NO_FACE, read_given
from core.batch.kept import ANSWERS, read_answers, read_lines
from core.batch.rows import BY_HAND, BatchPhoto, BatchRow, read_photo_line, read_rows
from core.batch.sources import LISTED, SourcePhoto, listed_photos, what_was_listed
from core.errors import JobError
from core.jobs import JobState
from core.models.logits import Answers
from core.openset import Thresholds
from core.recognizer import Knowledge, read_knowledge
from core.recognizer.naming import name_faces
from core.runs import read_run

Source = Literal["uploads", "folder", "archive"]
KIND: Literal["prediction"] = "prediction"


@dataclass(frozen=True)
class Batch:
    """Many photos that were answered together.

    Attributes:
        directory: Of its job.
        title: What it is about, for pages.
        created: When it was started, UTC.
        run_directory, run_id, run_name: Which run answers; it may be gone by now.
        source: Where the photos come from.
        folder: The folder or archive on this computer; None where they were uploaded.
        once: Whether nobody is twice in a photo.
        lines: Where known and unknown lie.
        total: How many photos there are; None until they are listed.
        photos: Those that are answered.
        rows: Their faces.
        refused: Boxes of which a person has said that they are no faces.
        skipped: Path and reason of each file that is no photo.
    """

    directory: Path
    title: str
    created: datetime
    run_directory: Path
    run_id: str
    run_name: str
    source: Source
    folder: Path | None
    once: bool
    lines: Thresholds
    total: int | None
    photos: tuple[BatchPhoto, ...]
    rows: tuple[BatchRow, ...]
    refused: tuple[BatchRow, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _by_photo(self) -> dict[int, tuple[BatchRow, ...]]:
        grouped: defaultdict[int, list[BatchRow]] = defaultdict(list)
        for row in self.rows:
            grouped[row.photo].append(row)
        return {photo: tuple(rows) for photo, rows in grouped.items()}

    @cached_property
    def files(self) -> list[SourcePhoto]:
        """Where the bytes of each photo lie, by its number."""
        return listed_photos(self.directory)

    def rows_of(self, photo: int) -> tuple[BatchRow, ...]:
        """Return the faces of one photo, by its number."""
        return self._by_photo.get(photo, ())

    def albums(self) -> dict[str, tuple[BatchRow, ...]]:
        """Return the faces of each person who was named for sure or by hand, those in most photos first."""
        grouped: defaultdict[str, list[BatchRow]] = defaultdict(list)
        for row in self.rows:
            if row.person and row.decision in ("known", BY_HAND):
                grouped[row.person].append(row)
        size = {person: len({row.photo for row in rows}) for person, rows in grouped.items()}
        ordered = sorted(grouped, key=lambda person: (-size[person], person.casefold()))
        return {person: tuple(grouped[person]) for person in ordered}

    def decided(self, lines: Thresholds) -> Batch:
        """Return what is said where the lines lie elsewhere; no network is asked, and what a person has said stays.

        Raises:
            RunError: with nobody twice in a photo, other lines may give a name to another face: the run is asked, and gone.
            JobError: the same, and the answers are damaged.
        """
        if lines == self.lines:
            return self
        if self.once:
            return named_again(self, replace(read_knowledge(read_run(self.run_directory)), thresholds=lines))
        return replace(
            self,
            lines=lines,
            rows=tuple(row.decided(lines) for row in self.rows),
            refused=tuple(row.decided(lines) for row in self.refused),
        )


def named_again(batch: Batch, knowledge: Knowledge) -> Batch:
    """Return a batch with names from the stored answers, as if it were asked now: people who were added since are known.

    Raises:
        JobError: the stored answers are damaged.
    """
    every = sorted([*batch.rows, *batch.refused], key=lambda row: row.number)
    refused = {row.number for row in batch.refused}
    named = _named(every, read_answers(batch.directory, every), knowledge, batch.once)
    return replace(
        batch,
        lines=knowledge.thresholds,
        rows=tuple(row for row in named if row.number not in refused),
        refused=tuple(row for row in named if row.number in refused),
    )


def _named(rows: list[BatchRow], answers: Answers, knowledge: Knowledge, once: bool) -> list[BatchRow]:
    if not rows:
        return []
    if not once:
        names = name_faces(answers, knowledge)
    else:
        names = [name for own in _parts(rows, answers) for name in name_faces(own, knowledge, once=True)]
    return [row.named(name, knowledge.thresholds) for row, name in zip(rows, names, strict=True)]


def _parts(rows: list[BatchRow], answers: Answers) -> Iterator[Answers]:
    """Yield the answers of each photo."""
    end = 0
    for _, own in groupby(rows, key=lambda row: row.photo):
        start, end = end, end + len(list(own))
        yield Answers(answers.logits[start:end], None if answers.vectors is None else answers.vectors[start:end])


def read_batch(directory: Path) -> Batch:
    """Return the batch in a job's directory, as far as it has come.

    Raises:
        JobError: there is none, or it is damaged.
    """
    about = jobs.read_description(directory)
    if about.get("kind") != KIND:
        raise JobError(f"There is no batch in {directory}.", "Choose another from the list.")
    try:
        lines = Thresholds.from_json(about["lines"])
        run_id = Path(about["run"]).name
        photos, rows = _read(read_lines(directory), run_id, lines.known)
        total, skipped = what_was_listed(directory)
        said = read_given(directory)
    except (KeyError, TypeError, ValueError) as error:
        raise JobError(f"The batch in {directory} is damaged ({error}).", "Delete it, and start it again.") from error
    told = [row.by_hand(said[row.number].person) if row.number in said else row for row in rows]
    return Batch(
        directory=directory,
        title=str(about["title"]),
        created=datetime.fromisoformat(about["created"]),
        run_directory=Path(about["run"]),
        run_id=run_id,
        run_name=str(about["run_name"]),
        source=cast(Source, about["source"]),
        folder=Path(about["path"]) if about.get("path") else None,
        once=bool(about["once"]),
        lines=lines,
        total=total,
        photos=tuple(photos),
        rows=tuple(row for row in told if row.person != NO_FACE),
        refused=tuple(row for row, say in zip(rows, told, strict=True) if say.person == NO_FACE),
        skipped=skipped,
    )


def _read(lines: Iterable[Any], run: str, threshold: float) -> tuple[list[BatchPhoto], list[BatchRow]]:
    photos: list[BatchPhoto] = []
    rows: list[BatchRow] = []
    for line in lines:
        photos.append(read_photo_line(line))
        rows += read_rows(line, len(rows), run, threshold)
    return photos, rows


def batch_version(directory: Path) -> int:
    """Return a number that changes with the answers of a batch and with what a person says of them."""
    paths = (directory / name for name in (ANSWERS, GIVEN, LISTED))
    return sum(path.stat().st_mtime_ns + path.stat().st_size for path in paths if path.exists())


def list_batches(run_directory: Path | None = None) -> list[JobState]:
    """Return the batches of a run, or of all, newest first."""
    wanted = None if run_directory is None else str(run_directory.absolute())
    return [job for job in jobs.jobs_of_kind(KIND) if wanted is None or _run_of(job.directory) == wanted]


def _run_of(directory: Path) -> str:
    try:
        return str(jobs.read_description(directory).get("run", ""))
    except JobError:  # damaged: nobody can say whose it is
        return ""
