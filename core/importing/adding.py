"""More photos for a dataset that is there: kept beside its catalogue, as those of people who were added in the app."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.datasets import Catalogue, forget_photos, get_dataset, keep_photo, person_key
from core.datasets.enrolled import enrolled_files
from core.errors import DatasetError
from core.importing.outcome import Outcome
from core.importing.planning import Plan, PlannedPhoto
from core.importing.previewing import known_contents
from core.importing.reading import bytes_of, look_up
from core.importing.staging import Staging
from core.progress import Report, ShouldStop
from core.storage import read_json, write_json

_NOTE = "adding.json"  # in the staging: what is being added, should the process be killed


def add_to(catalogue: Catalogue, staging: Staging, planned: Plan, report: Report, should_stop: ShouldStop) -> Outcome:
    """Keep the photos beside the catalogue that it does not have, all of them or none.

    Raises:
        StorageError: the disk refuses.
        Stopped: somebody asked to stop.
    """
    known = known_contents(catalogue)
    fresh = [photo for photo in planned.photos if photo.sha256 not in known]
    skipped = list(planned.skipped)
    with _all_or_nothing(staging, catalogue, fresh):
        added = 0
        for number, photo in enumerate(fresh):
            look_up(number, len(fresh), report, should_stop)
            data = bytes_of(staging.path_of(photo.staged), photo, skipped)
            if data is not None:
                keep_photo(catalogue.directory, photo.person, data, Path(photo.staged.path).suffix)
                added += 1
    people = len({photo.person for photo in planned.photos})
    return Outcome(catalogue.id, catalogue.name, added, len(planned.photos) - len(fresh), people, skipped)


@contextmanager
def _all_or_nothing(staging: Staging, catalogue: Catalogue, fresh: list[PlannedPhoto]) -> Iterator[None]:
    """Take the photos out again that were kept in the block, where it does not end well; a killed process leaves a note."""
    before = _kept(catalogue)
    mine = [[each.person, each.sha256] for each in fresh if (person_key(each.person), each.sha256[:16]) not in before]
    left = read_json(staging.directory / _NOTE) or {"photos": []}
    write_json(staging.directory / _NOTE, {"dataset": catalogue.id, "photos": [*left["photos"], *mine]})
    whole = False
    try:
        yield
        whole = True
    finally:
        if not whole:
            take_back(staging)
        (staging.directory / _NOTE).unlink(missing_ok=True)


def take_back(staging: Staging) -> None:
    """Remove the photos that an unfinished import has added to a dataset; nothing happens where there are none."""
    note = read_json(staging.directory / _NOTE)
    added: defaultdict[str, set[str]] = defaultdict(set)
    for person, sha256 in note["photos"] if note else ():
        added[person].add(sha256)
    with suppress(DatasetError):  # the dataset has been deleted since
        for person, contents in added.items():
            forget_photos(get_dataset(note["dataset"]).directory, person, contents)


def _kept(catalogue: Catalogue) -> set[tuple[str, str]]:
    """Return the photos that are kept beside a catalogue: the key of the person, and the start of the hash."""
    kept = enrolled_files(catalogue.directory)
    people = {folder.path: person_key(folder.name) for folder in kept.folders}
    return {(people[file.folder], Path(file.path).stem) for file in kept.files}
