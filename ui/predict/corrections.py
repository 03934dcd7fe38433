"""Saying whether an answer is right: each word goes to the dataset's history, and what is kept waits for the next training."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core import curation
from core.curation import Correction
from core.datasets import are_strangers, person_key
from core.errors import VisageError
from core.recognizer import dataset_of, takes_people
from core.runs import Run
from ui import resources
from ui.guards import as_text
from ui.predict.faces import Asked, ShownFace
from ui.session import current, value_of

STRANGER = "Unknown"
_KEEP = "Keep it for the next training"
_KEEP_HELP = (
    "The photo, or the part around this face where others are in it, goes to the dataset of this run, on this computer. It can "
    "be taken back."
)
_RECOGNISE = "Recognise this person from now on"


def corrections(asked: Asked, each: ShownFace) -> None:
    """Show what was said about a face, and let the person say something."""
    key = f"{asked.upload.key}-{each.number}-{asked.memory.said}"
    if each.said is not None:
        _standing(asked, each, key)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if each.said is None:
            _right(asked, each, key)
        _who(asked, each, key)
        if each.drawn:
            _button("Remove this box", ":material/delete:", partial(_undraw, asked, each), f"undraw-{key}")
        else:
            _button("Not a face", ":material/face_retouching_off:", partial(refuse, asked, each), f"refuse-{key}")


def _button(label: str, icon: str, work: Callable[[], None], key: str, help: str = "") -> None:
    st.button(label, icon=icon, key=key, type="tertiary", on_click=work, help=help or None)


def _standing(asked: Asked, each: ShownFace, key: str) -> None:
    """Show what stands, and offer to keep the photo, too, or to take it back."""
    said = each.said
    assert said is not None
    whose = "a stranger" if are_strangers(said.person) else f"**{as_text(said.person or '')}**"
    with st.container(horizontal=True, vertical_alignment="center"):
        kept = ", kept for the next training" if said.is_kept else ""
        st.markdown(f":material/rate_review: You said: {whose}{kept}.", width="content")
        if not said.is_kept:
            keep = partial(say, asked, each, str(said.person), keep=True)
            _button("Keep the photo for the next training", ":material/add_photo_alternate:", keep, f"keep-{key}", _KEEP_HELP)
        _button("Take back", ":material/undo:", partial(take_back, asked, each), f"back-{key}")


def _right(asked: Asked, each: ShownFace, key: str) -> None:
    person = each.face.person
    if person is not None:
        _button("Right", ":material/check:", partial(say, asked, each, person, keep=False), f"right-{key}")
    else:
        help = "Nobody whom this run should know. Right: it is unknown."
        _button("Right, a stranger", ":material/check:", partial(say, asked, each, STRANGER, keep=False), f"right-{key}", help)


def _who(asked: Asked, each: ShownFace, key: str) -> None:
    """Let the person say who it is, somebody known or new."""
    label = "Who is this?" if each.face.person is None else "It's …"
    box = st.popover(label, type="tertiary", icon=":material/edit:", key=f"who-{key}", on_change="rerun")
    if not box.open:
        return
    with box:
        person = st.selectbox(
            "Whose face is it?",
            names(asked.run, each),
            index=None,
            accept_new_options=True,
            placeholder="Choose, or type a new name",
            key=f"name-{key}",
        )
        st.checkbox(_KEEP, value=True, key=f"keeping-{key}", help=_KEEP_HELP)
        if takes_people(asked.run):
            st.checkbox(_RECOGNISE, value=True, key=f"recognise-{key}", help="At once, without training; for new people only.")
        st.button(
            "Save", icon=":material/check:", type="primary", key=f"save-{key}", disabled=not person,
            on_click=_save, args=(asked, each, key),
        )  # fmt: skip


def names(run: Run, each: ShownFace) -> list[str]:
    """Return whom a face can be: the likely people first, then all others that the run or its dataset knows."""
    dataset = dataset_of(run)
    others = [*resources.knowledge_of(run).names, *((name for name, _ in resources.people_of(dataset)) if dataset else ())]
    spelled: dict[str, str] = {}
    for name in [*(name for name, _ in each.face.top), *sorted(others, key=str.casefold)]:
        spelled.setdefault(person_key(name), name)
    return [name for name in spelled.values() if not are_strangers(name)]


def _save(asked: Asked, each: ShownFace, key: str) -> None:
    person, keep = value_of(f"name-{key}"), bool(value_of(f"keeping-{key}"))
    recognise = bool(value_of(f"recognise-{key}")) and is_new(asked.run, person or "")
    say(asked, each, person or "", keep=keep, recognise=recognise)


def is_new(run: Run, person: str) -> bool:
    """Whether a run could get to know somebody: it has not learnt them, and they are no strangers."""
    learnt = {person_key(name) for name in run.class_names}
    return bool(person.strip()) and person_key(person) not in learnt and not are_strangers(person)


def say(asked: Asked, each: ShownFace, person: str, *, keep: bool, recognise: bool = False) -> None:
    """Say whose face it is."""

    def work() -> None:
        known = resources.recognizer_of(asked.run) if recognise else None
        done = curation.correct(
            asked.run, [each.of(asked.upload)], person, keep=keep, recognise=recognise, recognizer=known
        )  # fmt: skip
        _tell(asked, done, recognise)

    _do(asked, work)


def refuse(asked: Asked, each: ShownFace) -> None:
    """Say that it is no face."""

    def work() -> None:
        curation.not_faces(asked.run, [each.of(asked.upload)])

    _do(asked, work)


def take_back(asked: Asked, each: ShownFace) -> None:
    """Take back what was said about a face."""

    def work() -> None:
        if each.said is not None:
            curation.take_back(asked.run, each.said, each.of(asked.upload))
            current().predict.everything = takes_people(asked.run)

    _do(asked, work)


def _undraw(asked: Asked, each: ShownFace) -> None:
    asked.memory.drawn = [box for box in asked.memory.drawn if box != each.detection]


def _do(asked: Asked, work: Callable[[], None]) -> None:
    """Do something in a callback, so that the photo is drawn once only; what goes wrong is shown there."""
    memory = asked.memory
    memory.trouble, memory.words = None, ""
    try:
        work()
        memory.said += 1
    except VisageError as error:
        memory.trouble = error


def _tell(asked: Asked, done: Correction, recognise: bool) -> None:
    memory, predict = asked.memory, current().predict
    notes = [*done.notes, *(f"{file}: {why}" for file, why in done.problems)]
    if recognise:  # other photos and the list of added people follow
        predict.everything, predict.notices = True, [*predict.notices, *notes]
        memory.words = f"{done.person} is recognised from now on."
    else:
        memory.words = " ".join(notes)
