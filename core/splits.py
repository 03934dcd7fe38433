"""Which photos teach, which choose and which judge, so that no photo judges that has a twin among those that taught.

A split is drawn for each person alone, from a generator of that person's own: photos added for one person move nobody
else's. What is dealt out are near-duplicate groups, whole; a photo without near-duplicates is a group of one.

How many photos of a person go where:
    test        a fifth (80/20) or a tenth (80/10/10) of all, at least one where there are three or more, none below
    validation  a tenth of what remains (80/20) or of all (80/10/10), at least one where three or more remain, none below
    training    the rest, always at least one
With "folders" the dataset's own train, val and test folders decide; near-duplicates of a photo that teaches teach, too,
and a tenth is drawn for validation where there is no val folder.
A person whose groups are too large for that has none there; `without_test` and `without_validation` say who.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.datasets import Photo, are_strangers
from core.errors import SplitError
from core.settings import SplitSettings, rng_for

Rows = npt.NDArray[np.int64]
Group = list[int]  # rows of near-duplicates, dealt out together

_TEST_SHARES = {"80/20": 0.2, "80/10/10": 0.1}
_VALIDATION_SHARE = 0.1
_ENOUGH = 3  # photos from which one can be spared


@dataclass(frozen=True)
class Split:
    """Rows of a list of photos, int64, ascending; no row is in two parts.

    Attributes:
        train, validation, test: The rows of each part.
        without_validation, without_test: People with none there, sorted.
    """

    train: Rows
    validation: Rows
    test: Rows
    without_validation: tuple[str, ...] = ()
    without_test: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = (self.train, self.validation, self.test)
        if any(part.dtype != np.int64 or part.ndim != 1 for part in parts):
            raise ValueError("the parts of a split are int64 arrays of one dimension")
        together = np.concatenate(parts)
        if len(np.unique(together)) != len(together):
            raise ValueError("a photo is in two parts of the split")


@dataclass
class _Parts:
    """The rows of one person, or of all, while they are being dealt out."""

    train: list[int]
    validation: list[int]
    test: list[int]


def draw_split(photos: Sequence[Photo], groups: Mapping[str, int], settings: SplitSettings, seed: int) -> Split:
    """Draw training, validation and test photos, whatever the order of `photos`.

    Args:
        photos: All photos of the dataset; those without a person, or of strangers, are in no part.
        groups: Near-duplicate group of each photo, by sha256.
        settings: The preset says how much goes where.
        seed: The same seed draws the same split.

    Raises:
        SplitError: fewer than two people, or nobody has a photo to spare for the test.
    """
    people = _people(photos)
    if settings.preset == "folders":
        return _split_of_folders(photos, people, groups, seed)
    share = _TEST_SHARES[settings.preset]
    parts: dict[str, _Parts] = {}
    for person, rows in people.items():
        shuffled = _shuffled(_groups_of(rows, photos, groups), seed, "split", person)
        test, rest = _take(shuffled, _target(len(rows), share))
        left = _count(rest)
        wanted = left if settings.preset == "80/20" else len(rows)
        validation, train = _take(rest, _target(wanted, _VALIDATION_SHARE) if left >= _ENOUGH else 0)
        parts[person] = _Parts(_rows(train), _rows(validation), _rows(test))
    if not any(each.test for each in parts.values()):
        raise SplitError(
            f"Nobody has {_ENOUGH} different photos, so none can be spared for the test.",
            f"Add photos until people have at least {_ENOUGH}, better 10 or more.",
        )
    return _joined(parts)


def _split_of_folders(photos: Sequence[Photo], people: Mapping[str, list[int]], groups: Mapping[str, int], seed: int) -> Split:
    """Return the split that the folders name; a person without a training photo teaches with what there is."""
    has_validation = any(photo.part == "val" for photo in photos)
    parts: dict[str, _Parts] = {}
    for person, rows in people.items():
        dealt: dict[str, list[Group]] = {"train": [], "val": [], "test": []}
        for group in _shuffled(_groups_of(rows, photos, groups), seed, "split", person):
            named = {photos[row].part or "train" for row in group}
            dealt[next(part for part in dealt if part in named)].append(group)
        if not dealt["train"]:
            dealt["train"], dealt["val" if dealt["val"] else "test"] = dealt["val"] or dealt["test"], []
        if not has_validation:
            count = _count(dealt["train"])
            dealt["val"], dealt["train"] = _take(dealt["train"], _target(count, _VALIDATION_SHARE))
        parts[person] = _Parts(_rows(dealt["train"]), _rows(dealt["val"]), _rows(dealt["test"]))
    if not any(each.test for each in parts.values()):
        raise SplitError(
            "The folders of this dataset keep no photo for the test.", "Choose the split 80/20, or open a folder with test/."
        )
    return _joined(parts)


def draw_folds(photos: Sequence[Photo], groups: Mapping[str, int], k: int, seed: int) -> list[Split]:
    """Draw k splits for cross-validation: each photo is in the test part of one, unless its person has only one group.

    Validation is a tenth of each person's remaining photos, as in `draw_split`.

    Raises:
        SplitError: fewer than two people, fewer than two folds, or nobody has two groups of photos.
    """
    if k < 2:
        raise SplitError(f"Cross-validation needs at least 2 folds, not {k}.", "Choose 5 or 10.")
    people = _people(photos)
    folds: dict[str, list[list[Group]]] = {}
    filled = np.zeros(k, np.int64)  # photos in each fold so far, so that people with few photos even it out
    for person in sorted(people):
        dealt = _deal(_shuffled(_groups_of(people[person], photos, groups), seed, "folds", person), filled)
        folds[person] = dealt
        filled += [_count(each) for each in dealt]
    splits = [_joined({person: _fold(dealt, number) for person, dealt in folds.items()}) for number in range(k)]
    if not any(len(split.test) for split in splits):
        raise SplitError("Nobody has two different photos, so none can be spared for a test.", "Add photos.")
    return splits


def _fold(dealt: list[list[Group]], number: int) -> _Parts:
    """Return one person's parts when fold `number` is the test; a person with nothing else keeps it for training."""
    test = dealt[number]
    rest = [group for fold, groups in enumerate(dealt) if fold != number for group in groups]
    if not rest:
        return _Parts(_rows(test), [], [])
    left = _count(rest)
    validation, train = _take(rest, _target(left, _VALIDATION_SHARE))
    return _Parts(_rows(train), _rows(validation), _rows(test))


