"""What makes a face hard to recognise, in a word or two: size, sharpness, light and pose."""

from __future__ import annotations

from core.datasets.health import BLURRY, DARK, SMALL, TILTED, TIPPED, TURNED, WHITE_SHARE
from core.quality import Quality

TOO_SMALL, BLURRED, TOO_DARK, BURNT_OUT = "too small", "blurred", "dark", "burnt out"
TURNED_AWAY, ON_ITS_SIDE = "turned away", "tilted"
GOOD = "good"  # in tables, where there is none


def flaws_of(face: Quality | None) -> tuple[str, ...]:
    """Return the flaws of a face; the lines are those of the photos' health, which tells where they come from."""
    if face is None:
        return ()
    sideways, nod, tilt = (abs(each or 0.0) for each in (face.yaw, face.pitch, face.roll))
    found = {
        TOO_SMALL: face.face_size is not None and face.face_size < SMALL,
        BLURRED: face.sharpness < BLURRY,
        TOO_DARK: face.brightness < DARK,
        BURNT_OUT: face.overexposed >= WHITE_SHARE,
        TURNED_AWAY: sideways >= TURNED or nod >= TIPPED,
        ON_ITS_SIDE: tilt >= TILTED,
    }
    return tuple(flaw for flaw, there in found.items() if there)


def in_words(flaws: tuple[str, ...]) -> str:
    """Return the quality of a face as tables show it."""
    return ", ".join(flaws) or GOOD
