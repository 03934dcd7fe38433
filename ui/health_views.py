"""The Health part of the Explore page: what may be wrong with the photos, which are missing, and a map of the faces."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core import jobs
from core.datasets import Catalogue
from core.datasets.health import FLAGS, counts
from core.health import HealthState, doubt_key, health_state
from core.quality import quality_key
from core.settings import FaceSettings
from ui.components import tabs
from ui.face_map_views import face_map
from ui.guards import explained
from ui.people_views import alike, covered, means
from ui.progress import watch

OnFilter = Callable[[str], None]
OnPerson = Callable[[str], None]


def health(catalogue: Catalogue, face: FaceSettings, on_filter: OnFilter, on_person: OnPerson) -> None:
    """Show the health of a dataset, and offer to measure it.

    Args:
        catalogue: Of the dataset.
        face: How faces are found.
        on_filter: Told the name of the flag whose photos are to be shown.
        on_person: Told whose photos are to be shown.
    """
    with explained():
        state = health_state(catalogue, face)
        if _measuring(catalogue, face, state):
            return
        if state.unmeasured and not state.measured_at:
            st.write("Nothing was measured yet: who is hard to see, which names look wrong, which photos are missing.")
            return
        numbers(catalogue, face, on_filter, judged=bool(state.measured_at))
        tabs(
            f"health-{catalogue.id}",
            {
                "Missing photos": partial(covered, catalogue, face),
                "Same person twice": partial(alike, catalogue, face, on_person),
                "Map": partial(face_map, catalogue, face),
                "Mean faces": partial(means, catalogue, face),
            },
        )


def _measuring(catalogue: Catalogue, face: FaceSettings, state: HealthState) -> bool:
    """Follow or offer the measuring; return whether it is under way."""
    job = next((each for each in jobs.list_jobs() if each.kind == "health" and _source(each) == catalogue.source), None)
    new = not state.measured_at or state.unmeasured or state.unjudged
    if job is not None and (job.alive or (new and job.state in ("failed", "lost", "stopped"))):
        watch(job.directory)
        if job.alive:
            return True
    if state.not_judged:
        st.info(f"Names could not be judged. {state.not_judged}", icon=":material/info:")
    if new and state.measured_at:
        st.info(f"{max(state.unmeasured, state.unjudged):,} photos have come since.", icon=":material/info:")
    if st.button(
        "Measure the photos" if not state.measured_at else "Measure again",
        icon=":material/monitor_heart:",
        key=f"measure-{catalogue.id}",
        type="primary" if not state.measured_at else "tertiary",
        help="Looks at every photo once and judges every name, in the background. What was measured is not read again.",
    ):
        with explained():
            jobs.start_health(catalogue.source, face)
            st.rerun()
    return False


def _source(job: jobs.JobState) -> str:
    return str(jobs.read_description(job.directory).get("source", ""))


def numbers(catalogue: Catalogue, face: FaceSettings, on_filter: OnFilter, judged: bool) -> None:
    """Show how many photos have each flag; a click shows them."""
    found = counts(catalogue, quality_key(face), doubt_key(face))
    with st.grid(min_column_width=170):
        for name, flag in FLAGS.items():
            with st.container(border=True, gap="xsmall"):
                known = judged or "d." not in flag.where
                st.metric(flag.title, f"{found[name]:,}" if known else "–", help=flag.explanation)
                shown = st.button(
                    "Show them",
                    key=f"flag-{catalogue.id}-{name}",
                    type="tertiary",
                    icon=":material/filter_alt:",
                    disabled=not found[name],
                    help=f"{flag.title}: show these photos only",
                )
            if shown:
                on_filter(name)
