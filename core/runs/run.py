"""A run as the pages see it: read from its directory, checked, never written here."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from core.errors import RunError, SettingsError
from core.evaluation import EvaluationReport
from core.openset import Thresholds
from core.runs import layout
from core.runs.records import CalibrationRecord, DatasetRecord, PartScores, SplitRecord, read_dataset, read_scores, read_split
from core.runs.state import State, state_of
from core.settings import Settings, from_json
from core.storage import disk_use, read_json, read_json_lines, runs_root
from core.training import EpochReport

_MEND = "Put the file back from a copy, or delete the run and train again."


@dataclass(frozen=True)
class Run:
    """One training run, as its files were when it was read; the large ones are read on first use.

    Attributes:
        id: The directory's name.
        created: When it was made, UTC.
        dataset: None until the photos have been read.
        result: What `train` prints; None while the run is unfinished.
    """

    directory: Path
    id: str
    name: str
    created: datetime
    settings: Settings
    dataset: DatasetRecord | None
    state: State
    result: dict[str, Any] | None
    schema_version: int

    @property
    def class_names(self) -> tuple[str, ...]:
        """The people the network knows; a label is an index into them."""
        return self.dataset.people if self.dataset else ()

    @property
    def stopped(self) -> bool:
        """Whether a person ended the training early; the run may still be finished and useful."""
        return self.state == "stopped" or bool(self.result and self.result.get("stopped"))

    @cached_property
    def history(self) -> tuple[EpochReport, ...]:
        """One report for each epoch so far."""
        path = self.directory / layout.HISTORY
        with damage_named(path):
            return tuple(EpochReport.from_json(line) for line in read_json_lines(path))

    @cached_property
    def thresholds(self) -> Thresholds | None:
        """When a face is known, unsure or unknown; None while the run is unfinished."""
        path = self.directory / layout.THRESHOLDS
        with damage_named(path):
            values = read_json(path)
            return Thresholds.from_json(values) if values else None

    @cached_property
    def reports(self) -> dict[str, EvaluationReport]:
        """The evaluation of "train", "validation" and "test"; empty while the run is unfinished."""
        path = self.directory / layout.REPORT
        with damage_named(path):
            values = read_json(path) or {}
            return {part: EvaluationReport.from_json(values[part]) for part in layout.PARTS if part in values}

    @cached_property
    def calibration(self) -> CalibrationRecord | None:
        """How the probabilities were calibrated; None while the run is unfinished, and in runs of an earlier program."""
        path = self.directory / layout.REPORT
        with damage_named(path):
            values = (read_json(path) or {}).get("calibration")
            return CalibrationRecord.from_json(values) if values else None

    @cached_property
    def split(self) -> SplitRecord | None:
        """Which photo taught, chose or judged; None until the split has been drawn."""
        path = self.directory / layout.SPLIT
        with damage_named(path):
            return read_split(path)

    @cached_property
    def scores(self) -> dict[str, PartScores]:
        """What the network answered for the faces of "validation" and "test"."""
        path = self.directory / layout.SCORES
        with damage_named(path):
            return read_scores(path)

    @cached_property
    def environment(self) -> dict[str, Any]:
        """What the run ran on; empty before it started."""
        path = self.directory / layout.ENVIRONMENT
        with damage_named(path):
            return dict(read_json(path) or {})

    @property
    def disk_bytes(self) -> int:
        """Bytes of all the run's files."""
        return disk_use(self.directory)


@dataclass(frozen=True)
class RunList:
    """All runs, newest first, and apart from them the directories that cannot be read, each with its error."""

    runs: tuple[Run, ...]
    broken: tuple[tuple[Path, RunError], ...]


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what goes wrong while reading `path` into a RunError that names it.

    Raises:
        RunError: the file is damaged, comes from a newer program or cannot be read.
    """
    try:
        yield
    except SettingsError as error:
        raise RunError(f"{path} cannot be used: {error.what}", error.remedy) from error
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, EOFError) as error:
        raise RunError(f"{path} is damaged ({type(error).__name__}: {error}).", _MEND) from error
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror}).", "Give this user permission to read it.") from error


def read_run(directory: Path) -> Run:
    """Return the run in `directory`.

    Raises:
        RunError: there is no run, it was written by a newer Visage, or one of its files is damaged.
    """
    settings_path, run_path = directory / layout.SETTINGS, directory / layout.RUN
    with damage_named(settings_path):
        if not settings_path.exists():
            raise RunError(f"There is no run in {directory}.", "Choose a folder that `train --run` has made.")
        settings = _settings(settings_path.read_text(encoding="utf-8"))
    with damage_named(run_path):
        about = _checked_version(run_path, read_json(run_path) or {})
        created = _created(about, settings_path)
        name = str(about.get("name", directory.name))
    with damage_named(directory / layout.DATASET):
        dataset = read_dataset(directory / layout.DATASET)
    with damage_named(directory / layout.RESULT):
        result = read_json(directory / layout.RESULT)
    version = about.get("schema_version", layout.RUN_SCHEMA_VERSION)
    return Run(directory, directory.name, name, created, settings, dataset, state_of(directory), result, version)


@lru_cache(maxsize=1024)  # checking all limits takes milliseconds, and the list of runs is read all the time
def _settings(text: str) -> Settings:
    return from_json(json.loads(text))


def _checked_version(path: Path, about: dict[str, Any]) -> dict[str, Any]:
    version = about.get("schema_version", layout.RUN_SCHEMA_VERSION)
    if int(version) > layout.RUN_SCHEMA_VERSION:
        raise RunError(
            f"{path} has version {version}; this program reads up to {layout.RUN_SCHEMA_VERSION}.",
            "Update Visage, then open the run again.",
        )
    return about


def _created(about: dict[str, Any], settings_path: Path) -> datetime:
    if "created" in about:
        created = datetime.fromisoformat(about["created"])
        return created if created.tzinfo else created.replace(tzinfo=UTC)
    return datetime.fromtimestamp(settings_path.stat().st_mtime, UTC)  # a directory that a person prepared by hand


def list_runs() -> RunList:
    """Return every run below the artifacts folder; one that cannot be read never hides the others."""
    runs, broken = [], []
    for directory in run_directories():
        try:
            runs.append(read_run(directory))
        except RunError as error:
            broken.append((directory, error))
    return RunList(tuple(sorted(runs, key=lambda run: run.created, reverse=True)), tuple(broken))


def run_directories() -> list[Path]:
    """Return the directories of all runs below the artifacts folder, by name."""
    root = runs_root()
    if not root.is_dir():
        return []
    return sorted(each for each in root.iterdir() if each.is_dir() and not each.name.startswith("."))
