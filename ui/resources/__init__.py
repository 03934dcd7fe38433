"""Everything that the server keeps in memory between reruns; each cache is bounded."""

from ui.resources.judged import amended, duel, judged, judged_faces, similar_order, summary
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
from ui.resources.runs import answers, knowledge_of, opened_network_of, prediction, recognizer_of
from ui.resources.uploads import shown_photo

__all__ = [
    "SplitCounts",
    "amended",
    "answers",
    "catalogue_version",
    "channels_of",
    "duel",
    "face_counts",
    "forget_everything",
    "judged",
    "judged_faces",
    "knowledge_of",
    "opened_network_of",
    "people_of",
    "picture_of",
    "prediction",
    "preview_face",
    "recognizer_of",
    "shown_photo",
    "similar_order",
    "sizes_of",
    "split_counts",
    "summary",
    "thumbnail_of",
    "variants",
    "views",
    "wall_count",
]
