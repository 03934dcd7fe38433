"""The judged photos that look most like a photo which taught, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.datasets import Photo, get_dataset
from core.errors import DatasetError, PhotoError
from core.experiment.judged_checks import Twin
from core.figures import honesty as charts
from core.review import Judged
from core.runs import Run
from ui import resources
from ui.components import chart, figures_row
from ui.evaluate.checking import say
from ui.guards import as_text, explained
from ui.resources import honesty as kept

SHOWN = 8  # pairs


def twins(run: Run, judged: Judged) -> None:
    """Show how near the judged photos are to photos that taught; by the way the split is drawn, none is a near-duplicate."""
    st.write(
        "A test photo that is nearly the same picture as a training photo is no test. Photos are compared by fingerprints; the "
        "nearest pairs are below."
    )
    with explained():
        found = kept.twins(run, judged.key)
        say(found.level, found.words())
        figures_row(
            [
                ("Near-duplicates", f"{found.below:,}", f"Same person, up to {found.threshold}% apart; few or none are left."),
                ("With another name", f"{found.across:,}", "As near, under two names: one is probably wrong."),
                ("Photos compared", f"{found.photos:,}", ""),
            ]
        )  # fmt: skip
        if not found.pairs:
            st.caption("No judged photo looks like one that taught.")
            return
        chart(
            charts.twin_distances(found.counts(), found.threshold),
            f"twins-{run.id}-{judged.key}",
            f"{len(found.pairs):,} of {found.photos:,} photos have a training photo within 20%; the others are farther.",
        )
        _pictures(run, judged, found.pairs[:SHOWN])


def _pictures(run: Run, judged: Judged, pairs: Sequence[Twin]) -> None:
    st.markdown("**The nearest pairs**")
    own = _photos(judged.dataset_id, [each.judged[0] for each in pairs])
    other = run.dataset.id if run.dataset else ""
    taught = _photos(other, [each.taught[0] for each in pairs])
    with st.grid(min_column_width=260):
        for pair in pairs:
            with st.container(border=True, gap="xsmall"):
                left, right = st.columns(2, gap="xsmall")
                with left:
                    _picture(judged.dataset_id, own.get(pair.judged[0]), f"Test: {pair.judged[2]}")
                with right:
                    _picture(other, taught.get(pair.taught[0]), f"Training: {pair.taught[2]}")
                st.caption(f"{pair.difference}% apart")


def _photos(dataset: str, contents: Sequence[str]) -> dict[str, Photo]:
    try:
        return {photo.sha256: photo for photo in get_dataset(dataset).photos_of(list(contents))}
    except DatasetError:  # deleted: the figures stay
        return {}


def _picture(dataset: str, photo: Photo | None, words: str) -> None:
    if photo is not None:
        try:
            st.image(resources.thumbnail_of(dataset, photo), caption=as_text(words), width="stretch", alt=words)
            return
        except PhotoError:
            pass
    st.caption(f"{as_text(words)} (the photo is gone)")
