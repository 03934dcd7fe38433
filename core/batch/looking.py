"""Many photos on their way to the network: read, decoded and searched for faces in several threads, a few ahead."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import joblib

from core.batch.sources import SourcePhoto
from core.errors import PhotoError
from core.images import decode
from core.images.decoding import read_bytes
from core.recognizer import FoundPhoto, Recognizer, open_photo

AHEAD = 2  # photos a thread that may be finished before they are asked for


@dataclass(frozen=True, eq=False)
class Looked:
    """A photo whose faces were found.

    Attributes:
        sha256: Of its bytes; empty where they cannot be read.
    """

    photo: FoundPhoto
    sha256: str


def look_through(recognizer: Recognizer, photos: Iterable[SourcePhoto], threads: int = 0) -> Generator[Looked]:
    """Yield the faces of each photo, in the order of `photos`; the pixels of a few photos at most are in memory.

    Decoding and detection need no Python lock, so threads keep all processors busy.

    Args:
        recognizer: Whose detector and face settings hold; its network is not asked.
        photos: A photo that cannot be read comes with its error.
        threads: How many; 0 takes one for each processor.
    """
    threads = threads or joblib.cpu_count()
    waiting: deque[Future[Looked]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="photo")
    try:
        for photo in photos:
            waiting.append(pool.submit(_look, recognizer, photo))
            if len(waiting) > AHEAD * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _look(recognizer: Recognizer, photo: SourcePhoto) -> Looked:
    try:
        data = read_bytes(photo.path, photo.name)
    except PhotoError as error:
        return Looked(FoundPhoto(photo.name, 0, 0, error=str(error)), "")
    opened = open_photo(partial(decode, data, photo.name))
    (found,) = recognizer.find([(photo.name, opened)])
    return Looked(found, hashlib.sha256(data).hexdigest())
