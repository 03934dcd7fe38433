"""What forgetting a person has erased, and what of them remains that Visage may not or cannot erase."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from core.errors import disk_errors
from core.storage import write_json

FOLDER = "receipts"  # in the directory of the dataset
_FIGURES = {
    "photos": "photos that the catalogue knew",
    "copies": "copies of photos that Visage kept",
    "crops": "face crops",
    "embeddings": "embeddings of faces",
    "thumbnails": "thumbnails",
    "exports": "exported files that Visage kept",
    "batches": "batches of photos in which the person was named",
    "enrolments": "runs to which the person had been added",
    "entries": "entries of the ledger made nameless",
}


@dataclass(frozen=True)
class Receipt:
    """What was erased and what remains; neither the person's name nor a path with it is written to the disk.

    Attributes:
        at: When, ISO 8601 in UTC.
        photos, copies, crops, embeddings, thumbnails, exports, batches, enrolments, entries: How many were erased.
        runs: (id, name) of each run that was trained on the person and is still there.
        remains: What is left and where, one sentence each.
        files: The photos in the dataset's own folder, by path; only while the receipt is shown, never stored.
        path: Where the receipt is kept.
    """

    at: str
    photos: int = 0
    copies: int = 0
    crops: int = 0
    embeddings: int = 0
    thumbnails: int = 0
    exports: int = 0
    batches: int = 0
    enrolments: int = 0
    entries: int = 0
    runs: tuple[tuple[str, str], ...] = ()
    remains: tuple[str, ...] = ()
    files: tuple[str, ...] = field(default=(), repr=False)
    path: Path | None = None

    @property
    def text(self) -> str:
        """The receipt in words, to be kept by the person who asked."""
        erased = [f"- {getattr(self, name):,} {words}" for name, words in _FIGURES.items()]
        runs = [f"- the run {name} ({id}) was trained on this person and is still there" for id, name in self.runs]
        left = [f"- {sentence}" for sentence in self.remains]
        return "\n".join([f"A person was forgotten on {self.at}. This cannot be undone.", "", "Erased:", *erased, "",
                          "What remains:", *left, *runs, ""])  # fmt: skip


def keep(directory: Path, receipt: Receipt) -> Path:
    """Write a receipt into the directory of the dataset, and return where.

    Raises:
        StorageError: the disk refuses.
    """
    moment = datetime.fromisoformat(receipt.at)
    path = directory / FOLDER / f"forgotten-{moment:%Y%m%d-%H%M%S}.json"
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"forgotten-{moment:%Y%m%d-%H%M%S}-{number}.json")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    values = {name: value for name, value in asdict(receipt).items() if name not in ("files", "path")}
    write_json(path, values)
    return path
