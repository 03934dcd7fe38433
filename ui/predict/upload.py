"""A photo that is to be answered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

KEY_LETTERS = 16  # of the hash, enough to tell the photos of a session apart


@dataclass(frozen=True)
class Upload:
    """One photo to be answered: its file name and bytes, of whatever way it came in.

    Attributes:
        name: What the photo is called; never a place to read from.
        data: The bytes of the file.
    """

    name: str
    data: bytes

    @cached_property
    def key(self) -> str:
        """What tells the photo from others: a short hash of its bytes."""
        return sha256(self.data).hexdigest()[:KEY_LETTERS]
