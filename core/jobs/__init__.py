"""Every piece of work over two seconds: a process of its own that is started, queued, watched, stopped and resumed by files."""

from core.jobs.loading import load_tensorflow
from core.jobs.process import JobProcess
from core.jobs.progress_file import queued_progress
from core.jobs.queue import waiting_lock
from core.jobs.reading import JobState, list_jobs, read_job
from core.jobs.speaking import Speaker
from core.jobs.start import new_preparation, read_description, request_stop, resume, start_preparation, start_training
from core.jobs.stopping import Stopped

__all__ = [
    "JobProcess",
    "JobState",
    "Speaker",
    "Stopped",
    "list_jobs",
    "load_tensorflow",
    "new_preparation",
    "queued_progress",
    "read_description",
    "read_job",
    "request_stop",
    "resume",
    "start_preparation",
    "start_training",
    "waiting_lock",
]
