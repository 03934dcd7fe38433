"""Sample photos to try a network on: group pictures put together in memory from the built-in faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.datasets.builtin import BUILTIN, orl_root
from core.images import read_photo, resize
from core.images.resampling import Pixels
from core.runs import Run
from core.settings import rng_for
from ui.images import jpeg
from ui.predict.upload import Upload

WIDTH, HEIGHT = 1280, 960  # px
KNOWN, STRANGERS = 5, 2  # people whom the run knows and does not know, in both pictures together
NOBODY = "somebody else"
_FOLDERS, _PHOTOS = [f"s{number}" for number in range(1, 41)], 10  # of the built-in set: one for each person, photos in each
_PLACES = ((3, 300), (4, 240))  # people beside each other, and the height of the tallest in px, of each picture
_SHRINK = 0.8  # the smallest face of a picture, as a share of the tallest
_FADE = 0.06  # of a face's width: how broadly its photo blends into the picture


@dataclass(frozen=True)
class Sitter:
    """Somebody in a sample photo.

    Attributes:
        file: Of the built-in faces.
        name: What the run calls them; `NOBODY` for somebody it does not know.
    """

    file: Path
    name: str


def samples(run: Run) -> list[Upload]:
    """Return two group pictures, as JPEG files that exist in memory only; their names tell who is in them, from the left.

    Where the run has learnt the built-in faces, they show photos that it has not learnt from, and somebody it does not know
    if it leaves anybody out; else they show only people whom it cannot know.

    Raises:
        DatasetError: the built-in faces are missing.
    """
    sitters, start, pictures = sitters_for(run), 0, []
    rng = rng_for(run.settings.seed, "samples")
    for count, tallest in _PLACES:
        group = sitters[start : start + count]
        start += count
        if group:
            name = f"Sample {len(pictures) + 1}, from the left {', '.join(each.name for each in group)}.jpg"
            pictures.append(Upload(name, jpeg(montage(group, tallest, rng))))
    return pictures


def sitters_for(run: Run) -> list[Sitter]:
    """Return whom the sample photos show, each once, strangers in between.

    Raises:
        DatasetError: the built-in faces are missing.
    """
    rng, root = rng_for(run.settings.seed, "sample-people"), orl_root()
    known = _known(run)
    learnt = {path.split("/")[0] for paths in known.values() for path in paths}
    strangers = [folder for folder in _FOLDERS if folder not in learnt]
    people = rng.permutation(sorted(known))[:KNOWN] if known else []
    others = rng.permutation(strangers)[: STRANGERS if known else KNOWN + STRANGERS]
    shown = [Sitter(root / str(rng.choice(known[str(name)])), str(name)) for name in people]
    shown += [Sitter(root / f"{folder}/{rng.integers(1, _PHOTOS + 1)}.pgm", NOBODY) for folder in others]
    return [shown[int(place)] for place in rng.permutation(len(shown))]


def _known(run: Run) -> dict[str, list[str]]:
    """Return the built-in photos of each person that a run knows: those that only judged it, where there are any."""
    if run.dataset is None or run.dataset.source != BUILTIN or run.split is None:
        return {}
    usable = [photo for photo in run.split.photos if photo.use == "face" and photo.person in run.class_names]
    found: dict[str, list[str]] = {}
    for photo in [each for each in usable if each.part == "test"] or usable:
        found.setdefault(photo.person, []).append(photo.path)
    return found


def montage(sitters: Sequence[Sitter], tallest: int, rng: np.random.Generator) -> Pixels:
    """Return a picture of people beside each other, uint8 (HEIGHT, WIDTH, 3) RGB.

    Args:
        sitters: From the left.
        tallest: Height of the largest face's photo, in px.
        rng: Decides sizes and places.
    """
    shade = np.linspace(200, 120, HEIGHT, dtype=np.float32)[:, None, None]  # a wall that darkens towards the floor
    picture = np.repeat(np.repeat(shade, WIDTH, axis=1), 3, axis=2) * np.array([0.98, 1.0, 1.02], np.float32)
    step = WIDTH / len(sitters)
    for place, sitter in enumerate(sitters):
        face = read_photo(sitter.file)[1].pixels
        high = round(tallest * float(rng.uniform(_SHRINK, 1)))
        wide = round(high * face.shape[1] / face.shape[0])
        left = round(step * (place + 0.5) - wide / 2 + float(rng.uniform(-0.1, 0.1)) * (step - wide))
        top = round((HEIGHT - high) * float(rng.uniform(0.3, 0.6)))
        _lay(picture[top : top + high, left : left + wide], resize(face, wide, high))
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _lay(part: np.ndarray, face: Pixels) -> None:
    """Blend a face into the float32 part of a picture that it covers, softly at its edges."""
    high, wide = face.shape[:2]
    fade = max(1, round(_FADE * wide))
    cover = np.zeros((high, wide), np.float32)
    cover[fade : high - fade, fade : wide - fade] = 1
    cover = cv2.blur(cover, (2 * fade + 1, 2 * fade + 1))[..., None]
    part += cover * (face.astype(np.float32) - part)
