"""Do the photos of an added person belong together, and do they look like somebody else?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from core.recognizer.naming import Knowledge


def odd_ones(knowledge: Knowledge, person: str, files: Mapping[str, str]) -> list[str]:
    """Return a sentence where photos of a person look like different people: none of the others is similar enough.

    Args:
        knowledge: Of the run, with the person enrolled.
        person: Their name.
        files: File names of the photos just given, by what tells photos apart; only these are named.
    """
    enrolled = knowledge.enrolled
    if enrolled is None:
        return []
    photos, vectors = enrolled.faces_of(person)
    likeness = {photo: _likeness(photos, vectors, photo) for photo in dict.fromkeys(photos.tolist())}
    odd = [files[photo] for photo, alike in likeness.items() if photo in files and alike < knowledge.stranger_line]
    if len(likeness) < 2 or not odd:
        return []
    if len(odd) == len(likeness):
        return [f"The photos of {person} look like different people. If they are, remove {person} and add only the right ones."]
    return [
        f"{', '.join(odd)}: not like the other photos of {person}. If that is somebody else, remove {person} and add only the "
        "right ones."
    ]


def look_alikes(knowledge: Knowledge, person: str) -> list[str]:
    """Return a sentence where a person looks like another whom the run knows: they may be one, or be mixed up."""
    enrolled = knowledge.enrolled
    if enrolled is None or knowledge.gallery is None:
        return []
    _, vectors = enrolled.faces_of(person)
    alike = np.column_stack([knowledge.gallery.similarities(vectors), enrolled.gallery.similarities(vectors)]).mean(axis=0)
    alike[knowledge.names.index(person)] = -1
    line = max(knowledge.stranger_line, knowledge.thresholds.known if knowledge.thresholds.score == "similarity" else -1)
    if alike.max() < line:
        return []
    other = knowledge.names[int(alike.argmax())]
    return [f"{person} looks much like {other}, whom this run knows. If they are two people, they may be mixed up."]


def _likeness(photos: npt.NDArray[np.str_], vectors: npt.NDArray[np.float32], photo: str) -> float:
    """Return how alike one photo of a person is to that of the others which is most like it, -1..1."""
    own = vectors[photos == photo]
    others = {other for other in photos.tolist() if other != photo}
    return max((float((own @ vectors[photos == other].T).mean()) for other in others), default=-1.0)
