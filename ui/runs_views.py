"""The runs that have ended, on the Train page: a table to find and choose them, and the bin."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import RunError
from core.experiment.ranking import RankedRun, rank
from core.runs import LIVE, list_runs
from core.runs.bin import BinnedRun, binned, empty_bin, restore
from ui.guards import as_text, explained, show_error
from ui.presets_views import title_of
from ui.progress import duration, size
from ui.runs_card import run_card, state_in_words
from ui.runs_compare import compare_runs
from ui.session import current, show_wanted

FEW = 4  # runs that are found without filters
_ALL = "All"


def runs_table() -> None:
    """Show the runs that have ended, the best first; below the table the chosen one, or several side by side."""
    found = list_runs()
    ended = rank(run for run in found.runs if run.state not in LIVE)
    thrown = binned()
    _offer_undo(thrown)
    if ended:
        shown = _filtered(ended) if len(ended) > FEW else ended
        _show(_choose(shown))
    elif not found.runs and not found.broken:
        st.caption("Nothing has been trained yet. Start a training above.")
    elif not found.broken:
        st.caption("No training has ended yet.")
    _broken(found.broken)
    _bin(thrown)


def _show(chosen: list[RankedRun]) -> None:
    if len(chosen) == 1:
        run_card(chosen[0])
    elif chosen:
        compare_runs(chosen)


@dataclass(frozen=True)
class _Filter:
    """One thing to choose runs by: what the widget is called, and what each run has."""

    label: str
    of: Callable[[RankedRun], Sequence[str]]


def _preset(each: RankedRun) -> list[str]:
    return [title_of(each.run.settings.preset)]


def _dataset(each: RankedRun) -> list[str]:
    source = each.run.settings.data.source
    return [each.run.dataset.name if each.run.dataset else Path(source).name]


_FILTERS = (
    _Filter("Network", _preset),
    _Filter("Dataset", _dataset),
    _Filter("Tag", lambda each: each.notes.tags),
    _Filter("State", lambda each: [state_in_words(each.run)]),
)


def _filtered(runs: tuple[RankedRun, ...]) -> tuple[RankedRun, ...]:
    """Let the person narrow the list, and return what is left; a filter with nothing to choose from is not shown."""
    with st.grid(min_column_width=130, gap="small", vertical_alignment="bottom"):
        text = st.text_input("Find", key="runs-find", placeholder="Name, note or tag", persist_state="session")
        wanted = {each.label: _choice(each, runs) for each in _FILTERS}
        starred = st.toggle("Starred", key="runs-starred", persist_state="session")
    left = tuple(
        run
        for run in runs
        if _says(run, text)
        and (run.notes.star or not starred)
        and all(wanted[each.label] in (_ALL, *each.of(run)) for each in _FILTERS)
    )
    if len(left) < len(runs):
        st.caption(f"{len(left)} of {len(runs)} runs.")
    return left


def _choice(each: _Filter, runs: tuple[RankedRun, ...]) -> str:
    options = sorted({value for run in runs for value in each.of(run)}, key=str.casefold)
    if len(options) < (1 if each.label == "Tag" else 2):
        return _ALL
    key = f"runs-{each.label}"
    show_wanted(key, [_ALL, *options])
    chosen: str = st.selectbox(each.label, [_ALL, *options], key=key, persist_state="session")
    return chosen


def _says(each: RankedRun, text: str) -> bool:
    """Whether every word of `text` is found in what there is to read of a run."""
    said = " ".join((each.run.name, each.run.id, each.notes.text, *each.notes.tags, *_preset(each), *_dataset(each)))
    return all(word in said.casefold() for word in text.casefold().split())


def _choose(runs: tuple[RankedRun, ...]) -> list[RankedRun]:
    """Show the table, and return the runs that are chosen in it."""
    if not runs:
        st.caption("No run is left: the filters above let none through.")
        return []
    ids = [each.run.id for each in runs]
    session = current()
    if session.watched in ids and session.watched not in session.seen_runs:  # it has just ended: its card comes by itself
        session.seen_runs.add(str(session.watched))
        session.chosen_runs = [str(session.watched)]
    rows = [ids.index(each) for each in session.chosen_runs if each in ids]
    state = st.dataframe(
        [_row(each) for each in runs],
        hide_index=True,
        width="stretch",
        height="auto" if len(runs) <= 10 else 388,
        column_config=_COLUMNS,
        column_order=_order(runs),
        key=_key(ids, session.chosen_anew),  # rows are chosen by their place: another order is another table
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": rows}},
        placeholder="",
        alt="Table of the runs that have ended",
    )
    chosen = [runs[row] for row in state["selection"]["rows"] if row < len(runs)]
    session.chosen_runs = [each.run.id for each in chosen]
    _explain(runs, chosen)
    return chosen


def _explain(runs: tuple[RankedRun, ...], chosen: list[RankedRun]) -> None:
    by = "validation"
    if any(each.crossvalidation is not None for each in runs):
        by = "cross-validation of the same photos and settings where there is one, else by validation"
    tip = "" if chosen else "Tick a run to see it, or several to compare them. "
    st.caption(f"{tip}Ranked by {by}. Test figures stand with each run: choosing by them would make them too good.")


def _key(ids: list[str], version: int) -> str:
    return f"runs-{version}-{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:12]}"


def _order(runs: tuple[RankedRun, ...]) -> list[str]:
    """Return the columns to show: those that say nothing of any run are left out."""
    names = ["★", "Name", "Validation", "Cross-validation", "Network", "Dataset", "Trained", "Time", "State", "People", "Size"]
    needed = {"★": any(each.notes.star for each in runs), "Cross-validation": any(each.folds for each in runs)}
    return [name for name in names if needed.get(name, True)] + ["Tags"] * any(each.notes.tags for each in runs)


_SHARE = {"format": "%.1f%%"}
_COLUMNS = {
    "★": st.column_config.TextColumn(width=30),
    "Name": st.column_config.TextColumn(width="medium"),
    "Validation": st.column_config.NumberColumn(help="Accuracy on the photos that chose the network.", **_SHARE),
    "Cross-validation": st.column_config.NumberColumn(
        help="Mean accuracy when every photo judges once, of the same photos and settings.", **_SHARE
    ),
    "Trained": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm"),
    "Tags": st.column_config.ListColumn(),
}


def _row(each: RankedRun) -> dict[str, Any]:
    run = each.run
    return {
        "★": "★" if each.notes.star else "",
        "Name": run.name,
        "Validation": _in_percent(each.validation),
        "Cross-validation": _in_percent(each.crossvalidation),
        "Network": _preset(each)[0],
        "Dataset": _dataset(each)[0],
        "People": len(run.class_names) or None,
        "State": state_in_words(run),
        "Time": duration(run.result["seconds"]) if run.result and "seconds" in run.result else "",
        "Trained": run.created.astimezone().replace(tzinfo=None),
        "Size": size(run.disk_bytes),
        "Tags": list(each.notes.tags),
    }


def _in_percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _broken(broken: tuple[tuple[Path, RunError], ...]) -> None:
    for directory, error in broken:
        with st.expander(as_text(directory.name), icon=":material/broken_image:", key=f"broken-{directory.name}"):
            show_error(error)
            st.caption(as_text(str(directory)))


def _offer_undo(thrown: tuple[BinnedRun, ...]) -> None:
    """Say what has just been deleted, with the way back."""
    session = current()
    gone = [each for each in thrown if each.id in session.deleted_runs]
    if not gone:
        return
    what = as_text(gone[0].name) if len(gone) == 1 else f"{len(gone)} runs"
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f":material/delete: {what} {'is' if len(gone) == 1 else 'are'} in the bin.", width="content")
        if st.button("Undo", key="undo-delete", icon=":material/undo:", type="primary"):
            with explained():
                for each in gone:
                    restore(each.id)
                session.deleted_runs, session.chosen_runs = [], [each.id for each in gone]
                session.chosen_anew += 1
                st.rerun()
        if st.button("Close", key="close-delete", type="tertiary"):
            session.deleted_runs = []
            st.rerun()


def _bin(thrown: tuple[BinnedRun, ...]) -> None:
    if not thrown:
        return
    total = size(sum(each.disk_bytes for each in thrown))
    words = f"Bin: {len(thrown)} {'run' if len(thrown) == 1 else 'runs'}, {total}"
    with st.expander(words, icon=":material/delete:", key="runs-bin"):
        st.caption("A deleted run is removed for good after a week.")
        for each in thrown:
            with st.container(horizontal=True, vertical_alignment="center"):
                goes = f"{each.goes.astimezone():%d %b}"
                st.markdown(f"{as_text(each.name)}, until {goes}, {size(each.disk_bytes)}", width="stretch")
                if st.button("Bring back", key=f"restore-{each.id}", icon=":material/undo:"):
                    with explained():
                        restore(each.id)
                        st.rerun()
        if st.button("Empty the bin", key="empty-bin", icon=":material/delete_forever:", help="This cannot be undone."):
            with explained():
                empty_bin()
                st.rerun()
