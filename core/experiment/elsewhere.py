"""A finished run on other photos: those of its people, with names, and those of strangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.datasets import Catalogue, Fingerprints, Photo, known_among, person_key
from core.experiment.asking import Asked, ask, keep_evaluation
from core.experiment.measuring import figures, report_on
from core.experiment.outsiders import compare_with_strangers, look_at, photos_of_strangers
from core.experiment.photos import prepare_dataset
from core.experiment.second_opinion import opinions_elsewhere
from core.jobs import load_tensorflow
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop, never, silent
from core.recognizer import Recognizer, load_recognizer, read_finished_run
from core.runs import PhotoRecord, Run, layout
from core.runs.run import damage_named


@dataclass(frozen=True)
class SortedPhotos:
    """The photos of a folder as a run sees them.

    Attributes:
        known: Photos of the run's people, under the run's names.
        strangers: Photos of other people.
        seen: How many photos were left out because the network was taught or chosen with them or near-duplicates.
        enrolled: Photos of people who were added after the training, under the names they were given then.
    """

    known: tuple[PhotoRecord, ...]
    strangers: tuple[PhotoRecord, ...]
    seen: int
    enrolled: tuple[PhotoRecord, ...] = ()


def evaluate_run(
    directory: Path, source: str, strangers: Path | None = None, report: Report = silent, should_stop: ShouldStop = never
) -> dict[str, Any]:
    """Measure the finished run in `directory` on the photos of `source`.

    Names match after tidying, whatever their case. People whom the run does not know are counted apart as strangers, people
    who were enrolled as enrolled; photos that it was taught or chosen with are left out and counted as seen.

    Args:
        directory: The run.
        source: "orl" or a folder of photos, one folder per person.
        strangers: A folder that shows nobody whom the run knows, searched to the bottom; adds how many of them get a name.
        report: Told where it stands.
        should_stop: Asked often.

    Raises:
        VisageError: the run is unfinished or damaged, or the photos cannot be used.
        Stopped: somebody asked to stop.
    """
    run = read_finished_run(directory)
    files = photos_of_strangers(strangers) if strangers is not None else []  # a wrong path is told at once
    load_tensorflow()
    recognizer = load_recognizer(directory)
    dataset, prepared = prepare_dataset(source, recognizer.face, report, should_stop)
    enrolled = recognizer.knowledge.names[len(run.class_names) :]
    photos = sort_photos(dataset.photos, _seen(run, dataset.catalogue), prepared, run.class_names, enrolled)
    report(Progress("Measuring", 0, 0, ""))
    known = ask(recognizer, photos.known, run.class_names, prepared)
    others = ask(recognizer, photos.strangers, sorted({photo.person for photo in photos.strangers}), prepared)
    values = {"run": str(directory), "data": dataset.catalogue.source, **_about_known(known), "seen": photos.seen}
    values |= {**_about_strangers(others), **_about_enrolled(recognizer, photos.enrolled, prepared)}
    if strangers is not None:
        faces = look_at(recognizer, files, _taught(run), report, should_stop)
        values |= {**compare_with_strangers(known.names, known.right, faces), "seen": photos.seen + faces.seen}
    opinions = opinions_elsewhere(run, dataset.catalogue, prepared, known, report=report, should_stop=should_stop)
    keep_evaluation(directory, dataset.catalogue, known, others, seen=photos.seen, values=values, opinions=opinions)
    return values


def sort_photos(
    photos: Sequence[Photo],
    seen: Set[str],
    prepared: PreparedFaces,
    people: Sequence[str],
    enrolled: Sequence[str] = (),
) -> SortedPhotos:
    """Tell apart the photos that may be scored, those of strangers, and those `seen` before (by sha256)."""
    names, added = ({person_key(person): person for person in each} for each in (people, enrolled))
    known: list[PhotoRecord] = []
    strangers: list[PhotoRecord] = []
    later: list[PhotoRecord] = []
    for photo in photos:
        if photo.sha256 not in seen:
            key = person_key(str(photo.person))
            name = names.get(key) or added.get(key) or str(photo.person)
            record = PhotoRecord(photo.sha256, photo.path, name, "test", prepared.status[photo.sha256])
            (known if key in names else later if key in added else strangers).append(record)
    left_out = len(photos) - len(known) - len(strangers) - len(later)
    return SortedPhotos(tuple(known), tuple(strangers), left_out, tuple(later))


def _seen(run: Run, catalogue: Catalogue) -> set[str]:
    path = run.directory / layout.FINGERPRINTS
    with damage_named(path):
        taught = Fingerprints.load(path)
    return known_among(catalogue.fingerprints(), taught, run.settings.split.duplicate_distance)


def _taught(run: Run) -> set[str]:
    """Return the photos (sha256) that taught, chose, or drew the lines."""
    photos = run.split.part("train", "validation", layout.STRANGERS) if run.split else []
    return {photo.sha256 for photo in photos}


def _about_known(asked: Asked) -> dict[str, Any]:
    """Return the figures by the most probable person."""
    part = asked.part
    has_photos = len(part.labels) + len(part.no_face_labels) > 0
    found = figures(report_on(asked.answers.logits, part, asked.people) if has_photos else None)
    return {"people": len({photo.person for photo in asked.photos}), **found}


def _about_strangers(asked: Asked) -> dict[str, Any]:
    counts = Counter(name.decision for name in asked.names)
    decisions = {decision: counts[decision] for decision in ("known", "unsure", "unknown")}
    return {
        "strangers": len(asked.photos),
        "stranger_people": len(asked.people),
        "stranger_decisions": decisions | {"no_face": len(asked.part.no_face_labels)},
    }


def _about_enrolled(recognizer: Recognizer, photos: Sequence[PhotoRecord], prepared: PreparedFaces) -> dict[str, Any]:
    """Return how many photos show people who were enrolled, and how many of the faces are named, and named right."""
    asked = ask(recognizer, photos, sorted({photo.person for photo in photos}), prepared)
    own = [asked.people[label] for label in asked.part.labels.tolist()]
    right = sum(name.decision == "known" and name.person == person for name, person in zip(asked.names, own, strict=True))
    return {"enrolled": len(photos), "enrolled_named": right / len(own) if own else None}
