"""Several runs side by side: their figures, the settings in which two differ, and their curves laid over each other."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.errors import RunError
from core.experiment.ranking import RankedRun
from core.figures.runs import MOST_RUNS, SHARE, overlaid_curves
from core.runs import Run
from core.runs.examining import counts_in
from core.settings.comparing import differences
from core.training import EpochReport
from ui.components import chart, percent
from ui.guards import as_text, show_error
from ui.progress import duration
from ui.runs_actions import throw_away


def compare_runs(chosen: list[RankedRun]) -> None:
    """Show two or more runs side by side."""
    with st.container(border=True, key="compared-runs"):
        st.markdown(f"#### {len(chosen)} runs side by side")
        st.table(_table(chosen), border="horizontal")
        if len(chosen) == 2:
            _differences(chosen[0].run, chosen[1].run)
        _curves([each.run for each in chosen])
        if st.button(f"Delete these {len(chosen)} runs", key="delete-several", icon=":material/delete:"):
            throw_away([each.run for each in chosen])


def _table(chosen: list[RankedRun]) -> list[dict[str, str]]:
    rows = [_figures(each) for each in chosen]
    if not any(each.folds for each in chosen):  # a column less on a phone
        for row in rows:
            del row["Cross-validation"]
    return rows


def _figures(each: RankedRun) -> dict[str, str]:
    run, result = each.run, each.run.result or {}
    return {
        "Run": as_text(run.name),
        "Validation": percent(each.validation),
        "Cross-validation": percent(each.crossvalidation),
        "Test": percent(each.test),
        "Time": duration(result["seconds"]) if "seconds" in result else "–",
    }


def _differences(left: Run, right: Run) -> None:
    found = differences(left.settings, right.settings)
    if not found:
        st.caption("Both have the same settings.")
        return
    st.markdown("**Settings in which they differ**")
    names = _told_apart(left, right)
    rows = [{"Setting": each.label, names[0]: _value(each.left), names[1]: _value(each.right)} for each in found]
    st.table(rows, border="horizontal")


def _told_apart(left: Run, right: Run) -> tuple[str, str]:
    """Return what to call two runs, which may have the same name."""
    if left.name != right.name:
        return as_text(left.name), as_text(right.name)
    return tuple(as_text(f"{run.name} ({run.created.astimezone():%d %b %H:%M})") for run in (left, right))  # type: ignore[return-value]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else as_text(str(value)) or "–"


def _curves(runs: list[Run]) -> None:
    histories = _histories(runs[:MOST_RUNS])
    if not histories:
        st.caption("None of them has an epoch to draw.")
        return
    units = {counts_in(run) for run in runs[:MOST_RUNS]}
    across = units.pop() if len(units) == 1 else SHARE
    accuracy, loss = st.columns(2)
    with accuracy:
        chart(
            overlaid_curves(histories, "accuracy", across),
            "compared-accuracy",
            "Accuracy: lines are validation, dotted ones training.",
        )
    with loss:
        chart(
            overlaid_curves(histories, "loss", across),
            "compared-loss",
            "Loss: lower is better; lines are validation, dotted ones training.",
        )
    if len(runs) > MOST_RUNS:
        st.caption(f"Only the first {MOST_RUNS} are drawn; more lines cannot be told apart.")


def _histories(runs: list[Run]) -> dict[str, tuple[EpochReport, ...]]:
    """Return the epochs of each run by a name that no other has; one that cannot be read is told and left out."""
    found: dict[str, tuple[EpochReport, ...]] = {}
    for run in runs:
        try:
            if run.history:
                found[run.name if run.name not in found else f"{run.name} {len(found) + 1}"] = run.history
        except RunError as error:
            show_error(error)
    return found
