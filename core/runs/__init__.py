"""The run directory: everything needed to understand, repeat and reuse one training, and nothing hidden elsewhere."""

from core.runs.layout import RUN_SCHEMA_VERSION
from core.runs.liveness import is_alive
from core.runs.making import delete_run, new_run, rename_run
from core.runs.records import CalibrationRecord, DatasetRecord, PartScores, PhotoRecord, SplitRecord
from core.runs.run import Run, RunList, list_runs, read_run
from core.runs.state import ENDED, LIVE, State, read_progress, state_of

__all__ = [
    "ENDED",
    "LIVE",
    "RUN_SCHEMA_VERSION",
    "CalibrationRecord",
    "DatasetRecord",
    "PartScores",
    "PhotoRecord",
    "Run",
    "RunList",
    "SplitRecord",
    "State",
    "delete_run",
    "is_alive",
    "list_runs",
    "new_run",
    "read_progress",
    "read_run",
    "rename_run",
    "state_of",
]
