"""How well faces are put together by likeness: faces of people whom a run does not know, and a comparison with the truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.faces import choose_main_face
from core.images import decode
from core.recognizer import Recognizer, open_photo
from core.recognizer.finding import Opened
from core.runs.vectors import of_length_one
from core.settings import rng_for


@dataclass(frozen=True)
class Grouping:
    """How well faces are put together.

    Attributes:
        groups: How many there are.
        purity: Share of the faces whose group is mostly their own person.
        precision, recall: Of pairs in one group that are one person, and of pairs of one person that are in one group.
    """

    groups: int
    purity: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return (
            f"{self.groups} groups, purity {self.purity:.1%}, pairs: precision {self.precision:.1%}, recall "
            f"{self.recall:.1%}, F1 {self.f1:.3f}"
        )


def judge(groups: npt.NDArray[np.int64], people: npt.NDArray[np.int64]) -> Grouping:
    """Compare groups with whose faces they are."""
    table = np.zeros((groups.max() + 1, people.max() + 1))
    np.add.at(table, (groups, people), 1)
    both, said, true = (_pairs(counts) for counts in (table, table.sum(axis=1), table.sum(axis=0)))
    purity = float(table.max(axis=1).sum() / len(groups))
    return Grouping(len(table), purity, both / said if said else 1.0, both / true if true else 1.0)


def strangers(photos: Path, recognizer: Recognizer, each: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return vectors of people whom a run of pins40 or of the cast does not know, and who they are.

    Up to `each` photos of the 34 people of lfw34, and the 300 strangers with one photo each.
    """
    rng = rng_for(0, "groups")
    folders = sorted((photos / "lfw34").iterdir())
    files = [(number, file) for number, folder in enumerate(folders) for file in _some(sorted(folder.iterdir()), each, rng)]
    files += [(len(folders) + number, file) for number, file in enumerate(sorted((photos / "lfw_strangers").iterdir()))]
    vectors, people = [], []
    for start in range(0, len(files), 32):
        seen = recognizer.ask_about(recognizer.find([(str(file), _opened(file)) for _, file in files[start : start + 32]]))
        for (person, _), photo in zip(files[start : start + 32], seen, strict=True):
            found = [crop.detection for crop in photo.crops]
            main = choose_main_face(found, photo.width, photo.height, recognizer.face.main_face_ratio)
            if main.index is not None and photo.answers.vectors is not None:
                vectors.append(photo.answers.vectors[main.index])
                people.append(person)
    return of_length_one(np.stack(vectors)), np.array(people)


def _pairs(counts: npt.NDArray[np.float64]) -> float:
    return float((counts * (counts - 1) / 2).sum())


def _some(files: list[Path], count: int, rng: np.random.Generator) -> list[Path]:
    return [files[place] for place in rng.permutation(len(files))[:count].tolist()]


def _opened(file: Path) -> Opened:
    return open_photo(partial(decode, file.read_bytes(), file.name))
