"""Which face of a photo is meant: none, one that was found, or one that a person has drawn a box around."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection

from core.curation.acting import Shown, act, present
from core.curation.names import photos_of
from core.datasets import Catalogue, edits
from core.datasets.edits import Change
from core.datasets.face_choice import Box, FaceChoice
from core.datasets.ledger import Entry
from core.errors import DatasetError

_SMALLEST_BOX = 8  # px; less holds no face
_FURTHEST_OUT = 0.5  # share of a box that may lie outside of the photo


def not_a_face(catalogue: Catalogue, sha256s: Sequence[str]) -> Entry:
    """Say that what was found in these photos is no face: they count as photos without one.

    Raises:
        DatasetError: there is nothing to change.
        StorageError: the disk refuses.
    """
    return _choose(catalogue, sha256s, FaceChoice("none"), "now without a face")


def automatic_face(catalogue: Catalogue, sha256s: Sequence[str]) -> Entry:
    """Let the detector choose the face of these photos again.

    Raises:
        DatasetError: there is nothing to change.
        StorageError: the disk refuses.
    """
    return _choose(catalogue, sha256s, None, "shown with the face that is found by itself")


def choose_face(catalogue: Catalogue, sha256: str, box: Box) -> Entry:
    """Say which of the found faces of a photo is the person's.

    Args:
        box: left, top, width, height in pixels of the upright photo; the found face that shares most with it is meant.

    Raises:
        DatasetError: the box lies outside of the photo or is too small, or there is nothing to change.
        StorageError: the disk refuses.
    """
    return _choose(catalogue, [sha256], FaceChoice("found", _checked(catalogue, sha256, box)), "shown with another face")


def draw_face(catalogue: Catalogue, sha256: str, box: Box) -> Entry:
    """Say where the person's face is in a photo in which it was not found.

    Args:
        box: left, top, width, height in pixels of the upright photo.

    Raises:
        DatasetError: the box lies outside of the photo or is too small, or there is nothing to change.
        StorageError: the disk refuses.
    """
    return _choose(
        catalogue, [sha256], FaceChoice("drawn", _checked(catalogue, sha256, box)), "shown with a face drawn by hand"
    )


def _choose(catalogue: Catalogue, sha256s: Sequence[str], choice: FaceChoice | None, outcome: str) -> Entry:
    text = choice.to_text() if choice else None

    def plan(connection: Connection) -> list[Change]:
        photos = present(connection, sha256s)
        now = edits.current(connection, "face", photos)
        changed = [each for each in photos if now[each] != text]
        if not changed:
            raise DatasetError("Nothing changes: these photos are gone, or it was said of them before.", "Choose other photos.")
        return [Change("face", each, now[each], text) for each in changed]

    def words(photos: Sequence[str], before: Shown, after: Shown) -> str:
        what = photos_of(len(photos), (after.get(each) for each in photos))
        return f"{what} {'is' if len(photos) == 1 else 'are'} {outcome}."

    return act(catalogue, "face", plan, words)


def _checked(catalogue: Catalogue, sha256: str, box: Box) -> Box:
    """Return a box in whole tenths of a pixel, cut to the photo.

    Raises:
        DatasetError: less than half of it lies in the photo, or it is too small.
    """
    with catalogue.reading() as connection:
        size = connection.execute("SELECT width, height FROM photos WHERE sha256 = ?", (sha256,)).fetchone()
    if size is None:
        raise DatasetError("This photo is not in the dataset any more.", "Scan the folder again.")
    left, top, width, height = box
    ends = (min(left + width, size[0]), min(top + height, size[1]))
    starts = (max(left, 0), max(top, 0))
    inside = [round(float(end - start), 1) for start, end in zip(starts, ends, strict=True)]
    if not all(side >= _SMALLEST_BOX for side in inside):  # also where one is not a number
        raise DatasetError(f"The box is too small: a face is at least {_SMALLEST_BOX} pixels wide and high.", "Draw it again.")
    if inside[0] * inside[1] < _FURTHEST_OUT * width * height:
        raise DatasetError("Most of the box lies outside of the photo.", "Draw it again.")
    return (round(float(starts[0]), 1), round(float(starts[1]), 1), inside[0], inside[1])
