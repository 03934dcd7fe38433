"""The commands around finished runs: compare two, delete and bring back, curves for TensorBoard."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.cli.answer import Answer
from core.errors import JobError


def events(arguments: argparse.Namespace) -> Answer:
    """Write a run's curves as TensorBoard reads them."""
    from core.experiment.events import write_events
    from core.jobs import JobProcess, Speaker, read_description

    if arguments.job is None:
        values = write_events(arguments.run, arguments.to, Speaker())
        return Answer(values, _about_events(values))
    about = read_description(arguments.job)
    if about.get("kind") != "events":
        raise JobError(f"There is no such job in {arguments.job}.", "Give --run instead.")
    with JobProcess(arguments.job) as job:
        values = write_events(Path(about["run"]), None, job.report)
        job.finish(values)
    return Answer(values, _about_events(values))


def _about_events(values: dict[str, Any]) -> str:
    return f"{values['epochs']} epochs in {values['folder']}.\nLook at them with: tensorboard --logdir {values['logdir']}"


def compare(arguments: argparse.Namespace) -> Answer:
    """Tell in which settings two runs differ."""
    from core.runs import read_run
    from core.settings.comparing import differences

    left, right = (read_run(each.absolute()) for each in (arguments.left, arguments.right))
    found = differences(left.settings, right.settings)
    names = [f"{each.part}.{each.name}".lstrip(".") for each in found]
    values = {
        "left": left.name,
        "right": right.name,
        "differences": [
            {"setting": name, "left": each.left, "right": each.right} for name, each in zip(names, found, strict=True)
        ],
    }
    lines = [f"{name}: {each.left} | {each.right}" for name, each in zip(names, found, strict=True)]
    return Answer(values, "\n".join(lines) or "The two runs have the same settings.")


def delete(arguments: argparse.Namespace) -> Answer:
    """Put a run into the bin."""
    from core.runs.bin import bin_run

    gone = bin_run(arguments.run.absolute())
    values = {"run": gone.id, "name": gone.name, "goes": gone.goes.isoformat()}
    return Answer(values, f"{gone.name} is in the bin until {gone.goes:%d %b %Y}. Bring it back: bin --restore {gone.id}")


def bin(arguments: argparse.Namespace) -> Answer:
    """List the bin, take a run out of it, or empty it."""
    from core.runs.bin import binned, empty_bin, restore

    if arguments.restore:
        directory = restore(arguments.restore)
        return Answer({"run": str(directory)}, f"{directory} is back.")
    if arguments.empty:
        count = empty_bin()
        return Answer({"removed": count}, f"Removed for good: {count}.")
    found = binned()
    values = [{"run": each.id, "name": each.name, "goes": each.goes.isoformat(), "bytes": each.disk_bytes} for each in found]
    lines = [f"{each.id}  {each.name}  goes on {each.goes:%d %b %Y}" for each in found]
    return Answer(values, "\n".join(lines) or "The bin is empty.")


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    """Add the arguments of one of these commands."""
    if name == "events":
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--run", type=Path, metavar="DIR", help="a run with at least one epoch")
        what.add_argument("--job", type=Path, metavar="DIR", help="a job that was made or interrupted before")
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="for TensorBoard; artifacts/tensorboard without it")
    elif name == "compare":
        parser.add_argument("left", type=Path, metavar="DIR", help="a run")
        parser.add_argument("right", type=Path, metavar="DIR", help="another run")
    elif name == "delete":
        parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="the run to put into the bin")
    elif name == "bin":
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--restore", metavar="ID", help="bring this run back")
        what.add_argument("--empty", action="store_true", help="remove all for good")
