"""Every piece of work over two seconds: a process of its own that is started, queued, watched, stopped and resumed by files."""

from core.jobs.honest import start_honesty, start_learning_curve
from core.jobs.loading import load_tensorflow
from core.jobs.longer import start_longer
from core.jobs.making import (
    forget_job,
    new_crossvalidation,
    new_download,
    new_drift,
    new_evaluation,
    new_events,
    new_export,
    new_health,
    new_honesty,
    new_import,
    new_learning_curve,
    new_preparation,
    new_search,
    new_speed,
    new_stranger_test,
    read_description,
)
from core.jobs.process import JobProcess
from core.jobs.progress_file import queued_progress
from core.jobs.queue import waiting_lock
from core.jobs.rates import new_rate_finder, start_rate_finder
from core.jobs.reading import JobState, jobs_of_kind, list_jobs, read_job
from core.jobs.requests import request_discard, request_pause, request_stop
from core.jobs.searching import start_search
from core.jobs.speaking import Speaker
from core.jobs.start import (
    resume,
    start_crossvalidation,
    start_download,
    start_drift,
    start_evaluation,
    start_export,
    start_health,
    start_import,
    start_preparation,
    start_speed,
    start_stranger_test,
    start_training,
)
from core.jobs.stopping import Discarded, Paused, Stopped
from core.jobs.tensorboard import start_events

__all__ = [
    "Discarded",
    "JobProcess",
    "JobState",
    "Paused",
    "Speaker",
    "Stopped",
    "forget_job",
    "jobs_of_kind",
    "list_jobs",
    "load_tensorflow",
    "new_crossvalidation",
    "new_download",
    "new_drift",
    "new_evaluation",
    "new_events",
    "new_export",
    "new_health",
    "new_honesty",
    "new_import",
    "new_learning_curve",
    "new_preparation",
    "new_rate_finder",
    "new_search",
    "new_speed",
    "new_stranger_test",
    "queued_progress",
    "read_description",
    "read_job",
    "request_discard",
    "request_pause",
    "request_stop",
    "resume",
    "start_crossvalidation",
    "start_download",
    "start_drift",
    "start_evaluation",
    "start_events",
    "start_export",
    "start_health",
    "start_honesty",
    "start_import",
    "start_learning_curve",
    "start_longer",
    "start_preparation",
    "start_rate_finder",
    "start_search",
    "start_speed",
    "start_stranger_test",
    "start_training",
    "waiting_lock",
]
