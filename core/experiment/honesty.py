"""Is the number honest? The checks that take work: each is done once and kept in the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.datasets import open_dataset
from core.errors import RunError
from core.experiment.background import Audit, audit_run
from core.experiment.careless import SplitCheck, check_split, usual_seeds
from core.experiment.photos import prepare_dataset
from core.jobs import load_tensorflow
from core.progress import Report, ShouldStop, never, silent
from core.recognizer import read_finished_run
from core.runs import Run, layout
from core.runs.run import damage_named
from core.storage import read_json, write_json

SPLIT, BACKGROUND = "split", "background"
CHECKS = (SPLIT, BACKGROUND)
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Honesty:
    """What the checks have found; None for what was not checked yet."""

    split: SplitCheck | None = None
    background: Audit | None = None

    def words(self) -> list[str]:
        """Return what each check says."""
        return [each.words() for each in (self.split, self.background) if each is not None]


def read_honesty(directory: Path) -> Honesty:
    """Return what was checked of the run in `directory`.

    Raises:
        RunError: the file is damaged or of a newer program.
    """
    values = _read(directory)
    path = directory / layout.HONESTY
    with damage_named(path):
        split, background = (values.get(name) for name in CHECKS)
        return Honesty(
            None if split is None else SplitCheck.from_json(split), None if background is None else Audit.from_json(background)
        )


def _read(directory: Path) -> dict[str, Any]:
    path = directory / layout.HONESTY
    with damage_named(path):
        values = dict(read_json(path) or {})
        if int(values.get("schema_version", SCHEMA_VERSION)) > SCHEMA_VERSION:
            raise RunError(f"{path} was written by a newer Visage.", "Update Visage, then look again.")
    return values


def check_honesty(
    directory: Path,
    checks: Sequence[str] = CHECKS,
    seeds: int | None = None,
    report: Report = silent,
    should_stop: ShouldStop = never,
    *,
    folder: Path,
) -> dict[str, Any]:
    """Check a finished run, and keep in it what was found; each check as soon as it is through.

    Args:
        directory: The run.
        checks: Which of `CHECKS`.
        seeds: How many times the photos are split anew; None: 5 times for an embedding, once for other networks.
        report: Told where it stands.
        should_stop: Asked often.
        folder: Where finished trainings are kept, and taken from.

    Returns:
        JSON values: what each check has found, and `words`.

    Raises:
        VisageError: the run is unfinished or its photos are gone; memory or disk do not suffice.
        Stopped: somebody asked to stop; what was finished is kept.
    """
    run = read_finished_run(directory)
    if SPLIT in checks:
        open_dataset(run.settings.data.source)  # a vanished folder is told before TensorFlow takes its seconds
    load_tensorflow()
    if BACKGROUND in checks:
        _keep(directory, BACKGROUND, audit_run(run, report, should_stop).to_json())
    if SPLIT in checks:
        _keep(directory, SPLIT, _split_check(run, seeds, folder, report, should_stop).to_json())
    found = read_honesty(directory)
    values = {name: value for name, value in _read(directory).items() if name in CHECKS}
    return {"run": str(directory), **values, "words": found.words()}


def _split_check(run: Run, seeds: int | None, folder: Path, report: Report, should_stop: ShouldStop) -> SplitCheck:
    dataset, prepared = prepare_dataset(run.settings.data.source, run.settings.face, report, should_stop)
    wanted = usual_seeds(run.settings) if seeds is None else seeds
    return check_split(run, dataset, prepared, wanted, folder, report=report, should_stop=should_stop)


def _keep(directory: Path, check: str, found: dict[str, Any]) -> None:
    read_finished_run(directory)  # fails where the run was deleted meanwhile
    write_json(directory / layout.HONESTY, {**_read(directory), "schema_version": SCHEMA_VERSION, check: found})
