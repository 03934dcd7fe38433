"""Who was added to a run after its training: names, faces as embeddings, and which photo each face is from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.openset import Gallery


@dataclass(frozen=True, eq=False)
class Enrolled:
    """People who were added after the training.

    Attributes:
        people: Their names, none twice.
        gallery: Their faces as embeddings, with the place of the name.
        photos: What tells the photo of each row of the gallery from others; rows of one photo have the same.
    """

    people: tuple[str, ...]
    gallery: Gallery
    photos: tuple[str, ...]

    def photos_of(self, person: str) -> set[str]:
        """Return the photos from which somebody is known; none for anybody else."""
        if person not in self.people:
            return set()
        own = self.people.index(person)
        return {photo for photo, label in zip(self.photos, self.gallery.labels, strict=True) if label == own}

    def faces_of(self, person: str) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float32]]:
        """Return the photo of each row of somebody's, str (M,), and the embeddings, float32 (M, D)."""
        mine = np.asarray(self.gallery.labels) == self.people.index(person)
        return np.array(self.photos, dtype=str)[mine], self.gallery.vectors[mine]

    def with_photos(self, person: str, photos: Sequence[tuple[str, npt.NDArray[np.float32]]]) -> Enrolled:
        """Return who is enrolled with more photos of somebody, who may be new.

        Args:
            person: The name.
            photos: What tells each photo from others, with its embeddings float32 (V, D).
        """
        people = self.people if person in self.people else (*self.people, person)
        fresh = [(photo, vector) for photo, vectors in photos for vector in vectors]
        added = np.array([vector for _, vector in fresh], np.float32)
        vectors = np.concatenate([self.gallery.vectors, added]) if len(self.gallery.vectors) else added
        labels = np.concatenate([self.gallery.labels, np.full(len(fresh), people.index(person))]).astype(np.int64)
        return Enrolled(people, Gallery(vectors, labels, len(people)), (*self.photos, *(photo for photo, _ in fresh)))

    def without(self, person: str) -> Enrolled:
        """Return who is enrolled but for one of them."""
        gone = self.people.index(person)
        labels = np.asarray(self.gallery.labels)
        stay = labels != gone
        people = tuple(each for each in self.people if each != person)
        photos = tuple(photo for photo, kept in zip(self.photos, stay.tolist(), strict=True) if kept)
        return Enrolled(people, Gallery(self.gallery.vectors[stay], (labels - (labels > gone))[stay], len(people)), photos)

    def without_photos(self, photos: Collection[str]) -> Enrolled:
        """Return who is enrolled but for some photos; who is left without any is not enrolled any more."""
        stay = np.array([photo not in photos for photo in self.photos], bool)
        gallery = Gallery(self.gallery.vectors[stay], np.asarray(self.gallery.labels)[stay], len(self.people))
        left = Enrolled(self.people, gallery, tuple(photo for photo in self.photos if photo not in photos))
        for person in [each for each in self.people if not left.photos_of(each)]:
            left = left.without(person)
        return left


def nobody() -> Enrolled:
    """Return what it is when nobody was added."""
    return Enrolled((), Gallery(np.empty((0, 0), np.float32), np.empty(0, np.int64), 0), ())
