"""Taking files into a staging: bytes under numbers, and a list that tells what each is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any, Protocol

from core.errors import disk_errors
from core.importing.staging import Staging
from core.storage import read_json_lines

_CHUNK = 1 << 20  # bytes that are in memory at a time
_PER_FOLDER = 1000


class Readable(Protocol):
    """What can be read in pieces."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


class Spool:
    """Takes files into a staging, as a context manager; each gets a number for a name."""

    def __init__(self, staging: Staging) -> None:
        self._directory = staging.directory
        self._count = len(read_json_lines(staging.directory / "entries.jsonl"))
        self._list: IO[str] | None = None

    def __enter__(self) -> Spool:
        path = self._directory / "entries.jsonl"
        with disk_errors(path):
            self._list = path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._list is not None:
            with disk_errors(self._directory):
                self._list.close()

    @property
    def count(self) -> int:
        """How many files and refusals have been noted."""
        return self._count

    def add(self, path: str, stream: Readable, most: int | None = None) -> int | None:
        """Copy a file's bytes to the disk and return how many there are.

        Args:
            most: Bytes that are allowed; where more come, nothing is kept or noted and None is returned.

        Raises:
            StorageError: the disk refuses; nothing of this file remains.
        """
        name = f"files/{self._count // _PER_FOLDER:03d}/{self._count:06d}"
        target = self._directory / name
        size = None
        with disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                size = _copy(stream, target, most)
            finally:
                if size is None:
                    target.unlink(missing_ok=True)
        if size is not None:
            self._note({"path": path, "file": name, "size": size})
        return size

    def refer(self, path: str, file: Path, size: int) -> None:
        """Note a file that stays where it is until the import is committed."""
        self._note({"path": path, "file": str(file), "size": size})

    def refuse(self, path: str, reason: str, remedy: str) -> None:
        """Note a file that is not taken in."""
        self._note({"path": path, "reason": reason, "remedy": remedy})

    def _note(self, line: dict[str, Any]) -> None:
        assert self._list is not None, "a Spool is used as a context manager"
        with disk_errors(self._directory):
            self._list.write(json.dumps(line) + "\n")  # ASCII: names that are not valid Unicode stay what they are
        self._count += 1


def _copy(stream: Readable, target: Path, most: int | None) -> int | None:
    """Write a stream to a file and return its bytes; None where there are more than `most`."""
    size = 0
    with target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if most is not None and size > most:
                return None
            file.write(chunk)
    return size
