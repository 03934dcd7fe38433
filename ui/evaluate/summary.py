"""The top of the Evaluate page: the figures with the range that chance gives them, and what they have to be compared with."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.review import Judged
from core.review.amended import Amended
from core.review.judged import FOLDER
from core.review.summary import Measure, Summary
from core.runs import Run
from ui import resources
from ui.components import percent
from ui.guards import as_text, explained

NAMED_AT_ONCE = 8  # people in a warning
_PARTS = {
    "test": "The network has learnt nothing from them.",
    "validation": "The network has not learnt from them, but its training was steered by them.",
    "crossvalidation": "Each was left out of one of the trainings, and judged by that.",
}


def summary(run: Run, judged: Judged) -> None:
    """Show the figures of a set, which photos they are about, and what is to be kept in mind."""
    with explained():
        if not judged.photos:
            _nothing_to_judge(judged)
            return
        found = resources.summary(run, judged.key)
        _whose(run, judged, found)
        _figures(found, judged)
        st.caption(
            f"Guessing at random would reach {percent(found.chance)}, "
            f"always naming the most frequent person {percent(found.majority)}. "
            "The small figures say where the true value lies with 95% certainty, judged by the number of photos."
        )
        _few(found, judged)
        _strangers(judged)
        _changed(resources.amended(run, judged.key))


def _nothing_to_judge(judged: Judged) -> None:
    """Say what there is where no photo shows anybody whom the network knows."""
    seen = f" {judged.seen:,} photos are left out, as the network was taught or chosen with them." if judged.seen else ""
    st.info(
        f"**{as_text(judged.title)}**: no new photo shows anybody whom the network knows, so there is no accuracy.{seen}",
        icon=":material/info:",
    )
    _strangers(judged)


def _whose(run: Run, judged: Judged, found: Summary) -> None:
    words = [f"**{as_text(judged.title)}**: {judged.photos:,} photos of {_people(found.people)}"]
    if judged.no_face:
        words.append(f"{len(judged.no_face):,} of them without a found face, counted as wrong")
    if judged.set_aside:
        words.append(f"{judged.set_aside:,} more with several faces are set aside")
    if judged.seen:
        words.append(f"{judged.seen:,} more are left out, as the network was taught or chosen with them")
    how = _PARTS.get(judged.key, "They are new to the network.")
    st.write(f"{', '.join(words)}. {how}")
    st.caption(
        f"Run {as_text(run.name)} on {as_text(run.dataset.name if run.dataset else '?')}. {_split(run, judged)}".rstrip()
    )


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _split(run: Run, judged: Judged) -> str:
    if judged.key not in ("test", "validation"):
        return ""
    return f"Split {run.settings.split.preset}, seed {run.settings.seed}; near-duplicates of a person stay on one side."


def _figures(found: Summary, judged: Judged) -> None:
    where = "" if judged.key.startswith(FOLDER) else " In the run's own test; its line was drawn by these strangers."
    rows = [
        ("Accuracy", found.accuracy, True, "Share of photos whose person was named right."),
        ("Balanced", found.balanced_accuracy, True, "Balanced accuracy: the same share, each person counting alike."),
        ("Macro F1", found.macro_f1, False, "Mean over people of F1, which weighs wrong names against missed ones."),
        ("Top 3", found.top3, True, "Share of photos whose person is among the three most probable."),
        ("Log loss", found.log_loss, False, "Punishes certainty in wrong names; 0 is perfect."),
        ("Calibration error", found.calibration_error, True, "How far certainty and truth lie apart on average. 0 is perfect."),
        ("Strangers named", found.strangers_named, True, f"Share of faces of unknown people that get a name.{where}"),
    ]
    with st.grid(min_column_width=160):
        for label, measure, share, help in rows:
            _metric(label, measure, share, help)


def _metric(label: str, measure: Measure, share: bool, help: str) -> None:
    def text(value: float) -> str:
        return percent(value) if share else f"{value:.3f}"

    if measure.value is None:
        st.metric(label, "–", "not measured", "off", delta_arrow="off", help=help, border=True)
        return
    reach = measure.interval
    between = f"{text(reach.low)} to {text(reach.high)}" if reach else None
    method = "" if reach is None else {"wilson": "Wilson's interval", "bootstrap": "Bootstrap, 1,000 draws"}[reach.method]
    help = f"{help} {method}, of {measure.count:,}.".replace(" ,", "")
    st.metric(label, text(measure.value), between, "off", delta_arrow="off", help=help, border=True)


def _few(found: Summary, judged: Judged) -> None:
    if found.people == 1:
        st.warning("Only one person is shown here, so these figures say nothing about telling people apart.", icon=_WARNING)
    if not found.few:
        return
    names = _named(found.few)
    st.warning(
        f"{len(found.few):,} of {_people(found.people)} have under 5 photos here, so their own figures are rough: {names}.",
        icon=_WARNING,
    )


_WARNING = ":material/warning:"


def _named(people: Sequence[str]) -> str:
    shown = as_text(", ".join(people[:NAMED_AT_ONCE]))
    more = len(people) - NAMED_AT_ONCE
    return f"{shown} and {more:,} more" if more > 0 else shown


def _strangers(judged: Judged) -> None:
    faces = judged.strangers.faces
    if not faces:
        return
    people = sorted({person for _, _, person in faces})
    st.info(
        f"{len(faces):,} faces show people whom the network does not know, so they count as strangers: {_named(people)}. "
        f"{judged.strangers.named:,} of them got a name.",
        icon=":material/person_alert:",
    )


def _changed(found: Amended | None) -> None:
    """Say what was changed about the photos since, and tell both accuracies."""
    if not found:
        return
    counts = {
        "show another person now": found.relabelled,
        "are left out now": found.excluded,
        "have another face chosen": found.face_changed,
        "are not in the dataset any more": found.gone,
    }
    changes = ", ".join(f"{count:,} {words}" for words, count in counts.items() if count) or "all are as before again"
    st.info(
        f"Since this was measured these photos were changed {found.actions:,} {'time' if found.actions == 1 else 'times'}; "
        f"{found.photos:,} are not as they were: {changes}. "
        f"Accuracy as first measured **{percent(found.before)}**, with today's names **{percent(found.now)}** "
        f"of {found.photos_now:,} photos.",
        icon=":material/edit_note:",
    )
