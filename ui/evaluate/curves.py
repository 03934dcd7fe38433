"""How loss, accuracy and learning rate went over the epochs, of one run or of several."""

from __future__ import annotations

import streamlit as st

from core import figures
from core.figures.results import Measure
from core.figures.runs import MOST_RUNS, overlaid_curves
from core.runs import Run
from ui.components import chart, percent
from ui.run_picker import describe, finished_runs
from ui.settings_tabs import uses_embedding

_WORDS: dict[Measure, str] = {
    "accuracy": "Accuracy: share of faces named right.",
    "loss": "Loss: lower is better; validation rising again means learning by heart.",
    "learning_rate": "Learning rate: the size of the weight changes.",
}


def curves(run: Run) -> None:
    """Show how the training went, beside other runs where some are chosen."""
    if not run.history:
        st.info("This run keeps no history of its training.", icon=":material/info:")
        return
    others = {each.id: each for each in finished_runs() if each.id != run.id}
    chosen = st.multiselect(
        "Compare with", list(others), format_func=lambda id: describe(others[id]), key=f"curves-with-{run.id}",
        placeholder="Other runs",
        max_selections=MOST_RUNS - 1, width=520,
    )  # fmt: skip
    if chosen:
        _several([run, *(others[id] for id in chosen)])
    else:
        _one(run)
    train = run.reports.get("train")
    if train is not None and train.photos:
        st.caption(
            f"Of its own training photos the network names {percent(train.accuracy)} right. "
            "It has learnt from these, so that says nothing about new ones."
        )


def _one(run: Run) -> None:
    unit = "Step" if uses_embedding(run.settings) else "Epoch"
    left, right = st.columns(2)
    for side, measure in ((left, "accuracy"), (right, "loss"), (left, "learning_rate")):
        if measure == "learning_rate" and unit == "Step":
            continue  # a head on an embedding chooses its steps by itself
        with side:
            chart(figures.learning_curves(run.history, measure, unit), f"curves-{run.id}-{measure}", _WORDS[measure])
    if any(each.phase == "refit" for each in run.history):
        st.caption(_again(run))


def _again(run: Run) -> str:
    if uses_embedding(run.settings):
        return "Dashed: learnt once more, with the validation photos included. This one is kept."
    again = "After validation had chosen the epochs, a second network was trained with the validation photos included. "
    kept = run.result is not None and run.result["refitted"]
    return again + ("It is the one that is kept." if kept else "It fitted worse, so the first one is kept.")


def _several(runs: list[Run]) -> None:
    names = [each.name for each in runs]
    histories = {each.name if names.count(each.name) == 1 else f"{each.name} ({each.id})": each.history for each in runs}
    alike = len({uses_embedding(each.settings) for each in runs}) == 1
    across = ("Step" if uses_embedding(runs[0].settings) else "Epoch") if alike else "Share of the training"
    left, right = st.columns(2)
    for side, measure in ((left, "accuracy"), (right, "loss"), (left, "learning_rate")):
        with side:
            key = f"curves-{'-'.join(each.id for each in runs)}-{measure}"
            chart(overlaid_curves(histories, measure, "Epoch" if across == "Step" else across), key, _WORDS[measure])
    st.caption("Lines: validation; dotted: training.")
