"""Where artifacts live, and how a file is written so that no reader ever meets half of one."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import disk_errors

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def artifacts_root() -> Path:
    """Return the folder of all runs, datasets and models: VISAGE_ARTIFACTS, else `artifacts/` beside app.py."""
    chosen = os.environ.get("VISAGE_ARTIFACTS")
    return Path(chosen).expanduser().resolve() if chosen else PROJECT_ROOT / "artifacts"


def runs_root() -> Path:
    """Return the folder that holds one directory per training run."""
    return artifacts_root() / "runs"


def datasets_root() -> Path:
    """Return the folder that holds one directory per dataset."""
    return artifacts_root() / "datasets"


def jobs_root() -> Path:
    """Return the folder that holds one directory per job that is not a training run."""
    return artifacts_root() / "jobs"


def models_root() -> Path:
    """Return the folder that holds the weights of networks that no package has brought."""
    return artifacts_root() / "models"


def write_whole(path: Path, data: bytes | memoryview | str, durable: bool = True) -> None:
    """Replace `path` by `data` in one step: a reader sees the old file or the new one.

    Args:
        durable: Wait until the data is on the disk; False for what is replaced many times a minute anyway.

    Raises:
        StorageError: the disk refuses; the old file is still there.
    """
    raw = data.encode() if isinstance(data, str) else data
    with disk_errors(path):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)  # gone already where it got its name


def write_json(path: Path, value: Any, durable: bool = True) -> None:
    """Replace `path` by `value` as JSON, in one step; `durable` as in `write_whole`."""
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n", durable)


def read_json(path: Path) -> Any:
    """Return the JSON value in `path`, or None where there is no such file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def append_json_line(path: Path, value: Any, durable: bool = True) -> None:
    """Add one line of JSON to `path`; readers ignore a torn last line. `durable` as in `write_whole`."""
    append_json_lines(path, [value], durable)


def append_json_lines(path: Path, values: Iterable[Any], durable: bool = True) -> None:
    """Add lines of JSON to `path`, see `append_json_line`."""
    with disk_errors(path), path.open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values))
        file.flush()
        if durable:
            os.fsync(file.fileno())


def read_json_lines(path: Path) -> list[Any]:
    """Return the whole lines of JSON in `path`; none where there is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]  # what follows the last newline is torn
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]


@contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path` that becomes `path` when the block ends well, else is removed.

    Raises:
        StorageError: the disk refuses.
        FileExistsError: `path` is there already and not empty.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        try:
            temporary.chmod(0o755)
            yield temporary
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()  # only an empty folder gives way
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, "is there already and not an empty folder", str(path))
            Path(temporary).replace(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)  # gone already where it got its name


@contextmanager
def new_zip(to: Path) -> Iterator[tuple[zipfile.ZipFile, Callable[[], None]]]:
    """Yield a temporary zip file and a function that says to keep it as `to`; without that, nothing remains.

    Raises:
        StorageError: the disk refuses.
    """
    kept: list[bool] = []
    with disk_errors(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name[:40]}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                yield archive, lambda: kept.append(True)
            if kept:
                temporary.chmod(0o644)
                temporary.replace(to)
        finally:
            temporary.unlink(missing_ok=True)


def disk_use(directory: Path) -> int:
    """Return the bytes of all files below `directory`; a job may be writing and deleting some of them."""
    return sum(_size(Path(folder, name)) for folder, _, names in os.walk(directory) for name in names)


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:  # gone since it was listed
        return 0


def slug(text: str, length: int = 40) -> str:
    """Return `text` as a safe part of a file name: a-z, 0-9 and dashes, never empty."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:length].strip("-") or "unnamed"
