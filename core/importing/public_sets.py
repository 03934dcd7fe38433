"""Public sets of faces: what they are, whose they are, and how they are fetched. Nothing is downloaded unasked."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.embeddings.transfer import Unreachable, receive
from core.errors import DatasetError, disk_errors
from core.importing.archives import unpack
from core.importing.folders import list_files
from core.importing.planning import check
from core.importing.spool import Spool
from core.importing.staging import Staging, new_staging, removed_on_failure
from core.jobs import Stopped
from core.progress import Progress, Report, ShouldStop, never, silent
from core.storage import artifacts_root

STAGE = "Downloading"
_CHUNK = 1 << 20
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class PublicSet:
    """A set of photos that anybody may download for research.

    Attributes:
        name: Its short name, for the command line.
        title: What the dataset will be called.
        about: What is in it; one sentence.
        terms: What it may be used for, and whose the photos are.
        citation: What to name where results are published.
        page: Its home on the web.
        megabytes: Size of the download; 0 where it is not published.
        url: Of the archive; a Kaggle handle where `sha256` is empty.
        sha256: Of the archive, as published; empty where none is.
    """

    name: str
    title: str
    about: str
    terms: str
    citation: str
    page: str
    megabytes: int
    url: str
    sha256: str = ""


# Address and hash of LFW: scikit-learn 1.9.1, sklearn/datasets/_lfw.py, FUNNELED_ARCHIVE.
PUBLIC_SETS = {
    "lfw": PublicSet(
        "lfw",
        "Labeled Faces in the Wild",
        "13,233 colour photos of 5,749 people from the news, 250 by 250 px, aligned by funneling; most have one photo.",
        "Made for research on face verification by the University of Massachusetts, Amherst. The photos belong to their "
        "owners; the makers warn that results on them say little about other groups of people.",
        "G. B. Huang, M. Ramesh, T. Berg, E. Learned-Miller: Labeled Faces in the Wild: A Database for Studying Face "
        "Recognition in Unconstrained Environments. University of Massachusetts, Amherst, Technical Report 07-49, 2007. "
        "Funneling: G. B. Huang, V. Jain, E. Learned-Miller: Unsupervised Joint Alignment of Complex Images. ICCV 2007.",
        "https://vis-www.cs.umass.edu/lfw/",
        233,
        "https://ndownloader.figshare.com/files/5976015",
        "b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a",
    ),
    "pins": PublicSet(
        "pins",
        "Pins",
        "17,534 photos of 105 well-known people, about 170 each, cut around the face.",
        "Collected from Pinterest by its maker. The photos belong to their owners and may not be published; read the terms "
        "on its Kaggle page before you use them. Kaggle may ask for an account.",
        "Burak: Pins Face Recognition. Kaggle, hereisburak/pins-face-recognition.",
        "https://www.kaggle.com/datasets/hereisburak/pins-face-recognition",
        0,
        "hereisburak/pins-face-recognition",
    ),
}


def downloads_root() -> Path:
    """Return the folder of public sets that have arrived, whole or in part, and have not been imported."""
    return artifacts_root() / "downloads"


def stage_public_set(name: str, report: Report = silent, should_stop: ShouldStop = never) -> Staging:
    """Download a public set, or go on with that, and stage and check its photos.

    Args:
        name: A key of `PUBLIC_SETS`.

    Raises:
        DatasetError: no connection, or what arrived is not what was expected; what has arrived so far is kept.
        StorageError: the disk refuses.
        Stopped: somebody asked to stop; what has arrived is kept.
    """
    chosen = PUBLIC_SETS[name]
    folder = downloads_root() / name
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(downloads_root() / f".{name}.lock", timeout=0):
            photos = (
                _archive(chosen, folder, report, should_stop) if chosen.sha256 else _kaggle(chosen, folder, report, should_stop)
            )
            staging = new_staging("set", chosen.title, root=str(folder))
            with removed_on_failure(staging):
                _stage(staging, photos, report, should_stop)
    except Timeout as error:
        raise DatasetError(f"{chosen.title} is being downloaded already.", "Wait until that has ended.") from error
    return staging


def forget_download(staging: Staging) -> None:
    """Remove the download that a committed staging was made from."""
    if staging.kind == "set" and Path(staging.root).is_relative_to(downloads_root()):
        shutil.rmtree(staging.root, ignore_errors=True)


def _stage(staging: Staging, photos: Path, report: Report, should_stop: ShouldStop) -> None:
    if photos.is_file():
        unpack(staging, photos, report, should_stop)
    else:
        with Spool(staging) as spool:
            list_files(photos, spool)
    check(staging, report, should_stop)


def _archive(chosen: PublicSet, folder: Path, report: Report, should_stop: ShouldStop) -> Path:
    """Return the checked archive, downloaded where it is not there."""
    whole, part = folder / "archive", folder / "archive.part"
    if whole.exists():
        return whole
    try:
        if not receive(chosen.url, part, STAGE, report, should_stop):
            raise Stopped
    except Unreachable as error:
        raise _offline(chosen, str(error)) from error
    if (got := _hash(part)) != chosen.sha256:
        part.unlink()
        raise DatasetError(
            f"What arrived from {chosen.url} is not {chosen.title}: sha256 {got[:12]}, not {chosen.sha256[:12]}.",
            f"Download it once more, or get it from {chosen.page} and import the folder.",
        )
    part.replace(whole)
    return whole


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _kaggle(chosen: PublicSet, folder: Path, report: Report, should_stop: ShouldStop) -> Path:
    """Return the folder that kagglehub has made; it resumes and compares the hash that the server tells, by itself."""
    outcome: list[Path | BaseException] = []
    # A daemon thread, as kagglehub cannot be asked to stop: it ends with this process, and goes on where it was.
    worker = threading.Thread(target=_download_by_kagglehub, args=(chosen.url, folder, outcome), daemon=True)
    worker.start()
    while worker.is_alive():
        if should_stop():
            raise Stopped
        report(Progress(STAGE, _bytes_in(folder) // 1024, 0, "KB", f"{_bytes_in(folder) / 1e6:,.0f} MB have arrived"))
        worker.join(_LOOK_SECONDS)
    (found,) = outcome
    if isinstance(found, BaseException):
        raise _offline(chosen, str(found).strip().split("\n")[0] or type(found).__name__) from found
    return found


def _download_by_kagglehub(handle: str, folder: Path, outcome: list[Path | BaseException]) -> None:
    os.environ["KAGGLEHUB_CACHE"] = str(folder)  # read when it downloads; this process does nothing else with it
    os.environ |= {"KAGGLEHUB_VERBOSITY": "error", "TQDM_DISABLE": "1"}  # the job tells how far it is
    import kagglehub
    from kagglehub import exceptions

    refusals = (
        exceptions.BackendError, exceptions.CredentialError, exceptions.DataCorruptionError, exceptions.NotFoundError,
        exceptions.UnauthenticatedError, OSError, ValueError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile,
    )  # fmt: skip
    try:
        outcome.append(Path(kagglehub.dataset_download(handle)))
    except refusals as error:
        outcome.append(error)


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*.archive"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _offline(chosen: PublicSet, reason: str) -> DatasetError:
    return DatasetError(
        f"{chosen.title} cannot be downloaded: {reason[:300].rstrip('.')}.",
        f"Check the connection and start again: what has arrived is kept. Or get it from {chosen.page} on another machine "
        "and import the folder.",
    )
