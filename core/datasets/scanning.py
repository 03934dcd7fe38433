"""Reading a folder into its catalogue; what has not changed since is not read again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from joblib import Parallel, cpu_count, delayed

from core.datasets import records
from core.datasets.builtin import BUILTIN, orl_name, orl_stray
from core.datasets.catalogue import Catalogue
from core.datasets.comparing import find_duplicates
from core.datasets.enrolled import EnrolledFiles, enrolled_files
from core.datasets.folder import FoundFile, PersonFolder, walk
from core.datasets.forgotten import Forgotten, read_forgotten, sift
from core.datasets.measures import measure
from core.datasets.names import person_key, spellings, tidy_name
from core.datasets.photo import SkippedFile
from core.datasets.records import KnownFile, Owner, Reading
from core.errors import DatasetError, PhotoError
from core.images import decode, read_photo
from core.progress import Progress, Report, ShouldStop, never, silent

_BATCH = 64  # photos between two looks at the Stop button; each batch is kept as soon as it is read
_LARGE_FILE = 64 * 2**20  # bytes; larger files are left to the decoder's own limits
_WORKERS = 8


@dataclass(frozen=True)
class ScanResult:
    """What a scan has found.

    Attributes:
        new, changed, removed, unchanged: Files, compared with the scan before.
        skipped: Files and folders that are not used.
        stopped: Whether it was stopped before its end; what was read until then is kept.
    """

    new: int
    changed: int
    removed: int
    unchanged: int
    skipped: int
    stopped: bool


@dataclass
class _Listing:
    """What a walk through the folder has found, and what is kept of people who were added in the app."""

    folders: list[PersonFolder] = field(default_factory=list)
    files: list[FoundFile] = field(default_factory=list)
    refused: list[SkippedFile] = field(default_factory=list)
    enrolled: EnrolledFiles = field(default_factory=EnrolledFiles)

    @property
    def all_files(self) -> list[FoundFile]:
        """All files that may be photos."""
        return self.files + self.enrolled.files


@dataclass(frozen=True)
class _Plan:
    """Which files are to be read, and whose they are (by folder)."""

    to_read: list[FoundFile]
    owners: dict[str, Owner]
    new: int
    changed: int
    removed: int
    forgotten: Forgotten


def scan(catalogue: Catalogue, report: Report = silent, should_stop: ShouldStop = never) -> ScanResult:
    """Bring the catalogue up to date with its folder: new and changed files are read, measured and compared.

    Raises:
        DatasetError: the folder is gone or may not be read, or the catalogue cannot be used.
        StorageError: the disk refuses; what was read until then is kept.
    """
    root = catalogue.root
    listing = _look(catalogue, root, report, should_stop)
    if listing is None:
        return ScanResult(0, 0, 0, 0, int(catalogue.summary().skipped), stopped=True)
    plan = _compare_with_known(catalogue, listing)
    whole = _read_all(catalogue, root, plan, report, should_stop) and find_duplicates(catalogue, report, should_stop)
    skipped = _finish(catalogue, whole)
    unchanged = len(listing.all_files) - plan.new - plan.changed
    return ScanResult(plan.new, plan.changed, plan.removed, unchanged, skipped, stopped=not whole)


def _look(catalogue: Catalogue, root: Path, report: Report, should_stop: ShouldStop) -> _Listing | None:
    """List the folder; None where that was stopped: half a list would look like deleted files."""
    listing = _Listing(enrolled=enrolled_files(catalogue.directory))
    report(Progress("Looking for photos", 0, 0))
    for number, entry in enumerate(walk(root)):
        stray = orl_stray(entry) if catalogue.source == BUILTIN and isinstance(entry, FoundFile) else None
        found = stray or entry
        if isinstance(found, FoundFile):
            listing.files.append(found)
        elif isinstance(found, PersonFolder):
            listing.folders.append(found)
        else:
            listing.refused.append(found)
        if number % 1000 == 999:
            report(Progress("Looking for photos", len(listing.files), 0))
            if should_stop():
                return None
    return None if should_stop() else listing


def _owners(catalogue: Catalogue, listing: _Listing, forgotten: Forgotten) -> dict[str, Owner]:
    """Return whose photos each folder holds; folders whose names differ only in case or underscores are one person.

    A folder of the dataset with a forgotten name is nobody's. A person who was added in the app since is there again.
    """
    name = orl_name if catalogue.source == BUILTIN else tidy_name
    folders = listing.folders + listing.enrolled.folders  # the folder's own spelling of a name comes first
    names = {folder.path: name(folder.name) for folder in folders}
    nobodys = {folder.path for folder in listing.folders if forgotten and forgotten.person(names[folder.path])}
    shown = spellings(names.values())
    people = {path: "" if path in nobodys else shown[person_key(own)] for path, own in names.items()}
    return {folder.path: Owner(people[folder.path], folder.part) for folder in folders}


def _compare_with_known(catalogue: Catalogue, listing: _Listing) -> _Plan:
    """Write what the listing alone tells, and return what has to be read."""
    with catalogue.writing() as connection:
        forgotten = read_forgotten(connection)
        owners = _owners(catalogue, listing, forgotten)
        known = records.known_files(connection)
        files = listing.all_files if not forgotten else _not_passed_over(listing, known, forgotten)
        gone = known.keys() - {file.path for file in files}
        moved = {
            file.path: owners[file.folder]
            for file in files
            if file.path in known and owners[file.folder] != Owner(known[file.path].person, known[file.path].part)
        }
        records.keep_state(connection, complete=0)
        records.replace_folders(connection, [each for each in listing.folders if owners[each.path].person], owners)
        records.replace_refused(connection, forgotten.without(listing.refused))
        records.forget_files(connection, gone)
        records.rename_owners(connection, moved)
    new = sum(file.path not in known for file in files)
    changed = sum(file.path in known and _changed(file, known[file.path]) for file in files)
    to_read = [file for file in files if file.path not in known or _to_read_again(file, known[file.path])]
    return _Plan(to_read, owners, new, changed, len(gone), forgotten)


def _not_passed_over(listing: _Listing, known: dict[str, KnownFile], forgotten: Forgotten) -> list[FoundFile]:
    """Take the files out of the listing that are known to show somebody who was forgotten, and return the rest."""
    for files in (listing.files, listing.enrolled.files):
        files[:] = [each for each in files if each.path in known or not forgotten.file(each)]
    return listing.all_files


def _changed(file: FoundFile, known: KnownFile) -> bool:
    return (file.size, file.mtime_ns) != (known.size, known.mtime_ns)


def _to_read_again(file: FoundFile, known: KnownFile) -> bool:
    """Changed files, and those whose bytes could not be had last time: a permission leaves no trace in size or time."""
    return known.sha256 is None or _changed(file, known)


def _read_all(catalogue: Catalogue, root: Path, plan: _Plan, report: Report, should_stop: ShouldStop) -> bool:
    """Read files in parallel and keep them batch by batch; return whether all were read."""
    total = len(plan.to_read)
    with catalogue.reading() as connection:
        measured = frozenset(row[0] for row in connection.execute("SELECT sha256 FROM photos"))
    with Parallel(n_jobs=min(_WORKERS, cpu_count()), prefer="threads") as parallel:
        for start in range(0, total, _BATCH):
            if should_stop():
                return False
            report(Progress("Reading photos", start, total))
            batch = plan.to_read[start : start + _BATCH]
            readings = parallel(delayed(_read)(root, file, measured) for file in batch)
            if not root.is_dir():
                raise DatasetError(f"The folder {root} went away while it was read.", "Put it back, then scan again.")
            with catalogue.writing() as connection:
                kept = sift(connection, plan.forgotten, readings, plan.owners)
                records.keep_readings(connection, kept, plan.owners)
    report(Progress("Reading photos", total, total))
    return True


def _read(root: Path, file: FoundFile, measured: frozenset[str]) -> Reading:
    """Open one file; a content that was measured before, under whatever name, is not decoded again."""
    sha256 = None
    try:
        data = _bytes_of(root / file.path, file)
        sha256 = hashlib.sha256(data).hexdigest()
        measures = None if sha256 in measured else measure(decode(data, file.path))
        return Reading(file, sha256, measures)
    except PhotoError as error:
        if isinstance(error.__cause__, MemoryError):
            sha256 = None  # no property of the file: try again at the next scan
        reason = error.what.removeprefix(file.path).strip().rstrip(".")
        return Reading(file, sha256, None, reason, error.remedy)


def _bytes_of(path: Path, file: FoundFile) -> bytes:
    try:
        if file.size <= _LARGE_FILE:
            return path.read_bytes()
    except OSError:
        pass  # read_photo finds the words for it
    return read_photo(path, file.path)[0]


def _finish(catalogue: Catalogue, whole: bool) -> int:
    """Write the figures of the summary; return how many files are skipped."""
    if whole:
        with catalogue.writing() as connection:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            records.keep_state(connection, complete=1, scanned_at=now)
    return keep_figures(catalogue)


def keep_figures(catalogue: Catalogue) -> int:
    """Count what the summary tells and is not counted each time it is asked; return how many files are skipped."""
    skipped, conflicts = len(catalogue.skipped()), len(catalogue.conflicts())
    with catalogue.writing() as connection:
        records.keep_state(connection, skipped=skipped, conflicts=conflicts)
    return skipped
