"""The run directory: everything needed to understand, repeat and reuse one training, and nothing hidden elsewhere."""

from core.runs.layout import RUN_SCHEMA_VERSION
from core.runs.live import Live, SampleAnswer, SampleEpoch, read_live, read_samples
from core.runs.liveness import is_alive
from core.runs.longer import drop_state, new_longer_run, state_bytes, why_not_longer
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
    "Live",
    "PartScores",
    "PhotoRecord",
    "Run",
    "RunList",
    "SampleAnswer",
    "SampleEpoch",
    "SplitRecord",
    "State",
    "delete_run",
    "drop_state",
    "is_alive",
    "list_runs",
    "new_longer_run",
    "new_run",
    "read_live",
    "read_progress",
    "read_run",
    "read_samples",
    "rename_run",
    "state_bytes",
    "state_of",
    "why_not_longer",
]
