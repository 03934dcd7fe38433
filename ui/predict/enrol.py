"""Adding a person to a trained network, on the Predict page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.datasets import are_strangers
from core.recognizer import (
    ENOUGH_PHOTOS,
    AddedPerson,
    Enrolment,
    added_people,
    enrol,
    forget,
    takes_people,
)
from core.runs import Run
from ui import resources
from ui.frame import page_named
from ui.guards import as_text, explained
from ui.predict.inputs import PHOTO_ENDINGS
from ui.session import current

_KEPT = "The photos are kept on this computer for the next training, until you remove the person here."


def notices() -> None:
    """Show once what adding or removing a person has left to say."""
    waiting = current().predict.notices
    for sentence in waiting:
        st.warning(as_text(sentence), icon=":material/info:")
    waiting.clear()


def people(run: Run) -> None:
    """Let the person add somebody to the run, see who was added, and remove them."""
    with explained():
        box = st.expander("Add a person", icon=":material/person_add:", key=f"add-a-person-{run.id}", on_change="rerun")
        if not box.open:
            return  # a second place for uploads on the page only where it is wanted
        with box:
            if not takes_people(run):
                _train_first()
                return
            _form(run)
            for each in added_people(run):
                _row(run, each)


def _train_first() -> None:
    st.write("This network has only learnt its own people. A run of the preset embedding takes in more of them at once.")
    st.page_link(page_named("train"), label="Train one", icon=":material/model_training:")


def _form(run: Run) -> None:
    st.write(
        f"Recognised at once, without training. 1 photo works, {ENOUGH_PHOTOS} different ones work better. In each, this "
        "person's face has to be the main one."
    )
    version = current().predict.added
    with st.form(f"add-{run.id}-{version}", border=False):
        name = st.text_input("Name", key=f"add-name-{run.id}-{version}", max_chars=80, width=320)
        files = st.file_uploader(
            "Photos of this person", PHOTO_ENDINGS, accept_multiple_files=True, key=f"add-photos-{run.id}-{version}"
        )
        pressed = st.form_submit_button("Add person", icon=":material/person_add:", type="primary")
    st.caption(_KEPT)
    if pressed:
        _add(run, name, [(file.getvalue(), file.name) for file in files])


def _add(run: Run, name: str, photos: Sequence[tuple[bytes, str]]) -> None:
    if not photos:
        st.error("No photo was chosen. Choose 1 to 5 photos of this person.", icon=":material/error:")
        return
    with explained():
        with st.spinner("Looking at the photos …"):
            done = enrol(run.directory, name, photos, recognizer=resources.recognizer_of(run))
        session = current()
        session.predict.notices += [f"{file}: {why}" for file, why in done.problems]
        session.predict.notices += done.notes
        session.predict.added += 1
        st.toast(_said(done, len(session.predict.notices)), icon=":material/check_circle:", duration="long")
        st.rerun()


def _said(done: Enrolment, notices: int) -> str:
    name = as_text(done.person)
    photos = "1 photo" if done.added == 1 else f"{done.added} photos"
    said = f"{name} is recognised from now on: {photos} added." if done.added else f"Nothing new: {name} has these photos."
    return f"{said} Please read the note at the top of the page." if notices else said


def _row(run: Run, person: AddedPerson) -> None:
    name = "Strangers" if are_strangers(person.name) else as_text(person.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{name}** · {_known_from(run, person)}", width="stretch")
        with st.popover("Remove", icon=":material/person_remove:", key=f"remove-{run.id}-{person.name}"):
            st.write(f"{name} is no longer recognised as added, and the photos kept for the next training are deleted.")
            if st.button("Remove", type="primary", key=f"removed-{run.id}-{person.name}"):
                with explained():
                    forget(run.directory, person.name)
                    st.toast(f"{name} was removed.", icon=":material/check_circle:")
                    st.rerun()


def _known_from(run: Run, person: AddedPerson) -> str:
    kept = f"{_photos(person.kept)} kept for the next training" if person.kept else "none kept for the next training"
    if person.photos:
        return f"recognised from {_photos(person.photos)}, {kept}"
    return f"learnt by this run, {kept}" if person.name in run.class_names else f"not known to this run, {kept}"


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
