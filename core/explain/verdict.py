"""Why a face was named wrong, in words: a wrong label, a poor photo, people who look alike, too few photos, a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.datasets.doubts import Doubt
from core.datasets.flaws import BLURRED, BURNT_OUT, ON_ITS_SIDE, TOO_DARK, TOO_SMALL, TURNED_AWAY, flaws_of
from core.datasets.health import SMALL
from core.explain.opinions import Opinion
from core.openset import Gallery
from core.quality import Quality

Floats = npt.NDArray[np.float32]
Kind = Literal["right", "wrong_label", "poor_photo", "stranger", "few_photos", "alike"]
TITLES: dict[Kind, str] = {
    "right": "Named right",
    "wrong_label": "Wrong label",
    "poor_photo": "Poor photo",
    "stranger": "Stranger",
    "few_photos": "Too few photos",
    "alike": "Look-alikes",
}

# Drawn on every second person of Pins and LFW (SFace and dlib, 2 photos a person to all of them; wrong labels planted on 5% of
# the test photos): 98% of the planted labels are beyond all three, and 6% of the rightly filed faces that were named wrong.
# Of the other people 98% and 3%; they were looked at while the rules were compared, so that is no clean proof. By a network
# of one's own that names 72% of Pins right only 66% and 5%: it is too seldom sure, so an embedding is asked, `opinions`: 99.5%
# and 0.8% (docs/accuracy.md).
ODDS = 100.0  # how many times more probable the given name is than the one on the photo
STEP = 0.5  # how far it is from the photo's person to the named one, in steps as between a face's own and the next person
CERTAIN = 0.5  # probability of the given name: more than of all others together
ODDS_ALONE = 1000.0  # without likenesses: 95% of the planted labels and 1% of the others
SETTLED = 0.5  # probability by independent judges from which the name on the photo is held to be right
UNLIKE = 0.02  # of 100 known faces 2 are less like their own person: whoever is less like everybody may be a stranger
FITS = 0.05  # from there on a face looks as photos of that person do
FEW = 5  # training photos of a person
ENOUGH_FACES = 200  # to know how alike faces of one person are
_FAULTS = {
    TOO_SMALL: f"the face is smaller than {SMALL} pixels",
    BLURRED: "the face is blurred",
    TOO_DARK: "the face is dark",
    BURNT_OUT: "much of the face is burnt out",
    TURNED_AWAY: "half of the face is turned away",
    ON_ITS_SIDE: "the face lies on its side",
}


@dataclass(frozen=True, eq=False)
class Usual:
    """How alike faces are to the training photos, where names are right.

    Attributes:
        own: float32 (M,), rising: likeness to the own person, see `core.openset.Gallery`.
        step: How much more alike a face usually is to its own person than to the next one.
    """

    own: Floats
    step: float

    def fits(self, likeness: float) -> float:
        """Return the share of faces that are at most so like their own person, 0..1."""
        return float(np.searchsorted(self.own, likeness, side="right") / max(len(self.own), 1))


def usual_likeness(gallery: Gallery, vectors: Floats, labels: npt.NDArray[np.int64]) -> Usual | None:
    """Return how alike faces are to the training photos; None without faces, or with one person only.

    Args:
        gallery: The training photos.
        vectors: float32 (N, D), rows of length 1: faces that did not teach.
        labels: int64 (N,), whom they show.
    """
    rows = np.linspace(0, len(labels) - 1, min(len(labels), ENOUGH_FACES)).astype(int)
    if not len(rows) or gallery.people < 2:
        return None
    likeness = gallery.similarities(vectors[rows])
    places = np.arange(len(rows))
    own = likeness[places, labels[rows]].copy()
    likeness[places, labels[rows]] = -2
    steps = own - likeness.max(axis=1)
    return Usual(np.sort(own), max(float(np.median(steps)), 1e-3))


@dataclass(frozen=True)
class Likeness:
    """How like a face is to training photos.

    Attributes:
        own, named: To those of the photo's person and of the named one; see `core.openset.Gallery`.
        fits_own, fits_named, fits_best: Shares of right faces that are at most so like their person: for the photo's
            person, for the named one, and for whoever is most alike.
        step: From the photo's person to the named one, in usual steps.
    """

    own: float
    named: float
    fits_own: float
    fits_named: float
    fits_best: float
    step: float


def likeness_of(usual: Usual, likeness: Floats, person: int, named: int) -> Likeness:
    """Return how like a face is to two people, from float32 (C,), its likeness to everybody."""
    own, other = float(likeness[person]), float(likeness[named])
    fits_best = usual.fits(float(likeness.max()))
    return Likeness(own, other, usual.fits(own), usual.fits(other), fits_best, (other - own) / usual.step)


@dataclass(frozen=True)
class Evidence:
    """What is known about one answer.

    Attributes:
        person, named: The name on the photo, and the one it was given.
        probability, own_probability: Of either, 0..1, calibrated.
        taught: How many training photos of `person` there are.
        likeness: To training photos; None in runs of an earlier program.
        quality: Of the photo; None where nobody has measured it.
        doubt: What networks that know nothing of this run think of the label; None where nobody has asked them.
        kept: Whether a person has looked at the label and found it right.
        opinion: What an embedding that knows nothing of this run says; None where none was asked.
    """

    person: str
    named: str
    probability: float
    own_probability: float
    taught: int
    likeness: Likeness | None = None
    quality: Quality | None = None
    doubt: Doubt | None = None
    kept: bool = False
    opinion: Opinion | None = None


@dataclass(frozen=True)
class Verdict:
    """Why a face was named wrong.

    Attributes:
        kind: In one word.
        words: A sentence that says what may help.
        better: The name that the photo probably should have; empty where the label is not held to be wrong.
    """

    kind: Kind
    words: str
    better: str = ""

    @property
    def title(self) -> str:
        """The kind in two words."""
        return TITLES[self.kind]


def judge(evidence: Evidence) -> Verdict:
    """Return the most likely reason for a wrong answer; a right one is called so."""
    if evidence.person == evidence.named:
        return Verdict("right", f"{evidence.person} was named with {evidence.probability:.0%} certainty.")
    if _is_label_wrong(evidence):
        better, who = _named(evidence)
        return Verdict(
            "wrong_label",
            f"{who} is far more like {better} than {evidence.person}. If you see it too, give the photo the right name.",
            better,
        )
    faults = faults_of(evidence.quality)
    if faults:
        return Verdict("poor_photo", f"The photo is hard to read: {' and '.join(faults)}. A clearer one would help.")
    return _about_people(evidence)


def _named(evidence: Evidence) -> tuple[str, str]:
    """Return who is probably on the photo, and the beginning of a sentence about who says so."""
    if evidence.doubt is not None and _judges_say(evidence) is not None:
        return evidence.doubt.likely, "By the health measures the face"
    if evidence.opinion is not None:
        return evidence.opinion.likely, "In the eyes of a second network, which knows nothing of this run, the face"
    return evidence.named, "The face"


def _is_label_wrong(evidence: Evidence) -> bool:
    if evidence.kept:
        return False
    settled = _judges_say(evidence)
    if settled is not None:
        return settled
    if evidence.opinion is not None:
        return evidence.opinion.says_wrong
    odds = evidence.probability / max(evidence.own_probability, 1e-9)
    if evidence.probability < CERTAIN:
        return False
    if evidence.likeness is None:
        return odds >= ODDS_ALONE
    return odds >= ODDS and evidence.likeness.step >= STEP


def _judges_say(evidence: Evidence) -> bool | None:
    """Return whether independent judges hold the label to be wrong; None where they were not asked or cannot tell."""
    doubt = evidence.doubt
    if doubt is None:
        return None
    if doubt.likely == evidence.person or doubt.own >= SETTLED:
        return False
    return True if doubt.likely_probability >= ODDS * max(doubt.own, 1e-9) else None


def _about_people(evidence: Evidence) -> Verdict:
    likeness, person, named = evidence.likeness, evidence.person, evidence.named
    if likeness is not None and likeness.fits_best <= UNLIKE:
        return Verdict(
            "stranger", f"The face is like nobody here: it may be a stranger, or {person} as no training photo shows them."
        )
    if evidence.taught < FEW:
        photos = "1 training photo" if evidence.taught == 1 else f"{evidence.taught} training photos"
        return Verdict("few_photos", f"{person} has only {photos}. More photos would help.")
    if likeness is not None and likeness.fits_own < FITS:
        return Verdict(
            "few_photos",
            f"It is unlike all {evidence.taught} training photos of {person}. More photos of this kind would help: other "
            "light, age, angle or hair.",
        )
    return Verdict("alike", f"{person} and {named} look alike to this network. More photos of both would help.")


def faults_of(quality: Quality | None) -> tuple[str, ...]:
    """Return what makes a photo hard to read, in words."""
    return tuple(_FAULTS[flaw] for flaw in flaws_of(quality))
