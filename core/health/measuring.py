"""Measuring the health of a dataset: what was measured before is only read."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
from joblib import Parallel, cpu_count, delayed

from core.datasets import Catalogue, Photo, are_strangers
from core.datasets.doubts import about_doubts, alike_people, read_doubts, save_doubts
from core.datasets.face_choice import persons_face
from core.datasets.health import counts
from core.datasets.qualities import unmeasured
from core.detection import Detection, detector_key
from core.errors import PhotoError, SplitError
from core.experiment.folds import answer_folds, draw_task
from core.experiment.lineup import describe
from core.experiment.out_of_fold import OutOfFold
from core.experiment.photos import Dataset, prepare_dataset
from core.health.coverage import coverage, shopping_list
from core.health.faces import doubt_key, embed_known, health_face, health_settings
from core.health.names import find_alike, judge_names
from core.health.placing import place_faces
from core.images import read_photo
from core.jobs import Stopped, load_tensorflow
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop, never, silent
from core.quality import Quality, measure_quality, quality_key
from core.settings import FaceSettings, Settings

FOLDS = (5, 2)  # as many as there are photos for
TOO_FEW = "That takes two people, each with two different photos in which a face is found."
_AT_ONCE = 64


@dataclass(frozen=True)
class HealthState:
    """What is known of a dataset's health.

    Attributes:
        measured_at: ISO 8601, UTC; None where nobody has measured it.
        unmeasured: Photos without figures.
        unjudged: Faces that came since the names were judged.
        not_judged: Why no name could be judged; empty where they were.
    """

    measured_at: str | None
    unmeasured: int
    unjudged: int
    not_judged: str


def health_state(catalogue: Catalogue, face: FaceSettings) -> HealthState:
    """Return what is measured of a dataset."""
    about = about_doubts(catalogue, doubt_key(face)) or {}
    with catalogue.reading() as connection:
        people = [row[0] for row in connection.execute("SELECT DISTINCT person FROM used")]
        strangers = json.dumps([person for person in people if are_strangers(person)])
        unknown, waiting = connection.execute(_WAITING, (strangers, quality_key(face), doubt_key(face))).fetchone()
    return HealthState(about.get("at"), unknown, waiting, str(about.get("not_judged", "")))


_WAITING = """SELECT count(*) FILTER (WHERE q.sha256 IS NULL),
                     count(*) FILTER (WHERE q.status = 'face' AND d.sha256 IS NULL
                                      AND u.person NOT IN (SELECT value FROM json_each(?)))
              FROM used u LEFT JOIN qualities q ON q.key = ? AND q.sha256 = u.sha256
              LEFT JOIN doubts d ON d.key = ? AND d.sha256 = u.sha256"""


def measure_health(source: str, face: FaceSettings, report: Report = silent, should_stop: ShouldStop = never) -> dict[str, Any]:
    """Measure every photo of `source`, judge every name, and draw the map of faces; the catalogue keeps all of it.

    Args:
        source: "orl" or a folder of photos.
        face: How faces are found.
        report: Told where it stands.
        should_stop: Asked often.

    Returns:
        JSON values: `flags` (how many photos have each), `doubtful` (the most doubtful names), `alike` people, `seconds`.

    Raises:
        VisageError: photos, weights, memory or disk do not suffice.
        Stopped: somebody asked to stop; what was measured is kept.
    """
    started = time.monotonic()
    dataset, prepared = prepare_dataset(source, health_face(face), report, should_stop)
    measure_photos(dataset.catalogue, face, report, should_stop)
    judge(dataset, prepared, face, report, should_stop)
    return {**health_values(dataset.catalogue, face), "seconds": round(time.monotonic() - started, 3)}


def measure_photos(catalogue: Catalogue, face: FaceSettings, report: Report = silent, should_stop: ShouldStop = never) -> None:
    """Measure the photos that were prepared before photos were measured; where all are, nothing is opened.

    A photo that cannot be read any more stays without figures.

    Raises:
        Stopped: somebody asked to stop; what was measured is kept.
        StorageError: the disk refuses.
    """
    missing = unmeasured(catalogue, quality_key(face))
    found = catalogue.detections(detector_key(face)) if missing else {}
    todo = [photo for photo in catalogue.photos() if photo.sha256 in missing and photo.sha256 in found] if missing else []
    work = partial(_measured, catalogue, face, found, catalogue.face_choices() if todo else {})
    with Parallel(n_jobs=cpu_count(), prefer="threads") as parallel:
        for start in range(0, len(todo), _AT_ONCE):
            report(Progress("Measuring photos", start, len(todo)))
            if should_stop():
                raise Stopped
            measured = parallel(delayed(work)(photo) for photo in todo[start : start + _AT_ONCE])
            catalogue.save_qualities(quality_key(face), {sha256: each for sha256, each in measured if each is not None})


def _measured(
    catalogue: Catalogue,
    face: FaceSettings,
    found: Mapping[str, Sequence[Detection]],
    choices: Mapping[str, str],
    photo: Photo,
) -> tuple[str, Quality | None]:
    try:
        _, decoded = read_photo(catalogue.root / photo.path, photo.path)
    except PhotoError:
        return photo.sha256, None
    faces = found[photo.sha256]
    main, status = persons_face(faces, decoded, face.main_face_ratio, choices.get(photo.sha256))
    return photo.sha256, measure_quality(decoded, faces, main, status)


def judge(
    dataset: Dataset,
    prepared: PreparedFaces,
    face: FaceSettings,
    report: Report = silent,
    should_stop: ShouldStop = never,
) -> None:
    """Judge every name, compare the people, and draw the map; the catalogue keeps it.

    Raises:
        Stopped: somebody asked to stop; nothing is changed.
        VisageError: weights, memory or disk do not suffice.
    """
    load_tensorflow()
    settings = health_settings(dataset.catalogue.source, face)
    faces = embed_known(dataset, prepared, settings, report, should_stop)
    answers, reason = ask_others(dataset, prepared, settings, report, should_stop)
    report(Progress("Drawing the map", 0, 0, ""))
    places = place_faces(faces.vectors)
    if should_stop():
        raise Stopped
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "contents": describe(dataset, faces.people).fingerprint,
        "not_judged": reason,
    }
    save_doubts(dataset.catalogue, doubt_key(face), judge_names(faces, answers, places), find_alike(faces), about)


def ask_others(
    dataset: Dataset, prepared: PreparedFaces, settings: Settings, report: Report, should_stop: ShouldStop
) -> tuple[OutOfFold | None, str]:
    """Return what networks say about faces that they have not learnt from; None, and why, where nothing can be learnt."""
    for folds in FOLDS:
        try:
            task = draw_task(dataset, prepared, settings, folds, report=_renamed(report), should_stop=should_stop)
            break
        except SplitError:
            continue
    else:
        return None, TOO_FEW
    answers = list(answer_folds(task))
    return OutOfFold(
        task.people,
        tuple(sha256 for each in answers for sha256 in each.test.sha256),
        np.concatenate([each.logits / np.float32(each.temperature.value) for each in answers]),
        np.concatenate([each.test.labels for each in answers]),
        np.repeat([each.number for each in answers], [len(each.test.labels) for each in answers]),
    ), ""


def _renamed(report: Report) -> Report:
    """Return a listener to whom the folds' trainings are comparisons of names: nobody asked for a network here."""

    def tell(progress: Progress) -> None:
        report(replace(progress, stage="Comparing names") if progress.stage == "Training" else progress)

    return tell


def health_values(catalogue: Catalogue, face: FaceSettings, most: int = 50) -> dict[str, Any]:
    """Return what is measured as JSON values; of the doubtful names only the most doubtful."""
    key = doubt_key(face)
    doubts = sorted(read_doubts(catalogue, key).values(), key=lambda each: each.place)[:most]
    photos = {photo.sha256: photo for photo in catalogue.photos()}
    return {
        "dataset": catalogue.id,
        "name": catalogue.name,
        "photos": len(photos),
        "flags": counts(catalogue, quality_key(face), key),
        "doubtful": [
            {
                "path": photos[each.sha256].path,
                "person": photos[each.sha256].person,
                "likely": each.likely,
                "own_probability": round(each.own, 4),
                "likely_probability": round(each.likely_probability, 4),
                "distance": round(each.distance, 4),
            }
            for each in doubts
        ],
        "alike": [asdict(pair) for pair in alike_people(catalogue, key)],
        "missing": shopping_list(coverage(catalogue, quality_key(face))),
        "not_judged": (about_doubts(catalogue, key) or {}).get("not_judged", ""),
    }
