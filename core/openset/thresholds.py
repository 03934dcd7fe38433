"""Thresholds on a face's open-set score, and the decisions that follow from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.openset.curve import StrangerCurve
from core.settings import OpenSetSettings

SCORES = ("probability", "similarity")
Decision = Literal["known", "unsure", "unknown"]

# With fewer faces the lowest of them alone would set the line.
FEWEST_FACES = 10
DEFAULT_KNOWN, DEFAULT_UNKNOWN = 0.7, 0.4


@dataclass(frozen=True)
class Thresholds:
    """From which score on a name is sure, and below which a face is unknown.

    Attributes:
        known: A face that scores at least this is known.
        unknown: A face that scores less than this is unknown; between the two it is unsure.
        source: One sentence for the page: what the two rest on.
        tested_on_strangers: Whether faces of other people had a say.
        score: What is compared: "probability" of the most probable person, or "similarity" to that person's faces
            (`core.openset.gallery`).
        curve: What the test on strangers has shown, from which other lines can be drawn; None without one.
        automatic: What the run had drawn itself, where somebody has set these by hand; None where nobody has.

    Raises:
        ValueError: not -1 <= unknown <= known, or a score that nobody knows.
    """

    known: float
    unknown: float
    source: str
    tested_on_strangers: bool = False
    score: str = "probability"
    curve: StrangerCurve | None = None
    automatic: Thresholds | None = None

    def __post_init__(self) -> None:
        if not -1 <= self.unknown <= self.known:
            raise ValueError(f"thresholds {self.unknown} and {self.known} have to rise from -1 at least")
        if self.score not in SCORES:
            raise ValueError(f"there is no score {self.score!r}")

    def at(self, stranger_rate: float) -> Thresholds:
        """Return thresholds at which another share of strangers gets a name; these ones where no stranger was tested."""
        if self.curve is None:
            return self
        known = self.curve.line_for(stranger_rate)
        return dataclasses.replace(self, known=known, unknown=min(known, self.unknown))

    def by_hand(self, known: float, day: date) -> Thresholds:
        """Return thresholds with a line for a sure name that somebody has set; what the run had drawn is kept beside it.

        Raises:
            ValueError: the line is no number from -1 on.
        """
        own = self.automatic or self
        source = f"Set by hand on {day:%Y-%m-%d}."
        return dataclasses.replace(own, known=known, unknown=min(known, own.unknown), source=source, automatic=own)

    def to_json(self) -> dict[str, Any]:
        """Return the thresholds as JSON values."""
        values = dataclasses.asdict(dataclasses.replace(self, automatic=None))
        values.pop("automatic")
        return {**values, "automatic": self.automatic.to_json()} if self.automatic else values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Thresholds:
        """Rebuild thresholds from `to_json`."""
        curve, own = values.get("curve"), values.get("automatic")
        return cls(
            **{
                **values,
                "curve": StrangerCurve.from_json(curve) if curve else None,
                "automatic": cls.from_json(own) if own else None,
            }
        )


def choose_thresholds(
    scores: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], settings: OpenSetSettings, score: str = "probability"
) -> Thresholds:
    """Set the thresholds so that given shares of the correctly named validation faces fall below them.

    Of n such faces exactly floor(share * n) fall below a threshold, fewer where scores are equal.

    Args:
        scores: float32 (V,), of the validation faces, by the network that validation chose.
        right: bool (V,), whether it named them right.
        settings: `refuse_share` and `unknown_share`.
        score: What the scores are.
    """
    tops = np.sort(scores[right])
    if len(tops) < FEWEST_FACES:
        source = f"Fixed values: only {len(tops)} validation faces were named correctly, {FEWEST_FACES} are needed."
        return Thresholds(DEFAULT_KNOWN, DEFAULT_UNKNOWN, source, score=score)
    known = _lowest_but(tops, settings.refuse_share)
    source = (
        f"Chosen on {len(tops)} correctly named validation faces (of {len(right)}): "
        f"{settings.refuse_share:.0%} of them fall below the line for a sure name."
    )
    return Thresholds(known, min(known, _lowest_but(tops, settings.unknown_share)), source, score=score)


def _lowest_but(rising: npt.NDArray[np.float32], share: float) -> float:
    """Return the lowest value when the lowest `share` of the values is left out."""
    left_out = int(np.floor(share * len(rising) + 1e-9))  # 0.07 * 100 is a little above 7, others a little below
    return float(rising[left_out])


def decide(score: float, thresholds: Thresholds) -> Decision:
    """Return whether a face with this open-set score is known, unsure or unknown."""
    if score >= thresholds.known:
        return "known"
    return "unknown" if score < thresholds.unknown else "unsure"
