"""The Honesty part of the Evaluate page: would the accuracy hold elsewhere, or is it flattered?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core import jobs
from core.datasets import get_dataset
from core.evaluation.ceiling import Ceiling
from core.evaluation.intervals import Interval
from core.evaluation.slices import Band, Slicing, warnings
from core.experiment.background import Audit
from core.experiment.careless import SplitCheck, usual_seeds
from core.experiment.honesty import BACKGROUND, SPLIT, read_honesty
from core.figures import honesty as charts
from core.review import Judged
from core.runs import Run
from ui.components import chart, figures_row, percent, tabs
from ui.evaluate.checking import cost, follow, say
from ui.evaluate.twins import twins
from ui.guards import as_text, explained
from ui.resources import honesty as resources
from ui.settings_tabs import uses_embedding

MOST_SEEDS = 10


def honesty(run: Run, judged: Judged) -> None:
    """Show five checks of whether the figures are honest; only the open one is drawn.

    Args:
        run: Finished.
        judged: The photos whose figures are checked; the first two checks are about the run's own photos.
    """
    tabs(
        f"honesty-{run.id}",
        {
            "Careless split": partial(careless_split, run),
            "Background": partial(background, run),
            "Near-duplicates": partial(twins, run, judged),
            "Wrong names": partial(wrong_names, run, judged),
            "Kinds of photos": partial(kinds_of_photos, run, judged),
        },
    )


def careless_split(run: Run) -> None:
    """Compare the split of this project with one drawn at random, or offer to."""
    st.write(
        "Near-duplicates, as shots of one moment, are kept on one side of the split here. A split drawn at random puts some of "
        "them into the test, where they are easy: the network has seen their twins. This shows by how much that would flatter."
    )
    with explained():
        alive = follow(run, "honesty", SPLIT)
        found = read_honesty(run.directory).split
        if found is not None:
            _show_split(run, found)
        if not alive:
            _offer_split(run, again=found is not None)


def _show_split(run: Run, found: SplitCheck) -> None:
    interval = found.interval
    say("bad" if interval is not None and interval.low > 0 else "good", as_text(found.words()))
    if not found.draws:
        return
    figures_row(
        [
            ("With care", percent(found.careful), f"Mean accuracy over {len(found.draws)} draws."),
            ("Careless", percent(found.careless), "The same photos and people, near-duplicates torn apart."),
            ("Torn apart", percent(found.torn), "Test photos of the careless split with a near-duplicate that taught."),
        ]
    )
    chart(charts.careless_split(found), f"careless-{run.id}", "Each row is one seed: one draw of either kind.")
    st.caption("The accuracy above this tab is the careful kind; that split is the one with the run's own seed.")


def _offer_split(run: Run, again: bool) -> None:
    key = f"check-split-{run.id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seeds = st.number_input("Draws", 1, MOST_SEEDS, usual_seeds(run.settings), key=f"{key}-seeds", width=140)
        if st.button(
            "Compare again" if again else "Compare with a careless split", icon=":material/call_split:", key=key,
            type="tertiary" if again else "primary",
        ):  # fmt: skip
            jobs.start_honesty(run.directory, [SPLIT], int(seeds))
            st.rerun()
    stored = " Faces that are embedded already are not embedded again." if uses_embedding(run.settings) else ""
    st.caption(f"{cost(run, 2 * int(seeds))}{stored}")


def background(run: Run) -> None:
    """Show what the network says without the face, or offer to ask it."""
    st.write(
        "Every test face is shown to the network twice more: with face and hair painted over, and with only these left. Who "
        "is named without a face is known by clothes or the place."
    )
    with explained():
        alive = follow(run, "honesty", BACKGROUND)
        found = read_honesty(run.directory).background
        if found is not None:
            _show_audit(run, found)
        if not alive and st.button(
            "Ask again" if found else "Paint the faces over", icon=":material/format_paint:", key=f"check-background-{run.id}",
            type="tertiary" if found else "primary", help="Takes about as long as evaluating the test photos three times.",
        ):  # fmt: skip
            jobs.start_honesty(run.directory, [BACKGROUND])
            st.rerun()


def _show_audit(run: Run, found: Audit) -> None:
    say(found.level, as_text(found.words()))
    names = (("Whole crop", found.whole), ("Only face and hair", found.face), ("Painted over", found.background))
    figures_row([(name, percent(each.value), f"{each.right} of {each.count} faces.") for name, each in names])
    chart(
        charts.background(found),
        f"background-{run.id}",
        "Lines: where the true share lies with 95% certainty. Dotted: guessing, or always naming the most frequent person.",
    )
    if found.skipped:
        st.caption(f"{found.skipped} faces were drawn by hand or are gone, so they were left out.")


def wrong_names(run: Run, judged: Judged) -> None:
    """Show how many names of the judged photos are probably wrong, and what that means for the best possible accuracy."""
    st.write(
        "Where photos are filed under a wrong name, even a perfect network counts as wrong. This estimates how many such "
        "photos there are, by networks that have not learnt from them."
    )
    with explained():
        found = resources.ceiling(run, judged.key)
        if found is None or found[0].share is None:
            _offer_health(run, judged, "The names of these photos have not been judged yet.")
            return
        _show_ceiling(judged, *found)


def _show_ceiling(judged: Judged, found: Ceiling, source: str) -> None:
    best = found.best_interval
    figures_row(
        [
            ("Wrong names", percent(found.share), f"{found.wrong} of {found.wrong + found.right} photos that look clearly."),
            ("Between", _range(found.interval), "With 95% certainty."),
            ("Best honest accuracy", percent(found.best), "Nobody can exceed that honestly, but by repeating wrong names."),
            ("Accuracy here", percent(judged.report.accuracy), ""),
        ]
    )
    if best is not None and judged.report.accuracy >= best.low:
        st.write("The accuracy is as high as the names allow: to see more, first correct the names.")
    else:
        st.write("The accuracy is below what the names allow, so there is something left to learn.")
    by = "the health measures on the Explore page" if source == "health" else "the cross-validation with this run's settings"
    st.caption(
        f"By {by}: {found.wrong} photos clearly look like somebody else, {found.right} like their own person, and "
        f"{found.photos - found.wrong - found.right} like nobody clearly. A network that is clearly wrong counts as a wrong "
        "name here, so this is rather too many than too few."
    )


def _range(interval: Interval | None) -> str:
    return "–" if interval is None else f"{percent(interval.low)} to {percent(interval.high)}"


def _offer_health(run: Run, judged: Judged, why: str) -> None:
    catalogue = get_dataset(judged.dataset_id)
    job = next((each for each in jobs.list_jobs(live_only=True) if each.kind == "health"), None)
    if job is not None:
        from ui.progress import watch

        watch(job.directory)
        return
    st.info(why, icon=":material/info:")
    if st.button("Measure the health of the dataset", icon=":material/monitor_heart:", key=f"measure-health-{run.id}"):
        jobs.start_health(catalogue.source, run.settings.face)
        st.rerun()
    st.caption(
        "It measures every photo and judges every name in the background; all of it is on the Explore page, too, under Health."
    )


def kinds_of_photos(run: Run, judged: Judged) -> None:
    """Show accuracy by brightness, sharpness, size and pose of the faces."""
    st.write("An average hides where it fails. Here the photos are grouped by how they are, not by whom they show.")
    with explained():
        found = resources.slices(run, judged.key)
        bands = [band for each in found for band in each.bands]
        if not bands:
            _offer_health(run, judged, "The photos have not been measured yet.")
            return
        _warn(found)
        accuracy = 1 - float(judged.wrong.mean())
        chart(
            charts.slices(found, accuracy),
            f"slices-{run.id}-{judged.key}",
            "Dots: accuracy of each group; lines: where the true one lies with 95% certainty; dotted: of all faces together.",
        )
        _table(found)
        unmeasured = max(each.unmeasured for each in found)
        if unmeasured or judged.no_face:
            st.caption(f"Not in it: {len(judged.no_face)} photos without a face, {unmeasured} without figures.")


def _warn(found: Sequence[Slicing]) -> None:
    worse = warnings(found)
    for words in worse:
        say("bad", as_text(words))
    if not worse:
        say("good", "No group is clearly worse than the others.")


def _table(found: Sequence[Slicing]) -> None:
    rows = [_row(each.title, band) for each in found for band in each.bands]
    share = st.column_config.NumberColumn(format="percent")
    columns = dict.fromkeys(("Accuracy", "From", "To"), share)
    st.dataframe(rows, hide_index=True, width="stretch", column_config=columns)


def _row(title: str, band: Band) -> dict[str, object]:
    low, high = (band.interval.low, band.interval.high) if band.interval is not None else (None, None)
    named = {"By": title, "Group": band.name, "Range": band.range, "Photos": band.photos}
    return {**named, "Accuracy": band.accuracy, "From": low, "To": high, "Clearly worse": "yes" if band.worse else ""}
