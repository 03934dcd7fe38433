"""The pictures behind answers; they belong to the dataset, which may have been changed or deleted since."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.datasets import Catalogue, get_dataset
from core.errors import DatasetError, RunError
from core.preparation import PreparedFaces, load_prepared
from core.review.judged import Judged
from core.runs import Run


@dataclass(frozen=True, eq=False)
class JudgedFaces:
    """The face crops of judged photos.

    Attributes:
        catalogue: Of the dataset.
        prepared: All its faces as the network sees them.
        missing: How many of the judged photos have no face here any more: removed, changed, or forgotten since.
    """

    catalogue: Catalogue
    prepared: PreparedFaces
    missing: int

    def has(self, sha256: str) -> bool:
        """Whether there still is a face of this photo."""
        return sha256 in self.prepared.rows

    def pixels(self, sha256: str) -> npt.NDArray[np.uint8]:
        """Return a face, uint8 (S, S, 3) RGB."""
        return np.asarray(self.prepared.pixels[self.prepared.rows[sha256]])


def find_faces(run: Run, judged: Judged) -> JudgedFaces:
    """Return the faces of judged photos; photos that were only renamed are found by their content.

    Raises:
        RunError: the dataset or all its faces are gone; the figures can still be shown.
    """
    try:
        catalogue = get_dataset(judged.dataset_id)
        prepared = load_prepared(catalogue, run.settings.face)
    except DatasetError as error:
        what = f"The photos of “{judged.title}” cannot be shown: {error.what}"
        raise RunError(what, "The figures are kept in the run. Open the folder again to see its faces.") from error
    if prepared is None:
        raise RunError(
            f"The faces of {catalogue.name} are not there any more, so none can be shown.",
            "The figures are kept in the run. Find the faces again on the Explore page.",
        )
    return JudgedFaces(catalogue, prepared, sum(each not in prepared.rows for each in judged.sha256))
