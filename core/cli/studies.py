"""The commands around a training: cross-validation, the stranger test, timing this machine, weights, enrolling a person."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.cli import words
from core.cli.answer import Answer
from core.cli.commands import whole_settings
from core.errors import JobError, PhotoError


def crossval(arguments: argparse.Namespace) -> Answer:
    """Learn several times, each time without a share of the photos, and judge by those; it waits while a training runs."""
    from core.datasets import open_dataset
    from core.experiment import cross_validate
    from core.jobs import JobProcess, new_crossvalidation
    from core.runs import layout
    from core.settings import from_json

    if arguments.job is None:
        settings = whole_settings(arguments)
        open_dataset(arguments.data)  # a wrong path is told before anything is made
        directory = new_crossvalidation(settings, arguments.folds)
    else:
        directory = arguments.job
    about = _description(directory, "crossvalidation")
    settings = from_json(about["settings"])
    with JobProcess(directory, "queued") as job, job.training_turn():
        values = cross_validate(
            settings.data.source, settings, about["folds"], job.report, job.should_stop,
            keep=directory / layout.OUT_OF_FOLD, folder=directory,
        )  # fmt: skip
        job.finish(values)
    return Answer(values, words.about_crossvalidation(values))


def strangers(arguments: argparse.Namespace) -> Answer:
    """Train a run from scratch again without some people, and draw its lines by them; it waits while a training runs."""
    from core.experiment.stranger_test import check_run, stranger_test
    from core.jobs import JobProcess, new_stranger_test

    if arguments.job is None:
        check_run(arguments.run)  # told before anything is made
    directory = arguments.job or new_stranger_test(arguments.run)
    run = Path(_description(directory, "stranger_test")["run"])
    with JobProcess(directory, "queued") as job, job.training_turn():
        values = stranger_test(run, job.report, job.should_stop)
        job.finish(values)
    return Answer(values, words.about_stranger_test(values))


def speed(arguments: argparse.Namespace) -> Answer:
    """Time the work of all presets on this machine; it waits while a training runs."""
    from core.experiment import measure_speed
    from core.jobs import JobProcess, new_speed

    directory = arguments.job or new_speed()
    _description(directory, "speed")
    with JobProcess(directory, "queued") as job, job.training_turn():
        values = measure_speed(job.report, job.should_stop)
        job.finish(values)
    return Answer(values, words.about_speed(values))


def weights(arguments: argparse.Namespace) -> Answer:
    """Tell where the weights of the embeddings are, or download them where no installed package brings them."""
    from core.embeddings import WEIGHTS, fetch, find_weights
    from core.errors import ModelError
    from core.jobs import Speaker

    if arguments.fetch:
        fetch(arguments.fetch, Speaker())
    found: dict[str, dict[str, Any]] = {}
    for name in WEIGHTS:
        try:
            found[name] = {"file": str(find_weights(name)), "error": None}
        except ModelError as error:
            found[name] = {"file": None, "error": str(error)}
    lines = [f"{name}: {each['file'] or each['error']}" for name, each in found.items()]
    return Answer(found, "\n".join(lines))


def _description(directory: Path, kind: str) -> dict[str, Any]:
    from core.jobs import read_description

    about = read_description(directory)
    if about.get("kind") != kind:
        raise JobError(f"There is no such job in {directory}.", "Start a new one instead.")
    return about


def enrol(arguments: argparse.Namespace) -> Answer:
    """Add a person to a finished run without training; a bad photo is told and the others go on."""
    from core.experiment.outsiders import photos_in
    from core.jobs import load_tensorflow
    from core.recognizer import read_finished_run
    from core.recognizer.enrolment import enrol as enrol_person

    read_finished_run(arguments.run)  # a wrong folder is told before TensorFlow takes its seconds
    photos: list[tuple[bytes, str]] = []
    unreadable: list[tuple[str, str]] = []
    for file in [file for named in arguments.photos for file in photos_in(named)]:
        try:
            photos.append((file.read_bytes(), str(file)))
        except OSError as error:
            unreadable.append((str(file), f"It cannot be read ({error.strerror})."))
    if not photos:
        raise PhotoError(
            " ".join(f"{file}: {why}" for file, why in unreadable) or "There is no photo in the given folders.",
            "Name 1 to 5 photos that show the person.",
        )
    load_tensorflow()
    enrolment = enrol_person(arguments.run, arguments.person, photos)
    values = {
        "run": str(arguments.run),
        "person": enrolment.person,
        "added": enrolment.added,
        "people": list(enrolment.people),
        "problems": [{"file": file, "error": why} for file, why in [*unreadable, *enrolment.problems]],
        "notes": list(enrolment.notes),
    }
    return Answer(values, words.about_enrolment(values), failed=not enrolment.added)


def health(arguments: argparse.Namespace) -> Answer:
    """Measure the photos of a dataset and judge their names; it waits while a training runs."""
    from core.datasets import open_dataset
    from core.health import measure_health
    from core.jobs import JobProcess, new_health
    from core.settings import DEFAULT_PRESET, FaceSettings, preset, with_values

    directory = arguments.job
    if directory is None:
        open_dataset(arguments.data)  # a wrong path is told before anything is made
        settings = with_values(preset(arguments.preset or DEFAULT_PRESET), dict(arguments.set or []))
        directory = new_health(arguments.data, settings.face)
    about = _description(directory, "health")
    with JobProcess(directory, "queued") as job, job.training_turn():
        values = measure_health(about["source"], FaceSettings(**about["face"]), job.report, job.should_stop)
        job.finish(values)
    return Answer(values, words.about_health(values))


def drift(arguments: argparse.Namespace) -> Answer:
    """Find from which strength on each random change turns one person into another; it waits while a training runs."""
    from core.datasets import open_dataset
    from core.experiment import scan_dataset
    from core.experiment.drift import measure_danger
    from core.jobs import JobProcess, Stopped, new_drift

    if arguments.job is None:
        open_dataset(arguments.data)  # a wrong path is told before anything is made
    directory = arguments.job or new_drift(arguments.data)
    source = _description(directory, "drift")["source"]
    with JobProcess(directory, "queued") as job, job.training_turn():
        catalogue = scan_dataset(source, job.report, job.should_stop).catalogue
        zones = measure_danger(catalogue, job.report, job.should_stop)
        if zones is None:
            raise Stopped
        job.finish(zones)
    return Answer(zones, words.about_drift(zones))
