"""A duel: two runs on the same photos, and the photos on which they disagree."""

from __future__ import annotations

import streamlit as st

from core.review import Judged, judged_sets
from core.review.duel import Disagreement, Side
from core.runs import Run
from ui import resources
from ui.components import figures_row, percent
from ui.evaluate.gallery import gallery
from ui.guards import as_text, explained
from ui.run_picker import describe, finished_runs

_FILTERS = ("Both ways", "Only this run is right", "Only the other is right")


def duel(run: Run, judged: Judged) -> None:
    """Let the person choose an opponent, and show who is better and whether that may be luck."""
    rivals = {key: pair for pair in _rivals(run, judged) for key in [pair[0].id]}
    if not rivals:
        st.info(
            "There is no other run that was judged by the same photos. Train one on this dataset with the same seed.",
            icon=":material/info:",
        )
        return
    chosen = st.selectbox(
        "Against", list(rivals), format_func=lambda id: describe(rivals[id][0]), key=f"duel-{run.id}-{judged.key}", width=520
    )
    with explained():
        _show(run, judged, *rivals[chosen])


def _rivals(run: Run, judged: Judged) -> list[tuple[Run, str]]:
    """Return the runs with a set of the same kind of photos of the same dataset, and its key."""
    found = []
    for other in finished_runs():
        if other.id == run.id:
            continue
        if judged.key.startswith("folder:"):
            keys = [key for key, title in judged_sets(other) if key.startswith("folder:") and title == judged.title]
        else:
            same = other.dataset is not None and other.dataset.id == judged.dataset_id
            keys = [key for key, _ in judged_sets(other) if same and key == judged.key]
        found += [(other, key) for key in keys[:1]]
    return found


def _show(run: Run, judged: Judged, other: Run, key: str) -> None:
    found = resources.duel((run, judged.key), (other, key))
    pairs = found.paired
    first, second = _names(run, other)
    st.write(as_text(found.words(first, second)))
    figures_row(
        [
            ("This run", percent(pairs.first_accuracy), f"Accuracy on the {pairs.photos:,} photos that both were judged by."),
            ("The other", percent(pairs.second_accuracy), "Accuracy on the same photos."),
            ("Only this run right", f"{pairs.only_first:,}", "Photos that only this run names right."),
            ("Only the other right", f"{pairs.only_second:,}", "Photos that only the other run names right."),
            ("p-value", _p_value(pairs.p_value), "How often chance alone would differ so much; McNemar's exact test."),
        ]
    )
    if found.left_out:
        st.caption(f"{found.left_out:,} photos were left out: the other run was not judged by them, or they had another name.")
    _disagreements(run, judged, found.disagreements)


def _names(run: Run, other: Run) -> tuple[str, str]:
    return (run.name, other.name) if run.name != other.name else (f"{run.name} (this)", f"{other.name} (other)")


def _p_value(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _disagreements(run: Run, judged: Judged, found: tuple[Disagreement, ...]) -> None:
    if not found:
        return
    key = f"duel-{run.id}-{judged.key}"
    shown = st.segmented_control("Show", _FILTERS, default=_FILTERS[0], required=True, key=f"{key}-filter")
    wanted = [each for each in found if shown == _FILTERS[0] or each.first.right == (shown == _FILTERS[1])]
    row_of = {sha256: row for row, sha256 in enumerate(judged.sha256)}
    seen = [each for each in wanted if each.sha256 in row_of]
    st.markdown(f"**Photos on which they disagree ({len(wanted)})**")
    gallery(run, judged, [row_of[each.sha256] for each in seen], f"{key}-{shown}", [_words(each) for each in seen])
    faceless = [each for each in wanted if each.sha256 not in row_of]
    if faceless:
        rows = [{"Photo": each.path, "Answer": _words(each)} for each in faceless]
        st.caption("In these photos this run finds no face:")
        st.dataframe(rows, hide_index=True, width="stretch")


def _words(found: Disagreement) -> str:
    return f"{found.person}. This run: {_said(found.first)}. The other: {_said(found.second)}"


def _said(side: Side) -> str:
    if side.named is None:
        return "no face"
    return f"{'right' if side.right else side.named} ({percent(side.probability, 0)})"
