"""The embeddings that a run keeps: of the faces that taught, and of people who were enrolled since."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from core.openset import Gallery
from core.recognizer.enrolled import Enrolled
from core.runs.run import damage_named
from core.storage import write_whole


def read_gallery(path: Path) -> Gallery | None:
    """Return the gallery of a run; None where it has no embedding.

    Raises:
        RunError: the file is damaged.
    """
    with damage_named(path):
        return Gallery.load(path) if path.exists() else None


def read_enrolled(path: Path) -> Enrolled | None:
    """Return who was enrolled; None where nobody was.

    Raises:
        RunError: the file is damaged.
    """
    with damage_named(path):
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as stored:
            people = tuple(map(str, stored["people"]))
            photos = tuple(map(str, stored["photos"]))
            if not len(photos) == len(stored["labels"]) == len(stored["vectors"]):
                raise ValueError(f"{len(photos)} photos, {len(stored['labels'])} names, {len(stored['vectors'])} faces")
            return Enrolled(people, Gallery(stored["vectors"], stored["labels"], len(people)), photos) if people else None


def write_enrolled(path: Path, enrolled: Enrolled) -> None:
    """Store who is enrolled, in one file that needs no pickle."""
    content = io.BytesIO()
    gallery = enrolled.gallery
    people, photos = np.array(enrolled.people, dtype=str), np.array(enrolled.photos, dtype=str)
    np.savez(content, people=people, photos=photos, vectors=gallery.vectors, labels=np.asarray(gallery.labels, np.int64))
    write_whole(path, content.getvalue())
