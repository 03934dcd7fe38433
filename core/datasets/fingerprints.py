"""What two photos are compared by, for many photos at once."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.datasets.measures import CUTS, MINIATURE_SIDE
from core.datasets.overlay import differences
from core.storage import write_whole

MAX_DIFFERENCE = 20  # percent; the largest near-duplicate distance that a person can choose
# Hashes that are this near make a pair worth laying over each other. Measured on ORL, LFW and Pins with copies re-encoded
# (quality 50 to 90), resized (50 to 150%), brightened (15%) and cropped (3 to 5%): at least 99% of them are within 8 bits,
# and so are 0.004% to 0.07% of the pairs of different people.
_HASH_BITS = 8
_ROWS = 16  # compared with all others at once; small, so that the numbers stay in the processor's cache


@dataclass(frozen=True)
class Fingerprints:
    """Fingerprints of N photos.

    Attributes:
        sha256: The photos, N of them.
        hashes: uint64 (N, 6), perceptual hashes; the first of each row is of the whole photo.
        miniatures: uint8 (N, 32, 32), gray.
    """

    sha256: tuple[str, ...]
    hashes: npt.NDArray[np.uint64]
    miniatures: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        count = len(self.sha256)
        if self.hashes.shape != (count, len(CUTS)) or self.miniatures.shape != (count, MINIATURE_SIDE, MINIATURE_SIDE):
            raise ValueError(f"{count} photos, hashes {self.hashes.shape}, miniatures {self.miniatures.shape}")

    def __len__(self) -> int:
        return len(self.sha256)

    def take(self, rows: Sequence[int] | slice | npt.NDArray[np.int64]) -> Fingerprints:
        """Return the fingerprints of some of the photos."""
        chosen = np.arange(len(self))[rows if isinstance(rows, slice) else np.asarray(rows, np.int64)]
        return Fingerprints(tuple(self.sha256[row] for row in chosen), self.hashes[chosen], self.miniatures[chosen])

    def of(self, sha256: Collection[str]) -> Fingerprints:
        """Return the fingerprints of the photos named, those of them that are here."""
        wanted = frozenset(sha256)
        return self.take([row for row, each in enumerate(self.sha256) if each in wanted])

    def followed_by(self, others: Fingerprints) -> Fingerprints:
        """Return these photos and then the others."""
        hashes = np.concatenate([self.hashes, others.hashes])
        return Fingerprints(self.sha256 + others.sha256, hashes, np.concatenate([self.miniatures, others.miniatures]))

    def save(self, path: Path) -> None:
        """Write the fingerprints to a file of about 1 kB per photo.

        Raises:
            StorageError: the disk refuses.
        """
        buffer = io.BytesIO()
        np.savez(buffer, sha256=np.array(self.sha256, "U64"), hashes=self.hashes, miniatures=self.miniatures)
        write_whole(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> Fingerprints:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(tuple(str(each) for each in stored["sha256"]), stored["hashes"], stored["miniatures"])


@dataclass(frozen=True)
class Likeness:
    """Pairs of photos that look almost alike: rows int64 (P,) on either side, difference int64 (P,) in percent, rounded."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    difference: npt.NDArray[np.int64]


def compare(left: Fingerprints, right: Fingerprints) -> Likeness:
    """Return the pairs of one photo from `left` and one from `right` that differ by at most `MAX_DIFFERENCE` percent."""
    rows, columns = _near_hashes(left.hashes, right.hashes)
    return _laid_over(left, right, rows, columns)


def compare_within(photos: Fingerprints) -> Likeness:
    """Return the pairs among `photos` that differ by at most `MAX_DIFFERENCE` percent, each pair once."""
    rows, columns = _near_hashes(photos.hashes, photos.hashes)
    once = rows < columns
    return _laid_over(photos, photos, rows[once], columns[once])


def known_among(photos: Fingerprints, known: Fingerprints, distance: int) -> set[str]:
    """Return which of `photos` are the same as, or near-duplicates of, one of the `known` photos.

    Args:
        distance: Largest difference in percent.

    Returns:
        Their sha256.
    """
    same = set(photos.sha256) & set(known.sha256)
    found = compare(photos, known)
    near = {photos.sha256[row] for row in found.left[found.difference <= distance]}
    return same | near


def _laid_over(
    left: Fingerprints, right: Fingerprints, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]
) -> Likeness:
    difference = np.rint(differences(left.miniatures[rows], right.miniatures[columns])).astype(np.int64)
    kept = difference <= MAX_DIFFERENCE
    return Likeness(rows[kept], columns[kept], difference[kept])


def _near_hashes(
    left: npt.NDArray[np.uint64], right: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the pairs in which the whole of one photo and some cut of the other have hashes within `_HASH_BITS`."""
    rows: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    columns: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    by_cut = np.ascontiguousarray(right.T)
    for start in range(0, len(left), _ROWS):
        block = left[start : start + _ROWS]
        near = np.zeros((len(block), len(right)), np.bool_)
        for cut in range(len(CUTS)):
            near |= np.bitwise_count(block[:, :1] ^ by_cut[cut]) <= _HASH_BITS
            if cut:
                near |= np.bitwise_count(block[:, cut : cut + 1] ^ by_cut[0]) <= _HASH_BITS
        found = np.nonzero(near)
        rows.append(found[0] + start)
        columns.append(found[1])
    return np.concatenate(rows), np.concatenate(columns)
