"""The Search part of the Train page: what is varied, how it is judged, and what the trials have shown so far."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core import jobs
from core.datasets import Catalogue
from core.experiment.speed import estimate, read_speed
from core.search import SearchSettings, best_settings
from core.settings import Settings
from ui.guards import as_text, explained
from ui.presets_views import roughly
from ui.progress import REFRESH_SECONDS, ask, show_bar, show_end
from ui.search_ranges import choose_space
from ui.search_results import show_results
from ui.session import current
from ui.settings_tabs import uses_embedding

JUDGED_BY = {"Validation photos": 0, "3 folds": 3, "5 folds": 5}
OBJECTIVES = {"log_loss": "Right and sure (log loss)", "accuracy": "Right (accuracy)"}

_COUNTS = "Log loss also sees how sure names were: with few photos, many settings name the same ones right."
_JUDGES = "Folds judge by all photos but the test photos: that takes several times as long and depends less on chance."
_PROCESSES = "More than one pays on a computer with many processors and much memory."


def search(catalogue: Catalogue) -> None:
    """Offer a search for better settings of the preset in view, follow it, and show what it has found."""
    st.write(
        "Tries many settings in turn and keeps the best. Each try is judged by photos that it has not learnt from; "
        "the test photos have no part in it, so they still tell the truth about the best."
    )
    settings = current().use_source(catalogue.source)
    with explained():
        found = newest_search(settings)
        if found is not None and found.alive:
            _live(str(found.directory))
            return
        _start(settings, catalogue)
        if found is not None:
            _ended(found)


def newest_search(settings: Settings) -> jobs.JobState | None:
    """Return the newest search for these photos and this preset: a reload finds it by its files."""
    for job in jobs.jobs_of_kind("search"):
        asked = jobs.read_description(job.directory).get("search", {}).get("settings", {})
        if (asked.get("data", {}).get("source"), asked.get("preset")) == (settings.data.source, settings.preset):
            return job
    return None


def _start(settings: Settings, catalogue: Catalogue) -> None:
    key, people = f"search.{settings.preset}", catalogue.summary().people
    space = choose_space(settings)
    how = _how(key)
    _cost(settings, catalogue, how["trials"] * max(1, how["folds"]))
    if st.button("Start the search", icon=":material/manage_search:", disabled=not space or people < 2, key=f"{key}.start"):
        current().follow(jobs.start_search(SearchSettings(settings, space=space, **how).to_json()))
        st.rerun()
    if not space:
        st.caption("Switch on at least one setting to search.")


def _how(key: str) -> dict[str, Any]:
    """Ask how long and by what is searched; return it by the names of `SearchSettings`."""
    with st.grid(3, min_column_width=180):
        trials = st.number_input("Trials", 2, 500, 20, key=f"{key}.trials", help="How many settings are tried.")
        objective = st.selectbox(
            "What counts", list(OBJECTIVES), format_func=lambda word: OBJECTIVES[word], key=f"{key}.objective", help=_COUNTS
        )
        judges = st.selectbox("Judged by", list(JUDGED_BY), key=f"{key}.judges", help=_JUDGES)
        minutes = st.number_input(
            "Time limit (min)", 0, 10_000, 0, key=f"{key}.minutes", help="After it no new trial begins; 0 means no limit."
        )
        workers = st.number_input("Processes", 1, 8, 1, key=f"{key}.workers", help=_PROCESSES)
    return {
        "trials": int(trials),
        "objective": objective,
        "folds": JUDGED_BY[judges],
        "seconds": 60.0 * minutes,
        "workers": int(workers),
    }


def _cost(settings: Settings, catalogue: Catalogue, trainings: int) -> None:
    if uses_embedding(settings):
        st.caption("The faces are embedded once for all trials; each trial then takes seconds.")
        return
    speed, about = read_speed(), catalogue.summary()
    seconds = estimate(speed, settings, about.photos, about.people) if speed else None
    longest = f"at most about {roughly(seconds * trainings)} here" if seconds else f"{trainings} trainings at most"
    st.caption(f"Takes {longest}; trials that are clearly worse than others end early.")


@st.fragment(run_every=REFRESH_SECONDS)
def _live(directory: str) -> None:
    with explained():
        job = jobs.read_job(Path(directory))
        if not job.alive:
            st.rerun()
        show_bar(job)
        help, stopping = "Finished trials are kept; the search can go on later.", job.state == "stopping"
        st.button(
            "Stop the search", icon=":material/stop_circle:", help=help, disabled=stopping, key="search-stop",
            on_click=ask, args=(jobs.request_stop, job.directory),
        )  # fmt: skip
        show_results(job.directory)


def _ended(job: jobs.JobState) -> None:
    st.markdown(f"**{as_text(job.title)}**")
    if job.state == "stopped" and st.button("Resume the search", icon=":material/play_arrow:", key="search-resume"):
        jobs.resume(job.directory)
        st.rerun()
    if job.state not in ("stopped", "done"):
        show_end(job)
    show_results(job.directory, partial(_use, job.directory))


def _use(directory: Path) -> None:
    with st.container(horizontal=True):
        if st.button("Train with the best", type="primary", icon=":material/play_arrow:", key="search-train"):
            current().follow(jobs.start_training(best_settings(directory), name="Best of a search"))
            st.rerun()
        if st.button("Put them in the form", icon=":material/tune:", key="search-use", help="To change more before training."):
            current().bring_settings(best_settings(directory), "These are the best settings of the search.")
            st.rerun()
