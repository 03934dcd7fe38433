"""The command that finds a learning rate."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.answer import Answer
from core.cli.commands import whole_settings
from core.errors import JobError

HELP = "Find a learning rate for a network from scratch: it is raised from step to step until the loss explodes."


def add_arguments(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add what to try it on, and return the parser."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="PATH", help="a folder with one folder of photos per person, or orl")
    what.add_argument("--job", type=Path, metavar="DIR", help="a search that was made or interrupted before")
    parser.add_argument("--seed", type=int, help="decides all random choices; 0 without it")
    return parser


def find_rate(arguments: argparse.Namespace) -> Answer:
    """Find a learning rate; it waits while a training runs."""
    from core.datasets import open_dataset
    from core.experiment.rates import check_rate_settings, find_rate
    from core.jobs import JobProcess, new_rate_finder, read_description
    from core.settings import from_json

    if arguments.job is None:
        settings = whole_settings(arguments)
        check_rate_settings(settings)
        open_dataset(arguments.data)  # a wrong path is told before anything is made
    directory = arguments.job or new_rate_finder(settings)
    about = read_description(directory)
    if about.get("kind") != "rate_finder":
        raise JobError(f"There is no search for a learning rate in {directory}.", "Give --data instead.")
    with JobProcess(directory, "queued") as job, job.training_turn():
        values = find_rate(from_json(about["settings"]), job.report, job.should_stop)
        job.finish(values)
    return Answer(values, values["words"])
