"""Lines for unknown where a run has no strangers of its own to test on: measured once, on public photos, for each embedding."""

from __future__ import annotations

from core.openset.curve import StrangerCurve
from core.openset.strangers import lines_from_curve
from core.openset.thresholds import Thresholds
from core.settings import OpenSetSettings

# Source: benchmarks/measure_lines.py on Labeled Faces in the Wild (Huang et al. 2007) and a part of Pins (Kaggle): five known
# people with ten photos each, everybody else a stranger, eighty draws.
CURVES: dict[str, StrangerCurve] = {
    "sface": StrangerCurve(
        strangers=46560,
        known=11013,
        people=0,
        auroc=0.9984,
        points=(
            (0.001, 0.4332, 0.9821),
            (0.002, 0.4217, 0.9851),
            (0.003, 0.4127, 0.9870),
            (0.005, 0.4030, 0.9887),
            (0.0075, 0.3912, 0.9905),
            (0.01, 0.3862, 0.9910),
            (0.015, 0.3742, 0.9921),
            (0.02, 0.3664, 0.9928),
            (0.03, 0.3547, 0.9935),
            (0.04, 0.3465, 0.9937),
            (0.05, 0.3396, 0.9943),
            (0.075, 0.3263, 0.9956),
            (0.1, 0.3160, 0.9959),
            (0.15, 0.3010, 0.9965),
            (0.2, 0.2890, 0.9968),
            (0.3, 0.2701, 0.9973),
            (0.5, 0.2409, 0.9977),
        ),
    ),
    "dlib": StrangerCurve(
        strangers=46560,
        known=11013,
        people=0,
        auroc=0.9980,
        points=(
            (0.001, 0.9424, 0.9161),
            (0.002, 0.9397, 0.9376),
            (0.003, 0.9382, 0.9475),
            (0.005, 0.9357, 0.9603),
            (0.0075, 0.9333, 0.9690),
            (0.01, 0.9320, 0.9730),
            (0.015, 0.9296, 0.9792),
            (0.02, 0.9279, 0.9817),
            (0.03, 0.9250, 0.9858),
            (0.04, 0.9230, 0.9874),
            (0.05, 0.9212, 0.9892),
            (0.075, 0.9177, 0.9914),
            (0.1, 0.9150, 0.9922),
            (0.15, 0.9107, 0.9942),
            (0.2, 0.9070, 0.9951),
            (0.3, 0.9009, 0.9965),
            (0.5, 0.8900, 0.9970),
        ),
    ),
}


def default_lines(backbone: str, settings: OpenSetSettings) -> Thresholds | None:
    """Return the lines that ship with an embedding; None for one that nobody has measured."""
    curve = CURVES.get(backbone)
    if curve is None:
        return None
    source = (
        f"Usual values of this embedding, measured on public photos: there, about 1 in {round(1 / settings.stranger_rate):,} "
        "strangers got a name. With six or more people, your own photos draw the line."
    )
    return lines_from_curve(curve, settings, "similarity", source)
