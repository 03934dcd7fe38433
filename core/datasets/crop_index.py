"""What a store of face crops holds: which photo each row shows, and why others have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Shard:
    """One file of crops: its name and the photo (sha256) of each row."""

    file: str
    photos: tuple[str, ...]


@dataclass(frozen=True)
class CropIndex:
    """What a store holds.

    Attributes:
        shards: The files with crops, in the order of the rows.
        others: Photos without a crop: sha256 to why ("no_face", "several_faces", "unreadable").
        problems: Photos that could not be read: sha256 to (what, remedy).
        choices: Photos whose face a person has chosen, with that choice as text: another choice needs another crop.
    """

    shards: tuple[Shard, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> dict[str, int]:
        """Return the row of each photo that has a crop."""
        return {photo: row for row, photo in enumerate(each for shard in self.shards for each in shard.photos) if photo}

    def following(self, choices: Mapping[str, str]) -> CropIndex:
        """Return the index without the photos that it holds under another choice of the face than now stands.

        Their rows stay in the files, but nobody's, until the store is compacted.
        """
        stale = {each for each in choices.keys() | self.choices.keys() if choices.get(each) != self.choices.get(each)}
        if not stale:
            return self
        shards = (replace(each, photos=tuple("" if photo in stale else photo for photo in each.photos)) for each in self.shards)
        return CropIndex(
            tuple(shards),
            {photo: why for photo, why in self.others.items() if photo not in stale},
            {photo: problem for photo, problem in self.problems.items() if photo not in stale},
            {photo: choice for photo, choice in self.choices.items() if photo not in stale},
        )
