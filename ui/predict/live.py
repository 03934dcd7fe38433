"""Live frames of the camera: named one at a time, and never kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import VisageError
from core.openset import Thresholds
from core.recognizer import FacePrediction
from core.runs import Run
from ui import resources
from ui.predict.paste import read_base64
from ui.predict.wording import share

FRAMES_PER_SECOND = 4  # at most; the server has other things to do, too
MOST_FACES = 12  # labels; more would hide the picture
_UNREADABLE = "The camera's picture cannot be read. Turn the camera off and on again."


def answer_frame(run: Run, said: Mapping[str, Any], lines: Thresholds | None, once: bool = False) -> dict[str, Any]:
    """Return what the browser is to draw over a frame; the network is asked, but nothing of the frame is kept.

    Args:
        run: Finished.
        said: What the browser has sent: {"frame": its name, "data": a JPEG file as base64}; empty for nothing.
        lines: Where known and unknown lie; None takes the run's own.
        once: Whether a person can be in a picture once only.
    """
    if not said:
        return {}
    data = read_base64(said.get("data"))
    if not data:
        return {"frame": said["frame"], "problem": _UNREADABLE}
    try:
        recognizer = resources.recognizer_of(run)
        recognizer = recognizer if lines is None else recognizer.with_lines(lines)
        found = recognizer.name(recognizer.look(data, "The camera's picture"), once)
    except VisageError as error:
        return {"frame": said["frame"], "problem": f"{error.what} {error.remedy}"}
    if found.error:
        return {"frame": said["frame"], "problem": _UNREADABLE}
    faces = [_shown(face, found.width, found.height) for face in found.faces[:MOST_FACES]]
    return {"frame": said["frame"], "faces": faces}


def _shown(face: FacePrediction, width: int, height: int) -> dict[str, Any]:
    """Return one face for the browser: where it is, as shares of the picture's sides, who it is, and how sure that is."""
    left, top, wide, high = face.detection.box
    name = face.person or "Unknown"
    return {
        "box": [left / width, top / height, wide / width, high / height],
        "decision": face.decision,
        "name": f"{name}, unsure" if face.decision == "unsure" else name,
        "sure": share(face.probability) if face.decision == "known" else "",
    }
