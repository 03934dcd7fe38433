"""Why a face was named as it was: the face with its heat map, the names, the nearest photos, a verdict, and what to do."""

from __future__ import annotations

import streamlit as st

from core import curation, figures
from core.datasets import Catalogue, get_dataset
from core.drawing import draw_heat
from core.errors import RunError
from core.explain import Verdict, judge
from core.quality import Quality
from core.review import Judged
from core.review.reasons import evidence_of, neighbours_of
from core.runs import Run
from ui import resources
from ui.components import chart, percent
from ui.guards import as_text, explained, show_error
from ui.images import png
from ui.resources import explain
from ui.wall.actions import act_on, ask_for_name
from ui.wall.history import row_of, undo_and_redo

SHOWN_NAMES = 5
_NO_VECTORS = (
    "This run was trained before Visage kept what its network sees, so the nearest training photos are not known. Train again "
    "to have them."
)
_KINDS = {
    "grad_cam": "The brighter a part, the more it spoke for this name (Grad-CAM).",
    "slopes": "This network has no convolutions. Bright: the pixels that the name hangs on, lighter or darker (slopes).",
    "occlusion": "Bright: where covering a part of the face speaks most against this name (occlusion).",
}


def why_card(run: Run, judged: Judged, row: int) -> None:
    """Show everything about one answer.

    Args:
        run: Whose network answered.
        judged: The set.
        row: Which face of it.
    """
    key = f"why-{run.id}-{judged.key}-{judged.sha256[row][:16]}"
    with explained():
        verdict = _verdict(run, judged, row)
        st.markdown(f"**{as_text(heading(judged, row))}** · {as_text(judged.paths[row])}")
        (st.success if verdict.kind == "right" else st.warning)(f"**{verdict.title}.** {as_text(verdict.words)}")
        picture, names = st.columns([2, 3])
        with picture:
            _face(run, judged, row, key)
        with names:
            _names(judged, row, key)
            _quality(explain.known(run, judged.key).qualities.get(judged.sha256[row]))
        _nearest(run, judged, row)
        _what_to_do(judged, row, verdict.better, key)


def heading(judged: Judged, row: int) -> str:
    """Return who is on the photo and, where it is another, who was named."""
    label, named = int(judged.labels[row]), int(judged.predicted[row])
    sure = percent(float(judged.probabilities[row, named]), 0)
    if label == named:
        return f"{judged.people[label]}, {sure}"
    return f"{judged.people[label]}, taken for {judged.people[named]} ({sure})"


def _verdict(run: Run, judged: Judged, row: int) -> Verdict:
    found = explain.verdicts(run, judged.key).get(row)
    return found or judge(evidence_of(judged, row, 0, None, explain.known(run, judged.key)))


def _face(run: Run, judged: Judged, row: int, key: str) -> None:
    """Show the face, and over it what speaks for one of the two names."""
    try:
        found = resources.judged_faces(run, judged.key)
    except RunError as error:
        show_error(error)
        return
    sha256 = judged.sha256[row]
    if not found.has(sha256):
        st.info("This face is not in the dataset any more, or was left out.", icon=":material/info:")
        return
    pixels = found.pixels(sha256)
    label, named = int(judged.labels[row]), int(judged.predicted[row])
    people = dict.fromkeys((named, label))
    person = st.segmented_control(
        "What speaks for", list(people), default=named, format_func=lambda each: judged.people[each], required=True,
        key=f"{key}-for",
    )  # fmt: skip
    quick = explain.heat_kind(run)
    kind = quick
    if quick == "occlusion":
        st.caption("This embedding runs outside Keras, so parts of the face are covered one by one.")
    elif st.toggle("Cover parts of the face", key=f"{key}-cover", help="Slower: the network is asked once for each part."):
        kind = "occlusion"
    heat = explain.heat(run, judged.key, sha256, named if person is None else int(person), kind)
    with st.container(horizontal=True):
        st.image(png(pixels), width=140, alt=f"Face from {judged.paths[row]}")
        st.image(png(draw_heat(pixels, heat)), width=140, alt="The same face with a heat map")
    st.caption(_KINDS[kind] if heat.any() else "No part of the face speaks for this name.")
    if judged.key == "crossvalidation":
        st.caption("The heat map is by this run's own network; in the cross-validation another one answered.")


