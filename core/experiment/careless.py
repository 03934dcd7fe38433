"""The careless split: what the accuracy would look like if near-duplicates were torn apart, as a random draw does it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets import Photo, are_strangers
from core.evaluation.differences import mean_interval_by_t, newcombe
from core.evaluation.intervals import Interval
from core.experiment.folds import FoldAnswers, FoldTask, answer_folds
from core.experiment.kept_folds import read_folds, write_fold
from core.experiment.lineup import PartFaces, part_faces
from core.experiment.photos import Dataset
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop
from core.runs import PhotoRecord, Run, layout
from core.settings import Settings
from core.splits import Split, draw_split

SEEDS_OF_EMBEDDING, SEEDS_OF_NETWORK = 5, 1  # a head learns in seconds, a network takes a whole training each time


@dataclass(frozen=True)
class DrawnTwice:
    """One seed: the same photos split with care, and carelessly.

    Attributes:
        seed: Of both draws.
        careful, careless: (photos named right, test photos) of each.
        torn: Test photos of the careless split with a near-duplicate among the photos that taught or chose.
    """

    seed: int
    careful: tuple[int, int]
    careless: tuple[int, int]
    torn: int

    @property
    def flattery(self) -> float:
        """By how much the careless split is better, -1..1."""
        return self.careless[0] / self.careless[1] - self.careful[0] / self.careful[1]


@dataclass(frozen=True)
class SplitCheck:
    """The careless split against the careful one.

    Attributes:
        draws: One for each seed; empty where no photo has a near-duplicate, so that both splits are the same.
        distance: Up to which difference, in percent, photos of a person count as near-duplicates.
        seconds: What it took.
    """

    draws: tuple[DrawnTwice, ...]
    distance: int
    seconds: float = 0.0

    @property
    def careful(self) -> float | None:
        """Mean accuracy of the careful splits."""
        return float(np.mean([hits / count for hits, count in (each.careful for each in self.draws)])) if self.draws else None

    @property
    def careless(self) -> float | None:
        """Mean accuracy of the careless splits."""
        return float(np.mean([hits / count for hits, count in (each.careless for each in self.draws)])) if self.draws else None

    @property
    def torn(self) -> float:
        """Share of the careless splits' test photos with a near-duplicate among the photos that taught."""
        return sum(each.torn for each in self.draws) / max(1, sum(each.careless[1] for each in self.draws))

    @property
    def flattery(self) -> float:
        """By how much the careless splits are better on average, -1..1."""
        return float(np.mean([each.flattery for each in self.draws])) if self.draws else 0.0

    @property
    def interval(self) -> Interval | None:
        """The interval of that, 95%; None without a draw.

        Of several seeds by how much they differ; they share photos, so it is a little too narrow. Of one seed, or where all
        agree to the last photo, by the number of photos.
        """
        found = [each.flattery for each in self.draws]
        if not found:
            return None
        if max(found) > min(found):
            return mean_interval_by_t(found)
        return newcombe(self.draws[0].careless, self.draws[0].careful)

    def words(self) -> str:
        """Say what it means."""
        if not self.draws:
            return "No person has two photos that are nearly the same, so a careless split would have been just as honest."
        torn = f"A careless split would have put {100 * self.torn:.1f}% of the test photos beside a near-duplicate that taught."
        interval = self.interval
        assert interval is not None
        between = f"between {_points(interval.low)} and {_points(interval.high)} points with 95% certainty"
        if interval.low > 0:
            return f"{torn} It would have flattered by {_points(self.flattery)} points ({between})."
        if not self.flattery:
            return f"{torn} Yet it would have been no better: both ways reach {100 * (self.careful or 0.0):.1f}%."
        return f"{torn} Its accuracy differs by {_points(self.flattery)} points ({between}), which may be chance."

    def to_json(self) -> dict[str, Any]:
        """Return the check as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SplitCheck:
        """Rebuild a check from `to_json`."""
        draws = (
            DrawnTwice(each["seed"], _pair(each["careful"]), _pair(each["careless"]), each["torn"]) for each in values["draws"]
        )
        return cls(tuple(draws), values["distance"], values["seconds"])


def _pair(values: Sequence[int]) -> tuple[int, int]:
    return int(values[0]), int(values[1])


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def usual_seeds(settings: Settings) -> int:
    """Return how many seeds are tried where nobody says how many."""
    return SEEDS_OF_EMBEDDING if settings.model.architecture == "embedding" else SEEDS_OF_NETWORK


def check_split(
    run: Run,
    dataset: Dataset,
    prepared: PreparedFaces,
    seeds: int,
    folder: Path,
    *,
    report: Report,
    should_stop: ShouldStop,
) -> SplitCheck:
    """Split the photos of a run anew, with care and carelessly, learn from both and judge both.

    Both learn with the run's settings, an embedding without fine-tuning; the careless draw ignores near-duplicates.

    Args:
        run, dataset, prepared: The run, and its photos and faces as they are today.
        seeds: How many times, from the run's own seed on.
        folder: Where finished trainings are kept, and taken from.
        report, should_stop: As everywhere.

    Raises:
        SplitError, Stopped: there are too few people or photos; somebody asked to stop.
    """
    started, distance = time.monotonic(), run.settings.split.duplicate_distance
    photos = [photo for photo in dataset.photos if not are_strangers(photo.person)]
    every = dataset.catalogue.groups(distance)
    groups = {photo.sha256: every[photo.sha256] for photo in photos}
    settings = _settings(run.settings)
    if len(set(groups.values())) == len(photos):
        return SplitCheck((), distance)
    chosen = range(settings.seed, settings.seed + seeds)
    kinds = (groups, {photo.sha256: number for number, photo in enumerate(photos)})
    splits = [draw_split(photos, each, settings.split, seed) for seed in chosen for each in kinds]
    people = tuple(sorted({str(photo.person) for photo in photos}))
    parts = tuple(_parts(photos, split, people, prepared) for split in splits)
    task = FoldTask(dataset, prepared, settings, people, parts, (), _renamed(report), should_stop)
    counted = [_counted(each) for each in answers_of(task, folder)]
    pairs = zip(chosen, counted[::2], counted[1::2], splits[1::2], strict=True)
    draws = (DrawnTwice(seed, careful, careless, _torn(photos, split, groups)) for seed, careful, careless, split in pairs)
    return SplitCheck(tuple(draws), distance, round(time.monotonic() - started, 3))


def _settings(settings: Settings) -> Settings:
    """Return what both splits learn with; folders that name the parts leave nothing to draw, so the usual shares are."""
    plain = replace(settings, embedding=replace(settings.embedding, fine_tune=False))
    return replace(plain, split=replace(plain.split, preset="80/20")) if plain.split.preset == "folders" else plain


def _parts(photos: Sequence[Photo], split: Split, people: Sequence[str], prepared: PreparedFaces) -> dict[str, PartFaces]:
    def faces_of(part: str) -> PartFaces:
        own = [photos[row] for row in getattr(split, part).tolist()]
        records = [PhotoRecord(each.sha256, each.path, str(each.person), part, prepared.status[each.sha256]) for each in own]
        return part_faces(records, people, prepared)

    return {part: faces_of(part) for part in layout.PARTS}


def _torn(photos: Sequence[Photo], split: Split, groups: Mapping[str, int]) -> int:
    taught = {groups[photos[row].sha256] for row in [*split.train.tolist(), *split.validation.tolist()]}
    return sum(groups[photos[row].sha256] in taught for row in split.test.tolist())


def answers_of(task: FoldTask, folder: Path) -> list[FoldAnswers]:
    """Return the answers of all trainings of a task; those kept in `folder` are taken from there.

    Raises:
        Stopped: somebody asked to stop; what was finished is kept.
    """
    known, answers = read_folds(folder, task), []
    for each in answer_folds(task, known):
        if each.number - 1 not in known:
            write_fold(folder, task, each)
        answers.append(each)
    return answers


def _counted(answers: FoldAnswers) -> tuple[int, int]:
    """Return how many test photos were named right, and how many there are; those without a face are wrong."""
    part = answers.test
    right = int((answers.logits.argmax(axis=1) == part.labels).sum()) if len(part.labels) else 0
    return right, len(part.labels) + len(part.no_face_labels)


def _renamed(report: Report) -> Report:
    """Return a listener to whom folds are splits."""

    def tell(progress: Progress) -> None:
        words = progress.detail.replace("fold ", "split ")
        report(replace(progress, unit="splits" if progress.unit == "folds" else progress.unit, detail=words))

    return tell
