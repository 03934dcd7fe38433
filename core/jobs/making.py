"""The directories of jobs that are no runs: made with a description of the work, listed, and forgotten after a while."""

from __future__ import annotations

import secrets
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.datasets.builtin import BUILTIN
from core.errors import JobError
from core.runs import LIVE, layout, read_run, state_of
from core.runs.making import absolute_source
from core.settings import FaceSettings, Settings, to_json
from core.storage import jobs_root, new_directory, read_json, write_json

KEPT_JOBS = 50  # ended jobs of each kind other than runs; older ones are forgotten
KEPT_FEWER = {"export": 5, "packing": 8, "prediction": 20}  # of these, as each may hold gigabytes
COMMANDS = {  # the command that does the work of each kind
    "preparation": "prepare",
    "crossvalidation": "crossval",
    "stranger_test": "strangers",
    "evaluation": "evaluate",
    "honesty": "honesty",
    "learning_curve": "learning-curve",
    "speed": "speed",
    "import": "import",
    "download": "download",
    "health": "health",
    "drift": "drift",
    "export": "export-dataset",
    "search": "search",
    "events": "events",
    "rate_finder": "find-rate",
    "prediction": "predict",
    "packing": "pack",
}
# Kinds that need the whole machine, as trainings do.
TAKING_TURNS = (
    *("crossvalidation", "search", "stranger_test", "speed", "health", "drift"),
    *("honesty", "learning_curve", "rate_finder"),
)


