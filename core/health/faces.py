"""The faces that are judged: found as the person has chosen, cut as the embedding needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.datasets import are_strangers
from core.embeddings import WEIGHTS
from core.experiment.embedding import Embedder
from core.experiment.learnt import Floats
from core.experiment.lineup import PartFaces
from core.experiment.photos import Dataset
from core.faces import crop_key
from core.preparation import PreparedFaces
from core.progress import Report, ShouldStop
from core.settings import PRESETS, DataSettings, FaceSettings, Settings

VERSION = 1  # raise it whenever the same photos may be judged otherwise than before
BACKBONE = "sface"
STEPS = 60  # of a head's training; more change no place in the list of doubts


@dataclass(frozen=True, eq=False)
class KnownFaces:
    """N faces of people with a name.

    Attributes:
        people: C names, sorted; a label is an index into them.
        sha256: The photo of each face.
        labels: int64 (N,).
        vectors: float32 (N, D), rows of length 1.
    """

    people: tuple[str, ...]
    sha256: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    vectors: Floats


def health_face(face: FaceSettings) -> FaceSettings:
    """Return `face` with the cut that the embedding of the health measures needs; faces are found as `face` says."""
    usual = PRESETS["embedding"].face
    return replace(face, alignment=usual.alignment, margin=usual.margin, size=usual.size)


def doubt_key(face: FaceSettings) -> str:
    """Return a short name for what decides the doubts: how faces are found, and who compares them."""
    return f"{crop_key(health_face(face))}-{BACKBONE}-{WEIGHTS[BACKBONE].sha256[:12]}-v{VERSION}"


def health_settings(source: str, face: FaceSettings) -> Settings:
    """Return the settings by which names are judged: one view of each face, and heads that are trained briefly."""
    usual = PRESETS["embedding"]
    return replace(
        usual,
        data=DataSettings(source),
        face=health_face(face),
        model=replace(usual.model, mirror_average=False),
        embedding=replace(usual.embedding, views=1),
        training=replace(usual.training, refit=False, epochs=STEPS),
    )


def embed_known(
    dataset: Dataset, prepared: PreparedFaces, settings: Settings, report: Report, should_stop: ShouldStop
) -> KnownFaces:
    """Return the faces of all people, strangers left out, embedded; what is stored is only read.

    Raises:
        Stopped: somebody asked to stop; what was embedded is stored.
    """
    photos = [each for each in dataset.photos if each.sha256 in prepared.rows and not are_strangers(each.person)]
    people = tuple(sorted({str(each.person) for each in photos}))
    place = {person: label for label, person in enumerate(people)}
    faces = PartFaces(
        tuple(each.sha256 for each in photos),
        _whole(prepared.rows[each.sha256] for each in photos),
        _whole(place[str(each.person)] for each in photos),
        _whole(()),
        0,
    )
    embedder = Embedder(dataset.catalogue, prepared, settings, report, should_stop)
    return KnownFaces(people, faces.sha256, faces.labels, embedder.part(faces, teaching=False).vectors)


def _whole(values: Any) -> npt.NDArray[np.int64]:
    return np.array(list(values), np.int64)