def _names(judged: Judged, row: int, key: str) -> None:
    shares = judged.probabilities[row]
    top = [(judged.people[each], float(shares[each])) for each in (-shares).argsort(kind="stable")[:SHOWN_NAMES].tolist()]
    chart(figures.probability_bars(top), f"{key}-top")


def _quality(quality: Quality | None) -> None:
    if quality is None:
        st.caption("The photo has not been measured; the Health tab of the Explore page does that.")
        return
    size = "–" if quality.face_size is None else f"{quality.face_size:.0f} px"
    pose = "" if quality.yaw is None else f" · turned {abs(quality.yaw):.0f}° to a side"
    nod = "" if quality.pitch is None else f", {abs(quality.pitch):.0f}° {'up' if quality.pitch < 0 else 'down'}"
    st.caption(
        f"Face {size} · sharpness {quality.sharpness:.2f} · brightness {quality.brightness:.2f} · "
        f"burnt out {percent(quality.overexposed, 0)}{pose}{nod}"
    )


def _nearest(run: Run, judged: Judged, row: int) -> None:
    """Show the training photos of both people that the network finds most like the face."""
    taught = explain.taught(run, judged.key)
    if taught is None:
        st.caption(_NO_VECTORS)
        return
    label, named = int(judged.labels[row]), int(judged.predicted[row])
    faces = explain.training_faces(run)
    for person in dict.fromkeys((label, named)):
        found = neighbours_of(taught, judged, row, person)
        if not found:
            st.caption(f"No training photo of {as_text(judged.people[person])} can be compared with this face.")
            continue
        st.markdown(f"Most like it among the training photos of **{as_text(judged.people[person])}**")
        with st.container(horizontal=True):
            for each in found:
                pixels = None if faces is None or each.sha256 not in faces.rows else faces.pixels[faces.rows[each.sha256]]
                words = f"likeness {each.likeness:.2f}"
                if pixels is None:
                    st.caption(f"Not there any more, {words}")
                else:
                    st.image(png(pixels), caption=words, width=90, alt=f"Training photo of {judged.people[person]}")


def _what_to_do(judged: Judged, row: int, better: str, key: str) -> None:
    """Offer to change the photo's name, to leave it out, or to keep it; all of it can be taken back.

    `better` is the name that the photo probably should have; where it is empty the one that it was given is offered.
    """
    catalogue, sha256 = get_dataset(judged.dataset_id), judged.sha256[row]
    named = better or judged.people[int(judged.predicted[row])]
    st.caption(_effect(judged, row))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if judged.wrong[row] and st.button(f"It is {as_text(named)}", icon=":material/edit:", key=f"{key}-as-named"):
            act_on(catalogue, lambda of: curation.relabel(of, [sha256], named))
        with st.popover("Another name", icon=":material/edit:"):
            person = ask_for_name(catalogue, f"{key}-name")
            if st.button("Give this name", key=f"{key}-relabel", disabled=not person) and person:
                act_on(catalogue, lambda of: curation.relabel(of, [sha256], person))
        if st.button("Exclude", icon=":material/block:", key=f"{key}-exclude", help=_EXCLUDE):
            act_on(catalogue, lambda of: curation.exclude(of, [sha256]))
        if st.button("The name is right", icon=":material/check:", key=f"{key}-keep", help=_KEEP):
            act_on(catalogue, lambda of: curation.keep(of, [sha256]))
        undo_and_redo(catalogue)
    _history(catalogue, sha256)


_EXCLUDE = "The photo is neither learnt nor counted, until you use it again. The file stays."
_KEEP = "Nothing changes but that the name counts as doubtful no more."


def _effect(judged: Judged, row: int) -> str:
    """Say what a new name or leaving the photo out does to the accuracy."""
    photos, right = judged.photos, int((~judged.wrong).sum())
    own = 0 if judged.wrong[row] else 1
    without = percent((right - own) / (photos - 1)) if photos > 1 else "–"
    renamed = percent((right + 1) / photos) if judged.wrong[row] else percent((right - 1) / photos)
    other = "the name it was given" if judged.wrong[row] else "another name"
    return (
        f"Accuracy as measured: {percent(right / photos)}. With {other} {renamed}, without this photo {without}. "
        "Whatever you change is counted, and both figures are shown on top."
    )


def _history(catalogue: Catalogue, sha256: str) -> None:
    done = curation.history_of(catalogue, sha256)
    if done:
        with st.expander(f"What was done with this photo ({len(done)})"):
            st.dataframe([row_of(each) for each in done], hide_index=True, width="stretch")
