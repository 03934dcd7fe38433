"""The experiment behind a run: photos in, a trained, measured and saved network out."""

from core.experiment.elsewhere import evaluate_run
from core.experiment.photos import Dataset, prepare_dataset, scan_dataset
from core.experiment.running import run_experiment

__all__ = ["Dataset", "evaluate_run", "prepare_dataset", "run_experiment", "scan_dataset"]