def _deal(groups: list[Group], filled: Rows) -> list[list[Group]]:
    """Deal one person's groups to folds, the largest first, each to the fold with the fewest of this person's photos."""
    dealt: list[list[Group]] = [[] for _ in filled]
    own = np.zeros(len(filled), np.int64)
    for group in sorted(groups, key=len, reverse=True):
        fold = int(np.lexsort((filled, own))[0])
        dealt[fold].append(group)
        own[fold] += len(group)
    return dealt


def _people(photos: Sequence[Photo]) -> dict[str, list[int]]:
    """Return the rows of each person; two people at least."""
    people: defaultdict[str, list[int]] = defaultdict(list)
    for row, photo in enumerate(photos):
        if photo.person is not None and not are_strangers(photo.person):
            people[photo.person].append(row)
    if len(people) < 2:
        found = f"only one person, {next(iter(people))}" if people else "nobody"
        raise SplitError(
            f"A network tells at least two people apart; the dataset has photos of {found}.",
            "Add a folder of photos for each further person, then scan again.",
        )
    return dict(people)


def _groups_of(rows: list[int], photos: Sequence[Photo], groups: Mapping[str, int]) -> list[Group]:
    """Return one person's groups in an order that depends on the photos' contents alone."""
    found: defaultdict[int, Group] = defaultdict(list)
    for row in sorted(rows, key=lambda row: photos[row].sha256):
        found[groups[photos[row].sha256]].append(row)
    return list(found.values())


def _shuffled(groups: list[Group], seed: int, purpose: str, person: str) -> list[Group]:
    name = int.from_bytes(hashlib.sha256(person.encode()).digest()[:4])
    order = rng_for(seed, purpose, name).permutation(len(groups))
    return [groups[index] for index in order]


def _target(photos: int, share: float) -> int:
    """Return how many of so many photos go into a part."""
    return max(1, int(photos * share + 0.5)) if photos >= _ENOUGH else 0


def _take(groups: list[Group], wanted: int) -> tuple[list[Group], list[Group]]:
    """Take groups, as they come, that together hold at most `wanted` photos; return those taken and the rest.

    Where every group is larger than that, the smallest is taken, unless more than half of the photos are in it.
    """
    taken: set[int] = set()
    count = 0
    for index, group in enumerate(groups):
        if count + len(group) <= wanted:
            taken.add(index)
            count += len(group)
    if wanted and not taken:
        smallest = min(range(len(groups)), key=lambda index: len(groups[index]))
        if 2 * len(groups[smallest]) <= _count(groups):
            taken.add(smallest)
    parts = ([group for index, group in enumerate(groups) if (index in taken) == chosen] for chosen in (True, False))
    return next(parts), next(parts)


def _count(groups: Iterable[Group]) -> int:
    return sum(len(group) for group in groups)


def _rows(groups: Iterable[Group]) -> list[int]:
    return [row for group in groups for row in group]


def _joined(parts: Mapping[str, _Parts]) -> Split:
    return Split(
        train=_ascending(row for each in parts.values() for row in each.train),
        validation=_ascending(row for each in parts.values() for row in each.validation),
        test=_ascending(row for each in parts.values() for row in each.test),
        without_validation=tuple(sorted(person for person, each in parts.items() if not each.validation)),
        without_test=tuple(sorted(person for person, each in parts.items() if not each.test)),
    )


def _ascending(rows: Iterable[int]) -> Rows:
    return np.array(sorted(rows), np.int64)
