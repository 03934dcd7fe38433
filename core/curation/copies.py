"""The copies of a person's photos that Visage itself keeps, wherever they lie: found by content, and erased."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from core import jobs
from core.datasets import Catalogue, keep_photo, person_key
from core.datasets.enrolled import FOLDER as ENROLLED
from core.datasets.enrolled import enrolled_files
from core.datasets.folder import FoundFile
from core.errors import disk_errors
from core.importing.staging import imports_root
from core.storage import artifacts_root, jobs_root

_IMPORTED = "photos"  # where imports keep the photos of new datasets, below the artifacts folder
_PERSON = "person.json"
_FINISHED = "result.json"  # of an import
_RECORDS = ("import", "download", "preparation", "health")  # jobs whose directories only tell what was done


def belongs_to_visage(catalogue: Catalogue) -> bool:
    """Whether the dataset's folder is one that an import has made, not one of the person's own."""
    return (artifacts_root() / _IMPORTED).resolve() in catalogue.root.resolve().parents


def erase_copies(catalogue: Catalogue, sizes: Mapping[str, int]) -> int:
    """Remove the copies of photos that were imported or added in the app, and return how many there were.

    Args:
        sizes: Size in bytes of each photo, by sha256.

    Raises:
        StorageError: the disk refuses.
    """
    roots = [catalogue.directory / ENROLLED, *([catalogue.root] if belongs_to_visage(catalogue) else [])]
    found = [file for root in roots for file in _files_with(root, sizes)]
    for file in found:
        with disk_errors(file):
            file.unlink(missing_ok=True)
    return len(found)


def erase_imports(sizes: Mapping[str, int], names: Collection[str]) -> int:
    """Throw away unfinished imports that hold such photos and the records of finished ones that tell of such names."""
    root = imports_root()
    waiting = [each for each in root.iterdir() if each.is_dir()] if root.is_dir() else []
    gone = [each for each in waiting if any(_files_with(each, sizes)) or ((each / _FINISHED).exists() and _tells(each, names))]
    for each in gone:
        with disk_errors(each):
            shutil.rmtree(each)
    return len(gone)


def erase_records(names: Collection[str]) -> None:
    """Remove what ended jobs have said of such names, where nothing is lost with it: their work lies elsewhere."""
    for job in jobs.list_jobs():
        if job.kind in _RECORDS and not job.alive and _tells(job.directory, names):
            jobs.forget_job(job.directory)


def jobs_that_tell(names: Collection[str]) -> int:
    """Return in the files of how many jobs, such as cross-validations, one of the names is found."""
    root = jobs_root()
    return sum(_tells(each, names) for each in root.iterdir() if each.is_dir()) if root.is_dir() else 0


def erase_thumbnails(directory: Path, photos: Collection[str]) -> int:
    """Remove the thumbnails of photos and of faces in them, and return how many there were."""
    files = [file for sha256 in photos for file in (directory / "thumbnails" / sha256[:2]).glob(f"{sha256}*")]
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def move_out(catalogue: Catalogue, others: Mapping[str, tuple[str, str]], folders: Collection[str]) -> dict[str, FoundFile]:
    """Move other people's photos out of folders of Visage's own that carry a name to be forgotten; remove the folders.

    Args:
        others: (path, person) of the photos in such folders that show somebody else, by sha256.
        folders: Paths of the folders, as the catalogue has them.

    Returns:
        Each photo that was moved at its new place, by its old path.

    Raises:
        StorageError: the disk refuses; nothing is lost.
    """
    own = [each for each in folders if _is_own(catalogue, catalogue.root / each)]
    old: dict[str, Path] = {}
    for sha256, (path, person) in others.items():
        file = catalogue.root / path
        if any(file.is_relative_to(catalogue.root / each) for each in own) and file.is_file():
            keep_photo(catalogue.directory, person, file.read_bytes(), file.suffix)
            old[sha256] = Path(path)
    for folder in (catalogue.root / each for each in own):
        with disk_errors(folder):
            if folder.is_dir():
                shutil.rmtree(folder)
    kept = {Path(file.path).stem: file for file in enrolled_files(catalogue.directory).files}
    return {path.as_posix(): kept[sha256[: len(next(iter(kept)))]] for sha256, path in old.items()}


def enrolled_folders(directory: Path, keys: Collection[str]) -> list[str]:
    """Return the folders of photos that were added in the app of people with these keys, absolute."""
    found = []
    for description in sorted((directory / ENROLLED).glob(f"*/{_PERSON}")):
        try:
            name = json.loads(description.read_text(encoding="utf-8")).get("name")
        except (ValueError, AttributeError):  # damaged by hand: nobody can say whose it is
            continue
        if isinstance(name, str) and person_key(name) in keys:
            found.append(description.parent.resolve().as_posix())
    return found


def _is_own(catalogue: Catalogue, folder: Path) -> bool:
    """Whether a folder is Visage's own copy, and below the place where such copies are kept."""
    enrolled = (catalogue.directory / ENROLLED).resolve()
    roots = [enrolled, *([catalogue.root.resolve()] if belongs_to_visage(catalogue) else [])]
    return any(root in folder.resolve().parents for root in roots)


def _files_with(root: Path, sizes: Mapping[str, int]) -> Iterator[Path]:
    """Yield the files below `root` whose content is one of the photos; only files of a fitting size are opened."""
    wanted = set(sizes.values())
    for file in sorted(root.rglob("*")) if root.is_dir() else []:
        fits = file.is_file() and not file.is_symlink() and file.stat().st_size in wanted
        if fits and hashlib.sha256(file.read_bytes()).hexdigest() in sizes:
            yield file


def _tells(directory: Path, names: Collection[str]) -> bool:
    """Whether a name stands, as whole words and in any case, in one of the JSON files or logs of a directory."""
    forms = {form for name in names for form in (name, json.dumps(name)[1:-1])}
    wanted = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in sorted(forms)), re.IGNORECASE)
    for file in (*directory.glob("*.json"), *directory.glob("*.jsonl"), *directory.glob("*.txt")):
        if wanted.search(file.read_text(encoding="utf-8", errors="replace")):
            return True
    return False
