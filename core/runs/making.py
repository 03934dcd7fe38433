"""Making, naming and deleting run directories."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.datasets.builtin import BUILTIN
from core.errors import RunError, disk_errors
from core.runs import layout
from core.runs.run import damage_named
from core.runs.state import LIVE, state_of
from core.settings import Settings, to_json
from core.storage import new_directory, read_json, runs_root, slug, write_json

NAME_LENGTH = 80


def new_run(
    settings: Settings,
    directory: Path | None = None,
    name: str = "",
    progress: dict[str, Any] | None = None,
    *,
    about: Mapping[str, Any] | None = None,
    fill: Callable[[Path], None] = lambda directory: None,
) -> Path:
    """Make a run directory that holds only its settings, and return it.

    Args:
        directory: Where; absent or empty. None makes one below the artifacts folder.
        name: As the pages show it; empty gives one.
        progress: The first progress file, for a run that is started at once.
        about: More to remember of it beside id, name and when it was made.
        fill: Writes more files into the directory before it appears.

    Raises:
        RunError: `directory` holds something.
        StorageError: the disk refuses.
    """
    created = datetime.now(UTC)
    settings = replace(settings, data=replace(settings.data, source=absolute_source(settings.data.source)))
    target = (directory or runs_root() / _new_id(settings, created)).absolute()
    name = tidy_name(name) or f"{settings.preset} on {_short_source(settings)}"
    own = {"schema_version": layout.RUN_SCHEMA_VERSION, "id": target.name, "name": name, "created": created.isoformat()}
    try:
        with new_directory(target) as temporary:
            write_json(temporary / layout.SETTINGS, to_json(settings))
            write_json(temporary / layout.RUN, {**(about or {}), **own})
            fill(temporary)
            if progress is not None:
                write_json(temporary / layout.PROGRESS, progress)
    except (FileExistsError, NotADirectoryError) as error:
        raise RunError(f"{target} is there already and not empty.", "Choose a new folder for the run.") from error
    return target


def absolute_source(source: str) -> str:
    """Return a dataset's source so that it means the same in every working directory."""
    return source if source == BUILTIN else str(Path(source).expanduser().absolute())


def _short_source(settings: Settings) -> str:
    return "ORL" if settings.data.source == BUILTIN else Path(settings.data.source).name


def _new_id(settings: Settings, created: datetime) -> str:
    parts = (slug(settings.preset), slug(_short_source(settings), length=24), secrets.token_hex(2))
    return "-".join((f"{created:%Y%m%d-%H%M%S}", *parts))


def tidy_name(name: str) -> str:
    """Return a run's name in one line of at most 80 characters."""
    return " ".join(name.split())[:NAME_LENGTH].rstrip()


def rename_run(directory: Path, name: str) -> None:
    """Give the run another name; its directory stays where it is.

    Raises:
        RunError: there is no run, or the name is empty.
    """
    must_be_run(directory)
    if not tidy_name(name):
        raise RunError("The run's new name is empty.", "Type a name.")
    path = directory / layout.RUN
    with damage_named(path):
        about = dict(read_json(path) or {"schema_version": layout.RUN_SCHEMA_VERSION, "id": directory.name})
    write_json(path, {**about, "name": tidy_name(name)})


def delete_run(directory: Path) -> None:
    """Delete a run and its model for good.

    Raises:
        RunError: there is no run, or its process is still alive.
        StorageError: the disk refuses.
    """
    must_be_run(directory)
    if state_of(directory) in LIVE:
        raise RunError(f"The run {directory.name} is still being trained.", "Stop it first, then delete it.")
    hidden = directory.with_name(f".deleted.{directory.name}.{secrets.token_hex(4)}")
    with disk_errors(directory):
        directory.rename(hidden)  # vanishes in one step: no list ever shows half a run
        shutil.rmtree(hidden)


def must_be_run(directory: Path) -> None:
    """Raise RunError unless there is a run in `directory`."""
    if not (directory / layout.SETTINGS).is_file():
        raise RunError(f"There is no run in {directory}.", "Choose a folder that `train --run` has made.")
