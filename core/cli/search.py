"""The command that searches for better settings, alone or beside workers on other machines."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.cli.answer import Answer
from core.cli.commands import whole_settings
from core.errors import JobError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes, beside --preset, --set and --seed."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help="a folder with one folder of photos per person, or orl")
    what.add_argument("--job", type=Path, metavar="DIR", help="a search that was made or interrupted before")
    parser.add_argument("--trials", type=int, default=20, metavar="N", help="how many in all, by all workers; 20 without it")
    parser.add_argument(
        "--objective",
        choices=("log_loss", "accuracy"),
        default="log_loss",
        help="what is compared on the validation photos; log_loss, which also sees how sure the answers are, without it",
    )
    parser.add_argument("--folds", type=int, default=0, metavar="N", help="judge by N folds of all but the test photos")
    parser.add_argument(
        "--range",
        action="append",
        metavar="NAME=LOW..HIGH[:log] or NAME=A|B",
        help="vary this setting, e.g. --range training.learning_rate=1e-4..1e-2:log; may be repeated; without it the main "
        "settings of the preset are varied",
    )
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help="begin no new trial after so long")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes on this machine; 1 without it")
    parser.add_argument(
        "--storage",
        default="",
        metavar="FILE_OR_ADDRESS",
        help="a journal file, or a database such as postgresql://user:word@host/name, that several workers share",
    )
    parser.add_argument("--study", default="", metavar="NAME", help="the name of the search in a shared storage")
    parser.add_argument("--helper-of", type=int, help=argparse.SUPPRESS)  # further workers that a search starts itself


def search(arguments: argparse.Namespace) -> Answer:
    """Try many settings and keep the best, judged by validation photos or folds only; it waits while a training runs."""
    from core.datasets import open_dataset
    from core.jobs import JobProcess, new_search, read_description

    if arguments.helper_of is not None:
        return _help(arguments.job, arguments.helper_of)
    from core.search.running import run_search

    directory = arguments.job
    if directory is None:
        asked = _asked(arguments)
        open_dataset(arguments.data)  # a wrong path is told before anything is made
        directory = new_search(asked)
    if read_description(directory).get("kind") != "search":
        raise JobError(f"There is no such job in {directory}.", "Start a new one instead.")
    with JobProcess(directory, "queued") as job, job.training_turn():
        values = run_search(directory, job.report, job.should_stop)
        job.finish(values)
    return Answer({"job": str(directory), **values}, about_search({"job": str(directory), **values}))


def _help(directory: Path, owner: int) -> Answer:
    from core.search.helping import helper_stops
    from core.search.running import help_search

    help_search(directory, helper_stops(directory, owner))
    return Answer({}, "")


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the search that the arguments describe.

    Raises:
        SettingsError: one of them is wrong.
    """
    from core.search import SearchSettings, chosen_space

    settings = whole_settings(arguments)
    asked = SearchSettings(
        settings,
        trials=arguments.trials,
        objective=arguments.objective,
        folds=arguments.folds,
        space=tuple(map(_range, arguments.range or [])) or chosen_space(settings),
        seconds=arguments.seconds,
        workers=arguments.workers,
        storage=_absolute(arguments.storage),
        study=arguments.study,
    )
    return asked.to_json()


def _absolute(storage: str) -> str:
    """Return a journal's whole path: the job works in another directory than the person."""
    return storage if not storage or "://" in storage else str(Path(storage).expanduser().absolute())


def _range(text: str) -> Any:
    """Return the range that a person has written.

    Raises:
        SettingsError: it cannot be read, or it leaves the setting's limits.
    """
    from core.errors import SettingsError
    from core.search import Range
    from core.search.space import searched_limits, type_of

    how = "Write it like training.learning_rate=1e-4..1e-2:log or model.colour=rgb|gray."
    name, _, values = text.partition("=")
    searched_limits(name)
    if "|" in values:
        return Range(name, choices=tuple(values.split("|")))
    low, _, high = values.removesuffix(":log").partition("..")
    try:
        kind = {int: int, float: float}[type_of(name)]
        return Range(name, kind(low), kind(high), log=values.endswith(":log"))
    except (KeyError, ValueError) as error:
        raise SettingsError(f"--range {text} cannot be read.", how) from error


def about_search(values: Mapping[str, Any]) -> str:
    """Return the outcome of a search in words."""
    best, counts = values["best"], values["trials"]
    right = "" if best["accuracy"] is None else f", {best['accuracy']:.1%} of the judging photos right"
    params = " ".join(f"--set {name}={value}" for name, value in best["params"].items())
    lines = [
        f"{values['job']}: {counts['done']} trials judged, {counts['pruned']} ended early, "
        f"{counts['unusable']} could not be trained, {values['seconds']:.0f} s.",
        f"Best is trial {best['number']}: {values['objective'].replace('_', ' ')} {best['value']:.4f}{right}.",
        f"Train with it: {params}",
    ]
    lines += [f"  {name} makes {share:.0%} of the difference" for name, share in values["importance"].items()]
    return "\n".join(lines)
