"""Forgetting a person: all that Visage has of them is erased, in this dataset and in its runs' lists of added people.

Files come first and the catalogue last, so that what was interrupted can be done again to its end. Left are salted hashes,
by which a scan passes the photos over, and what is not Visage's to erase; the receipt says what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from sqlite3 import Connection

from filelock import FileLock, Timeout

from core.batch.erasing import erase_batches_of
from core.curation import copies
from core.curation.binned import erase_binned_runs
from core.curation.exports import erase_exports, export_job
from core.curation.names import known_as
from core.curation.receipt import Receipt, keep
from core.datasets import Catalogue, crops, edits, forgotten, ledger, person_key, schema
from core.datasets.folder import FoundFile
from core.datasets.scanning import keep_figures
from core.datasets.used import people_shown, refresh
from core.embeddings import store
from core.errors import DatasetError, RunError
from core.recognizer.enrolment import forget as forget_enrolled
from core.recognizer.galleries import read_enrolled
from core.review.evaluations import erase_evaluations_of
from core.runs import LIVE, Run, layout, list_runs
from core.runs.notes import read_notes

LOCK = "preparation.lock"  # in the dataset's directory: held by who reads and prepares its photos
_SAID = "Somebody was forgotten."


@dataclass(frozen=True)
class _Person:
    """Who is to be forgotten.

    Attributes:
        name: As shown.
        keys: Of the name and of every folder's name that is shown as it.
        names: All spellings of those.
        sizes: Bytes of each of their photos, by sha256.
        others: (path, person) of photos in folders of these names that somebody has said to show another, by sha256.
        folders: Paths of folders with these names.
        files: Paths of their photos.
    """

    name: str
    keys: frozenset[str]
    names: frozenset[str]
    sizes: dict[str, int]
    others: dict[str, tuple[str, str]]
    folders: tuple[str, ...]
    files: tuple[str, ...]


def runs_trained_on(catalogue: Catalogue, person: str) -> list[Run]:
    """Return the runs of this dataset that have learnt, or were judged by, a person's photos, newest first.

    Raises:
        DatasetError: there is no such person, or the catalogue cannot be read.
    """
    with catalogue.reading() as connection:
        return _runs_of(catalogue, _who(connection, catalogue, person))


def forget_person(catalogue: Catalogue, person: str) -> Receipt:
    """Erase all that Visage has of a person; it cannot be undone.

    Raises:
        DatasetError: there is no such person, or other work on the dataset goes on.
        StorageError: the disk refuses; what is left is erased when it is asked for again.
    """
    with _alone(catalogue):
        with catalogue.reading() as connection:
            who = _who(connection, catalogue, person)
        runs = _runs_of(catalogue, who)
        receipt = _erase_files(catalogue, who, Receipt(datetime.now(UTC).isoformat(timespec="seconds")))
        moved = copies.move_out(catalogue, who.others, who.folders)
        with catalogue.writing() as connection:
            entries = _erase_rows(connection, who, moved)
        keep_figures(catalogue)
        clean = schema.vacuum(catalogue.directory / schema.FILE_NAME)
        remains = _remains(catalogue, who, clean)
        receipt = replace(
            receipt,
            photos=len(who.sizes),
            entries=entries,
            runs=tuple((run.id, run.name) for run in runs),
            remains=remains,
            files=() if copies.belongs_to_visage(catalogue) else who.files,
        )
        return replace(receipt, path=keep(catalogue.directory, receipt))


@contextmanager
def _alone(catalogue: Catalogue) -> Iterator[None]:
    """Hold the dataset, so that nobody writes back what is being erased.

    Raises:
        DatasetError: its photos are being prepared or exported, or a run on it is being trained.
    """
    live = [run.name for run in list_runs().runs if run.state in LIVE and _is_on(run, catalogue)]
    if live:
        raise DatasetError(
            f"The run {live[0]} is still being trained on this dataset.", "Stop it first, then forget the person."
        )
    job = export_job(catalogue)
    if job is not None and job.alive:
        raise DatasetError(f"The photos of {catalogue.name} are being exported.", "Stop that first, then forget the person.")
    lock = FileLock(catalogue.directory / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DatasetError(
            f"The photos of {catalogue.name} are being prepared.", "Wait for that or stop it, then forget the person."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _is_on(run: Run, catalogue: Catalogue) -> bool:
    return run.dataset.id == catalogue.id if run.dataset else run.settings.data.source == catalogue.source


def _who(connection: Connection, catalogue: Catalogue, person: str) -> _Person:
    name = known_as(connection, person)
    keys = edits.folder_keys_of(connection, name)
    if not keys and name not in people_shown(connection):
        raise DatasetError(f"There is nobody called {person}.", "Choose one of the people of the dataset.")
    keys |= {person_key(name)} if not _is_alias_of_another(connection, name) else set()
    said = dict(connection.execute("SELECT sha256, person FROM edits WHERE person IS NOT NULL"))
    given = edits.contents_named(connection, name)
    inside = edits.contents_in_folders_of(connection, keys)
    foreign = {each for each in inside if each in said and each not in given}
    theirs = (inside - foreign) | given
    rows = connection.execute("SELECT sha256, path, person, folder, size FROM files").fetchall()
    names = {row[2] for row in rows if person_key(row[2]) in keys} | {name}
    folders = {row[3] for row in rows if person_key(row[2]) in keys}
    return _Person(
        name,
        frozenset(keys),
        frozenset(names),
        {row[0]: row[4] for row in rows if row[0] in theirs},
        {row[0]: (row[1], said[row[0]]) for row in rows if row[0] in foreign},
        tuple(sorted({*folders, *copies.enrolled_folders(catalogue.directory, keys)})),
        tuple(sorted(row[1] for row in rows if row[0] in theirs)),
    )


def _is_alias_of_another(connection: Connection, name: str) -> bool:
    """Whether folders of this name are shown under another one, and so are somebody else's."""
    row = connection.execute("SELECT name FROM renames WHERE person = ?", (person_key(name),)).fetchone()
    return row is not None and person_key(row[0]) != person_key(name)


