"""What committing an import would do to a dataset, person by person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from core.datasets import Catalogue, SkippedFile, person_key
from core.importing.planning import Plan


@dataclass(frozen=True)
class PersonPreview:
    """One line of the preview.

    Attributes:
        photos: Photos of this person in the import.
        new: Of these, the ones that the dataset does not have.
        there: Photos of this person that the dataset has by now, from whatever source.
    """

    person: str
    photos: int
    new: int
    there: int


@dataclass(frozen=True)
class Preview:
    """What committing a plan would do.

    Attributes:
        people: Sorted by name.
        skipped: What is left out, with reasons.
    """

    people: tuple[PersonPreview, ...]
    skipped: tuple[SkippedFile, ...]

    @property
    def new(self) -> int:
        """Photos that would be added."""
        return sum(each.new for each in self.people)


def preview(planned: Plan, catalogue: Catalogue | None) -> Preview:
    """Return what committing would do to a dataset, or to a new one (None)."""
    known = known_contents(catalogue)
    there = Counter({person_key(person): count for person, count in catalogue.people()}) if catalogue else Counter[str]()
    counts, fresh = Counter[str](), Counter[str]()
    skipped = list(planned.skipped)
    for photo in planned.photos:
        counts[photo.person] += 1
        owner = known.get(photo.sha256)
        fresh[photo.person] += owner is None
        if owner == "":
            skipped.append(SkippedFile(photo.staged.path, "was forgotten in this dataset", "It stays out."))
        elif owner is not None and person_key(owner) != person_key(photo.person):
            remedy = "Change the name in the dataset, if that is the wrong one."
            skipped.append(SkippedFile(photo.staged.path, f"is in the dataset already, as {owner}", remedy))
    people = (PersonPreview(name, counts[name], fresh[name], there[person_key(name)]) for name in sorted(counts))
    return Preview(tuple(people), tuple(skipped))


def known_contents(catalogue: Catalogue | None) -> Mapping[str, str]:
    """Return whose photo each content of a dataset is, by sha256, also of those that were excluded."""
    if catalogue is None:
        return {}
    with catalogue.reading() as connection:
        known = dict(connection.execute("SELECT sha256, person FROM files WHERE reason IS NULL").fetchall())
        return known | dict(connection.execute("SELECT sha256, person FROM used").fetchall())
