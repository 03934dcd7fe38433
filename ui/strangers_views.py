"""The Strangers part of the Evaluate page: how many people whom the network does not know would get a name."""

from __future__ import annotations

import streamlit as st

from core import figures, jobs
from core.openset import StrangerCurve, Thresholds
from core.runs import Run
from ui.components import chart, figures_row, percent
from ui.guards import as_text, explained
from ui.progress import watch


def line_in_words(thresholds: Thresholds) -> str:
    """Return from when on a name is given, in the words of its score."""
    if thresholds.score == "similarity":
        return f"a similarity of {thresholds.known:.2f} to the person's own photos, where 1 is the same picture"
    return f"a certainty of {percent(thresholds.known)}"


def strangers(run: Run) -> None:
    """Show what the test on strangers has shown, or offer one."""
    thresholds = run.thresholds
    if thresholds is None:
        st.info("This run has no line for unknown.", icon=":material/info:")
        return
    st.write("A stranger should be called unknown, and a known face should get its name. One line decides both.")
    curve, rate = thresholds.curve, run.settings.openset.stranger_rate
    if curve is not None:
        _figures(curve, rate)
    if curve is not None and curve.auroc is not None:
        chart(
            figures.stranger_curve(curve, rate),
            f"strangers-{run.id}",
            "Along the curve the line is drawn lower and lower: more known faces get their name, and more strangers get one.",
        )
    st.write(f"This run gives a name from {line_in_words(thresholds)}. {as_text(thresholds.source)}")
    if not thresholds.tested_on_strangers:
        _offer_test(run)


def _figures(curve: StrangerCurve, rate: float) -> None:
    apart = (
        "The chance that a known face scores higher than a stranger's (AUROC). 1 is perfect, 0.5 is guessing."
        if curve.auroc is not None
        else "Not measured: there were no known faces to compare with."
    )
    who = f"Of {curve.people:,} people." if curve.people else "Of people whom the network does not know."
    figures_row(
        [
            ("Strangers with a name", percent(rate), "At this run's line; below it they are unsure or unknown."),
            ("Known faces named right", percent(curve.named_at(rate)), f"At the same line, of {curve.known:,} faces."),
            ("Told apart", "–" if curve.auroc is None else f"{curve.auroc:.3f}", apart),
            ("Faces of strangers", f"{curve.strangers:,}", who),
        ]
    )


def _offer_test(run: Run) -> None:
    st.warning(
        "Not tested on strangers: nobody knows yet how often it names somebody it has never seen.",
        icon=":material/person_alert:",
    )
    job = _test_of(run)
    if job is not None and (job.alive or job.state in ("failed", "lost", "stopped")):
        watch(job.directory)
        if job.alive:
            return
    help_text = "Leaves a third of the people out, trains again without them, and shows them as strangers."
    if st.button("Test on strangers", icon=":material/person_search:", help=help_text):
        with explained():
            jobs.start_stranger_test(run.directory)
            st.rerun()
    st.caption(f"{help_text} It takes about as long as the training did; the result draws the line anew.")


def _test_of(run: Run) -> jobs.JobState | None:
    """Return the newest stranger test of a run: a reload finds it by its file."""
    tests = (job for job in jobs.list_jobs() if job.kind == "stranger_test")
    return next((job for job in tests if jobs.read_description(job.directory).get("run") == str(run.directory)), None)
