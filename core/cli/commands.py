"""The commands: each takes the parsed arguments and returns its answer. The engine is imported when a command needs it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from core.cli import words
from core.cli.answer import Answer
from core.errors import JobError, RunError
from core.settings import DEFAULT_PRESET, DataSettings, Settings, preset, with_values


def scan(arguments: argparse.Namespace) -> Answer:
    """Read which photos of whom there are."""
    from core.experiment import scan_dataset
    from core.jobs import Speaker

    dataset = scan_dataset(arguments.data, Speaker())
    values = words.dataset_values(dataset)
    return Answer(values, words.about_dataset(values))


def prepare(arguments: argparse.Namespace) -> Answer:
    """Find the face in every photo and cut it out; a job like one that a page starts."""
    from core.experiment import prepare_dataset
    from core.jobs import JobProcess, load_tensorflow, new_preparation, read_description
    from core.settings import FaceSettings

    cluster = _cluster(arguments)
    directory = arguments.job or new_preparation(arguments.data, _settings(arguments).face)
    description = read_description(directory)
    if not description:
        raise JobError(f"There is no preparation in {directory}.", "Give --data instead.")
    with JobProcess(directory) as job:
        face = FaceSettings(**description["face"])
        if face.detector == "mtcnn":
            load_tensorflow()
        dataset, prepared = prepare_dataset(description["source"], face, job.report, job.should_stop, cluster)
        values = {**words.dataset_values(dataset), **words.prepared_values(face, prepared)}
        job.finish(values)
    return Answer(values, f"{words.about_dataset(values)}\n{words.about_faces(values)}")


def train(arguments: argparse.Namespace) -> Answer:
    """Train a network in the foreground; it waits while another training runs."""
    from core.experiment import run_experiment
    from core.experiment.together import check_strategy, help_to_train, only_helps, training_loop
    from core.jobs import JobProcess
    from core.runs import read_run

    if only_helps(arguments.strategy):
        steps = help_to_train()
        return Answer({"helped": True, "steps": steps}, f"Helped with {steps} steps; the chief has the run.")
    if arguments.data is not None:
        check_strategy(arguments.strategy, whole_settings(arguments))
    directory = _run_directory(arguments)
    strategy = arguments.strategy, arguments.replicas, read_run(directory).settings
    with (
        JobProcess(directory, "queued") as job,
        job.training_turn(),
        training_loop(*strategy, job.report, job.should_stop) as loop,
    ):
        result = run_experiment(directory, job.report, job.should_stop, job.should_pause, loop)
    return Answer(result, words.about_result(result))


def evaluate(arguments: argparse.Namespace) -> Answer:
    """Measure a finished run on other photos with names; the answers are kept in the run."""
    from core.experiment import evaluate_run
    from core.jobs import JobProcess, Speaker, read_description

    if arguments.job is None:
        if arguments.run is None or arguments.data is None:
            arguments.reject("give --run and --data")
        values = evaluate_run(arguments.run, arguments.data, arguments.strangers, Speaker())
        return Answer(values, words.about_evaluation(values))
    if arguments.run or arguments.data or arguments.strangers:
        arguments.reject("--job stands alone: it knows its run and its photos")
    about = read_description(arguments.job)
    if about.get("kind") != "evaluation":
        raise JobError(f"There is no evaluation in {arguments.job}.", "Give --run and --data instead.")
    with JobProcess(arguments.job) as job:
        values = evaluate_run(Path(about["run"]), about["source"], None, job.report, job.should_stop)
        job.finish(values)
    return Answer(values, words.about_evaluation(values))


def runs(arguments: argparse.Namespace) -> Answer:
    """List the training runs, newest first."""
    from core.runs import list_runs

    listed = list_runs()
    values = {
        "runs": [words.run_values(run) for run in listed.runs],
        "broken": [{"run": str(directory), "error": str(error)} for directory, error in listed.broken],
    }
    return Answer(values, words.about_runs(values))


def _cluster(arguments: argparse.Namespace) -> str | None:
    """Return the address of the Dask scheduler to prepare with, None for this machine."""
    if arguments.backend == "dask" and not arguments.scheduler:
        arguments.reject("--backend dask needs --scheduler tcp://HOST:PORT")
    if arguments.backend != "dask" and arguments.scheduler:
        arguments.reject("--scheduler needs --backend dask")
    scheduler: str | None = arguments.scheduler
    return scheduler


def _settings(arguments: argparse.Namespace) -> Settings:
    return with_values(preset(arguments.preset or DEFAULT_PRESET), dict(arguments.set or []))


def whole_settings(arguments: argparse.Namespace) -> Settings:
    """Return the settings that --preset, --set, --data and --seed name together.

    Raises:
        SettingsError: one of them is wrong.
    """
    return replace(_settings(arguments), data=DataSettings(arguments.data), seed=arguments.seed or 0)


def _run_directory(arguments: argparse.Namespace) -> Path:
    """Return the run directory to train in, after making it where --data says what to train on."""
    if arguments.data is not None:
        return _new_run(arguments)
    if arguments.run is None:
        arguments.reject("give --data to start a new run, or --run DIR to go on with a prepared or interrupted one")
    if arguments.preset or arguments.set or arguments.seed is not None:
        arguments.reject("--preset, --set and --seed need --data: without it the settings in DIR are used")
    from core.runs import read_run

    run = read_run(arguments.run.absolute())
    if run.result is not None:
        raise RunError(f"The run in {arguments.run} is finished.", "Choose a new folder, and give --data, to train again.")
    return run.directory


def _new_run(arguments: argparse.Namespace) -> Path:
    from core.datasets import open_dataset
    from core.jobs import queued_progress
    from core.runs import new_run

    if arguments.run is not None and arguments.run.exists() and not _is_empty(arguments.run):
        arguments.reject(f"--run {arguments.run} has to be absent or empty when --data is given")
    settings = whole_settings(arguments)
    open_dataset(arguments.data)  # a wrong path is told before anything is made
    return new_run(settings, arguments.run, progress=queued_progress())


def _is_empty(directory: Path) -> bool:
    return directory.is_dir() and not any(directory.iterdir())
