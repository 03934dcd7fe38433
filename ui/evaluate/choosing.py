"""Which photos a run is judged by: its own, those of a cross-validation, or another folder."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.review import Judged, judged_sets
from core.review.evaluations import delete_evaluation
from core.review.judged import CROSSVALIDATION, FOLDER
from core.runs import Run
from ui import resources
from ui.guards import as_text, explained
from ui.progress import watch
from ui.session import current, keep_in_address, show_wanted

SET = "judged-by"  # key of the widget, and its name in the address


def choose_set(run: Run) -> Judged | None:
    """Let the person choose whose photos are judged; the test photos are the honest choice and come first."""
    sets = dict(judged_sets(run))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _choice(sets)
        # Another key is another, closed one: as soon as the work begins nothing lies over it.
        key = f"evaluate-{run.id}-{current().evaluating}"
        with st.popover("Evaluate another folder", icon=":material/create_new_folder:", key=key):
            _another_folder(run)
    _follow(run)
    if chosen is None:
        st.info(
            "This run has not been judged by any photos: it has neither test nor validation photos.", icon=":material/info:"
        )
        return None
    _warn(chosen, sets)
    with explained():
        return resources.judged(run, chosen)
    return None


def _choice(sets: dict[str, str]) -> str | None:
    if not sets:
        return None
    show_wanted(SET, sets, next(iter(sets)))
    chosen = st.selectbox("Judged by", list(sets), format_func=sets.__getitem__, key=SET, width=320)
    keep_in_address(SET, chosen, next(iter(sets)))
    return chosen


def _warn(key: str, sets: dict[str, str]) -> None:
    if "test" not in sets:
        st.info(
            "This run has no test photos, so there is no figure by photos that had no part in the training. "
            "Cross-validate, or evaluate another folder.",
            icon=":material/info:",
        )
    if key == "validation":
        st.caption("These photos helped to choose how sure the answers are and when to stop, so they flatter a little.")
    if key == CROSSVALIDATION:
        st.caption("Each photo was judged by a network that has not learnt from it; these are not the network of this run.")


def _another_folder(run: Run) -> None:
    st.write("The photos of a folder with one folder per person, judged by this run. Its answers are kept in the run.")
    source = st.text_input("Folder", key=f"evaluate-folder-{run.id}", placeholder="/home/me/photos", width=360)
    if st.button("Evaluate", icon=":material/play_arrow:", key=f"evaluate-start-{run.id}", disabled=not source.strip()):
        from core.datasets import open_dataset

        with explained():
            catalogue = open_dataset(source)  # a wrong path is told here
            current().evaluating = jobs.start_evaluation(run.directory, catalogue.source).name
            st.rerun()
    for key, title in judged_sets(run):
        if key.startswith(FOLDER) and st.button(
            f"Forget {as_text(title)}", icon=":material/delete:", key=f"forget-{run.id}-{key}", type="tertiary"
        ):
            with explained():
                delete_evaluation(run.directory, key.removeprefix(FOLDER))
                st.rerun()


def _follow(run: Run) -> None:
    """Show the newest evaluation of this run while it lives, and what went wrong; then show what it has found."""
    job = _evaluation_of(run)
    if job is None:
        return
    if job.alive or job.state in ("failed", "lost", "stopped"):
        watch(job.directory)
        if job.alive:
            current().evaluating = job.directory.name
    elif current().evaluating == job.directory.name:
        current().evaluating = ""
        newest = next((key for key, _ in judged_sets(run) if key.startswith(FOLDER)), None)
        if newest is not None:
            current().wanted[SET] = newest
            st.rerun()


def _evaluation_of(run: Run) -> jobs.JobState | None:
    found = (job for job in jobs.list_jobs() if job.kind == "evaluation")
    return next((job for job in found if jobs.read_description(job.directory).get("run") == str(run.directory)), None)