def _runs_of(catalogue: Catalogue, who: _Person) -> list[Run]:
    return [run for run in list_runs().runs if _is_on(run, catalogue) and _has_learnt(run, who)]


def _has_learnt(run: Run, who: _Person) -> bool:
    if any(person_key(each) in who.keys for each in run.class_names):
        return True
    return run.split is not None and any(
        photo.sha256 in who.sizes or person_key(photo.person) in who.keys for photo in run.split.photos
    )


def _erase_files(catalogue: Catalogue, who: _Person, receipt: Receipt) -> Receipt:
    """Erase everything but what the catalogue itself holds."""
    copies.erase_records(who.names)
    for run in list_runs().runs:
        erase_evaluations_of(run.directory, catalogue.id)  # whole: they can be made again
    erase_binned_runs(lambda run: _is_on(run, catalogue) and (_has_learnt(run, who) or bool(_enrolled_as(run, who))))
    photos = who.sizes.keys()
    return replace(
        receipt,
        crops=crops.forget(catalogue.directory, photos),
        embeddings=store.forget(catalogue.directory, photos),
        thumbnails=copies.erase_thumbnails(catalogue.directory, photos),
        enrolments=sum(_erase_enrolment(run, who) for run in list_runs().runs if _is_on(run, catalogue)),
        copies=copies.erase_copies(catalogue, who.sizes) + copies.erase_imports(who.sizes, who.names),
        exports=erase_exports(catalogue),
        batches=erase_batches_of(who.keys),
    )


def _erase_enrolment(run: Run, who: _Person) -> bool:
    """Remove the person from those who were added to a run; return whether they were among them."""
    try:
        mine = _enrolled_as(run, who)
        for name in mine:
            forget_enrolled(run.directory, name)
    except RunError:  # damaged: it recognises nobody, and the receipt names the run where it has learnt the person
        return False
    return bool(mine)


def _enrolled_as(run: Run, who: _Person) -> list[str]:
    enrolled = read_enrolled(run.directory / layout.ENROLLED)
    return [each for each in enrolled.people if person_key(each) in who.keys] if enrolled else []


def _notes_tell(run: Run, who: _Person) -> bool:
    notes = read_notes(run.directory)
    said = " ".join((run.name, notes.text, *notes.tags)).casefold()
    return any(name.casefold() in said for name in who.names)


def _erase_rows(connection: Connection, who: _Person, moved: Mapping[str, FoundFile]) -> int:
    connection.execute("PRAGMA secure_delete = ON")
    entries = ledger.forget(connection, who.sizes.keys(), who.keys | {person_key(who.name)})
    people = dict(who.others.values())
    for path, file in moved.items():
        row = (file.path, file.folder, people[path], file.size, file.mtime_ns, path)
        connection.execute("DELETE FROM files WHERE path = ?", (file.path,))
        columns = "path = ?, folder = ?, person = ?, part = NULL, size = ?, mtime_ns = ?"
        connection.execute(f"UPDATE files SET {columns} WHERE path = ?", row)
    refresh(connection, who.others)
    forgotten.erase(connection, who.sizes.keys(), who.keys)
    ledger.append(connection, "forget", _SAID, [], photos=len(who.sizes))
    return entries


def _remains(catalogue: Catalogue, who: _Person, clean: bool) -> tuple[str, ...]:
    found = [
        "Salted hashes of the photos and of the name, by which a scan passes the photos over; nothing can be read from them."
    ]
    if not copies.belongs_to_visage(catalogue):
        files = f"{len(who.files):,} file{'' if len(who.files) == 1 else 's'}"
        found.append(f"{files} in the folder {catalogue.root}: Visage never changes it. Delete them there.")
        inside = len(who.others)
        if inside:
            found.append(f"{inside:,} photos of other people lie in a folder of that name; the catalogue holds its path.")
    if told := copies.jobs_that_tell(who.names):
        found.append(f"{told:,} results of earlier tests may tell the name; they go with time or when you delete them.")
    if noted := sum(_notes_tell(run, who) for run in list_runs().runs):
        runs = "one run" if noted == 1 else f"{noted:,} runs"
        found.append(f"The notes, tags or names of {runs} tell the name; change them on Train.")
    if not clean:
        found.append("The catalogue is being read just now; traces in its log vanish with the next change.")
    found.append("Whatever was exported, downloaded or copied before, and backups of this machine.")
    return tuple(found)
