"""The names of a run's files, in one place."""

from __future__ import annotations

RUN_SCHEMA_VERSION = 1
PARTS = ("train", "validation", "test")
STRANGERS = "strangers"  # photos of anybody else, from the dataset's folder "unknown"; they teach nothing

RUN = "run.json"  # id, name, when it was made, schema version
SETTINGS = "settings.json"
DATASET = "dataset.json"  # which photos: id, name, source, fingerprint, people
SPLIT = "split.json"  # which photo taught, chose or judged
FINGERPRINTS = "fingerprints.npz"  # of the photos that taught or chose, to know them again elsewhere
ENVIRONMENT = "environment.json"
HISTORY = "history.jsonl"  # one line an epoch
MODEL = "model.keras"
SCORES = "scores.npz"  # logits and labels of validation and test
GALLERY = "gallery.npz"  # embeddings of the faces that taught; only of runs with an embedding
ENROLLED = "enrolled.npz"  # embeddings of people who were added after the training
BACKBONE = "backbone.json"  # which embedding, by the hash of its weights
THRESHOLDS = "thresholds.json"
STRANGER_TEST = "stranger_test.json"  # what a second training without some people has shown; only where it was asked for
REPORT = "report.json"
RESULT = "result.json"  # written last: a run without it is unfinished
CHECKPOINT = "checkpoint"  # a folder, only while training is unfinished

OUT_OF_FOLD = "out_of_fold.npz"  # a cross-validation's answers for the single faces

# What any job directory holds, a run's too.
JOB = "job.json"  # kind, title and what to work on; a run needs none
PROGRESS = "progress.json"
PROCESS = "process.json"
HEARTBEAT = "heartbeat"
STOP = "stop"  # its presence asks the process to stop
ERROR = "error.json"
LOG = "log.txt"
LOCK = "job.lock"  # held by the one process that works in the directory
START_LOCK = "start.lock"  # held for a moment while a job is started again
