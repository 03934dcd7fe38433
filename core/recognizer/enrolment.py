"""Adding a person to a finished run at once: nobody trains, the faces are compared with; the next training learns them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from core.datasets import are_strangers, forget_photos, keep_photo, person_key, tidy_name
from core.detection import Detection
from core.errors import PhotoError, RunError, SettingsError, disk_errors
from core.recognizer.added import dataset_of
from core.recognizer.enrolled import nobody
from core.recognizer.galleries import read_enrolled, write_enrolled
from core.recognizer.likeness import look_alikes, odd_ones
from core.recognizer.loading import load_recognizer, read_finished_run
from core.recognizer.recognizer import Recognizer
from core.recognizer.teaching import TeachingPhoto, identity_of, teaching_photo
from core.runs import Run, layout

MOST_PHOTOS = 20  # in one go
ENOUGH_PHOTOS = 5
LONGEST_NAME = 80  # letters
LOCK = "enrolled.lock"  # in the run's directory: one at a time changes who is enrolled


@dataclass(frozen=True)
class Enrolment:
    """What came of adding a person.

    Attributes:
        person: The name as it is shown.
        added: How many photos were new.
        people: All people that are enrolled in the run.
        problems: (file, why and what to do) of each photo that could not be used.
        notes: Sentences that a person should read.
    """

    person: str
    added: int
    people: tuple[str, ...]
    problems: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def takes_people(run: Run) -> bool:
    """Tell whether people can be added to a finished run without training: whether it compares faces."""
    return run.settings.model.architecture == "embedding" and (run.directory / layout.GALLERY).exists()


def enrol(
    directory: Path,
    person: str,
    photos: Sequence[tuple[bytes, str]],
    *,
    chosen: Mapping[int, Detection] | None = None,
    recognizer: Recognizer | None = None,
    keep: bool = True,
) -> Enrolment:
    """Add a person, or photos of one who was added before, to a finished run, which recognises them from then on.

    Args:
        directory: Of the run.
        person: The name.
        photos: (bytes, file name) of 1 to 20 photos in which the person's face is the main one; 5 are enough.
        chosen: Which face is meant, by the place of the photo, where it is not the main one.
        recognizer: The run's own, where it is loaded already.
        keep: Whether the photos are kept beside the dataset's catalogue for the next training, too.

    Raises:
        SettingsError: the name or the number of photos cannot be.
        RunError: the run is unfinished or damaged, has no embedding, or has learnt this person.
        PhotoError: no photo can be used.
        StorageError: the disk refuses.
    """
    run = read_finished_run(directory)
    name = _checked_name(run, person)
    if not 1 <= len(photos) <= MOST_PHOTOS:
        raise SettingsError(
            f"{len(photos)} photos of {name} were given; 1 to {MOST_PHOTOS} can be added in one go.",
            f"{ENOUGH_PHOTOS} different photos are enough.",
        )
    recognizer = recognizer or load_recognizer(directory)
    usable, problems = _usable(recognizer, photos, chosen or {})
    if not usable:
        why = " ".join(f"{file}: {reason}" for file, reason in problems[:3])
        raise PhotoError(f"No photo of {name} can be used.", why)
    with _changing(directory):
        return _add(run, name, usable, problems, recognizer, keep=keep)


def forget(directory: Path, person: str) -> tuple[str, ...]:
    """Remove an enrolled person from a run, together with the photos that were kept of them; return who is left.

    Raises:
        RunError: the run is unfinished or damaged, or nobody of this name was added.
        StorageError: the disk refuses.
    """
    run = read_finished_run(directory)
    dataset = dataset_of(run)
    with _changing(directory):
        enrolled = read_enrolled(directory / layout.ENROLLED) or nobody()
        name = _same_person(person, enrolled.people)
        if name:
            enrolled = enrolled.without(name)
            write_enrolled(directory / layout.ENROLLED, enrolled)
        gone = forget_photos(dataset.directory, person) if dataset else 0
    if not name and not gone:
        raise RunError(f"Nobody called {person} was added to the run {run.name}.", "Look at the list of added people.")
    return enrolled.people


def forget_faces(directory: Path, faces: Sequence[tuple[bytes, Detection]]) -> None:
    """Recognise nobody by faces that were chosen, given with the bytes of their photos; what was kept of them stays.

    Raises:
        RunError: the file of those who were added is damaged.
        StorageError: the disk refuses.
    """
    gone = {identity_of(data, face) for data, face in faces}
    with _changing(directory):
        before = read_enrolled(directory / layout.ENROLLED)
        if before is not None and gone.intersection(before.photos):
            write_enrolled(directory / layout.ENROLLED, before.without_photos(gone))


def _checked_name(run: Run, person: str) -> str:
    """Return the name to show.

    Raises:
        SettingsError: it is no name for a person.
        RunError: nobody can be added to this run, or the run has learnt this person.
    """
    if not takes_people(run):
        raise RunError(
            f"Nobody can be added to {run.name} without training: its network compares no faces, it has only learnt its own "
            f"{len(run.class_names)} people.",
            "Train with the preset embedding or embedding-fast; people can be added to such a run at once.",
        )
    name = tidy_name(" ".join(person.split()))[:LONGEST_NAME].rstrip()
    if not any(map(str.isalnum, name)):
        raise SettingsError("The person has no name yet.", "Type a name.")
    if are_strangers(name):
        raise SettingsError(f"{name} is what faces without a name are called.", "Type the name of a person.")
    known = _same_person(name, run.class_names)
    if known:
        raise RunError(
            f"{known} is one of the people that this run has learnt.",
            f"To teach it more of {known}, put the photos into the folder {known} of the dataset and train again.",
        )
    return name


def _same_person(person: str, people: Sequence[str]) -> str | None:
    key = person_key(person)
    return next((each for each in people if person_key(each) == key), None)


def _usable(
    recognizer: Recognizer, photos: Sequence[tuple[bytes, str]], chosen: Mapping[int, Detection]
) -> tuple[list[TeachingPhoto], list[tuple[str, str]]]:
    usable: list[TeachingPhoto] = []
    problems: list[tuple[str, str]] = []
    for place, (data, file) in enumerate(photos):
        try:
            usable.append(teaching_photo(recognizer, data, file, chosen.get(place)))
        except PhotoError as error:
            what = error.what.removeprefix(file).strip()
            problems.append((file, f"{what} {error.remedy}".strip()))
    return usable, problems


def _add(
    run: Run,
    name: str,
    usable: Sequence[TeachingPhoto],
    problems: Sequence[tuple[str, str]],
    recognizer: Recognizer,
    *,
    keep: bool,
) -> Enrolment:
    """Keep the photos, then the faces: a photo without its face is harmless, and is kept once however often it is added."""
    path = run.directory / layout.ENROLLED
    before = read_enrolled(path) or nobody()
    name = _same_person(name, before.people) or name
    known = before.photos_of(name)
    fresh = list({each.identity: each for each in usable if each.identity not in known}.values())
    notes = _keep(run, name, fresh) if keep else []
    after = before.with_photos(name, [(each.identity, each.vectors) for each in fresh]) if fresh else before
    if fresh:
        write_enrolled(path, after)
    if len(usable) > len(fresh):
        notes.append(f"{len(usable) - len(fresh)} of the photos were there already; each counts once.")
    knowledge = recognizer.knowing(after).knowledge
    notes += [*odd_ones(knowledge, name, {each.identity: each.file for each in usable}), *look_alikes(knowledge, name)]
    return Enrolment(name, len(fresh), after.people, tuple(problems), tuple(notes))


def _keep(run: Run, name: str, fresh: Sequence[TeachingPhoto]) -> list[str]:
    """Keep the photos for the next training; return what there is to say about it."""
    dataset = dataset_of(run)
    if dataset is None:
        return [f"The dataset of {run.name} is gone, so the photos are not kept: the next training will not know {name}."]
    lost = [each.file for each in fresh if each.kept is None]
    for each in fresh:
        if each.kept is not None:
            keep_photo(dataset.directory, name, each.kept, each.suffix)
    if not lost:
        return []
    return [f"{', '.join(lost)} is not kept for the next training: other faces are too near to the chosen one."]


@contextmanager
def _changing(directory: Path) -> Iterator[None]:
    """Be the only one who changes who is enrolled during the block; it takes milliseconds, so others wait."""
    with disk_errors(directory):
        lock = FileLock(directory / LOCK)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
