"""What a finished run has answered for another folder of photos, kept in the run so that it is never asked again."""

from __future__ import annotations

import io
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import RunError, disk_errors
from core.explain import Opinions
from core.review.asked import write_placed
from core.runs import Run, layout
from core.runs.run import damage_named
from core.storage import new_directory, read_json, write_json, write_whole

ABOUT, SCORES = "about.json", "scores.npz"
SCHEMA_VERSION = 1


def _no_logits() -> npt.NDArray[np.float32]:
    return np.zeros((0, 0), np.float32)


def _no_scores() -> npt.NDArray[np.float32]:
    return np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class Strangers:
    """M faces of people whom the network does not know.

    Attributes:
        faces: (sha256, path, person) of each.
        logits: float32 (M, C), calibrated.
        scores: float32 (M,), what the line for unknown is compared with; see `core.openset`.
        decisions: "known", "unsure" or "unknown" of each; "known" is a mistake.
        no_face: How many photos of strangers show no face.
    """

    faces: tuple[tuple[str, str, str], ...] = ()
    logits: npt.NDArray[np.float32] = field(default_factory=_no_logits)
    scores: npt.NDArray[np.float32] = field(default_factory=_no_scores)
    decisions: tuple[str, ...] = ()
    no_face: int = 0

    @property
    def named(self) -> int:
        """How many of the faces were given a name."""
        return sum(each == "known" for each in self.decisions)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The answers for the photos of a folder.

    Attributes:
        id: Of the evaluation; the name of its directory.
        title: As pages show it.
        dataset_id, source: Of the folder.
        created: ISO 8601, UTC.
        sha256, paths, labels, logits: Of the N faces of people whom the run knows; int64 (N,) and float32 (N, C).
        scores: float32 (N,), what the line for unknown is compared with.
        no_face: (sha256, path, label) of the photos without a face.
        set_aside: Photos with several faces.
        seen: Photos that were left out because the run was taught or chosen with them or with near-duplicates.
        strangers: The faces of everybody else.
        values: What `evaluate` prints.
        vectors, opinions: Where the network places the faces, float32 (N, D), and what an embedding says of those that were
            named wrong; to be written only, as single faces alone need them: `core.review.asked` reads them.
    """

    id: str
    title: str
    dataset_id: str
    source: str
    created: str
    sha256: tuple[str, ...]
    paths: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    no_face: tuple[tuple[str, str, int], ...]
    set_aside: int
    seen: int
    strangers: Strangers
    values: dict[str, Any]
    vectors: npt.NDArray[np.float32] | None = None
    opinions: Opinions | None = None


@dataclass(frozen=True)
class Listed:
    """An evaluation as lists show it."""

    id: str
    title: str
    dataset_id: str
    created: str


def new_evaluation_id() -> str:
    """Return an id that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def write_evaluation(run_directory: Path, found: Evaluation) -> Path:
    """Keep an evaluation in its run; an earlier one of the same folder goes. Return its directory.

    Raises:
        StorageError: the disk refuses.
    """
    earlier = [each.id for each in list_evaluations(run_directory) if each.dataset_id == found.dataset_id]
    target = run_directory / layout.EVALUATIONS / found.id
    with disk_errors(run_directory):
        target.parent.mkdir(exist_ok=True)
    with new_directory(target) as temporary:
        write_whole(temporary / SCORES, _arrays(found))
        write_placed(temporary, found.sha256, found.labels, found.vectors, found.opinions)
        write_json(temporary / ABOUT, _about(found))
    for id in earlier:
        delete_evaluation(run_directory, id)
    return target


def _arrays(found: Evaluation) -> bytes:
    content = io.BytesIO()
    others = found.strangers
    np.savez_compressed(
        content,
        sha256=np.array(found.sha256, "U64"),
        labels=found.labels.astype(np.int64),
        logits=found.logits.astype(np.float32),
        scores=found.scores.astype(np.float32),
        stranger_logits=others.logits.astype(np.float32),
        stranger_scores=others.scores.astype(np.float32),
    )
    return content.getvalue()


def _about(found: Evaluation) -> dict[str, Any]:
    others = found.strangers
    return {
        "schema_version": SCHEMA_VERSION,
        "title": found.title,
        "dataset_id": found.dataset_id,
        "source": found.source,
        "created": found.created,
        "paths": list(found.paths),
        "no_face": [list(each) for each in found.no_face],
        "set_aside": found.set_aside,
        "seen": found.seen,
        "strangers": [list(each) for each in others.faces],
        "stranger_decisions": list(others.decisions),
        "stranger_no_face": others.no_face,
        "values": found.values,
    }


def list_evaluations(run_directory: Path) -> list[Listed]:
    """Return a run's evaluations, the newest first; damaged ones are left out."""
    root = run_directory / layout.EVALUATIONS
    found = []
    for directory in sorted(root.iterdir(), reverse=True) if root.is_dir() else ():
        try:
            about = read_json(directory / ABOUT) or {}
            found.append(Listed(directory.name, about["title"], about["dataset_id"], about["created"]))
        except (ValueError, KeyError, TypeError, OSError):
            continue
    return found


def read_evaluation(run: Run, id: str) -> Evaluation:
    """Return one of a run's evaluations.

    Raises:
        RunError: it is not there, damaged, or written by a newer program.
    """
    directory = run.directory / layout.EVALUATIONS / Path(id).name
    if not (directory / ABOUT).is_file():
        raise RunError("This evaluation is not there any more.", "Choose other photos, or evaluate the folder again.")
    with damage_named(directory / ABOUT):
        about = read_json(directory / ABOUT)
        if about["schema_version"] > SCHEMA_VERSION:
            raise RunError(f"{directory / ABOUT} was written by a newer Visage.", "Update Visage, then look again.")
        plain = {name: about[name] for name in ("title", "dataset_id", "source", "created", "set_aside", "seen", "values")}
        no_face = tuple((str(each[0]), str(each[1]), int(each[2])) for each in about["no_face"])
        faces = tuple((str(each[0]), str(each[1]), str(each[2])) for each in about["strangers"])
        paths, decisions = tuple(map(str, about["paths"])), tuple(map(str, about["stranger_decisions"]))
        faceless = int(about["stranger_no_face"])
    with damage_named(directory / SCORES), np.load(directory / SCORES, allow_pickle=False) as stored:
        strangers = Strangers(faces, stored["stranger_logits"], stored["stranger_scores"], decisions, faceless)
        arrays = {name: stored[name] for name in ("labels", "logits", "scores")}
        photos = tuple(map(str, stored["sha256"]))
    return Evaluation(id, sha256=photos, paths=paths, no_face=no_face, strangers=strangers, **plain, **arrays)


def delete_evaluation(run_directory: Path, id: str) -> None:
    """Erase one of a run's evaluations; nothing happens where there is none.

    Raises:
        StorageError: the disk refuses.
    """
    directory = run_directory / layout.EVALUATIONS / Path(id).name
    if directory.is_dir():
        with disk_errors(directory):
            shutil.rmtree(directory)


def erase_evaluations_of(run_directory: Path, dataset_id: str) -> int:
    """Erase what a run keeps of its answers for a dataset's photos, and return how many evaluations that were."""
    found = [each.id for each in list_evaluations(run_directory) if each.dataset_id == dataset_id]
    for id in found:
        delete_evaluation(run_directory, id)
    return len(found)
