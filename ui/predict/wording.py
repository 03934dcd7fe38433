"""What is said about a face in words: who it is, how sure that is, and what makes it doubtful. No word decides anything."""

from __future__ import annotations

from core.explain import faults_of
from core.openset import Thresholds
from core.recognizer import FacePrediction
from ui.guards import as_text

SYMBOLS = {
    "known": ":green[:material/check_circle:]",
    "unsure": ":orange[:material/help:]",
    "unknown": ":red[:material/person_off:]",
}
MARKS = {"known": "✓", "unsure": "?", "unknown": "✕", "by hand": "✎"}  # beside a number, so that no colour stands alone
_UNKNOWN = {"similarity": "too unlike anybody", "probability": "too uncertain"}
_UNSURE = {"similarity": "not similar enough", "probability": "not sure enough"}


def share(value: float) -> str:
    """Return a probability, 0..1, as a whole percentage; nothing is ever quite sure."""
    if value > 0.995:
        return "over 99%"
    return "under 1%" if value < 0.01 else f"{value:.0%}"


def title(face: FacePrediction) -> str:
    """Return who it is, as Markdown: a name, a name that is unsure, or Unknown."""
    name = "**Unknown**" if face.person is None else f"**{as_text(face.person)}**"
    return f"{SYMBOLS[face.decision]} {name}{', unsure' if face.decision == 'unsure' else ''}"


def label(face: FacePrediction, number: int) -> str:
    """Return the words for a box in the picture."""
    if face.person is None:
        return f"{number} Unknown"
    return f"{number} {face.person}{'?' if face.decision == 'unsure' else ''}"


def sentence(face: FacePrediction, lines: Thresholds | None, line: str) -> str:
    """Return why it is said, as Markdown.

    Args:
        face: The answer.
        lines: The lines that were drawn.
        line: What they are called, see `ui.predict.lines.line_name`.
    """
    score = lines.score if lines is not None else "probability"
    sure = share(face.probability)
    if face.decision == "known":
        how = "similar enough" if score == "similarity" else "sure enough"
        return f"{sure[0].upper()}{sure[1:]} sure, and {how} for {line}."
    most = f"Looks most like {as_text(face.top[0][0])}, {sure}"
    if face.decision == "unsure":
        return f"{most}, but {_UNSURE[score]} for {line}: unsure."
    return f"{most}, but {_UNKNOWN[score]} for {line}: unknown."


def runner_up(face: FacePrediction) -> str:
    """Return who comes second, as Markdown; nothing where the run knows one person only."""
    if face.runner_up is None or face.runner_up_probability is None:
        return ""
    return f"Runner-up: {as_text(face.runner_up)}, {share(face.runner_up_probability)}."


def likeness(face: FacePrediction, lines: Thresholds | None) -> str:
    """Return how near the answer is to the line, where that is a similarity; else nothing."""
    if lines is None or lines.score != "similarity":
        return ""
    return f"Similarity {face.score:.2f}; a sure name is given from {lines.known:.2f} on, where 1 is the same picture."


def warning(face: FacePrediction) -> str:
    """Return what makes the answer doubtful before it is read, as Markdown; nothing where nothing does."""
    faults = faults_of(face.quality)
    if not faults:
        return ""
    said = faults[0] if len(faults) == 1 else f"{', '.join(faults[:-1])} and {faults[-1]}"
    return f":orange[:material/warning:] {said[0].upper()}{said[1:]}: take the answer with care."
