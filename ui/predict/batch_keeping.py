"""Named faces of a batch on their way into the dataset: some at a time, so that the page stays usable meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import streamlit as st

from core import batch as batches
from core import curation
from core.batch import Batch, BatchRow
from core.batch.given import NO_FACE, Givens, read_given, settle
from core.curation import Correction, PhotoFace
from core.curation.history import take_back as take_back_entry
from core.errors import VisageError
from core.recognizer import dataset_of, forget_faces
from core.runs import Run
from ui import resources
from ui.guards import as_text, explained
from ui.predict.batch_words import counted
from ui.session import current

FACES_A_PASS = 16
PASS_SECONDS = 0.5  # from one pass to the next
_WAITING = ("keep", "recognise")


def keep_the_named(batch: Batch, run: Run | None) -> None:
    """Take the faces that were named here into the run's dataset, and show how far that is."""
    memory = current().predict.batch
    for note in memory.notes:
        st.warning(as_text(note), icon=":material/info:")
    waiting = _waiting(read_given(batch.directory))
    if run is None or not waiting:
        return
    if memory.refusal:
        _refused(batch, waiting)
    else:
        _pass(batch, run, len(waiting))


def _waiting(given: Givens) -> list[int]:
    return [number for number, each in given.items() if each.wish in _WAITING]


def _refused(batch: Batch, waiting: list[int]) -> None:
    memory = current().predict.batch
    st.error(f"{counted(len(waiting), 'named face')} cannot be kept. {as_text(memory.refusal)}", icon=":material/error:")
    with st.container(horizontal=True):
        st.button("Try again", icon=":material/refresh:", on_click=setattr, args=(memory, "refusal", ""))
        st.button("Leave them in this batch only", icon=":material/close:", on_click=_leave, args=(batch, waiting))


@st.fragment(run_every=PASS_SECONDS)
def _pass(batch: Batch, run: Run, total: int) -> None:
    """Keep some of the faces; the browser asks for the next ones until all are kept."""
    memory, given = current().predict.batch, read_given(batch.directory)
    waiting = _waiting(given)
    if not waiting or memory.refusal:
        st.rerun()
    done = total - len(waiting)
    st.progress(max(0.0, done / total), text=f"Keeping what you named for the next training: {done:,} of {total:,} faces")
    st.button(
        "Stop", key="stop-keeping", icon=":material/stop_circle:", on_click=_leave, args=(batch, waiting),
        help="The other faces keep their names in this batch.",
    )  # fmt: skip
    try:
        _keep_some(batch, run, given, waiting)
    except VisageError as error:
        memory.refusal = f"{error.what} {error.remedy}".strip()


def _leave(batch: Batch, waiting: list[int]) -> None:
    """Keep no more of the faces that wait."""
    with explained():
        settle(batch.directory, waiting, "")


def _keep_some(batch: Batch, run: Run, given: Givens, waiting: list[int]) -> None:
    """Keep the first faces that wait, all of one person."""
    person, wish = given[waiting[0]].person, given[waiting[0]].wish
    theirs = [number for number in waiting if given[number] == given[waiting[0]]]
    now, later = theirs[:FACES_A_PASS], theirs[FACES_A_PASS:]
    faces = [_face(batch, row) for row in (*batch.rows, *batch.refused) if row.number in set(now)]
    if person == NO_FACE:
        done = curation.not_faces(run, faces)
    elif wish == "recognise":
        with st.spinner(f"Getting to know {as_text(person)} …"):
            done = curation.correct(run, faces, person, recognise=True, recognizer=resources.recognizer_of(run))
        settle(batch.directory, later, "keep" if dataset_of(run) else "")  # so many are enough to know somebody by
    else:
        done = curation.correct(run, faces, person)
    entry = done.entry.id if done.entry else None
    settle(batch.directory, now, "recognised" if wish == "recognise" else "kept", entry)
    _note(done)


def _face(batch: Batch, row: BatchRow) -> PhotoFace:
    alone = batch.photos[row.photo].faces == 1
    return PhotoFace(partial(batches.photo_bytes, batch, row.photo), row.file, row.detection, alone=alone)


def forget_the_named(batch: Batch, run: Run, numbers: Iterable[int], given: Givens) -> None:
    """Take back in the run and its dataset what has come of naming some faces.

    Args:
        batch: Whose faces.
        run: The batch's.
        numbers: The faces.
        given: What was said of them.
    """
    said = {number: given[number] for number in numbers if number in given}
    by_number = {row.number: row for row in (*batch.rows, *batch.refused)}
    known = [_face(batch, by_number[number]) for number, each in said.items() if each.wish == "recognised"]
    if known:
        forget_faces(run.directory, [(each.read(), each.detection) for each in known])
    catalogue = dataset_of(run)
    for entry in sorted({each.entry for each in said.values() if each.entry is not None}):
        if catalogue is not None:
            take_back_entry(catalogue, entry)


def _note(done: Correction) -> None:
    said = [*done.notes, *(f"{file}: {why}" for file, why in done.problems)]
    current().predict.batch.notes += [each for each in said if each not in current().predict.batch.notes]
