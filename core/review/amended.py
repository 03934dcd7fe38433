"""What people have changed about photos since a run was judged by them: both accuracies are told, so that none is polished."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from core.datasets import Catalogue, get_dataset, ledger, person_key
from core.datasets.edits import Change
from core.errors import DatasetError
from core.review.judged import Judged, stored_in
from core.runs import Run

_DECIDED = ("person", "excluded", "face")


@dataclass(frozen=True)
class Amended:
    """How judged photos have changed since, and what that does to accuracy.

    Attributes:
        relabelled, excluded, face_changed, gone: How many photos now show another person, are left out, have another face
            chosen, or are not in the dataset any more.
        actions: How many entries of the ledger since then are about these photos; those that were taken back count, too.
        before: Accuracy as first judged.
        now: With the names of today, without what is left out, gone, or has another face; None where nothing is left.
        photos_now: How many photos that rests on.
    """

    relabelled: int
    excluded: int
    face_changed: int
    gone: int
    actions: int
    before: float
    now: float | None
    photos_now: int

    @property
    def photos(self) -> int:
        """How many photos are not as they were."""
        return self.relabelled + self.excluded + self.face_changed + self.gone

    def __bool__(self) -> bool:
        return bool(self.photos or self.actions)


def amended(run: Run, judged: Judged) -> Amended | None:
    """Return what has changed about judged photos since; None where the dataset is gone.

    Raises:
        RunError: there is no photo to judge by.
    """
    try:
        catalogue = get_dataset(judged.dataset_id)
        return _compare(catalogue, judged, _time_of(run, judged))
    except DatasetError:
        return None


def _time_of(run: Run, judged: Judged) -> str:
    """Return when the photos were judged, ISO 8601 in UTC, as the ledger writes it."""
    path = stored_in(run, judged.key)
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else run.created
    return moment.isoformat(timespec="seconds")


def _compare(catalogue: Catalogue, judged: Judged, moment: str) -> Amended:
    shown = {photo.sha256: str(photo.person) for photo in catalogue.photos()}
    excluded = {photo.sha256 for photo in catalogue.excluded()}
    with catalogue.reading() as connection:
        entries = ledger.since(connection, moment)
    faces = {each.key for changes in entries for each in changes if each.what == "face"}
    label_of = _labels_today(judged.people, entries)
    counts = {"relabelled": 0, "excluded": 0, "face_changed": 0, "gone": 0}
    hits, left = 0, 0
    for sha256, label, named in _photos(judged):
        person = shown.get(sha256)
        today = -1 if person is None else label_of.get(person_key(person), -1)
        fate = "excluded" if sha256 in excluded else "gone" if person is None else "face_changed" if sha256 in faces else ""
        left, hits = left + (not fate), hits + (not fate and today == named)
        fate = fate or ("" if today == label else "relabelled")
        if fate:
            counts[fate] += 1
    contents = {*judged.sha256, *(each.sha256 for each in judged.no_face)}
    actions = sum(any(each.what in _DECIDED and each.key in contents for each in changes) for changes in entries)
    return Amended(**counts, actions=actions, before=judged.report.accuracy, now=hits / left if left else None, photos_now=left)


def _labels_today(people: Sequence[str], entries: Iterable[Iterable[Change]]) -> dict[str, int]:
    """Return the label of each person by the key of the name that they have today: a new name is no other person."""
    label_of = {person_key(person): label for label, person in enumerate(people)}
    for change in (each for changes in entries for each in changes if each.what == "rename"):
        before, after = (person_key(each or change.key) for each in (change.before, change.after))
        if before in label_of and after not in label_of:
            label_of[after] = label_of[before]
    return label_of


def _photos(judged: Judged) -> list[tuple[str, int, int]]:
    """Return content, label, and the label that was answered of each photo; C where no face was found."""
    nobody = len(judged.people)
    faces = zip(judged.sha256, judged.labels.tolist(), np.asarray(judged.predicted).tolist(), strict=True)
    return [*faces, *((each.sha256, each.label, nobody) for each in judged.no_face)]
