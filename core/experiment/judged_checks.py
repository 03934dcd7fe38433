"""The honesty checks that need no work: they are read from what is stored of the photos, at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

import numpy as np

from core.datasets import Catalogue, Fingerprints, get_dataset
from core.datasets.doubts import Doubt, read_doubts
from core.datasets.fingerprints import MAX_DIFFERENCE, compare
from core.datasets.qualities import read_qualities
from core.errors import RunError
from core.evaluation.ceiling import Ceiling, SecondOpinion, estimate_ceiling
from core.evaluation.slices import Slicing, slice_photos
from core.models import softmax
from core.quality import Quality, quality_key
from core.review import Judged, folds
from core.runs import Run, layout
from core.runs.run import damage_named

Side = tuple[str, str, str]  # sha256, path and person of a photo
MANY_TWINS = 0.02  # share of the photos; chains alone leave fewer


@dataclass(frozen=True)
class Twin:
    """A judged photo and the photo that taught which looks most like it; `difference` in percent."""

    judged: Side
    taught: Side
    difference: int


@dataclass(frozen=True)
class Twins:
    """The judged photos that look like a photo that taught.

    Attributes:
        pairs: The most alike first; of each judged photo its nearest pair only.
        photos: How many photos were judged.
        threshold: Up to which difference, in percent, photos of one person are kept on one side of a split.
    """

    pairs: tuple[Twin, ...]
    photos: int
    threshold: int

    @property
    def below(self) -> int:
        """How many are that near and show the same person: few or none, as only chains of photos are torn apart."""
        return sum(each.difference <= self.threshold and each.judged[2] == each.taught[2] for each in self.pairs)

    @property
    def across(self) -> int:
        """How many are that near and have two names, one of them probably wrong."""
        return sum(each.difference <= self.threshold and each.judged[2] != each.taught[2] for each in self.pairs)

    @property
    def level(self) -> str:
        """ "bad" where many photos are no test, "note" where a few are or two names contradict each other, else "good"."""
        if self.below > MANY_TWINS * self.photos:
            return "bad"
        return "note" if self.below or self.across else "good"

    def words(self) -> str:
        """Say what it means."""
        if self.below:
            photos = "1 of {:,} photos is" if self.below == 1 else f"{self.below:,} of {{:,}} photos are"
            return (
                f"{photos.format(self.photos)} nearly the same as a training photo of that person, so the accuracy may be "
                f"flattered by up to {self.below / self.photos:.1%}. Where photos form a chain, each like the next, not all "
                "can stay together."
            )
        if self.across:
            photos = "1 photo is" if self.across == 1 else f"{self.across:,} photos are"
            return f"{photos} nearly the same as a training photo of somebody else. Check their names."
        return "No test photo is nearly the same as a training photo."

    def counts(self) -> list[int]:
        """Return how many pairs there are at each difference from 0 to `MAX_DIFFERENCE` percent."""
        differences = [each.difference for each in self.pairs]
        return [differences.count(step) for step in range(MAX_DIFFERENCE + 1)]


def find_twins(run: Run, judged: Judged) -> Twins:
    """Return which judged photos look like one that taught or chose, from the stored fingerprints.

    Raises:
        RunError: the set is a cross-validation, where each photo taught in other folds.
        DatasetError: the dataset is gone.
    """
    if judged.key == "crossvalidation" or run.split is None:
        raise RunError("In a cross-validation every photo teaches in other folds.", "Look at the test photos instead.")
    catalogue = get_dataset(judged.dataset_id)
    taught = {
        photo.sha256: (photo.sha256, photo.path, photo.person)
        for photo in run.split.part("train", *(["validation"] if judged.key != "validation" else []))
    }
    own = {side[0]: side for side in _sides(judged)}
    same = run.dataset is not None and run.dataset.id == judged.dataset_id
    found = _stored_pairs(catalogue) if same else _compared(catalogue, run)
    nearest: dict[str, Twin] = {}
    for first, second, difference in found:
        for left, right in ((first, second), (second, first)):
            if left in own and right in taught and (left not in nearest or difference < nearest[left].difference):
                nearest[left] = Twin(own[left], taught[right], difference)
    pairs = sorted(nearest.values(), key=lambda each: (each.difference, each.judged[1]))
    return Twins(tuple(pairs), judged.photos, run.settings.split.duplicate_distance)


def _sides(judged: Judged) -> Iterable[Side]:
    people = judged.people
    yield from zip(judged.sha256, judged.paths, (people[label] for label in judged.labels.tolist()), strict=True)
    yield from ((each.sha256, each.path, people[each.label]) for each in judged.no_face)


def _stored_pairs(catalogue: Catalogue) -> list[tuple[str, str, int]]:
    with catalogue.reading() as connection:
        return connection.execute("SELECT first, second, difference FROM near_pairs").fetchall()


def _compared(catalogue: Catalogue, run: Run) -> list[tuple[str, str, int]]:
    """Return the pairs of a photo of another dataset and one that taught."""
    path = run.directory / layout.FINGERPRINTS
    with damage_named(path):
        taught = Fingerprints.load(path)
    photos = catalogue.fingerprints()
    found = compare(photos, taught)
    rows = zip(found.left.tolist(), found.right.tolist(), found.difference.tolist(), strict=True)
    return [(photos.sha256[left], taught.sha256[right], difference) for left, right, difference in rows]


def slices_of(run: Run, judged: Judged) -> tuple[Slicing, ...]:
    """Return accuracy by brightness, sharpness, size and pose of the judged faces, from the stored figures of the photos.

    Raises:
        DatasetError: the dataset is gone.
    """
    found = read_qualities(get_dataset(judged.dataset_id), quality_key(run.settings.face))
    rows = [_figures(found.get(sha256)) for sha256 in judged.sha256]
    columns = np.array(rows, float).reshape(len(rows), 4).T
    return slice_photos(dict(zip(("brightness", "sharpness", "size", "pose"), columns, strict=True)), ~judged.wrong)


def _figures(found: Quality | None) -> tuple[float, ...]:
    if found is None:
        return (np.nan,) * 4
    size = np.nan if found.face_size is None else found.face_size
    return found.brightness, found.sharpness, size, np.nan if found.yaw is None else abs(found.yaw)


def ceiling_of(run: Run, judged: Judged, doubt_key: str) -> tuple[Ceiling, str] | None:
    """Estimate how many names of the judged photos are wrong, and tell by what; None where nothing says anything of them.

    Args:
        run: Whose cross-validation is asked where the health of the dataset was not measured.
        judged: The photos.
        doubt_key: `core.health.doubt_key`.

    Returns:
        The estimate, and whether it comes from the "health" measures or from the "crossvalidation" of the run's settings.

    Raises:
        DatasetError: the dataset is gone.
    """
    own = dict(zip(judged.sha256, (judged.people[label] for label in judged.labels.tolist()), strict=True))
    catalogue = get_dataset(judged.dataset_id)
    doubts = read_doubts(catalogue, doubt_key)
    if own.keys() & doubts.keys():
        today = {photo.sha256: str(photo.person) for photo in catalogue.photos()}
        return _by_health(doubts, {**today, **own}, own.keys()), "health"
    job = folds.newest(run) if run.dataset is not None and run.dataset.id == judged.dataset_id else None
    if job is None:
        return None
    answers = folds.read(job)
    among = np.array([sha256 in own for sha256 in answers.sha256], bool)
    if not among.any():
        return None
    return estimate_ceiling(SecondOpinion.of(softmax(answers.logits), answers.labels), among), "crossvalidation"


def _by_health(doubts: Mapping[str, Doubt], names: Mapping[str, str], judged: Set[str]) -> Ceiling:
    """Return the estimate by networks that were asked about every name of the dataset."""
    people = sorted({each.likely for each in doubts.values()} | {names[sha256] for sha256 in doubts})
    place = {person: label for label, person in enumerate(people)}
    # A name changed since may be the one that was likeliest then.
    own = [each.likely_probability if names[key] == each.likely else each.own for key, each in doubts.items()]
    opinion = SecondOpinion(
        np.array([place[names[key]] for key in doubts], np.int64),
        np.array([place[each.likely] for each in doubts.values()], np.int64),
        np.array(own, float),
        np.array([each.likely_probability for each in doubts.values()], float),
    )
    return estimate_ceiling(opinion, np.array([key in judged for key in doubts], bool))
