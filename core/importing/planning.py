"""From staged files to a plan: which photos of whom will be imported, and what is left out and why."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from joblib import Parallel, cpu_count, delayed

from core.datasets import SkippedFile, person_key
from core.datasets.folder import is_ignored, no_photo
from core.datasets.names import spellings
from core.errors import DatasetError, PhotoError
from core.images import decode, read_photo
from core.importing.layouts import AUTO, Assignment, Claim, assign, assign_person, is_table
from core.importing.naming import clean_person
from core.importing.staging import StagedFile, Staging
from core.importing.tables import MOST_BYTES, read_table
from core.jobs import Stopped
from core.progress import Progress, Report, ShouldStop, never, silent
from core.storage import read_json, write_json

_BATCH = 64  # photos between two looks at the request to stop
_WORKERS = 8


class PlannedPhoto(NamedTuple):
    """A photo that will be imported.

    Attributes:
        staged: Its file.
        person: Whose photo it is, as it will be shown.
        part: "train", "val" or "test" where the source says so.
        sha256: Hash of its bytes.
    """

    staged: StagedFile
    person: str
    part: str | None
    sha256: str


@dataclass(frozen=True)
class Plan:
    """What an import would bring.

    Attributes:
        layout: How the names were found.
        photos: Each content once, sorted by person and path.
        skipped: What is left out, with reasons, sorted by path.
    """

    layout: str
    photos: tuple[PlannedPhoto, ...]
    skipped: tuple[SkippedFile, ...]

    @property
    def has_parts(self) -> bool:
        """Whether the source divides its photos into training, validation and test."""
        return any(photo.part for photo in self.photos)


class _Reading(NamedTuple):
    """What opening a file has told: its hash, or why it cannot be used."""

    sha256: str
    reason: str = ""
    remedy: str = ""


def check(staging: Staging, report: Report = silent, should_stop: ShouldStop = never) -> None:
    """Open every staged photo, and keep its hash or what is wrong with it.

    Raises:
        DatasetError: the folder to import went away.
        StorageError: the disk refuses.
        Stopped: somebody asked to stop.
    """
    files = [file for file in staging.files() if no_photo(file.path) is None]
    readings: dict[str, _Reading] = {}
    with Parallel(n_jobs=min(_WORKERS, cpu_count()), prefer="threads") as parallel:
        for start in range(0, len(files), _BATCH):
            if should_stop():
                raise Stopped
            report(Progress("Looking at the photos", start, len(files)))
            batch = files[start : start + _BATCH]
            read = parallel(delayed(_read)(staging.path_of(file), file.path) for file in batch)
            readings |= dict(zip((file.file for file in batch), read, strict=True))
            if staging.root and not Path(staging.root).exists():
                raise DatasetError(f"The folder {staging.root} went away while it was read.", "Put it back, then start again.")
    report(Progress("Looking at the photos", len(files), len(files)))
    write_json(staging.directory / "readings.json", readings)


def plan(staging: Staging, layout: str = AUTO) -> Plan:
    """Return which photos of whom a checked staging holds.

    Args:
        layout: How to find the names, one of `LAYOUTS`; it is not asked where all photos are one person's.

    Raises:
        DatasetError: the photos have not been looked at, or the staging is gone.
    """
    stored = read_json(staging.directory / "readings.json")
    if stored is None:
        raise DatasetError("The photos of this import have not been looked at.", "Start it again.")
    readings = {file: _Reading(*reading) for file, reading in stored.items()}
    staged, skipped = staging.entries()
    files: dict[str, StagedFile] = {}
    for number, file in enumerate(staged):
        if any(is_ignored(part) for part in file.path.split("/")):
            continue
        if file.file in readings:
            files[file.path if file.path not in files else f"{file.path} ({number})"] = file
        elif not is_table(file.path) and (reason := no_photo(file.path)):
            skipped.append(reason)
    assigned = _assigned(staging, staged, list(files), layout)
    skipped += assigned.skipped
    photos = _photos(files, assigned.claims, readings, skipped)
    kept = _each_once(photos, skipped)
    return Plan(assigned.layout, tuple(kept), tuple(sorted(skipped, key=lambda each: each.path)))


def _read(path: Path, name: str) -> _Reading:
    try:
        data = read_photo_bytes(path, name)
        decode(data, name)
        return _Reading(hashlib.sha256(data).hexdigest())
    except PhotoError as error:
        return _Reading("", error.what.removeprefix(name).strip().rstrip("."), error.remedy)


def read_photo_bytes(path: Path, name: str) -> bytes:
    """Return the bytes of a staged photo; one that is too large to be read at once is decoded first.

    Raises:
        PhotoError: it cannot be read.
    """
    try:
        if path.stat().st_size <= 64 * 2**20:
            return path.read_bytes()
    except OSError:
        pass  # read_photo finds the words for it
    return read_photo(path, name)[0]


def _assigned(staging: Staging, staged: list[StagedFile], paths: list[str], layout: str) -> Assignment:
    if staging.person:
        return assign_person(paths, staging.person)
    tables: dict[str, Mapping[str, Claim]] = {}
    for file in staged:
        if is_table(file.path) and file.size <= MOST_BYTES:
            try:
                rows = read_table(staging.path_of(file).read_bytes())
            except OSError:
                continue  # it went away: the photos stand without it
            if rows:
                tables[file.path] = rows
    return assign(paths, layout, tables)


def _photos(
    files: Mapping[str, StagedFile],
    claims: Mapping[str, Claim],
    readings: Mapping[str, _Reading],
    skipped: list[SkippedFile],
) -> list[PlannedPhoto]:
    """Return the photos that can be read and have a person; the others go to `skipped`."""
    names = {name: clean_person(name) for name in {claim.name for claim in claims.values()}}
    shown = spellings(sorted(filter(None, names.values())))
    photos = []
    for path, claim in claims.items():
        file, name = files[path], names[claim.name]
        reading = readings[file.file]
        if reading.reason:
            skipped.append(SkippedFile(path, reading.reason, reading.remedy))
        elif not name:
            skipped.append(SkippedFile(path, "belongs to a person without a name", "Give the person a name."))
        else:
            photos.append(PlannedPhoto(file, shown[person_key(name)], claim.part, reading.sha256))
    return sorted(photos, key=lambda each: (each.person, each.staged.path))


def _each_once(photos: list[PlannedPhoto], skipped: list[SkippedFile]) -> list[PlannedPhoto]:
    """Return each content once; what is under two people cannot be trusted, and is left out altogether."""
    holding: defaultdict[str, list[PlannedPhoto]] = defaultdict(list)
    for photo in photos:
        holding[photo.sha256].append(photo)
    kept = []
    for same in holding.values():
        people = sorted({each.person for each in same})
        if len(people) > 1:
            remedy = f"Delete it where the name is wrong: {', '.join(each.staged.path for each in same)}."
            skipped += [SkippedFile(each.staged.path, f"is filed under {' and '.join(people)}", remedy) for each in same]
            continue
        kept.append(same[0])
        reason = "has the same content as another photo of this person"
        skipped += [SkippedFile(each.staged.path, reason, f"{same[0].staged.path} is used.") for each in same[1:]]
    return kept
