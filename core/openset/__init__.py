"""When a face is called unknown: the score that tells known faces from strangers, and the lines drawn on it."""

from core.openset.curve import StrangerCurve, auroc, line_at, prediction_line, stranger_curve
from core.openset.defaults import default_lines
from core.openset.gallery import Gallery, gallery_of
from core.openset.scores import LineCost, OpenSetScores
from core.openset.strangers import FEWEST_PEOPLE, FEWEST_STRANGERS, compare, left_out_scores
from core.openset.thresholds import DEFAULT_KNOWN, DEFAULT_UNKNOWN, Decision, Thresholds, choose_thresholds, decide

__all__ = [
    "DEFAULT_KNOWN",
    "DEFAULT_UNKNOWN",
    "FEWEST_PEOPLE",
    "FEWEST_STRANGERS",
    "Decision",
    "Gallery",
    "LineCost",
    "OpenSetScores",
    "StrangerCurve",
    "Thresholds",
    "auroc",
    "choose_thresholds",
    "compare",
    "decide",
    "default_lines",
    "gallery_of",
    "left_out_scores",
    "line_at",
    "prediction_line",
    "stranger_curve",
]
