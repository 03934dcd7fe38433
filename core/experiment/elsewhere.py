"""A finished run on other photos with names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.datasets import Catalogue, Fingerprints, Photo, known_among, person_key
from core.experiment.lineup import PartFaces, part_faces
from core.experiment.measuring import figures, report_on
from core.experiment.photos import prepare_dataset
from core.jobs import load_tensorflow
from core.models import compute_logits, softmax
from core.openset import decide
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
    """

    known: tuple[PhotoRecord, ...]
    strangers: tuple[PhotoRecord, ...]
    seen: int


def evaluate_run(directory: Path, source: str, report: Report = silent, should_stop: ShouldStop = never) -> dict[str, Any]:
    """Measure the finished run in `directory` on the photos of `source`.

    Names match after tidying, whatever their case. People whom the run does not know are counted apart as strangers;
    photos that it was taught or chosen with are left out and counted as seen.

    Raises:
        VisageError: the run is unfinished or damaged, or the photos cannot be used.
        Stopped: somebody asked to stop.
    """
    run = read_finished_run(directory)
    load_tensorflow()
    recognizer = load_recognizer(directory)
    dataset, prepared = prepare_dataset(source, recognizer.face, report, should_stop)
    photos = sort_photos(dataset.photos, _seen(run, dataset.catalogue), prepared, run.class_names)
    report(Progress("Measuring", 0, 0, ""))
    known = part_faces(photos.known, run.class_names, prepared)
    has_photos = len(known.labels) + len(known.no_face_labels) > 0
    logits = compute_logits(recognizer.network, prepared.pixels, known.rows)
    return {
        "run": str(directory),
        "data": dataset.catalogue.source,
        "people": len({photo.person for photo in photos.known}),
        **figures(report_on(logits, known, run.class_names) if has_photos else None),
        "seen": photos.seen,
        "strangers": len(photos.strangers),
        "stranger_people": len({photo.person for photo in photos.strangers}),
        "stranger_decisions": _decisions(recognizer, photos.strangers, prepared),
    }


def sort_photos(photos: Sequence[Photo], seen: Set[str], prepared: PreparedFaces, people: Sequence[str]) -> SortedPhotos:
    """Tell apart the photos that may be scored, those of strangers, and those `seen` before (by sha256)."""
    names = {person_key(person): person for person in people}
    known: list[PhotoRecord] = []
    strangers: list[PhotoRecord] = []
    for photo in photos:
        if photo.sha256 not in seen:
            name = names.get(person_key(str(photo.person)))
            record = PhotoRecord(photo.sha256, photo.path, name or str(photo.person), "test", prepared.status[photo.sha256])
            (known if name else strangers).append(record)
    return SortedPhotos(tuple(known), tuple(strangers), len(photos) - len(known) - len(strangers))


def _seen(run: Run, catalogue: Catalogue) -> set[str]:
    path = run.directory / layout.FINGERPRINTS
    with damage_named(path):
        taught = Fingerprints.load(path)
    return known_among(catalogue.fingerprints(), taught, run.settings.split.duplicate_distance)


def _decisions(recognizer: Recognizer, strangers: tuple[PhotoRecord, ...], prepared: PreparedFaces) -> dict[str, int]:
    people = tuple(sorted({photo.person for photo in strangers}))
    part: PartFaces = part_faces(strangers, people, prepared)
    best = softmax(compute_logits(recognizer.network, prepared.pixels, part.rows)).max(axis=1, initial=0.0)
    counts = Counter(decide(float(each), recognizer.thresholds) for each in best)
    return {decision: counts[decision] for decision in ("known", "unsure", "unknown")} | {"no_face": len(part.no_face_labels)}
