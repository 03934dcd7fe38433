"""When a face is called unknown: thresholds on the probability of its most probable person."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.settings import OpenSetSettings

Decision = Literal["known", "unsure", "unknown"]

# With fewer faces the lowest of them alone would set the line.
FEWEST_FACES = 10
DEFAULT_KNOWN, DEFAULT_UNKNOWN = 0.7, 0.4


@dataclass(frozen=True)
class Thresholds:
    """From which probability on a name is sure, and below which a face is unknown.

    Attributes:
        known: A face with at least this probability is known.
        unknown: A face with less than this is unknown; between the two it is unsure.
        source: One sentence for the page: what the two rest on.
        tested_on_strangers: Whether faces of other people had a say.

    Raises:
        ValueError: not 0 <= unknown <= known <= 1.
    """

    known: float
    unknown: float
    source: str
    tested_on_strangers: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.unknown <= self.known <= 1:
            raise ValueError(f"thresholds {self.unknown} and {self.known} have to rise within 0..1")

    def to_json(self) -> dict[str, Any]:
        """Return the thresholds as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Thresholds:
        """Rebuild thresholds from `to_json`."""
        return cls(**values)


def choose_thresholds(
    probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.integer[Any]], settings: OpenSetSettings
) -> Thresholds:
    """Set the thresholds so that given shares of the correctly named validation faces fall below them.

    Of n such faces exactly floor(share * n) fall below a threshold, fewer where probabilities are equal.

    Args:
        probabilities: float32 (V, C), of the validation faces, by the network that validation chose.
        labels: int (V,), who they show.
        settings: `refuse_share` and `unknown_share`.
    """
    correct = probabilities.argmax(axis=1) == labels if len(labels) else np.zeros(0, bool)
    tops = np.sort(probabilities[correct].max(axis=1)) if correct.any() else np.zeros(0, np.float32)
    if len(tops) < FEWEST_FACES:
        source = f"Fixed values: only {len(tops)} validation faces were named correctly, {FEWEST_FACES} are needed."
        return Thresholds(DEFAULT_KNOWN, DEFAULT_UNKNOWN, source)
    known = _lowest_but(tops, settings.refuse_share)
    source = (
        f"Chosen on {len(tops)} correctly named validation faces (of {len(labels)}): "
        f"{settings.refuse_share:.0%} of them fall below the line for a sure name."
    )
    return Thresholds(known, min(known, _lowest_but(tops, settings.unknown_share)), source)


def _lowest_but(rising: npt.NDArray[np.float32], share: float) -> float:
    """Return the lowest value when the lowest `share` of the values is left out."""
    left_out = int(np.floor(share * len(rising) + 1e-9))  # 0.07 * 100 is a little above 7, others a little below
    return float(rising[left_out])


def decide(probability: float, thresholds: Thresholds) -> Decision:
    """Return whether a face whose most probable person has `probability` is known, unsure or unknown."""
    if probability >= thresholds.known:
        return "known"
    return "unknown" if probability < thresholds.unknown else "unsure"
