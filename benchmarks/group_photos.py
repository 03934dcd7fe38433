"""Group photos with known faces: what a detector finds in them, and whom a run names."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from core.detection import create_detector
from core.images import decode
from core.recognizer import FoundPhoto, Recognizer
from core.recognizer.finding import find_faces
from core.runs import new_run
from core.settings import preset, with_values

Box = tuple[float, float, float, float]
DETECTORS = ("yunet", "mtcnn")
SIZES = (1.0, 0.5)
EMPTY = ("hard/no-faces.jpg", "crowds/dogs.jpg")
OVERLAP = 0.5
FOUND_LIMIT, FALSE_LIMIT, NAMED_LIMIT = 0.95, 0.02, 0.9


@dataclass(frozen=True)
class Finding:
    """What a detector finds in the photos with true boxes.

    Attributes:
        true, found: How many faces there are, and how many of them were found.
        boxes, false: How many boxes it says, and how many of them are no face of these.
        in_empty: How many boxes it says in photos without people.
    """

    true: int
    found: int
    boxes: int
    false: int
    in_empty: int

    @property
    def good(self) -> bool:
        """Whether the aims are met."""
        enough = self.found >= FOUND_LIMIT * self.true and self.false <= FALSE_LIMIT * self.boxes
        return enough and self.in_empty == 0

    def __str__(self) -> str:
        return (
            f"found {self.found} of {self.true} ({self.found / self.true:.1%}), false {self.false} of {self.boxes}, "
            f"{self.in_empty} in photos without people"
        )


def true_boxes(photos: Path) -> dict[str, list[Box]]:
    """Return the boxes of testing.xml, left, top, width and height, by the photo's name."""
    root = ElementTree.parse(photos / "group_photos" / "crowds" / "testing.xml").getroot()
    sides = ("left", "top", "width", "height")
    return {
        image.attrib["file"]: [tuple(float(box.attrib[side]) for side in sides) for box in image.findall("box")]  # type: ignore[misc]
        for image in root.iter("image")
    }


def overlap(one: Box, other: Box) -> float:
    """Return intersection over union."""
    first, second = (np.array([box[0], box[1], box[0] + box[2], box[1] + box[3]]) for box in (one, other))
    sides = np.minimum(first, second)[2:] - np.maximum(first, second)[:2]
    shared = float(np.prod(np.maximum(sides, 0)))
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def matched(found: Sequence[Box], true: Sequence[Box], least: float = OVERLAP) -> list[tuple[int, int]]:
    """Return which found box is which true one, each at most once, those that overlap most first."""
    pairs = sorted(((overlap(a, b), i, j) for i, a in enumerate(found) for j, b in enumerate(true)), reverse=True)
    taken: list[tuple[int, int]] = []
    for shared, i, j in pairs:
        if shared >= least and all(i != one and j != other for one, other in taken):
            taken.append((i, j))
    return taken


def scaled_photo(path: Path, scale: float) -> bytes:
    """Return a photo's bytes, shrunk where the scale asks for it."""
    if scale == 1:
        return path.read_bytes()
    with Image.open(path) as image:
        small = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BOX)
    content = io.BytesIO()
    small.save(content, "PNG")
    return content.getvalue()


def faces_in(path: Path, detector: str, scale: float = 1.0) -> FoundPhoto:
    """Return the faces that prediction finds in a photo with the usual settings of a detector."""
    face = preset("embedding" if detector == "yunet" else "cnn").face
    photo = decode(scaled_photo(path, scale), path.name)
    return find_faces(create_detector(face), face, [(path.name, photo)])[0]


def look(photos: Path, detector: str, scale: float) -> Finding:
    """Return what a detector finds at a size."""
    folder = photos / "group_photos"
    true = found = boxes = 0
    for file, expected in true_boxes(photos).items():
        said = [crop.detection.box for crop in faces_in(folder / "crowds" / file, detector, scale).crops]
        wanted = [(left * scale, top * scale, width * scale, height * scale) for left, top, width, height in expected]
        true, boxes, found = true + len(wanted), boxes + len(said), found + len(matched(said, wanted))
    empty = sum(len(faces_in(folder / file, detector, scale).crops) for file in EMPTY)
    return Finding(true, found, boxes, boxes - found, empty)


@dataclass(frozen=True)
class Naming:
    """How the faces of the cast photos are named.

    Attributes:
        true, found, right: How many faces have a known name, how many of them were found, and how many named right.
        twice: How many names were given to two faces of a photo.
        wrong: (photo, who it is, who was said) of each face that was found and not named right.
    """

    true: int
    found: int
    right: int
    twice: int
    wrong: tuple[tuple[str, str, str], ...]


def cast_run(photos: Path, name: str, detector: str = "yunet") -> Path:
    """Train a run on cast_gallery, and return its directory."""
    from core.experiment import run_experiment

    changes = {"data.source": str(photos / "cast_gallery"), "face.detector": detector}
    directory = new_run(with_values(preset(name), changes))
    run_experiment(directory)
    return directory


def name_cast(photos: Path, recognizer: Recognizer, once: bool = True) -> Naming:
    """Name the faces of the cast photos and compare with who they are."""
    truth: defaultdict[str, list[tuple[Box, str]]] = defaultdict(list)
    with (photos / "group_photos" / "cast_truth.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            box = (float(line["left"]), float(line["top"]), float(line["width"]), float(line["height"]))
            truth[line["file"]].append((box, line["person"]))
    found = right = twice = 0
    wrong: list[tuple[str, str, str]] = []
    for file, faces in truth.items():
        data = (photos / "group_photos" / "cast" / file).read_bytes()
        said = recognizer.name(recognizer.look(data, file), once).faces
        names = Counter(face.person for face in said if face.person)
        twice += sum(count - 1 for count in names.values())
        for i, j in matched([face.detection.box for face in said], [box for box, _ in faces], 0.3):
            found += 1
            person = said[i].person if said[i].decision == "known" else None
            hit = (person or "").casefold() == faces[j][1].casefold()
            right += hit
            if not hit:
                wrong.append((file, faces[j][1], f"{said[i].decision} {said[i].top[0][0]} {said[i].score:.2f}"))
    return Naming(sum(map(len, truth.values())), found, right, twice, tuple(wrong))
