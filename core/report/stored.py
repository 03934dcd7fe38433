"""The honesty checks that are read from what is stored of the photos, as reports tell them."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import DatasetError, RunError
from core.evaluation.ceiling import Ceiling
from core.evaluation.slices import Slicing, warnings
from core.experiment.judged_checks import Twins, ceiling_of, find_twins, slices_of
from core.health import doubt_key
from core.review import Judged
from core.runs import Run


@dataclass(frozen=True)
class StoredChecks:
    """What is known of judged photos without any work; each is absent where nobody has measured it or the photos are gone.

    Attributes:
        slices: Accuracy by kinds of photos; those without any measured photo are left out.
        twins: The photos that look like one that taught.
        ceiling: How many names are probably wrong.
    """

    slices: tuple[Slicing, ...] = ()
    twins: Twins | None = None
    ceiling: Ceiling | None = None

    def words(self) -> tuple[str, ...]:
        """Return what they say, in sentences that name nobody."""
        said = [] if self.twins is None else [self.twins.words()]
        said += [self.ceiling.words()] if self.ceiling is not None else []
        return tuple(each for each in (*said, *warnings(self.slices)) if each)


def read_stored_checks(run: Run, judged: Judged) -> StoredChecks:
    """Return what is known of judged photos; reports are written all the same where their dataset is gone."""
    try:
        slices = tuple(each for each in slices_of(run, judged) if each.bands)
        ceiling = ceiling_of(run, judged, doubt_key(run.settings.face))
    except DatasetError:
        return StoredChecks()
    return StoredChecks(slices, _twins(run, judged), ceiling[0] if ceiling is not None else None)


def _twins(run: Run, judged: Judged) -> Twins | None:
    try:
        return find_twins(run, judged)
    except (DatasetError, RunError):  # a cross-validation, where each photo taught in other folds
        return None
