"""Many photos answered together by a run, in a process of their own: started, read while it runs, and taken out as files.

<job>/job.json      which run, how, and where the photos come from (core.batch.sources tells where they lie)
<job>/answers.jsonl a line for each answered photo with its faces and their names
<job>/parts/        crops, logits and vectors of the faces, some photos together
<job>/given.json    what a person has said of faces since
"""

from core.batch.answering import answer_batch
from core.batch.batch import Batch, batch_version, list_batches, named_again, read_batch
from core.batch.files import annotated_files, face_files, redacted_files, sorted_files
from core.batch.given import NO_FACE, Given, give, read_given, take_back
from core.batch.groups import group_faces, likeness_limit, vectors_of
from core.batch.packing import Packing, files_of, packings_of, run_packing, start_packing, write_folder, write_zip
from core.batch.pictures import annotated, crops_of, photo_bytes
from core.batch.rows import BY_HAND, COLUMNS, BatchPhoto, BatchRow
from core.batch.sources import is_archive
from core.batch.starting import KEPT_BATCHES, delete_batch, describe, start_prediction, write_batch
from core.batch.tables import photos_as_json, to_csv, to_json, values_of

__all__ = [
    "BY_HAND",
    "COLUMNS",
    "KEPT_BATCHES",
    "NO_FACE",
    "Batch",
    "BatchPhoto",
    "BatchRow",
    "Given",
    "Packing",
    "annotated",
    "annotated_files",
    "answer_batch",
    "batch_version",
    "crops_of",
    "delete_batch",
    "describe",
    "face_files",
    "files_of",
    "give",
    "group_faces",
    "is_archive",
    "likeness_limit",
    "list_batches",
    "named_again",
    "packings_of",
    "photo_bytes",
    "photos_as_json",
    "read_batch",
    "read_given",
    "redacted_files",
    "run_packing",
    "sorted_files",
    "start_packing",
    "start_prediction",
    "take_back",
    "to_csv",
    "to_json",
    "values_of",
    "vectors_of",
    "write_batch",
    "write_folder",
    "write_zip",
]
