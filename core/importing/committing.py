"""Making a plan true: a new dataset in a folder of Visage's own, or more photos for one that is there; all of it or nothing.

    photos/<name>/<person>/<photo>           the folder of a dataset that was imported
    photos/<name>/train/<person>/<photo>     where the parts of the source's own split are kept

Photos for a dataset that is there already are kept beside its catalogue, as those of people who were added in the app: a
folder of the person's own is never written to.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.datasets import Catalogue, SkippedFile, get_dataset, list_datasets, open_dataset
from core.errors import DatasetError, disk_errors
from core.importing.adding import add_to, take_back
from core.importing.naming import clean_person, file_name
from core.importing.outcome import Outcome, Target
from core.importing.planning import Plan, PlannedPhoto, plan
from core.importing.public_sets import forget_download
from core.importing.reading import bytes_of, look_up
from core.importing.staging import Staging, check_space, imports_root, list_stagings, remove
from core.jobs import Stopped, waiting_lock
from core.progress import Progress, Report, ShouldStop, never, silent
from core.storage import artifacts_root, new_directory, write_json

KEPT_SECONDS = 24 * 3600.0  # an import that nobody has confirmed for so long is forgotten


def photos_root() -> Path:
    """Return the folder of the photos that Visage itself keeps."""
    return artifacts_root() / "photos"


def is_own(source: str) -> bool:
    """Tell whether a dataset's folder is one that an import has made, so that its photos are Visage's own copies."""
    return Path(source).is_relative_to(photos_root().resolve())


def delete_own_photos(source: str) -> None:
    """Delete the photos of a dataset that an import has made; nothing happens to any other folder.

    Raises:
        StorageError: the disk refuses.
    """
    if is_own(source) and Path(source) != photos_root().resolve():
        _remove(Path(source))


def commit(staging: Staging, target: Target, report: Report = silent, should_stop: ShouldStop = never) -> Outcome:
    """Import what a staging holds; called twice, also at the same time, the second call returns the outcome of the first.

    Where it fails or is stopped, nothing of it remains but the staging, and what was there before is as it was.

    Raises:
        DatasetError: there is no photo to import, or no such dataset.
        StorageError: the disk refuses.
        Stopped: somebody asked to stop.
    """
    with _turn(report, should_stop):
        if (done := staging.result) is not None:
            return Outcome.from_json(done)
        planned = plan(staging, target.layout)
        catalogue = get_dataset(target.dataset) if target.dataset else _own_dataset(target.name)
        if not planned.photos:
            raise DatasetError("There is no photo of a person in this import.", "The list of skipped files says why.")
        _check_space(planned, linked=catalogue is None)
        if catalogue is None:
            outcome = _new_dataset(staging, planned, target, report, should_stop)
        else:
            outcome = add_to(catalogue, staging, planned, report, should_stop)
        write_json(staging.directory / "result.json", outcome.to_json())
        for name in ("files", "readings.json", "entries.jsonl"):
            _remove(staging.directory / name)
        forget_download(staging)
        return outcome


def discard(staging: Staging) -> None:
    """Remove an import that waits, with whatever an unfinished commit of it has left."""
    take_back(staging)
    remove(staging)


def forget_abandoned() -> None:
    """Discard imports that nobody has come back to for a day; what they had committed stays."""
    for staging in list_stagings():
        with suppress(FileNotFoundError):
            changed = max(each.stat().st_mtime for each in (staging.directory, *staging.directory.glob("*.json*")))
            if time.time() - changed > KEPT_SECONDS:
                discard(staging)


@contextmanager
def _turn(report: Report, should_stop: ShouldStop) -> Iterator[None]:
    """Commit one import at a time."""

    def check() -> None:
        if should_stop():
            raise Stopped

    with waiting_lock(imports_root() / ".commit.lock", check, lambda: report(Progress("Waiting for another import", 0, 0, ""))):
        yield


def _own_dataset(name: str) -> Catalogue | None:
    """Return the imported dataset of this name; None where it is to be made."""
    folder = clean_person(name)
    if not folder:
        raise DatasetError("The new dataset has no name.", "Give it one, such as Family.")
    wanted = str((photos_root() / folder).resolve())
    found = next((each for each in list_datasets() if each.source == wanted), None)
    return get_dataset(found.id) if found else None


def _new_dataset(staging: Staging, planned: Plan, target: Target, report: Report, should_stop: ShouldStop) -> Outcome:
    directory = _free_folder(clean_person(target.name))
    skipped = list(planned.skipped)
    places = _places(planned.photos, target.keep_parts)
    with new_directory(directory) as temporary:
        kept = 0
        for number, (photo, place) in enumerate(places):
            look_up(number, len(places), report, should_stop)
            kept += _keep(staging, photo, temporary / place, skipped)
        if not kept:
            raise DatasetError("All photos went away before they could be kept.", "Import them again.")
    whole = False
    try:
        catalogue = open_dataset(str(directory))
        whole = True
    finally:
        if not whole:
            _remove(directory)
    people = len({photo.person for photo in planned.photos})
    return Outcome(catalogue.id, catalogue.name, kept, 0, people, skipped)


def _free_folder(name: str) -> Path:
    """Return a folder that is not there; one may be left of a dataset that was deleted from Visage."""
    number, folder = 1, photos_root() / name
    while os.path.lexists(folder):
        number += 1
        folder = photos_root() / f"{name} {number}"
    for left in photos_root().iterdir() if photos_root().is_dir() else ():
        if left.name.startswith("."):
            _remove(left)  # of an import whose process was killed: only one commits at a time
    return folder


def _places(photos: tuple[PlannedPhoto, ...], keep_parts: bool) -> list[tuple[PlannedPhoto, Path]]:
    """Return where each photo goes, relative to the dataset's folder."""
    taken: defaultdict[Path, set[str]] = defaultdict(set)
    places = []
    for photo in photos:
        folder = Path(photo.part or "train", photo.person) if keep_parts else Path(photo.person)
        name = file_name(photo.staged.path, taken[folder])
        taken[folder].add(name.casefold())
        places.append((photo, folder / name))
    return places


def _keep(staging: Staging, photo: PlannedPhoto, place: Path, skipped: list[SkippedFile]) -> bool:
    """Bring one photo to its place; what is Visage's own is linked, which takes neither time nor space."""
    source = staging.path_of(photo.staged)
    place.parent.mkdir(parents=True, exist_ok=True)
    if not Path(photo.staged.file).is_absolute():
        with suppress(OSError):  # a disk without links: the bytes are copied
            os.link(source, place)
            return True
    data = bytes_of(source, photo, skipped)
    if data is not None:
        place.write_bytes(data)
    return data is not None


def _check_space(planned: Plan, linked: bool) -> None:
    """Refuse what cannot end well: spooled photos are linked into a new dataset, all others are copied."""
    sizes = (each.staged.size for each in planned.photos if not linked or Path(each.staged.file).is_absolute())
    check_space(sum(sizes), imports_root())


def _remove(path: Path) -> None:
    with disk_errors(path):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
