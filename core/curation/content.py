"""What a dataset holds, as one number, and how it has changed since a run was trained."""

from __future__ import annotations

from core.datasets import Catalogue, Photo, get_dataset
from core.errors import DatasetError
from core.runs import Run
from core.runs.records import fingerprint


def content_hash(catalogue: Catalogue) -> str:
    """Return the sha256 over the photos that can be used, whose they are, and which face was chosen by hand.

    It is what a run records as the fingerprint of its dataset.
    """
    return _hash(catalogue, catalogue.photos())


def changed_since(run: Run) -> str | None:
    """Return a sentence that says how the dataset has changed since a run was trained; None where it has not.

    Raises:
        DatasetError: the catalogue cannot be read.
    """
    if run.dataset is None:
        return None
    try:
        catalogue = get_dataset(run.dataset.id)
    except DatasetError:
        return "The dataset of this run is not in Visage any more."
    photos = catalogue.photos()
    if _hash(catalogue, photos) == run.dataset.fingerprint:
        return None
    return f"The dataset has changed since this run was trained{_differences(run, photos)}."


def _hash(catalogue: Catalogue, photos: list[Photo]) -> str:
    return fingerprint(((each.sha256, str(each.person)) for each in photos), catalogue.face_choices())


def _differences(run: Run, photos: list[Photo]) -> str:
    """Return ": 3 photos are new, 2 are gone, 1 has another name", or nothing where only faces were chosen."""
    if run.split is None:
        return ""
    then = {each.sha256: each.person for each in run.split.photos}
    now = {each.sha256: each.person for each in photos}
    counts = (
        (len(now.keys() - then.keys()), "new", "new"),
        (len(then.keys() - now.keys()), "gone or left out", "gone or left out"),
        (sum(now[each] != then[each] for each in now.keys() & then.keys()), "under another name", "under other names"),
    )
    said = [f"{count:,} {one if count == 1 else more}" for count, one, more in counts if count]
    return f": of its photos, {', '.join(said)}" if said else ": other faces of its photos were chosen"
