"""What people say about the answers on the Predict page: it goes to the ledger with its photo, ready for the next training.

    correct     whose face it is: the answer was right, or somebody else's name, or a new person's
    not_faces   what was found is no face; it is not shown again

Each is one entry that can be taken back. Then what was kept is left out, as any other photo of a dataset would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.curation import history
from core.curation.acting import act
from core.curation.corrections import Noting, Told, path_of
from core.curation.names import checked_name, in_words
from core.curation.photos import possessive
from core.curation.pieces import PhotoFace, piece_of
from core.datasets import Catalogue, are_strangers, forget_photos, ledger, said
from core.datasets.comparing import compare_at_once
from core.datasets.edits import Change
from core.datasets.ledger import Entry
from core.datasets.said import Said
from core.errors import DatasetError, PhotoError, VisageError
from core.recognizer import MOST_PHOTOS, Recognizer, dataset_of, enrol, forget_faces, takes_people
from core.runs import Run, layout


@dataclass(frozen=True)
class Correction:
    """What came of saying something about faces.

    Attributes:
        person: The name as it is shown; None where they are no faces.
        entry: Of the ledger; None where only the run has learnt the person, as its dataset is gone.
        kept: How many photos, or parts of photos, are kept for the next training because of it.
        notes: Sentences that a person should read.
        problems: (file, why and what to do) of each photo that could not be used.
    """

    person: str | None
    entry: Entry | None
    kept: int = 0
    notes: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()


def correct(
    run: Run,
    faces: Sequence[PhotoFace],
    person: str,
    *,
    keep: bool = True,
    recognise: bool = False,
    recognizer: Recognizer | None = None,
) -> Correction:
    """Say whose faces these are; a new name makes a new person, "Unknown" a stranger.

    What was said of the same faces before is replaced.

    Args:
        run: Whose answers they were: its dataset gets the photos.
        faces: One, or all of a group.
        person: The name.
        keep: Whether the photos are kept for the next training, or only what was said is noted.
        recognise: Whether the run is to recognise the person from now on; see `core.recognizer.enrol`.
        recognizer: The run's own, where it is loaded already.

    Raises:
        DatasetError: the name cannot be, the dataset is gone, or nothing would change.
        RunError, SettingsError: the run cannot recognise this person at once.
        PhotoError: no photo can be read.
        StorageError: the disk refuses; nothing is noted.
    """
    name = checked_name(person)
    catalogue = dataset_of(run)
    if catalogue is None and not recognise:
        raise _dataset_gone(run)
    _unlearn(run, faces)
    learnt = _learn(run, faces, name, recognizer) if recognise else Correction(name, None)
    if catalogue is None:
        gone = f"The dataset of {run.name} is gone, so nothing is kept: the next training will not know {learnt.person}."
        return replace(learnt, notes=(*learnt.notes, gone))
    noted = _note(catalogue, faces, learnt.person, keep)
    return replace(noted, notes=learnt.notes + noted.notes, problems=learnt.problems + noted.problems)


def _learn(run: Run, faces: Sequence[PhotoFace], name: str, recognizer: Recognizer | None) -> Correction:
    """Let the run recognise somebody by the first of the faces: so many are enough."""
    first = faces[:MOST_PHOTOS]
    photos = [(each.read(), each.file) for each in first]
    chosen = {place: each.detection for place, each in enumerate(first)}
    done = enrol(run.directory, name, photos, chosen=chosen, recognizer=recognizer, keep=False)
    return Correction(done.person, None, 0, done.notes, done.problems)


def not_faces(run: Run, faces: Sequence[PhotoFace]) -> Correction:
    """Say that what was found is no face: it is not shown again in these photos, by no run of this dataset.

    Raises:
        DatasetError: the dataset is gone, or it was said before.
        PhotoError: no photo can be read.
        StorageError: the disk refuses; nothing is noted.
    """
    catalogue = dataset_of(run)
    if catalogue is None:
        raise _dataset_gone(run)
    _unlearn(run, faces)
    return _note(catalogue, faces, None, keep=False)


def said_about(run: Run, photo: str) -> tuple[Said, ...]:
    """Return what was said about the faces of a photo (sha256); nothing where the dataset is gone."""
    catalogue = dataset_of(run)
    if catalogue is None:
        return ()
    with catalogue.reading() as connection:
        found = said.said_in(connection, photo)
        return tuple(replace(each, gone=bool(each.kept) and path_of(connection, str(each.kept)) is None) for each in found)


def take_back(run: Run, face: Said, seen: PhotoFace | None = None) -> Entry | None:
    """Take back what was said about a face, with all that was said in one go with it; None where it was taken back before.

    Args:
        run: Whose answer it was.
        face: What was said.
        seen: The face itself: the run does not recognise anybody by it any more, either.

    Raises:
        DatasetError: the dataset is gone.
        StorageError: the disk refuses; everything is as before.
    """
    catalogue = dataset_of(run)
    if catalogue is None:
        raise _dataset_gone(run)
    _unlearn(run, [seen] if seen else [])
    with catalogue.reading() as connection:
        entries = [entry for entry, changes in ledger.entries_with(connection, face.face) if _says(changes, face)]
        standing = {*ledger.standing(connection).done}
    last = next((each for each in reversed(entries) if each.id in standing), None)
    return None if last is None else history.take_back(catalogue, last.id)


def _says(changes: Sequence[Change], face: Said) -> bool:
    return any(each.what == "said" and each.key == face.face and each.after == face.value for each in changes)


def _unlearn(run: Run, faces: Sequence[PhotoFace]) -> None:
    """Let the run recognise nobody by these faces any more: something else is about to be said of them."""
    if takes_people(run) and (run.directory / layout.ENROLLED).exists():
        forget_faces(run.directory, [(each.read(), each.detection) for each in faces])


def _dataset_gone(run: Run) -> DatasetError:
    return DatasetError(
        f"The dataset of {run.name} is not in Visage any more, so nothing can be kept for a next training.",
        "Open its folder again on the Explore page, and train a network on it.",
    )


def _note(catalogue: Catalogue, faces: Sequence[PhotoFace], name: str | None, keep: bool) -> Correction:
    """Keep what is worth keeping and write what was said; where that fails, files just written are removed again."""
    told, problems = _read(faces, keep)
    if not told:
        raise PhotoError("None of the photos can be read.", " ".join(f"{file}: {why}" for file, why in problems[:3]))
    noting = Noting(catalogue, told, name)
    kind = "refuse" if name is None else "correct"
    try:
        entry = act(catalogue, kind, noting.plan, lambda photos, before, after: _words(noting))
    except VisageError:
        if noting.person is not None:
            forget_photos(catalogue.directory, noting.person, noting.fresh)
        raise
    compare_at_once(catalogue, noting.fresh)
    notes = () if not noting.present else (_present(noting),)
    return Correction(noting.person, entry, noting.kept, notes, tuple(problems))


def _read(faces: Sequence[PhotoFace], keep: bool) -> tuple[list[Told], list[tuple[str, str]]]:
    """Open the photos; return what can be told of them, and (file, why) of those that cannot be read."""
    told, problems = [], []
    for face in faces:
        try:
            told.append(Told(face, face.sha256, piece_of(face) if keep else None))
        except PhotoError as error:
            problems.append((face.file, str(error)))
    return told, problems


def _words(noting: Noting) -> str:
    """Return the sentence for the ledger."""
    files = list(dict.fromkeys(each.face.file for each in noting.told))
    count = len(noting.told)
    faces = "A face" if count == 1 else f"{count:,} faces"
    where = f"in {files[0]}" if len(files) == 1 else f"in {len(files):,} photos"
    if noting.person is None:
        return f"{faces} found {where} on Predict {'is' if count == 1 else 'are'} said to be none."
    whose = "strangers'" if are_strangers(noting.person) else possessive(noting.person)
    kept = f"; {noting.kept:,} kept for the next training" if noting.kept else ""
    return f"{faces} {where} on Predict {'is' if count == 1 else 'are'} {whose}{kept}."


def _present(noting: Noting) -> str:
    name = in_words(str(noting.person))
    if noting.present == 1:
        return f"This photo is in the dataset already, as one of {name}."
    return f"{noting.present:,} of the photos are in the dataset already, as those of {name}."
