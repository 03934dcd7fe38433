"""The checks of the photos: there, enough, prepared, and none on both sides of the split."""

from __future__ import annotations

import os
from collections import Counter

import numpy as np

from core.preflight.check import Check, Cure
from core.preflight.situation import Situation

NEEDED = {"residual": 50, "cnn": 8, "dense": 8}  # photos per person, below which learning from them alone goes badly
SPARED = 3  # photos of a person from which one can be kept for the test
MANY_LOST = 0.1  # share of the photos without a usable face that is worth a look
MANY_TWINS = 0.05  # share of the judging photos with a near-duplicate among those that teach that spoils the figures


def check_folder(situation: Situation) -> Check:
    """Check that the photos can be read."""
    catalogue = situation.catalogue
    if not catalogue.available:
        words = f"The folder {catalogue.source} is not there any more."
        return Check("folder", "bad", words, "move")
    if not os.access(catalogue.root, os.R_OK | os.X_OK):
        words = f"The folder {catalogue.source} cannot be opened: permission is denied."
        return Check("folder", "bad", words, "move")
    return Check("folder", "good", "The folder of the photos is there.")


def check_people(situation: Situation) -> Check:
    """Check that there are at least two people."""
    people = situation.people
    if not situation.photos:
        return Check("people", "bad", "There is no photo that can be used yet.", "add_photos")
    if len(people) < 2:
        words = "A classifier tells people apart: it needs photos of at least two."
        return Check("people", "bad", words, "add_photos")
    strangers = len(situation.photos) - people.total()
    testing = f" {strangers:,} more show strangers, who test it." if strangers else ""
    words = f"{_count(people.total(), 'photo')} of {_count(len(people), 'person', 'people')}.{testing}"
    return Check("people", "good", words)


def check_photos(situation: Situation) -> Check:
    """Check that there are enough photos to teach and to judge."""
    people, error = situation.people, situation.split_error
    if len(people) < 2:
        return Check("photos", "bad", "Photos of a second person are needed.", "add_photos")
    if situation.split is None:
        cure: Cure = "split" if situation.settings.split.preset == "folders" else "add_photos"
        return Check("photos", "bad", error.what if error else "The photos cannot be split.", cure)
    each = float(np.median(list(people.values())))
    needed = NEEDED.get(situation.settings.model.architecture, 0)
    if each < needed:
        words = (
            f"This network learns from your photos alone, and half of the people have {each:.0f} or fewer. "
            f"With fewer than {needed} expect many mistakes; a preset with an embedding needs only a handful."
        )
        return Check("photos", "note", words, "other_preset")
    untested = situation.split.without_test
    if untested:
        words = (
            f"{_named(untested)} {'has' if len(untested) == 1 else 'have'} too few photos to be tested; "
            f"{SPARED} that differ are enough."
        )
        return Check("photos", "note", words, "add_photos")
    least, most = min(people.values()), max(people.values())
    count = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return Check("photos", "good", f"Everybody has enough photos: {count}.")


def check_faces(situation: Situation) -> Check:
    """Check that the faces are prepared, and that enough people have one."""
    if not situation.photos:
        return Check("faces", "bad", "There are no photos to find faces in.", "add_photos")
    if missing := situation.missing:
        words = f"{_count(missing, 'photo')} {'was' if missing == 1 else 'were'} not searched for a face yet."
        return Check("faces", "bad", words, "prepare")
    found = Counter(situation.status[photo.sha256] for photo in situation.photos)
    taught = _people_taught(situation)
    if situation.split is not None and taught < 2:
        words = f"A face was found in the training photos of {_count(taught, 'person', 'people')} only; two are needed."
        return Check("faces", "bad", words, "show_problems")
    total = len(situation.photos)
    words = f"A face was found in {found['face']:,} of {_count(total, 'photo')}."
    if total - found["face"] > MANY_LOST * total:
        return Check("faces", "note", f"{words} The others teach nothing.", "show_problems")
    return Check("faces", "good", words)


def _people_taught(situation: Situation) -> int:
    if situation.split is None:
        return 0
    rows = (situation.photos[row] for row in situation.split.train.tolist())
    return len({photo.person for photo in rows if situation.status.get(photo.sha256) == "face"})


def check_duplicates(situation: Situation) -> Check:
    """Check that hardly any photo that judges has a near-duplicate among those that teach, and none is under two names."""
    if not situation.complete:
        words = "The photos have not all been read and compared, so copies may be on both sides of the split."
        return Check("duplicates", "bad", words, "prepare")
    part = situation.part_of()
    twins = _twins(situation, part)
    judging = sum(each != "train" for each in part.values())
    some = f"{_count(len(twins), 'photo')} that {'judges' if len(twins) == 1 else 'judge'} the network"
    if len(twins) > MANY_TWINS * judging:
        words = f"{some} look almost like photos that teach it: the figures would be too good."
        return Check("duplicates", "bad", words, "split")
    if situation.conflicts:
        what = "pair of photos is" if situation.conflicts == 1 else "pairs of photos are"
        words = f"{situation.conflicts:,} {what} the same picture under two names; one of the names has to be wrong."
        return Check("duplicates", "note", words, "show_conflicts")
    if twins:
        # Groups are kept whole; a chain of photos, each like the next, is cut where its ends differ.
        words = f"{some} resemble{'s' if len(twins) == 1 else ''} a photo that teaches it; too few to matter."
        return Check("duplicates", "good", words)
    return Check("duplicates", "good", "No copy of a photo is on both sides of the split.")


def _twins(situation: Situation, part: dict[str, str]) -> set[str]:
    """Return the photos that judge or choose and have a near-duplicate that teaches."""
    found = set()
    for one, other in situation.pairs:
        parts = {part.get(one): one, part.get(other): other}
        if "train" in parts and len(parts) == 2:
            found |= {photo for where, photo in parts.items() if where not in ("train", None)}
    return found


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _named(people: tuple[str, ...]) -> str:
    if len(people) <= 2:
        return " and ".join(people)
    return f"{people[0]} and {len(people) - 1} others"
