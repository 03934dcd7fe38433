"""Choosing among answers: by names, by why they are wrong, by how the photo is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.datasets.health import BLURRY, DARK, SMALL, WHITE_SHARE
from core.explain import Verdict
from core.quality import Quality
from core.review.judged import Judged

Test = Callable[[Quality], bool]


def _yaw(quality: Quality) -> float:
    return abs(quality.yaw or 0.0)


def _size(quality: Quality) -> float:
    return quality.face_size or 0.0


# Titles of what can be asked for, and what is then true of a photo's measures.
QUALITIES: dict[str, Test] = {
    "Blurred": lambda each: each.sharpness < BLURRY,
    "Dark": lambda each: each.brightness < DARK,
    "Burnt out": lambda each: each.overexposed >= WHITE_SHARE,
    "Nothing wrong": lambda each: (
        each.sharpness >= BLURRY and each.brightness >= DARK and each.overexposed < WHITE_SHARE and _size(each) >= SMALL
    ),
}
SIZES: dict[str, Test] = {
    f"Under {SMALL} px": lambda each: _size(each) < SMALL,
    f"{SMALL} to 100 px": lambda each: SMALL <= _size(each) < 100,
    "100 to 200 px": lambda each: 100 <= _size(each) < 200,
    "Over 200 px": lambda each: _size(each) >= 200,
}
POSES: dict[str, Test] = {
    "From the front": lambda each: _yaw(each) < 20,
    "Turned a little": lambda each: 20 <= _yaw(each) < 45,
    "From the side": lambda each: _yaw(each) >= 45,
}


@dataclass(frozen=True)
class Wanted:
    """What is asked for; an empty text asks for nothing.

    Attributes:
        wrong: Mistakes, or right answers.
        person, named: Names of the person on the photo and of the one that was named.
        verdict: A kind of `core.explain.Verdict`.
        quality, size, pose: Titles of `QUALITIES`, `SIZES`, `POSES`; photos without measures are left out then.
    """

    wrong: bool = True
    person: str = ""
    named: str = ""
    verdict: str = ""
    quality: str = ""
    size: str = ""
    pose: str = ""


def find_answers(
    judged: Judged, wanted: Wanted, verdicts: Mapping[int, Verdict], qualities: Mapping[str, Quality]
) -> list[int]:
    """Return the rows of the answers that are asked for, the most certain first."""
    if not len(judged.labels):
        return []
    fits = judged.wrong == wanted.wrong
    for name, labels in ((wanted.person, judged.labels), (wanted.named, judged.predicted)):
        if name in judged.people:
            fits = fits & (labels == judged.people.index(name))
    rows = np.flatnonzero(fits)
    order = rows[np.argsort(-judged.probabilities[rows].max(axis=1), kind="stable")].tolist()
    if wanted.verdict and wanted.wrong:
        order = [row for row in order if row in verdicts and verdicts[row].kind == wanted.verdict]
    tests = _tests(wanted)
    return [row for row in order if _passes(qualities.get(judged.sha256[row]), tests)] if tests else order


def _tests(wanted: Wanted) -> list[Test]:
    asked = ((QUALITIES, wanted.quality), (SIZES, wanted.size), (POSES, wanted.pose))
    return [tests[title] for tests, title in asked if title in tests]


def _passes(quality: Quality | None, tests: list[Test]) -> bool:
    return quality is not None and all(test(quality) for test in tests)