def new_preparation(source: str, face: FaceSettings, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a preparation without starting it."""
    source = absolute_source(source)
    job = {"kind": "preparation", "title": f"Prepare {name_of(source)}", "source": source, "face": asdict(face)}
    return new_job(job, progress)


def new_crossvalidation(settings: Settings, folds: int, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a cross-validation without starting it."""
    source = absolute_source(settings.data.source)
    settings = replace(settings, data=replace(settings.data, source=source))
    title = f"Cross-validate {name_of(source)} with {settings.preset}, {folds} folds"
    return new_job({"kind": "crossvalidation", "title": title, "settings": to_json(settings), "folds": folds}, progress)


def new_search(search: Mapping[str, Any], progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a search without starting it.

    Args:
        search: As `core.search.SearchSettings.to_json` writes it.
    """
    settings = dict(search["settings"])
    source = absolute_source(settings["data"]["source"])
    settings["data"] = {**settings["data"], "source": source}
    title = f"Search settings of {settings['preset']} for {name_of(source)}, {search['trials']} trials"
    return new_job({"kind": "search", "title": title, "search": {**search, "settings": settings}}, progress)


def new_stranger_test(run_directory: Path, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a stranger test without starting it.

    Raises:
        RunError: there is no run.
    """
    run = read_run(run_directory.absolute())
    return new_job({"kind": "stranger_test", "title": f"Stranger test of {run.name}", "run": str(run.directory)}, progress)


def new_evaluation(run_directory: Path, source: str, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of an evaluation of a run on the photos of a folder without starting it.

    Raises:
        RunError: there is no run.
    """
    run, source = read_run(run_directory.absolute()), absolute_source(source)
    title = f"Evaluate {run.name} on {name_of(source)}"
    return new_job({"kind": "evaluation", "title": title, "run": str(run.directory), "source": source}, progress)


def new_honesty(
    run_directory: Path, checks: Sequence[str], seeds: int | None = None, progress: dict[str, Any] | None = None
) -> Path:
    """Make the directory of honesty checks of a run without starting them; see `core.experiment.honesty`.

    Raises:
        RunError: there is no run.
    """
    run = read_run(run_directory.absolute())
    job = {"kind": "honesty", "title": f"Honesty checks of {run.name}", "run": str(run.directory)}
    return new_job({**job, "checks": list(checks), "seeds": seeds}, progress)


def new_learning_curve(run_directory: Path, draws: int | None = None, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of the learning curve of a run without starting it; see `core.experiment.learning_curve`.

    Raises:
        RunError: there is no run.
    """
    run = read_run(run_directory.absolute())
    job = {"kind": "learning_curve", "title": f"Learning curve of {run.name}", "run": str(run.directory)}
    return new_job({**job, "draws": draws}, progress)


def new_events(run_directory: Path, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a job that writes a run's curves for TensorBoard without starting it.

    Raises:
        RunError: there is no run.
    """
    run = read_run(run_directory.absolute())
    return new_job({"kind": "events", "title": f"TensorBoard files of {run.name}", "run": str(run.directory)}, progress)


def new_speed(progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a timing of this machine without starting it."""
    return new_job({"kind": "speed", "title": "Time this machine"}, progress)


def new_health(source: str, face: FaceSettings, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a measuring of a dataset's health without starting it."""
    source = absolute_source(source)
    job = {"kind": "health", "title": f"Measure the health of {name_of(source)}", "source": source, "face": asdict(face)}
    return new_job(job, progress)


def new_drift(source: str, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a search for dangerous random changes without starting it."""
    source = absolute_source(source)
    return new_job({"kind": "drift", "title": f"Try random changes on {name_of(source)}", "source": source}, progress)


def new_import(staging: Path, title: str, target: dict[str, Any] | None = None, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a job that looks at the photos of a staging, or commits them, without starting it.

    Args:
        staging: The staging's directory.
        title: What is imported, as pages show it.
        target: Where the photos go, see `core.importing.Target`; None to look at them only.
    """
    words = f"Read {title}" if target is None else f"Import {title}"
    return new_job({"kind": "import", "title": words, "staging": str(staging), "target": target}, progress)


def new_download(name: str, title: str, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of the download of a public set without starting it."""
    return new_job({"kind": "download", "title": f"Download {title}", "set": name}, progress)


def new_export(
    source: str, what: str, face: FaceSettings, to: Path | None = None, progress: dict[str, Any] | None = None
) -> Path:
    """Make the directory of an export of a dataset's photos without starting it.

    Args:
        what: "photos" or "crops".
        face: How faces are found and cut out.
        to: The zip file; None puts it into the job's directory, and it goes with that.
    """
    source = absolute_source(source)
    job = {"kind": "export", "title": f"Export {name_of(source)}", "source": source, "what": what, "face": asdict(face)}
    return new_job({**job, "to": None if to is None else str(to.absolute())}, progress)


def name_of(source: str) -> str:
    """Return how a dataset is called in a job's title."""
    return "the built-in faces" if source == BUILTIN else Path(source).name


def new_job(job: dict[str, Any], progress: dict[str, Any] | None) -> Path:
    """Make the directory of a job that is described by `job`, with its first progress file; return it."""
    _forget_old_jobs()
    created = datetime.now(UTC)
    directory = jobs_root() / f"{created:%Y%m%d-%H%M%S-%f}-{job['kind']}-{secrets.token_hex(2)}"
    with new_directory(directory) as temporary:
        write_json(temporary / layout.JOB, {**job, "created": created.isoformat()})
        if progress is not None:
            write_json(temporary / layout.PROGRESS, progress)
    return directory


def _forget_old_jobs() -> None:
    ended: defaultdict[str, list[Path]] = defaultdict(list)
    for directory in job_directories():
        if state_of(directory) not in LIVE:
            ended[kind_of(directory)].append(directory)
    for kind, of_kind in ended.items():
        for directory in of_kind[: -KEPT_FEWER.get(kind, KEPT_JOBS)]:
            shutil.rmtree(directory, ignore_errors=True)


def forget_job(directory: Path) -> None:
    """Forget a job that has ended, with what it has said; nothing happens while it lives."""
    if state_of(directory) not in LIVE and directory.parent == jobs_root():
        shutil.rmtree(directory, ignore_errors=True)


def job_directories() -> list[Path]:
    """Return the directories of all jobs that are no runs, oldest first."""
    root = jobs_root()
    if not root.is_dir():
        return []
    return sorted(each for each in root.iterdir() if each.is_dir() and not each.name.startswith("."))


def kind_of(directory: Path) -> str:
    """Return which kind of job, other than a run, a directory belongs to; "preparation" where that cannot be read."""
    try:
        kind = (read_json(directory / layout.JOB) or {}).get("kind")
    except (ValueError, AttributeError, OSError):
        return "preparation"
    return kind if kind in COMMANDS else "preparation"


def read_description(directory: Path) -> dict[str, Any]:
    """Return a job's description; empty where there is none.

    Raises:
        JobError: it is damaged.
    """
    try:
        return dict(read_json(directory / layout.JOB) or {})
    except (ValueError, TypeError) as error:
        raise JobError(f"{directory / layout.JOB} is damaged ({error}).", "Start a new job.") from error
