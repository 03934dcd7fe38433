"""The work of a batch's process: photo after photo is answered, and kept as soon as it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from core.batch.kept import Faces, as_jpeg, cut_torn_line, keep_faces, keep_lines, read_lines
from core.batch.looking import Looked, look_through
from core.batch.sources import SourcePhoto, list_photos
from core.jobs import Stopped, read_description
from core.openset import Thresholds
from core.progress import Progress, Report, ShouldStop, never, silent
from core.recognizer import FacePrediction, PhotoPrediction, Recognizer
from core.storage import read_json, write_json

STAGE = "Naming faces"
PHOTOS_AT_ONCE, FACES_AT_ONCE = 32, 64  # are kept together, whichever comes first
SECONDS = 5.0  # and not later than this after the first of them, so that results appear as they come
_SPENT = "seconds.json"  # how long the work has taken, pauses left out


def answer_batch(
    directory: Path, recognizer: Recognizer, report: Report = silent, should_stop: ShouldStop = never
) -> dict[str, Any]:
    """Answer what is left of a batch, and return its result as JSON values.

    Args:
        directory: Of the batch.
        recognizer: Of its run.
        report, should_stop: As in other long works; what is finished is kept when somebody asks to stop.

    Raises:
        DatasetError: there is no photo, the folder went away, or an archive cannot be used.
        JobError: earlier answers are damaged.
        StorageError: the disk refuses.
        Stopped: somebody asked to stop.
    """
    about = read_description(directory)
    photos = list_photos(directory, about, report, should_stop)
    cut_torn_line(directory)
    lines = read_lines(directory)
    answering = _Answering(directory, recognizer.with_lines(Thresholds.from_json(about["lines"])), about["once"], lines)
    answering.report(report, len(photos))
    with closing(_looked(recognizer, photos[len(lines) :])) as looked:
        for each in looked:
            answering.take(each)
            if answering.full:
                answering.keep()
                answering.report(report, len(photos))
            if should_stop():
                answering.keep()
                answering.report(report, len(photos))
                raise Stopped
    answering.keep()
    answering.report(report, len(photos))
    return answering.result()


def _looked(recognizer: Recognizer, photos: Sequence[SourcePhoto]) -> Generator[Looked]:
    """Yield the faces of each photo, some photos together: search and network take turns, as each keeps all processors busy."""
    for start in range(0, len(photos), PHOTOS_AT_ONCE):
        yield from look_through(recognizer, photos[start : start + PHOTOS_AT_ONCE])


class _Answering:
    """The photos whose faces wait for the network, and what has been answered so far."""

    def __init__(self, directory: Path, recognizer: Recognizer, once: bool, lines: Sequence[Any]) -> None:
        self._directory, self._recognizer, self._once = directory, recognizer, once
        self._waiting: list[Looked] = []
        self._since = self._started = time.monotonic()
        self._spent = float((read_json(directory / _SPENT) or {}).get("seconds", 0.0))
        self._photos = len(lines)
        self._part = max((line["part"] for line in lines), default=-1) + 1
        self._counts: Counter[str] = Counter()
        self._people: set[str] = set()
        self._count(lines)

    @property
    def full(self) -> bool:
        """Whether it is time to ask the network."""
        faces = sum(len(each.photo.crops) for each in self._waiting)
        late = time.monotonic() - self._since >= SECONDS
        return len(self._waiting) >= PHOTOS_AT_ONCE or faces >= FACES_AT_ONCE or late

    def take(self, looked: Looked) -> None:
        """Let a photo wait for the network."""
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(looked)

    def keep(self) -> None:
        """Answer and keep what waits: first the faces, then the lines that refer to them."""
        if not self._waiting:
            return
        found = [each.photo for each in self._waiting]
        crops = [crop.pixels for photo in found for crop in photo.crops]
        answers = self._recognizer.answer(crops) if crops else None
        seen = self._recognizer.with_answers(found, answers)
        if answers is not None:
            keep_faces(self._directory, self._part, Faces(tuple(map(as_jpeg, crops)), answers))
        lines: list[dict[str, Any]] = []
        row = 0
        for looked, photo in zip(self._waiting, seen, strict=True):
            told = self._recognizer.name(photo, self._once)
            place = {"photo": self._photos + len(lines), "part": self._part, "row": row}
            lines.append({**place, **_line(looked, told)})
            row += len(told.faces)
        keep_lines(self._directory, lines)
        spent = self._spent + time.monotonic() - self._started
        write_json(self._directory / _SPENT, {"seconds": spent}, durable=False)
        self._photos += len(lines)
        self._part += 1
        self._count(lines)
        self._waiting.clear()

    def report(self, report: Report, total: int) -> None:
        """Tell how many photos are answered."""
        faces = self._counts["faces"]
        report(Progress(STAGE, self._photos, total, "photos", f"{faces:,} {'face' if faces == 1 else 'faces'}"))

    def result(self) -> dict[str, Any]:
        """Return what came of it."""
        names = ("faces", "known", "unsure", "unknown", "no_face", "errors")
        counts = {name: self._counts[name] for name in names}
        seconds = self._spent + time.monotonic() - self._started
        return {"photos": self._photos, **counts, "people": len(self._people), "seconds": round(seconds, 3)}

    def _count(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self._counts["errors"] += line["error"] is not None
            self._counts["no_face"] += line["error"] is None and not line["faces"]
            self._counts["faces"] += len(line["faces"])
            self._counts.update(face["decision"] for face in line["faces"])
            self._people.update(face["person"] for face in line["faces"] if face["decision"] == "known")


def _line(looked: Looked, photo: PhotoPrediction) -> dict[str, Any]:
    return {
        "file": _readable(photo.file),
        "width": photo.width,
        "height": photo.height,
        "sha256": looked.sha256,
        "error": None if photo.error is None else _readable(photo.error),
        "faces": [_face(face) for face in photo.faces],
    }


def _face(face: FacePrediction) -> dict[str, Any]:
    return {**face.to_json(), "flaws": list(face.flaws)}


def _readable(text: str) -> str:
    """Return text that can be written as UTF-8; names of files may hold bytes that are no text."""
    return text.encode("utf-8", "replace").decode("utf-8")
