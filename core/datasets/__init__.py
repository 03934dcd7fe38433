"""Where photos come from, and what is known of them.

A dataset is a folder of photos, one folder per person. Its catalogue (SQLite, below the artifacts folder) holds what was
measured of each photo and every face that was found, so that nothing is read twice.
"""

from core.datasets.builtin import BUILTIN, ORL_CREDIT
from core.datasets.catalogue import Catalogue
from core.datasets.enrolled import forget_photos, keep_photo, kept_photos
from core.datasets.fingerprints import MAX_DIFFERENCE, Fingerprints, known_among
from core.datasets.names import are_strangers, person_key, tidy_name
from core.datasets.photo import Conflict, DatasetSummary, Photo, SkippedFile
from core.datasets.registry import delete_dataset, get_dataset, list_datasets, open_dataset, relocate_dataset
from core.datasets.scanning import ScanResult, scan

__all__ = [
    "BUILTIN",
    "MAX_DIFFERENCE",
    "ORL_CREDIT",
    "Catalogue",
    "Conflict",
    "DatasetSummary",
    "Fingerprints",
    "Photo",
    "ScanResult",
    "SkippedFile",
    "are_strangers",
    "delete_dataset",
    "forget_photos",
    "get_dataset",
    "keep_photo",
    "kept_photos",
    "known_among",
    "list_datasets",
    "open_dataset",
    "person_key",
    "relocate_dataset",
    "scan",
    "tidy_name",
]
