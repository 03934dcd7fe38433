"""A second opinion on faces that a network of one's own has named wrong: what does an embedding say, which knows nobody here?

It is asked about a few hundred faces, in the crops that the run has anyway: eyes, nose and mouth are laid where it expects
them. Where its weights are missing nobody is asked, and the verdicts rest on the run's own answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.alignment import TEMPLATES, similarity_transform
from core.datasets import Catalogue, get_dataset
from core.embeddings import Backbone, load_backbone
from core.errors import DatasetError, ModelError
from core.experiment.asking import Asked
from core.experiment.landmarks import landmarks_in_crops
from core.experiment.lineup import Lineup
from core.experiment.photos import Dataset
from core.explain import Opinions, form_opinions
from core.images import warp
from core.models import softmax
from core.openset import Gallery
from core.preparation import PreparedFaces, load_prepared
from core.progress import Progress, Report, ShouldStop, never, silent
from core.runs import PartScores, Run
from core.settings import FaceSettings, Settings, preset

Labels = npt.NDArray[np.integer[Any]]
Named = tuple[Sequence[str], Labels]
"""Photos (sha256), and whom each is filed under, int (N,)."""

PRESET = "embedding"  # whose embedding is asked
OF_EACH = 6  # training photos of a person to compare with: as good as all of them, and bounded
MOST_ASKED = 1_000  # faces, the surest mistakes first: about a quarter of a minute
AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class AlignedFaces:
    """Faces as the embedding expects them.

    Attributes:
        sha256: The photo of each of N faces.
        pixels: uint8 (N, S, S, 3), RGB, 0..255.
        labels: int (N,), whom they are filed under.
    """

    sha256: tuple[str, ...]
    pixels: npt.NDArray[np.uint8]
    labels: Labels


def align_crops(catalogue: Catalogue, prepared: PreparedFaces, face: FaceSettings, named: Named) -> AlignedFaces:
    """Return the faces of photos as the embedding expects them, from the crops of a run.

    Faces that are gone, and those that were drawn by hand, of which nobody knows where the eyes are, are left out.

    Args:
        catalogue: Of the photos.
        prepared: Their crops.
        face: How these were cut.
        named: The photos.
    """
    wanted, size = preset(PRESET).face, preset(PRESET).face.size
    marks = landmarks_in_crops(catalogue, face, named[0])
    rows = [row for row, sha256 in enumerate(named[0]) if sha256 in marks and sha256 in prepared.rows]
    target = TEMPLATES[wanted.alignment] * size - 0.5
    pixels = np.zeros((len(rows), size, size, 3), np.uint8)
    for place, row in enumerate(rows):
        sha256 = named[0][row]
        transform = similarity_transform(marks[sha256], target).astype(np.float32)
        pixels[place] = warp(np.asarray(prepared.pixels[prepared.rows[sha256]]), transform, size)
    return AlignedFaces(tuple(named[0][row] for row in rows), pixels, named[1][rows])


def compare(
    backbone: Backbone,
    taught: AlignedFaces,
    asked: AlignedFaces,
    people: int,
    *,
    report: Report = silent,
    should_stop: ShouldStop = never,
) -> Opinions | None:
    """Compare faces with training photos of everybody, by an embedding.

    Args:
        backbone: The embedding.
        taught: Some training photos of each person.
        asked: The faces.
        people: How many people there are.
        report: Told where it stands.
        should_stop: Asked now and then.

    Returns:
        What it says; None where somebody asked to stop, or no face can be compared.
    """
    every = np.concatenate([taught.pixels, asked.pixels])
    vectors = []
    for start in range(0, len(every), AT_ONCE):
        report(Progress("Asking a second network", start, len(every), "faces"))
        if should_stop():
            return None
        vectors.append(backbone.embed(every[start : start + AT_ONCE]))
    if not len(taught.labels) or not len(asked.labels):
        return None
    found = np.concatenate(vectors)
    gallery = Gallery(found[: len(taught.labels)], taught.labels, people)
    return form_opinions(gallery, asked.sha256, found[len(taught.labels) :], asked.labels)


def opinions_on_mistakes(
    dataset: Dataset,
    prepared: PreparedFaces,
    lineup: Lineup,
    scores: Mapping[str, PartScores],
    settings: Settings,
    *,
    report: Report = silent,
    should_stop: ShouldStop = never,
) -> Opinions | None:
    """Return what an embedding says of the validation and test faces that a new network has named wrong.

    None where it was right about all, has an embedding itself, the weights are missing, or somebody asked to stop.
    """
    if settings.model.architecture == "embedding":
        return None
    wrong = _surest_mistakes((each.sha256, each.labels, each.logits) for each in scores.values())
    backbone = _backbone() if len(wrong[0]) else None
    if backbone is None:
        return None
    train = lineup.parts["train"]
    catalogue, face = dataset.catalogue, settings.face
    taught = align_crops(catalogue, prepared, face, _some_of_everybody(train.sha256, train.labels))
    asked = align_crops(catalogue, prepared, face, wrong)
    return compare(backbone, taught, asked, len(lineup.people), report=report, should_stop=should_stop)


def opinions_elsewhere(
    run: Run,
    catalogue: Catalogue,
    prepared: PreparedFaces,
    known: Asked,
    *,
    report: Report = silent,
    should_stop: ShouldStop = never,
) -> Opinions | None:
    """Return what an embedding says of the faces of another folder that a run has named wrong; None as above.

    Args:
        run: Finished. Nobody is asked where its dataset is gone.
        catalogue, prepared: Of the folder.
        known: What the run says about the photos of its own people.
        report: Told where it stands.
        should_stop: Asked now and then.
    """
    if run.settings.model.architecture == "embedding" or run.split is None:
        return None
    wrong = _surest_mistakes([(known.part.sha256, known.part.labels, known.answers.logits)])
    backbone = _backbone() if len(wrong[0]) else None
    taught = taught_by(run) if backbone is not None else None
    if backbone is None or taught is None:
        return None
    asked = align_crops(catalogue, prepared, run.settings.face, wrong)
    return compare(backbone, taught, asked, len(run.class_names), report=report, should_stop=should_stop)


def taught_by(run: Run) -> AlignedFaces | None:
    """Return some training photos of each person of a run; None where they are gone."""
    try:
        catalogue = get_dataset(run.dataset.id) if run.dataset else None
        prepared = load_prepared(catalogue, run.settings.face) if catalogue else None
    except DatasetError:
        return None
    if catalogue is None or prepared is None or run.split is None:
        return None
    label_of = {person: label for label, person in enumerate(run.class_names)}
    photos = [each for each in run.split.part("train") if each.use == "face" and each.person in label_of]
    labels = np.array([label_of[each.person] for each in photos], np.int64)
    chosen = _some_of_everybody([each.sha256 for each in photos], labels)
    return align_crops(catalogue, prepared, run.settings.face, chosen)


def _some_of_everybody(photos: Sequence[str], labels: Labels) -> Named:
    """Return up to `OF_EACH` photos of each person, evenly spread over their files."""
    rows: list[int] = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        rows += own[np.linspace(0, len(own) - 1, min(len(own), OF_EACH)).round().astype(int)].tolist()
    return [photos[row] for row in rows], labels[rows]


def _surest_mistakes(parts: Iterable[tuple[Sequence[str], Labels, npt.NDArray[np.float32]]]) -> Named:
    """Return the photos that were named wrong, the most certain first, with the labels that they have.

    Args:
        parts: Photos, labels int (N,), and logits float32 (N, C).
    """
    found = []
    for photos, labels, logits in parts:
        if len(labels):
            sure, named = softmax(logits).max(axis=1), logits.argmax(axis=1)
            found += [(float(sure[row]), photos[row], int(labels[row])) for row in np.flatnonzero(named != labels).tolist()]
    found.sort(key=lambda each: -each[0])
    return [each[1] for each in found[:MOST_ASKED]], np.array([each[2] for each in found[:MOST_ASKED]], np.int64)


def _backbone() -> Backbone | None:
    try:
        return load_backbone(preset(PRESET))
    except ModelError:  # its weights are missing, which a person with networks of their own may want
        return None
