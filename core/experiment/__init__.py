"""The experiment behind a run: photos in, a trained, measured and saved network out."""

from core.experiment.crossvalidation import cross_validate, finished_folds, out_of_fold
from core.experiment.elsewhere import evaluate_run
from core.experiment.out_of_fold import OutOfFold
from core.experiment.photos import Dataset, prepare_dataset, scan_dataset
from core.experiment.running import run_experiment
from core.experiment.speed import estimate, measure_speed, read_speed

__all__ = [
    "Dataset",
    "OutOfFold",
    "cross_validate",
    "estimate",
    "evaluate_run",
    "finished_folds",
    "measure_speed",
    "out_of_fold",
    "prepare_dataset",
    "read_speed",
    "run_experiment",
    "scan_dataset",
]
