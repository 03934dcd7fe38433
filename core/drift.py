"""How far random changes carry a face from the person it shows, in the eyes of a network that knows faces.

A changed face that looks more like somebody else than like the photo it was made from teaches the wrong name.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from core.augmentation import preview
from core.embeddings import Backbone
from core.progress import Progress, Report, ShouldStop, never, silent
from core.settings import AugmentationSettings, limits_of

Faces = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

VARIANTS = 4  # of each face
TOO_MANY = 0.02  # share of lost variants from which a strength is called dangerous
TRIED = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)  # strengths, as shares of a slider
NOTHING = AugmentationSettings(flip=False, rotation=0, zoom=0, shift=0, brightness=0, contrast=0)
SWITCHES = ("flip", "upside_down")


@dataclass(frozen=True, eq=False)
class Drift:
    """What changes do to some faces, each of another person; distances are 1 - cosine of embeddings.

    Attributes:
        variants: uint8 (N, V, S, S, 3), RGB, 0..255: the changed faces.
        moved: float32 (N, V): from each variant to the face it was made of.
        room: float32 (N,): from each face to the nearest one of another person.
        nearest: int64 (N, V): which other face each variant is most like.
        lost: bool (N, V): whether that other face is nearer than its own.
    """

    variants: Faces
    moved: Floats
    room: Floats
    nearest: npt.NDArray[np.int64]
    lost: npt.NDArray[np.bool_]

    @property
    def way(self) -> float:
        """Mean distance that variants moved, as a share of that to the nearest other person."""
        return float((self.moved / np.maximum(self.room, 1e-6)[:, None]).mean())

    @property
    def lost_share(self) -> float:
        """Share of the variants that look more like somebody else."""
        return float(self.lost.mean())

    def farthest(self, count: int) -> list[tuple[int, int]]:
        """Return (face, variant) of those that went farthest towards somebody else, the worst first."""
        way = self.moved / np.maximum(self.room, 1e-6)[:, None]
        order = np.argsort(-way, axis=None, kind="stable")[:count]
        return [(int(place) // way.shape[1], int(place) % way.shape[1]) for place in order]


def measure_drift(backbone: Backbone, faces: Faces, settings: AugmentationSettings, seed: int, count: int = VARIANTS) -> Drift:
    """Change some faces at random and measure how far that carries them.

    Args:
        backbone: Embeds; the faces have to be aligned as it was taught.
        faces: uint8 (N, S, S, 3), RGB, 0..255, each of another person, N at least 2.
        settings: The changes.
        seed: Draws them.
        count: Variants of each face.
    """
    if len(faces) < 2:
        raise ValueError("faces of two people are needed to tell one from the other")
    return _compare(backbone, preview(faces, settings, seed, count), backbone.embed(faces))


def _compare(backbone: Backbone, variants: Faces, known: Floats) -> Drift:
    people, count = variants.shape[:2]
    found = backbone.embed(variants.reshape(-1, *variants.shape[2:]))
    likeness = (found @ known.T).reshape(people, count, people)  # of each variant to each face
    own = np.arange(people)
    to_own = likeness[own, :, own]  # (N, V)
    others = likeness.copy()
    others[own, :, own] = -np.inf
    between = known @ known.T
    np.fill_diagonal(between, -np.inf)
    nearest = others.argmax(axis=2)
    return Drift(
        variants,
        np.asarray(1 - to_own, np.float32),
        np.asarray(1 - between.max(axis=1), np.float32),
        nearest,
        np.asarray(others.max(axis=2) > to_own),
    )


def danger_zones(
    backbone: Backbone, faces: Faces, seed: int, report: Report = silent, should_stop: ShouldStop = never
) -> dict[str, float | None]:
    """Return for each slider the weakest tried strength at which faces get lost, all other changes being off.

    Args:
        backbone: Embeds.
        faces: uint8 (N, S, S, 3), RGB, 0..255, each of another person, N at least 2.
        seed: Draws the changes.
        report: Hears which slider is tried.
        should_stop: Asked before each slider; those not tried by then are absent.

    Returns:
        None where even the strongest is harmless.
    """
    names = [each.name for each in dataclasses.fields(AugmentationSettings)]
    known = backbone.embed(faces)
    zones: dict[str, float | None] = {}
    for number, name in enumerate(names):
        if should_stop():
            break
        report(Progress("Trying changes", number, len(names)))
        zones[name] = _first_dangerous(strengths(name), partial(_loses, backbone, faces, known, (seed, name)))
    report(Progress("Trying changes", len(zones), len(names)))
    return zones


def _first_dangerous(tried: Sequence[float], loses: Callable[[float], bool]) -> float | None:
    """Return the weakest dangerous strength, looked for by halving: stronger changes lose more faces."""
    if not loses(tried[-1]):
        return None
    place = bisect_left(tried, True, hi=len(tried) - 1, key=loses)
    return tried[place]


def strengths(name: str) -> Sequence[float]:
    """Return the strengths at which a slider is tried, each on one of its steps; 1 for a switch."""
    if name in SWITCHES:
        return (1.0,)
    limits = limits_of(AugmentationSettings, name)
    assert limits.high is not None
    assert limits.step is not None
    return tuple(dict.fromkeys(_on_steps(limits.high, limits.step)))


def _on_steps(high: float, step: float) -> Iterator[float]:
    for share in TRIED:
        yield round(max(1, round(share * high / step)) * step, 6)


def only(name: str, strength: float) -> AugmentationSettings:
    """Return settings in which nothing but one change is on."""
    values: dict[str, Any] = {name: bool(strength) if name in SWITCHES else strength}
    return dataclasses.replace(NOTHING, **values)


def _loses(backbone: Backbone, faces: Faces, known: Floats, drawn: tuple[int, str], strength: float) -> bool:
    seed, name = drawn
    return _compare(backbone, preview(faces, only(name, strength), seed, VARIANTS), known).lost_share > TOO_MANY
