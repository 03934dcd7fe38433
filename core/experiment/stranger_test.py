"""The stranger test of a network from scratch: train again without some people, and see what it says about their faces."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.calibration import fit_temperature
from core.datasets import open_dataset
from core.errors import RunError
from core.experiment.folds import FoldTask, train_aside
from core.experiment.learnt import Floats
from core.experiment.lines import PROBABILITY
from core.experiment.lineup import PartFaces, part_faces
from core.experiment.photos import prepare_dataset
from core.jobs import load_tensorflow
from core.models import compute_logits, softmax
from core.openset import FEWEST_PEOPLE, Thresholds, compare
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop, never, silent
from core.recognizer import read_finished_run
from core.runs import PhotoRecord, Run, layout
from core.runs.openset import best_names, tested
from core.settings import rng_for
from core.storage import write_json

ONE_IN = 3  # people; fewer left out would be few kinds of stranger, more would leave a much easier task
FEWEST_LEFT_OUT = 2
TAUGHT = ("train", "validation")


@dataclass(frozen=True, eq=False)
class Scored:
    """What the second network says.

    Attributes:
        known: float32 (N,), probability of the best name of validation faces of the people it knows.
        right: bool (N,), whether that name is right.
        strangers: float32 (M,), the same probability for faces of the people who were left out.
        temperature: What its logits were divided by.
    """

    known: Floats
    right: np.ndarray
    strangers: Floats
    temperature: float


def stranger_test(directory: Path, report: Report = silent, should_stop: ShouldStop = never) -> dict[str, Any]:
    """Draw the lines of a finished run again, by faces of people whom a second network has not learnt.

    A third of the people are left out, and a network is trained on the others with the run's own settings, split and seed.
    What it makes of the training and validation faces of those left out stands for what the run makes of strangers; test
    photos have no part in it. The run's thresholds are replaced, and what was seen is kept beside them.

    Returns:
        JSON values, as kept in the run.

    Raises:
        RunError: the run is unfinished, has an embedding, has too few people, or its photos are gone.
        Stopped: somebody asked to stop; the run is as before.
    """
    started = time.monotonic()
    run = check_run(directory)
    left_out = _choose(run)
    open_dataset(run.settings.data.source)  # a vanished folder is told before TensorFlow takes its seconds
    load_tensorflow()
    dataset, prepared = prepare_dataset(run.settings.data.source, run.settings.face, report, should_stop)
    known = tuple(person for person in run.class_names if person not in left_out)
    parts = {part: _faces(run, part, known, prepared) for part in TAUGHT}
    strangers = part_faces(_photos(run, TAUGHT, left_out), left_out, prepared)
    if not len(strangers.labels):
        raise RunError("No face was found in the photos of the people who were left out.", "Add photos, then train again.")
    task = FoldTask(dataset, prepared, run.settings, known, (parts,), (), report, should_stop)
    scored = _score(task, parts, strangers)
    who = f"{len(left_out)} people who were left out of a second training"
    # Probabilities end at 1, so what holds for normally distributed scores of few strangers is not asked of them.
    strange = scored.strangers, None
    thresholds = compare(scored.known, scored.right, strange, run.settings.openset, score=PROBABILITY, who=who)
    assert thresholds.curve is not None
    thresholds = replace(thresholds, curve=replace(thresholds.curve, people=len(left_out)))
    return _keep(run, thresholds, scored, {"left_out": list(left_out), "known": list(known)}, started)


def check_run(directory: Path) -> Run:
    """Return the run if the stranger test makes sense for it.

    Raises:
        RunError: the run is unfinished, has an embedding, or has too few people; says what to do.
    """
    run = read_finished_run(directory)
    if run.settings.model.architecture == "embedding":
        raise RunError(
            f"The run {run.name} needs no stranger test: its lines were drawn with strangers while it was trained.",
            "Look at the run's evaluation; other shares of strangers can be chosen there without training again.",
        )
    people = len(_taught(run))
    if people < FEWEST_PEOPLE:
        raise RunError(
            f"A stranger test leaves people out and needs at least {FEWEST_PEOPLE}; the run {run.name} has {people}.",
            "Add a folder of photos named strangers with faces of anybody else, then train again.",
        )
    return run


def _taught(run: Run) -> list[str]:
    """Return the people of whom at least one face taught."""
    photos = run.split.part("train") if run.split else []
    return sorted({photo.person for photo in photos if photo.use == "face"})


def _choose(run: Run) -> tuple[str, ...]:
    people = _taught(run)
    count = max(FEWEST_LEFT_OUT, len(people) // ONE_IN)
    drawn = rng_for(run.settings.seed, "stranger test").choice(len(people), count, replace=False)
    return tuple(people[place] for place in sorted(drawn.tolist()))


def _photos(run: Run, parts: Sequence[str], people: Sequence[str]) -> list[PhotoRecord]:
    photos = run.split.part(*parts) if run.split else []
    return [photo for photo in photos if photo.person in people]


def _faces(run: Run, part: str, people: tuple[str, ...], prepared: PreparedFaces) -> PartFaces:
    return part_faces(_photos(run, (part,), people), people, prepared)


def _score(task: FoldTask, parts: dict[str, PartFaces], strangers: PartFaces) -> Scored:
    task.report(Progress("Training", 0, 0, "steps", "Loading"))
    trained = train_aside(parts, task, 0)
    task.report(Progress("Measuring", 0, 0, ""))
    logits, labels = trained.validation_logits, parts["validation"].labels
    temperature = fit_temperature(logits, labels).value
    theirs = compute_logits(trained.network, task.prepared.pixels, strangers.rows)
    best = [softmax(each / np.float32(temperature)).max(axis=1, initial=0.0) for each in (logits, theirs)]
    right = logits.argmax(axis=1) == labels if len(labels) else np.zeros(0, bool)
    return Scored(best[0], right, best[1], temperature)


def _keep(run: Run, thresholds: Thresholds, scored: Scored, people: dict[str, Any], started: float) -> dict[str, Any]:
    before = read_finished_run(run.directory).thresholds  # fails where the run was deleted meanwhile
    assert thresholds.curve is not None
    result = {
        "run": str(run.directory),
        "preset": run.settings.preset,
        **people,
        "stranger_faces": len(scored.strangers),
        "known_faces": len(scored.known),
        "auroc": thresholds.curve.auroc,
        "known_named": thresholds.curve.named_at(run.settings.openset.stranger_rate),
        "thresholds": thresholds.to_json(),
        "thresholds_before": before.to_json() if before else None,
        "temperature": scored.temperature,
        "seconds": round(time.monotonic() - started, 3),
    }
    scores = {
        "known": scored.known.tolist(), "right": scored.right.tolist(), "strangers": scored.strangers.tolist(),
    }  # fmt: skip
    write_json(run.directory / layout.STRANGER_TEST, {**result, "scores": scores})
    test = best_names(run.scores["test"]) if "test" in run.scores else (scored.known[:0], scored.right[:0])
    tested(scores, len(people["left_out"]), *test).save(run.directory / layout.OPENSET)
    write_json(run.directory / layout.THRESHOLDS, thresholds.to_json())
    return result
