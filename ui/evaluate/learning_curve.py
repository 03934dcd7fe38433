"""The Learning curve part of the Evaluate page: how accuracy grew with the photos, and whether more would help."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.experiment.curve_record import LearningCurve, PersonCurve, Point, read_learning_curve
from core.experiment.learning_curve import SHARES, usual_draws
from core.figures import honesty as charts
from core.runs import Run
from ui.components import chart, figures_row, percent
from ui.evaluate.checking import cost, follow
from ui.guards import as_text, explained
from ui.progress import duration
from ui.settings_tabs import uses_embedding

MOST_DRAWS = 5


def learning_curve(run: Run) -> None:
    """Show accuracy with 25, 50, 75 and 100% of the training photos and a forecast, or offer to measure it."""
    st.write(
        "The network learns from a quarter, a half, three quarters and all of each person's training photos. How accuracy "
        "grows tells what more photos would bring. Test photos have no part in it: others of the training photos judge."
    )
    with explained():
        alive = follow(run, "learning_curve")
        curve = read_learning_curve(run.directory)
        if curve is not None:
            _show(run, curve)
        if not alive:
            _offer(run, again=curve is not None)


def _offer(run: Run, again: bool) -> None:
    key = f"measure-curve-{run.id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        draws = st.number_input(
            "Draws", 1, MOST_DRAWS, usual_draws(run.settings), key=f"{key}-draws", width=140,
            help="Each draw judges by another fifth of the photos; more draws, less chance.",
        )  # fmt: skip
        label = "Measure again" if again else "Measure the learning curve"
        if st.button(label, icon=":material/show_chart:", key=key, type="tertiary" if again else "primary"):
            jobs.start_learning_curve(run.directory, int(draws))
            st.rerun()
    stored = " Faces that are embedded already are not embedded again." if uses_embedding(run.settings) else ""
    st.caption(f"{cost(run, sum(SHARES) * int(draws))}{stored}")


def _show(run: Run, curve: LearningCurve) -> None:
    for words in curve.words():
        st.write(as_text(words))
    figures_row(
        [
            ("Now", percent(curve.forecast[0].accuracy), _range(curve.forecast[0])),
            ("With 1.5 times", percent(curve.forecast[1].accuracy), _range(curve.forecast[1])),
            ("With twice", percent(curve.forecast[2].accuracy), _range(curve.forecast[2])),
        ]
    )
    chart(
        charts.learning_curve(curve),
        f"learning-curve-{run.id}",
        f"Measured on {curve.judged:,} photos in {curve.draws} draws. The forecast is a power law through these points; the "
        "band holds the true accuracy with 95% certainty, if things go on as they went.",
    )
    _people(curve)
    st.caption(f"It took {duration(curve.seconds)}.")


def _range(point: Point) -> str:
    return f"Between {percent(point.low)} and {percent(point.high)} with 95% certainty."


def _people(curve: LearningCurve) -> None:
    st.markdown("**Each person, who would gain most first**")
    people = sorted(curve.people, key=lambda each: (-each.gain, each.person))
    share = st.column_config.NumberColumn(format="percent")
    columns = dict.fromkeys(("Named right", "With twice the photos", "From", "To"), share)
    gain = st.column_config.NumberColumn(format="percent", help="What twice the photos of everybody are expected to bring.")
    st.dataframe([_row(each) for each in people], hide_index=True, width="stretch", column_config={**columns, "Gain": gain})
    st.caption("One person has few photos to judge by, so the ranges are wide. All people share the speed of the curve.")


def _row(person: PersonCurve) -> dict[str, object]:
    double = person.forecast[-1] if person.forecast else None
    return {
        "Person": person.person,
        "Photos": person.photos,
        "Named right": person.measured,
        "With twice the photos": double.accuracy if double else None,
        "From": double.low if double else None,
        "To": double.high if double else None,
        "Gain": person.gain if double else None,
    }
