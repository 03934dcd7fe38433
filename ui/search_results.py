"""What the trials of a search have shown so far: figures, charts, a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from core.figures.search import search_coordinates, search_history, search_importance
from core.search import SearchSettings, SearchState, Trial, read_search, read_state, searched_limits
from ui.components import chart, figures_row, percent
from ui.guards import as_text
from ui.presets_views import roughly

_WORDS = {
    "done": "judged",
    "pruned": "ended early",
    "unusable": "not trainable",
    "running": "under way",
    "repeated": "tried again",
    "waiting": "waits",
}


def show_results(directory: Path, offer: Callable[[], None] = lambda: None) -> None:
    """Show what a search has found so far; where there is a best trial, call `offer` below its figures."""
    search, state = read_search(directory), read_state(directory)
    if state.best is None:
        if state.trials:
            _table(search, state)
        return
    _figures(search, state.best, state)
    offer()
    _charts(search, state)
    _table(search, state)


def _figures(search: SearchSettings, best: Trial, state: SearchState) -> None:
    row = [("Best trial", f"{best.number}", "Counted in the order in which they began.")]
    row.append(("Right", percent(best.accuracy), "Share of the photos it was judged by that it named right."))
    if best.log_loss is not None:
        row.append(("Log loss", f"{best.log_loss:.3g}", "Lower is better: it also counts how sure right and wrong names were."))
    figures_row([*row, ("Time", roughly(state.spent), "For all trials so far.")])
    settings = " · ".join(f"{searched_limits(name).label} {_value(value)}" for name, value in best.params.items())
    st.markdown(f"Best so far: {as_text(settings)}")
    judged = [each for each in state.trials if each.state == "done"]
    if len(judged) > 1 and all(each.accuracy == 1.0 for each in judged):
        st.caption("Every trial names all these photos right, so no setting can do better here; more photos would tell more.")


def _charts(search: SearchSettings, state: SearchState) -> None:
    key = "search"
    chart(
        search_history(state.trials, search.objective),
        f"{key}-history",
        "Each dot is a trial, the line the best so far. When it stays level for long, more trials will hardly help.",
    )
    if len([each for each in state.trials if each.value is not None]) > 1:
        chart(
            search_coordinates(state.trials, search.space, search.objective),
            f"{key}-coordinates",
            "Each line is a trial and passes each setting at the value tried; the darker the better, orange is the best.",
        )
    if state.importance:
        chart(
            search_importance(state.importance),
            f"{key}-importance",
            "How much of the difference between trials each setting makes; settings near 0% may be left alone.",
        )


def _table(search: SearchSettings, state: SearchState) -> None:
    names = [each.name for each in search.space]
    rows = [_row(each, names) for each in sorted(state.trials, key=lambda each: _order(each, search))]
    columns: dict[str, Any] = {
        "Right": st.column_config.NumberColumn(format="percent"),
        "Log loss": st.column_config.NumberColumn(format="%.3g"),
        "Seconds": st.column_config.NumberColumn(format="%.1f"),
    }
    height = "content" if len(rows) < 8 else 300
    st.dataframe(rows, hide_index=True, width="stretch", column_config=columns, key="search-trials", height=height)
    bad = next((each.words for each in state.trials if each.state == "unusable" and each.words), "")
    if bad:
        st.caption(f"Not trainable, for example: {as_text(bad)}")


def _order(trial: Trial, search: SearchSettings) -> tuple[bool, float, int]:
    """The best first, then those without a value, the newest first."""
    if trial.value is None:
        return True, 0.0, -trial.number
    return False, -trial.value if search.highest_is_best else trial.value, trial.number


def _row(trial: Trial, names: list[str]) -> dict[str, Any]:
    return {
        "Trial": trial.number,
        "State": _WORDS[trial.state],
        "Right": trial.accuracy,
        "Log loss": trial.log_loss,
        **{searched_limits(name).label: _value(trial.params.get(name)) for name in names},
        "Seconds": trial.seconds,
    }


def _value(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}"
    return {"true": "on", "false": "off"}.get(str(value), str(value))
