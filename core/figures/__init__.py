"""Charts: dataclasses and arrays in, plotly figures out; nothing is computed here beyond what drawing needs."""

from core.figures.confusion import confusion_matrix
from core.figures.data import channel_histogram, class_balance, image_sizes, split_counts
from core.figures.health import face_map
from core.figures.results import confidence_histogram, learning_curves, probability_bars
from core.figures.trust import fold_accuracies, reliability_diagram, stranger_curve

__all__ = [
    "channel_histogram",
    "class_balance",
    "confidence_histogram",
    "confusion_matrix",
    "face_map",
    "fold_accuracies",
    "image_sizes",
    "learning_curves",
    "probability_bars",
    "reliability_diagram",
    "split_counts",
    "stranger_curve",
]
