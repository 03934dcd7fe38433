"""How far random changes carry faces towards other people: figures, the farthest variants, and the sliders' danger zones."""

from __future__ import annotations

import dataclasses

import streamlit as st

from core import jobs
from core.datasets import Catalogue
from core.drift import SWITCHES, TOO_MANY, VARIANTS
from core.experiment.drift import read_danger
from core.settings import AugmentationSettings, limits_of
from ui.components import figures_row, percent, picture_wall
from ui.guards import as_text, explained
from ui.images import png
from ui.progress import watch
from ui.resources.drift import drift as measured
from ui.resources.drift import tried_faces
from ui.session import current

SHOWN = 6
HALF_WAY = 0.5


def slider_notes(catalogue: Catalogue) -> dict[str, str]:
    """Return what to write on each slider of the random changes: where its danger zone begins, if that was measured."""
    zones = read_danger(catalogue) or {}
    return {name: _note(name, at) for name, at in zones.items() if at is not None}


def _note(name: str, at: float) -> str:
    if name in SWITCHES:
        return ":red[danger]"
    return f":red[danger from {at:g}{as_text(limits_of(AugmentationSettings, name).unit)}]"


def drift(catalogue: Catalogue, changes: AugmentationSettings) -> None:
    """Show how far the changes in view carry faces, and offer to look for the danger zone of each slider."""
    st.subheader("Identity drift")
    st.caption(
        "A pretrained network looks at a face of each of some people and at variants of it. A variant that looks more like "
        "somebody else than like its own photo would teach the wrong name."
    )
    with st.container(horizontal=True):
        wanted = st.toggle("Measure it", key="drift-on", help="Takes some seconds after each change of a slider.")
    if wanted:
        _show(catalogue, changes)
    _offer_zones(catalogue)


def _show(catalogue: Catalogue, changes: AugmentationSettings) -> None:
    faces, found = tried_faces(catalogue), measured(catalogue, changes, current().variant_seed)
    count = found.lost.size
    figures_row(
        [
            (
                "Mean drift",
                percent(found.way, 0),
                "How far variants move on average; 100% is as far from the original as the most similar other person is.",
            ),
            (
                "Lost variants",
                f"{int(found.lost.sum())} of {count}",
                f"More like somebody else. Tried: {VARIANTS} variants of a face of each of {len(faces.people)} people.",
            ),
        ]
    )
    if found.lost_share > TOO_MANY:
        st.warning(
            "Too strong: some variants look like other people. Lower the sliders that are marked.", icon=":material/warning:"
        )
    elif found.way > HALF_WAY:
        st.info("Strong: variants go more than half of the way to another person.", icon=":material/info:")
    st.markdown("**The variants that went farthest**")
    pictures = []
    for face, variant in found.farthest(SHOWN):
        other = faces.people[int(found.nearest[face, variant])]
        way = found.moved[face, variant] / max(float(found.room[face]), 1e-6)
        words = f"{faces.people[face]}, {percent(float(way), 0)} towards {other}"
        pictures.append((png(found.variants[face, variant]), words, f"A variant of {faces.people[face]}"))
    picture_wall(pictures)


def _offer_zones(catalogue: Catalogue) -> None:
    job = next((each for each in jobs.list_jobs() if each.kind == "drift"), None)
    known = read_danger(catalogue)
    if job is not None and (job.alive or (job.state in ("failed", "lost") and known is None)):
        watch(job.directory)
        if job.alive:
            return
    if known is not None:
        harmless = [limits_of(AugmentationSettings, each.name).label for each in _fields() if known[each.name] is None]
        st.caption(f"Tried one by one on these people; harmless at any strength: {', '.join(harmless)}.")
    words = "Look for the danger zones again" if known is not None else "Find each slider's danger zone"
    if st.button(
        words, icon=":material/report:", type="tertiary" if known is not None else "secondary", help="Takes a minute."
    ):
        with explained():
            jobs.start_drift(catalogue.source)
            st.rerun()


def _fields() -> tuple[dataclasses.Field[object], ...]:
    return dataclasses.fields(AugmentationSettings)
