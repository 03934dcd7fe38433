"""Why a network named a face as it did: heat maps, the training photos it is most like, and a verdict in words."""

from core.explain.heatmaps import Kind, grad_cam, kind_for, occlusion, pixel_slopes
from core.explain.nearest import Neighbour, nearest
from core.explain.opening import OpenedNetwork, open_network
from core.explain.opinions import Opinion, Opinions, form_opinions
from core.explain.verdict import TITLES, Evidence, Likeness, Usual, Verdict, faults_of, judge, likeness_of, usual_likeness

__all__ = [
    "TITLES",
    "Evidence",
    "Kind",
    "Likeness",
    "Neighbour",
    "OpenedNetwork",
    "Opinion",
    "Opinions",
    "Usual",
    "Verdict",
    "faults_of",
    "form_opinions",
    "grad_cam",
    "judge",
    "kind_for",
    "likeness_of",
    "nearest",
    "occlusion",
    "open_network",
    "pixel_slopes",
    "usual_likeness",
]
