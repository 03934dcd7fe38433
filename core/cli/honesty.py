"""The commands that ask whether a run's figures are honest, and what more photos would bring."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.cli.answer import Answer
from core.errors import JobError

Add = Callable[..., argparse.ArgumentParser]
MOST_SEEDS, MOST_DRAWS = 20, 5


def add_commands(kinds: Any, add: Add) -> None:
    """Add both commands to the parser's; `add` makes one from a function's name, a help text and this module."""
    here = sys.modules[__name__]
    _add_honesty(add(kinds, "honesty", "Check whether a run's accuracy is flattered by its split or by backgrounds.", here))
    help = "Measure how accuracy grows with the number of training photos, and forecast what more would bring."
    _add_learning_curve(add(kinds, "learning_curve", help, here, command="learning-curve"))


def _add_honesty(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", type=Path, metavar="DIR", help="a finished run")
    what.add_argument("--job", type=Path, metavar="DIR", help="a check that was made or interrupted before")
    parser.add_argument(
        "--checks",
        nargs="+",
        choices=("split", "background"),
        default=["split", "background"],
        help="split: also learns from a careless split, for comparison; background: paints the faces over; both without it",
    )
    parser.add_argument(
        "--seeds", type=_number(MOST_SEEDS), metavar="N",
        help="how many times the photos are split anew; 5 for an embedding, 1 for other networks without it",
    )  # fmt: skip


def _add_learning_curve(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", type=Path, metavar="DIR", help="a finished run")
    what.add_argument("--job", type=Path, metavar="DIR", help="a learning curve that was made or interrupted before")
    parser.add_argument(
        "--draws", type=_number(MOST_DRAWS), metavar="N",
        help="how many times photos are drawn, each with four trainings; 5 for an embedding, 1 for other networks without it",
    )  # fmt: skip


def _number(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {most}")
        return int(text)

    return read


def honesty(arguments: argparse.Namespace) -> Answer:
    """Check a finished run; it waits while a training runs."""
    from core.experiment.honesty import check_honesty
    from core.jobs import JobProcess, new_honesty
    from core.recognizer import read_finished_run

    if arguments.job is None:
        read_finished_run(arguments.run)  # told before anything is made
    directory = arguments.job or new_honesty(arguments.run, arguments.checks, arguments.seeds)
    about = _description(directory, "honesty")
    with JobProcess(directory, "queued") as job, job.training_turn():
        values = check_honesty(
            Path(about["run"]), about["checks"], about["seeds"], job.report, job.should_stop, folder=directory
        )  # fmt: skip
        job.finish(values)
    return Answer(values, "\n".join(values["words"]))


def learning_curve(arguments: argparse.Namespace) -> Answer:
    """Learn from parts of a run's training photos; it waits while a training runs."""
    from core.experiment.learning_curve import measure_learning_curve
    from core.jobs import JobProcess, new_learning_curve
    from core.recognizer import read_finished_run

    if arguments.job is None:
        read_finished_run(arguments.run)  # told before anything is made
    directory = arguments.job or new_learning_curve(arguments.run, arguments.draws)
    about = _description(directory, "learning_curve")
    with JobProcess(directory, "queued") as job, job.training_turn():
        values = measure_learning_curve(Path(about["run"]), about["draws"], job.report, job.should_stop, folder=directory)
        job.finish(values)
    lines = [f"{each['photos']:.1f} photos per person: {each['accuracy']:.1%} right" for each in values["measured"]]
    return Answer(values, "\n".join([*lines, *values["words"]]))


def _description(directory: Path, kind: str) -> dict[str, Any]:
    from core.jobs import read_description

    about = read_description(directory)
    if about.get("kind") != kind:
        raise JobError(f"There is no such job in {directory}.", "Start a new one instead.")
    return about
