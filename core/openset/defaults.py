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
        auroc=0.9985,
        points=(
            (0.001, 0.4494, 0.9812),
            (0.002, 0.4356, 0.9852),
            (0.003, 0.4270, 0.9867),
            (0.005, 0.4135, 0.9894),
            (0.0075, 0.4038, 0.9907),
            (0.01, 0.3959, 0.9916),
            (0.015, 0.3852, 0.9923),
            (0.02, 0.3774, 0.9927),
            (0.03, 0.3655, 0.9936),
            (0.04, 0.3570, 0.9946),
            (0.05, 0.3499, 0.9948),
            (0.075, 0.3359, 0.9957),
            (0.1, 0.3256, 0.9963),
            (0.15, 0.3104, 0.9966),
            (0.2, 0.2980, 0.9970),
            (0.3, 0.2787, 0.9975),
            (0.5, 0.2486, 0.9976),
        ),
    ),
    "dlib": StrangerCurve(
        strangers=46560,
        known=11013,
        people=0,
        auroc=0.9985,
        points=(
            (0.001, 0.9470, 0.9334),
            (0.002, 0.9448, 0.9481),
            (0.003, 0.9434, 0.9559),
            (0.005, 0.9413, 0.9664),
            (0.0075, 0.9393, 0.9726),
            (0.01, 0.9378, 0.9765),
            (0.015, 0.9354, 0.9812),
            (0.02, 0.9337, 0.9843),
            (0.03, 0.9309, 0.9883),
            (0.04, 0.9287, 0.9900),
            (0.05, 0.9270, 0.9912),
            (0.075, 0.9234, 0.9930),
            (0.1, 0.9207, 0.9945),
            (0.15, 0.9163, 0.9956),
            (0.2, 0.9126, 0.9965),
            (0.3, 0.9065, 0.9970),
            (0.5, 0.8957, 0.9972),
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
