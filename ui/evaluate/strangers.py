"""The Strangers part of the Evaluate page: how many people whom the network does not know would get a name."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core import figures, jobs
from core.figures import openset as charts
from core.openset import OpenSetScores, StrangerCurve, Thresholds, auroc
from core.runs import Run
from core.runs.openset import read_openset, reset_line, set_line
from ui.components import chart, figures_row, percent
from ui.guards import as_text, explained
from ui.progress import watch

STEP = 0.001


def line_in_words(thresholds: Thresholds) -> str:
    """Return from when on a name is given, in the words of its score."""
    if thresholds.score == "similarity":
        return f"a similarity of {thresholds.known:.2f} to the person's own photos, where 1 is the same picture"
    return f"a certainty of {percent(thresholds.known)}"


def strangers(run: Run) -> None:
    """Show what the line for unknown does to strangers and known faces, and let it be moved."""
    thresholds = run.thresholds
    if thresholds is None:
        st.info("This run has no line for unknown.", icon=":material/info:")
        return
    st.write("A stranger should be called unknown, and a known face should get its name. One line decides both.")
    with explained():
        scores = read_openset(run)
        if scores is not None and scores.score != thresholds.score:
            scores = None  # shipped lines of another kind than the scores that are kept
        curve, rate = thresholds.curve, run.settings.openset.stranger_rate
        if thresholds.automatic is not None and scores is not None:
            _figures_by_hand(scores, thresholds)
        elif curve is not None:
            _figures(curve, rate)
        st.write(f"This run gives a name from {line_in_words(thresholds)}. {as_text(thresholds.source)}")
        if not thresholds.tested_on_strangers:
            _offer_test(run)
        if scores is not None and len(scores.known):
            _test(scores, thresholds)
            _mover(run, scores, thresholds)
        else:
            _without_scores(run, curve, rate)


def _without_scores(run: Run, curve: StrangerCurve | None, rate: float) -> None:
    if curve is not None and curve.auroc is not None:
        chart(
            figures.stranger_curve(curve, rate),
            f"strangers-{run.id}",
            "Along the curve the line is drawn lower and lower: more known faces get their name, and more strangers get one.",
        )
    st.caption("This run keeps no scores of single validation faces, so its line cannot be moved. Train again to have them.")


def _figures(curve: StrangerCurve, rate: float) -> None:
    apart = (
        "The chance that a known face scores higher than a stranger's (AUROC). 1 is perfect, 0.5 is guessing."
        if curve.auroc is not None
        else "Not measured: there were no known faces to compare with."
    )
    who = f"Of {curve.people:,} people." if curve.people else "Of people whom the network does not know."
    figures_row(
        [
            ("Strangers let in", percent(rate), "Expected at this run's line; below it they are unsure or unknown."),
            ("Named right", percent(curve.named_at(rate)), f"Of {curve.known:,} known faces, at the same line."),
            ("Told apart", "–" if curve.auroc is None else f"{curve.auroc:.3f}", apart),
            ("Faces of strangers", f"{curve.strangers:,}", who),
        ]
    )


def _figures_by_hand(scores: OpenSetScores, lines: Thresholds) -> None:
    cost = scores.cost(lines)
    named = percent(cost.strangers_named / cost.strangers) if cost.strangers else "–"
    right = percent(cost.right / cost.known) if cost.known else "–"
    apart = f"{auroc(scores.known, scores.strangers):.3f}" if cost.strangers and cost.known else "–"
    figures_row(
        [
            ("Strangers let in", named, "Counted at the line that was set by hand."),
            ("Named right", right, f"Of {cost.known:,} known faces, at the same line."),
            ("Told apart", apart, "The chance that a known face scores higher than a stranger's (AUROC). 1 is perfect."),
            ("Faces of strangers", f"{cost.strangers:,}", f"Of {scores.who}." if scores.who else ""),
        ]
    )


def _test(scores: OpenSetScores, lines: Thresholds) -> None:
    """Say what the saved line does to the test photos; a line that is only tried out is not judged by them."""
    if not len(scores.test):
        return
    cost = scores.test_cost(lines)
    st.write(f"**Test photos, at the saved line.** {cost.words()} That is counted on {cost.known:,} faces.")


@st.fragment
def _mover(run: Run, scores: OpenSetScores, lines: Thresholds) -> None:
    """Let the line be tried out; everything is counted from stored scores, test photos have no part in it."""
    st.markdown("**Try another line**")
    low, high = charts.score_range(scores, lines)
    chosen = st.slider(
        "A name is given from", low, high, min(max(lines.known, low), high), STEP, format="%.3f",
        key=f"line-{run.id}-{lines.known!r}", persist_state="session",
        help="Higher: fewer strangers get a name, and more known faces get none. Judged by validation faces and strangers "
        "only, so that the test photos stay honest.",
    )  # fmt: skip
    moved = abs(chosen - min(max(lines.known, low), high)) >= STEP / 2
    tried = _tried(lines, chosen) if moved else lines
    cost = scores.cost(tried)
    st.write(cost.words())
    if cost.strangers:
        st.caption(as_text(f"Counted on {cost.strangers:,} faces of {scores.who}, and on {cost.known:,} validation faces."))
    else:
        st.caption(f"Counted on {cost.known:,} validation faces. There is no face of a stranger to count.")
    _buttons(run, lines, chosen, moved)
    chart(
        charts.score_histograms(scores, tried),
        f"scores-{run.id}",
        "Strangers should lie left of the dashed line, known faces right of it; between the two lines a face is unsure.",
    )
    if cost.strangers:
        left, right = st.columns(2)
        with left:
            chart(charts.roc(scores, tried), f"roc-{run.id}", "ROC: the nearer to the top left, the better.")
        with right:
            chart(
                charts.det(scores, tried),
                f"det-{run.id}",
                "DET: the nearer to the bottom left, the better.",
            )


def _tried(lines: Thresholds, known: float) -> Thresholds:
    own = lines.automatic or lines
    return replace(lines, known=known, unknown=min(known, own.unknown))


def _buttons(run: Run, lines: Thresholds, chosen: float, moved: bool) -> None:
    with st.container(horizontal=True):
        help = "Predict and the command line use it from then on; the automatic line is kept."
        save, key = "Use this line", f"line-{run.id}"
        if st.button(save, icon=":material/save:", key=f"save-{key}", type="primary", disabled=not moved, help=help):
            set_line(run.directory, chosen)
            st.rerun()
        own = lines.automatic
        if own is not None and st.button(
            f"Back to the automatic line ({own.known:.3f})", icon=":material/undo:", key=f"reset-{key}", type="tertiary"
        ):
            reset_line(run.directory)
            st.rerun()


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
