"""Opening the study of a search: in the job's own journal, or where workers on several machines share it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from core.errors import SettingsError, StorageError, disk_errors
from core.search.records import JOURNAL, SearchSettings
from core.search.study import JUDGED_BEFORE_PRUNING, Study, enqueue_present

LOCK_SECONDS = 10  # a lock of the journal held for so long is that of a killed process: writing takes milliseconds
WARM_UP = 5  # epochs in which no trial is pruned: the first ones say little


def open_study(search: SearchSettings, directory: Path, contents: str) -> Study:
    """Open the study of a search, or make it with the present settings as its first trial.

    Args:
        search: What is searched.
        directory: The job's, which holds the journal where no other storage is named.
        contents: A hash of the photos that teach and judge.

    Raises:
        SettingsError: a study of that name searches something else, or with other photos.
        StorageError: the storage cannot be reached, or the disk refuses.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with _opening_errors(search):
        storage = _storage(search, directory)
        direction: Literal["maximize", "minimize"] = "maximize" if search.highest_is_best else "minimize"
        try:
            study = optuna.create_study(storage=storage, study_name=search.name, direction=direction)
            enqueue_present(study, search)
        except optuna.exceptions.DuplicatedStudyError:
            study = optuna.load_study(storage=storage, study_name=search.name)
        study.pruner = optuna.pruners.MedianPruner(JUDGED_BEFORE_PRUNING, 0 if search.folds else WARM_UP)
        _check_same(study, search, contents)
    return Study(study, search)


def shown_storage(storage: str) -> str:
    """Return a storage's address without its password."""
    scheme, found, rest = storage.partition("://")
    if not found or "@" not in rest:
        return storage
    person, _, place = rest.rpartition("@")
    return f"{scheme}://{person.partition(':')[0]}@{place}"


def _storage(search: SearchSettings, directory: Path) -> Any:
    from optuna.storages import JournalStorage, RDBStorage

    if "://" in search.storage:
        return RDBStorage(search.storage, engine_kwargs={"pool_pre_ping": True})
    path = Path(search.storage).expanduser().absolute() if search.storage else directory / JOURNAL
    if not path.parent.is_dir():
        raise StorageError(f"There is no folder {path.parent} for the journal.", "Make it, or name another file.")
    lock = _lock(path)
    _mend(path, lock)
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))


def _lock(path: Path) -> Any:
    from optuna.storages.journal import JournalFileOpenLock, JournalFileSymlinkLock

    kind = JournalFileOpenLock if os.name == "nt" else JournalFileSymlinkLock  # Windows seldom allows symbolic links
    return kind(str(path), grace_period=LOCK_SECONDS)


def _mend(path: Path, lock: Any) -> None:
    """Cut off a torn last line, as a full disk leaves it: anything written behind it would make the journal unreadable."""
    if not path.exists() or not path.stat().st_size:
        return
    lock.acquire()
    try:
        with disk_errors(path), path.open("r+b") as file:
            content = file.read()
            file.truncate(content.rfind(b"\n") + 1)
    finally:
        lock.release()


def _check_same(study: Any, search: SearchSettings, contents: str) -> None:
    known = study.user_attrs
    asked = {"question": search.question, "photos": contents}
    for name, value in asked.items():
        if name not in known:
            study.set_user_attr(name, value)
    if search.storage and known.get("question", search.question) != search.question:
        raise SettingsError(
            f"The study {search.name} in {shown_storage(search.storage)} searches something else.",
            "Give the same settings and ranges as the other workers, or another name with --study.",
        )
    if known.get("photos", contents) != contents:
        raise SettingsError(
            f"The study {search.name} was begun with other photos.", "Use the same photos everywhere, or start a new search."
        )


@contextmanager
def storage_errors(search: SearchSettings) -> Iterator[None]:
    """Turn what a storage's libraries raise into a StorageError."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    where, remedy = _place(search), "Check its address, and that it can be reached, then go on."
    try:
        yield
    except (SQLAlchemyError, StorageInternalError) as error:
        raise StorageError(f"The storage {where} cannot be used ({type(error).__name__}).", remedy) from error


@contextmanager
def _opening_errors(search: SearchSettings) -> Iterator[None]:
    """Turn what can go wrong with a storage at its first use into a StorageError."""
    where = _place(search)
    try:
        with storage_errors(search):
            yield
    except ImportError as error:
        raise StorageError(f"A library for {where} is missing ({error}).", "Install the driver of that database.") from error
    except (ValueError, KeyError) as error:
        raise StorageError(f"{where} is no journal, or damaged ({error}).", "Name another file or a new search.") from error


def _place(search: SearchSettings) -> str:
    return shown_storage(search.storage) or "in the job's directory"
