"""Photos from anywhere: spooled, unpacked or listed, looked at, previewed, and only then committed to a dataset.

stage      a folder is listed, an archive unpacked, uploads are spooled: numbered files and the names they came with
check      every photo is opened; what cannot be used is told with its reason
plan       a layout says whose photo is which; each content once
commit     a new dataset in a folder of Visage's own, or photos added to one that is there: all of it or nothing
"""

from core.importing.archives import unpack
from core.importing.committing import commit, delete_own_photos, discard, forget_abandoned, is_own, photos_root
from core.importing.folders import absolute, stage_folder, stage_folders
from core.importing.in_place import look_at_folder
from core.importing.layouts import AUTO, FILENAMES, FOLDERS, LAYOUTS, PERSON, TABLE
from core.importing.naming import LONGEST_NAME, clean_person
from core.importing.outcome import Outcome, Target
from core.importing.planning import Plan, PlannedPhoto, check, plan
from core.importing.previewing import PersonPreview, Preview, preview
from core.importing.public_sets import PUBLIC_SETS, PublicSet, stage_public_set
from core.importing.spool import Spool
from core.importing.staging import (
    StagedFile,
    Staging,
    check_space,
    list_stagings,
    new_staging,
    read_staging,
    removed_on_failure,
)
from core.importing.working import ARCHIVE, keep_archive, look

__all__ = [
    "ARCHIVE",
    "AUTO",
    "FILENAMES",
    "FOLDERS",
    "LAYOUTS",
    "LONGEST_NAME",
    "PERSON",
    "PUBLIC_SETS",
    "TABLE",
    "Outcome",
    "PersonPreview",
    "Plan",
    "PlannedPhoto",
    "Preview",
    "PublicSet",
    "Spool",
    "StagedFile",
    "Staging",
    "Target",
    "absolute",
    "check",
    "check_space",
    "clean_person",
    "commit",
    "delete_own_photos",
    "discard",
    "forget_abandoned",
    "is_own",
    "keep_archive",
    "list_stagings",
    "look",
    "look_at_folder",
    "new_staging",
    "photos_root",
    "plan",
    "preview",
    "read_staging",
    "removed_on_failure",
    "stage_folder",
    "stage_folders",
    "stage_public_set",
    "unpack",
]
