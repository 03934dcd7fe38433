"""Everything that the server keeps in memory between reruns; each cache is bounded."""

from ui.resources.photos import (
    SplitCounts,
    catalogue_version,
    channels_of,
    face_counts,
    forget_everything,
    people_of,
    picture_of,
    preview_face,
    sizes_of,
    split_counts,
    thumbnail_of,
    variants,
    views,
    wall_count,
)
from ui.resources.runs import answers, prediction, recognizer, recognizer_of

__all__ = [
    "SplitCounts",
    "answers",
    "catalogue_version",
    "channels_of",
    "face_counts",
    "forget_everything",
    "people_of",
    "picture_of",
    "prediction",
    "preview_face",
    "recognizer",
    "recognizer_of",
    "sizes_of",
    "split_counts",
    "thumbnail_of",
    "variants",
    "views",
    "wall_count",
]
