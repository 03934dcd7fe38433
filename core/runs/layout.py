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
NOTES = "notes.json"  # what people say about the run: text, tags, a star
HISTORY = "history.jsonl"  # one line an epoch
MODEL = "model.keras"
SCORES = "scores.npz"  # logits and labels of validation and test
GALLERY = "gallery.npz"  # embeddings of the faces that taught; only of runs with an embedding
VECTORS = "vectors.npz"  # where the network places each face of the run; absent in runs of an earlier program
OPINIONS = "opinions.npz"  # what an embedding says of the faces that the run has named wrong; only of runs without one
ENROLLED = "enrolled.npz"  # embeddings of people who were added after the training
BACKBONE = "backbone.json"  # which embedding, by the hash of its weights
THRESHOLDS = "thresholds.json"
OPENSET = "openset.npz"  # how faces of known people and of strangers score; absent in runs of an earlier program
STRANGER_TEST = "stranger_test.json"  # what a second training without some people has shown; only where it was asked for
REPORT = "report.json"
RESULT = "result.json"  # written last: a run without it is unfinished
CHECKPOINT = "checkpoint"  # a folder, only while training is unfinished
LIVE_FILE = "live.json"  # the epoch under way, only while it is
SAMPLES = "samples.json"  # what the network said of a few faces after some of its epochs
STATE = "state.npz"  # the end of the selection, which a longer training goes on from; may be given up for its space
EARLIER = "earlier.npz"  # the same of the shorter training that this one goes on from, only while training is unfinished
HONESTY = "honesty.json"  # what the checks on the Honesty tab have found; only where they were asked for
LEARNING_CURVE = "learning_curve.json"  # what fewer training photos would have reached; only where it was asked for
EVALUATIONS = "evaluations"  # a folder with what the run has answered for other folders of photos

OUT_OF_FOLD = "out_of_fold.npz"  # a cross-validation's answers for the single faces

# What any job directory holds, a run's too.
JOB = "job.json"  # kind, title and what to work on; a run needs none
PROGRESS = "progress.json"
PROCESS = "process.json"
HEARTBEAT = "heartbeat"
STOP = "stop"  # its presence asks the process to stop
PAUSE = "pause"  # asks a training to end after its epoch, to go on later
DISCARD = "discard"  # asks the process to end and to delete the directory
ERROR = "error.json"
LOG = "log.txt"
LOCK = "job.lock"  # held by the one process that works in the directory
START_LOCK = "start.lock"  # held for a moment while a job is started again
