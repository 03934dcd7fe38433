"""From prepared faces to a trained network; who listens and where a run is kept is not known here."""

from core.training.checkpoint import finished_epochs
from core.training.devices import allow_gpu_growth
from core.training.learning import train
from core.training.records import REFIT, SELECT, EpochReport, Listeners, TrainedNetwork, TrainingFaces

__all__ = [
    "REFIT",
    "SELECT",
    "EpochReport",
    "Listeners",
    "TrainedNetwork",
    "TrainingFaces",
    "allow_gpu_growth",
    "finished_epochs",
    "train",
]
