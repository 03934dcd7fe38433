"""The checklist as a whole: what it looks at, and in which order."""

from __future__ import annotations

from core.datasets import Catalogue
from core.errors import DatasetError, StorageError
from core.preflight import machine, photos
from core.preflight.check import Check
from core.preflight.situation import look_at
from core.settings import Settings


def check_before_training(catalogue: Catalogue, settings: Settings) -> tuple[Check, ...]:
    """Return the checklist, one line for each thing, in the order of the work; a "bad" one keeps a training from starting.

    Nothing heavy is loaded and no photo is opened: half a second for 17,500 photos is the most it may take.

    Args:
        catalogue: The photos.
        settings: How it is to be trained; `data` is not looked at.
    """
    try:
        situation = look_at(catalogue, settings)
    except (DatasetError, StorageError) as error:
        return (Check("folder", "bad", f"{error.what} {error.remedy}".strip(), "move"),)
    folder = photos.check_folder(situation)
    if folder.state == "bad":
        return (folder,)
    return (
        photos.check_people(situation),
        photos.check_photos(situation),
        photos.check_faces(situation),
        photos.check_duplicates(situation),
        *machine.check_weights(situation),
        machine.check_memory(situation),
        machine.check_disk(situation),
        machine.check_queue(),
    )
