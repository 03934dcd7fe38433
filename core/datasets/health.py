"""What may be wrong with a photo: each flag is a condition in SQL, so the wall can filter by it and a page can count it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.settings import SplitSettings

if TYPE_CHECKING:
    from core.datasets.catalogue import Catalogue

# Every line below was drawn on Pins (4,508 photos), LFW (2,370) and uncropped uploads (283), by looking at the photos on
# both sides of it, and checked by how well SFace still names such faces (99.3% of all Pins faces).
BLURRY = 0.25  # sharpness; a sharp face blurred by 2 px of 112 has 0.09 to 0.16, 99 of 100 faces of Pins more than 0.30
DARK = 0.2  # brightness; below it 96% are named right, and shadows hide half of the face
WHITE_SHARE = 0.1  # share of burnt-out pixels; from there on cheeks and forehead are flat white, 94% are named right
SMALL = 40  # px, longer side of the face; 98.5% are named right from 40 px on, 96.5% at 32 px, 94% at 24 px
TURNED = 60  # degrees of yaw; one eye is hidden, 93% are named right (100% of those turned by 40 to 60)
TIPPED = 30  # degrees of pitch; eyes or chin are hidden
TILTED = 60  # degrees of roll; the photo lies on its side
GRAY = 0.02  # colour; gray photos have less even after JPEG, the palest faces in colour more
DOUBTED = 0.5  # probability of the photo's own name; below it another name, or nobody's, is more likely
FAR = 0.7  # distance from the middle of the person; 98 of 100 strangers' faces are farther away, 1 in 200 of one's own
NEAR = SplitSettings().duplicate_distance  # percent; re-encoded, resized, brightened and cropped copies differ by less


@dataclass(frozen=True)
class Flag:
    """One thing that may be wrong with a photo.

    Attributes:
        name: As filters and addresses call it.
        title: On pages.
        explanation: What it means, and what to do.
        where: SQL over `used u` with `qualities q` under :quality_key and `doubts d` under :doubt_key.
    """

    name: str
    title: str
    explanation: str
    where: str


def _twins(same: bool) -> str:
    """Return the condition that a photo has a near-duplicate of the same person, or of another."""
    pairs = f"""FROM near_pairs n JOIN used one ON one.sha256 = n.first JOIN used two ON two.sha256 = n.second
                WHERE one.person {"=" if same else "<>"} two.person AND n.difference <= {NEAR}"""
    return f"u.sha256 IN (SELECT n.first {pairs} UNION ALL SELECT n.second {pairs})"


_MOSTLY_COLOUR = f"(SELECT avg(colour >= {GRAY}) FROM qualities WHERE key = :quality_key) > 0.5"
# A name changed since counts as settled where it is the one that was proposed.
_OWN = "CASE WHEN u.person = d.likely THEN d.likely_probability ELSE d.own END"

_ALL = (
    Flag(
        "no_face",
        "No face found",
        "No face was found, so nobody can learn from these photos. Draw the face where there is one, or exclude the photo.",
        "q.status = 'no_face'",
    ),
    Flag(
        "several_faces",
        "Several faces",
        "Several faces, none of them clearly the main one: the photo is left out until you pick whose face it is about.",
        "q.status = 'several_faces'",
    ),
    Flag(
        "copies",
        "Exact copies",
        "The same file is there more than once. It counts once; nothing has to be done.",
        "u.sha256 IN (SELECT sha256 FROM files WHERE reason IS NULL GROUP BY sha256 HAVING count(*) > 1)",
    ),
    Flag(
        "near_copies",
        "Nearly the same",
        "Almost the same picture as another photo of this person. They stay on one side of the split, but teach little more "
        "than one of them.",
        _twins(same=True),
    ),
    Flag(
        "near_copies_across",
        "Same, other name",
        "Almost the same picture as a photo of somebody else: one of the two names is probably wrong.",
        _twins(same=False),
    ),
    Flag(
        "blurry",
        "Blurry",
        "The face is out of focus, moved, or was enlarged from few pixels.",
        f"q.status = 'face' AND q.sharpness < {BLURRY}",
    ),
    Flag("dark", "Dark", "The face is so dark that shadows hide much of it.", f"q.status = 'face' AND q.brightness < {DARK}"),
    Flag(
        "over_exposed",
        "Over-exposed",
        f"At least {WHITE_SHARE:.0%} of the face is burnt out to white.",
        f"q.status = 'face' AND q.overexposed >= {WHITE_SHARE}",
    ),
    Flag(
        "small",
        "Too small",
        f"The face is smaller than {SMALL} pixels; networks look at more than that.",
        f"q.face_size < {SMALL}",
    ),
    Flag(
        "extreme_pose",
        "Extreme pose",
        f"The head is turned by {TURNED}° or more to a side, or {TIPPED}° up or down, so half of the face is hidden; or the "
        "photo lies on its side.",
        f"(abs(q.yaw) >= {TURNED} OR abs(q.pitch) >= {TIPPED} OR abs(q.roll) >= {TILTED})",
    ),
    Flag(
        "gray",
        "Gray among colour",
        "Black and white, while most photos here are in colour. A network may take that for a mark of the person.",
        f"(q.colour < {GRAY} AND {_MOSTLY_COLOUR})",
    ),
    Flag(
        "doubtful",
        "Doubtful names",
        "Networks that have not learnt from this photo find another name more likely, or the face is unlike the person's "
        "other photos. Look at the most doubtful first: relabel, or exclude.",
        f"(({_OWN} < {DOUBTED} OR d.distance > {FAR}) "
        "AND NOT EXISTS (SELECT 1 FROM edits k WHERE k.sha256 = u.sha256 AND k.kept))",
    ),
)
FLAGS: dict[str, Flag] = {each.name: each for each in _ALL}


def counts(catalogue: Catalogue, quality_key: str, doubt_key: str) -> dict[str, int]:
    """Return how many of the photos that can be used have each flag.

    Args:
        catalogue: Of the dataset.
        quality_key: `core.quality.quality_key`.
        doubt_key: `core.health.doubt_key`.
    """
    asked = ", ".join(f"count(*) FILTER (WHERE {flag.where})" for flag in FLAGS.values())
    query = f"""SELECT {asked} FROM used u
                LEFT JOIN qualities q ON q.key = :quality_key AND q.sha256 = u.sha256
                LEFT JOIN doubts d ON d.key = :doubt_key AND d.sha256 = u.sha256"""
    with catalogue.reading() as connection:
        found = connection.execute(query, {"quality_key": quality_key, "doubt_key": doubt_key}).fetchone()
    return dict(zip(FLAGS, found, strict=True))
