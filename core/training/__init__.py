"""From prepared faces to a trained network; who listens and where a run is kept is not known here."""

from core.training.checkpoint import finished_epochs
from core.training.devices import allow_gpu_growth
from core.training.learning import train
from core.training.loop import Loop, Watch
from core.training.records import REFIT, SELECT, EpochReport, Listeners, Running, TrainedNetwork, TrainingFaces

__all__ = [
    "REFIT",
    "SELECT",
    "EpochReport",
    "Listeners",
    "Loop",
    "Running",
    "TrainedNetwork",
    "TrainingFaces",
    "Watch",
    "allow_gpu_growth",
    "finished_epochs",
    "train",
]
