"""Who was added to a run in the app: whom it recognises without training, and whose photos wait for the next training."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from core.datasets import Catalogue, get_dataset, kept_photos, person_key
from core.datasets.enrolled import is_enrolled
from core.errors import DatasetError
from core.recognizer.enrolled import nobody
from core.recognizer.galleries import read_enrolled
from core.runs import Run, layout


@dataclass(frozen=True)
class AddedPerson:
    """Somebody who was added in the app.

    Attributes:
        photos: From how many photos this run recognises them; 0 where it has learnt them since, or another run was meant.
        kept: How many photos are kept for the next training.
    """

    name: str
    photos: int
    kept: int


def added_people(run: Run) -> list[AddedPerson]:
    """Return who was added to a run or has photos kept in its dataset, sorted by name.

    Raises:
        RunError: the file of those who were added is damaged.
        DatasetError: the catalogue cannot be read.
    """
    enrolled = read_enrolled(run.directory / layout.ENROLLED) or nobody()
    dataset = dataset_of(run)
    kept = _kept_for_training(dataset) if dataset else {}
    names = {person_key(name): name for name in (*kept, *enrolled.people)}
    counts = {person_key(name): count for name, count in kept.items()}
    return [
        AddedPerson(name, len(enrolled.photos_of(name)), counts.get(key, 0))
        for key, name in sorted(names.items(), key=lambda each: each[1].casefold())
    ]


def _kept_for_training(dataset: Catalogue) -> dict[str, int]:
    """Return how many photos are kept of each person who was added, without those that are left out since."""
    left_out = Counter(person_key(str(each.person)) for each in dataset.excluded() if is_enrolled(each.path))
    counts = {name: count - left_out[person_key(name)] for name, count in kept_photos(dataset.directory).items()}
    return {name: count for name, count in counts.items() if count > 0}


def dataset_of(run: Run) -> Catalogue | None:
    """Return the dataset that a run was trained on; None where it is gone."""
    try:
        return get_dataset(run.dataset.id) if run.dataset else None
    except DatasetError:
        return None
