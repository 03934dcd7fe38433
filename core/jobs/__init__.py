"""Every piece of work over two seconds: a process of its own that is started, queued, watched, stopped and resumed by files."""

from core.jobs.loading import load_tensorflow
from core.jobs.making import (
    forget_job,
    new_crossvalidation,
    new_download,
    new_drift,
    new_export,
    new_health,
    new_import,
    new_preparation,
    new_speed,
    new_stranger_test,
    read_description,
)
from core.jobs.process import JobProcess
from core.jobs.progress_file import queued_progress
from core.jobs.queue import waiting_lock
from core.jobs.reading import JobState, list_jobs, read_job
from core.jobs.speaking import Speaker
from core.jobs.start import (
    request_stop,
    resume,
    start_crossvalidation,
    start_download,
    start_drift,
    start_export,
    start_health,
    start_import,
    start_preparation,
    start_speed,
    start_stranger_test,
    start_training,
)
from core.jobs.stopping import Stopped

__all__ = [
    "JobProcess",
    "JobState",
    "Speaker",
    "Stopped",
    "forget_job",
    "list_jobs",
    "load_tensorflow",
    "new_crossvalidation",
    "new_download",
    "new_drift",
    "new_export",
    "new_health",
    "new_import",
    "new_preparation",
    "new_speed",
    "new_stranger_test",
    "queued_progress",
    "read_description",
    "read_job",
    "request_stop",
    "resume",
    "start_crossvalidation",
    "start_download",
    "start_drift",
    "start_export",
    "start_health",
    "start_import",
    "start_preparation",
    "start_speed",
    "start_stranger_test",
    "start_training",
    "waiting_lock",
]
