"""Saying of faces of a batch who they are, or that they are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.batch import Batch, BatchRow
from core.batch.filtering import people_in
from core.batch.given import NO_FACE, Givens, Wish, give, read_given, take_back
from core.curation.names import checked_name
from core.datasets import are_strangers, person_key
from core.errors import DatasetError
from core.recognizer import added_people, dataset_of, takes_people
from core.runs import Run
from ui.guards import as_text, explained
from ui.memories import Undo
from ui.predict.batch_keeping import forget_the_named
from ui.predict.batch_words import counted
from ui.session import current

_WISHES: dict[Wish, str] = {
    "recognise": "Recognise from now on, and keep for the next training",
    "keep": "Keep for the next training",
    "": "In this batch only",
}


def naming_bar(batch: Batch, run: Run | None, rows: Sequence[BatchRow], key: str, title: str = "") -> None:
    """Offer what can be said of some faces, in the horizontal container that is open.

    Args:
        batch: Whose faces.
        run: The batch's; None where it is gone, then nothing can be kept for a training.
        rows: The faces.
        key: Tells the bar from others on the page.
        title: Which faces are meant, where that is not clear.
    """
    key = f"{key}-{current().predict.batch.turn}"
    if title:
        st.markdown(f"**{title}**", width="content")
    if all(row.decision == "unsure" for row in rows):
        _confirm(batch, run, rows, key)
    naming(batch, run, rows, key)
    if st.button("Not faces" if len(rows) > 1 else "Not a face", key=f"none-{key}", icon=":material/face_retouching_off:"):
        with explained():
            say(batch, {NO_FACE: rows}, _kept(run))
    if any(row.decision == "by hand" for row in rows):
        _back_to_the_network(batch, rows, key)


def _kept(run: Run | None) -> Wish:
    return "keep" if run is not None and dataset_of(run) else ""


def _confirm(batch: Batch, run: Run | None, rows: Sequence[BatchRow], key: str) -> None:
    """Offer to say that the best guess is right, for each face its own."""
    help = "Gives each face the name that is guessed, and keeps it for the next training."
    label = "The guesses are right" if len(rows) > 1 else "The guess is right"
    if st.button(label, key=f"right-{key}", icon=":material/check:", help=help):
        people = dict.fromkeys(row.person or "" for row in rows)
        with explained():
            say(batch, {person: [row for row in rows if row.person == person] for person in people}, _kept(run))


def _back_to_the_network(batch: Batch, rows: Sequence[BatchRow], key: str) -> None:
    help = "What the network said holds again. What was kept for the next training stays."
    if st.button("Drop my name", key=f"drop-{key}", icon=":material/undo:", help=help):
        with explained():
            take_back(batch.directory, [row.number for row in rows])
            _done(f"The network's answer holds again for {counted(len(rows), 'face')}.")


def naming(batch: Batch, run: Run | None, rows: Sequence[BatchRow], key: str) -> None:
    """Let the person say who some faces are, all the same one."""
    label = "These are …" if len(rows) > 1 else "This is …"
    box = st.popover(label, icon=":material/edit:", key=f"naming-{key}", type="primary", on_change="rerun")
    if not box.open:
        return  # who is known is looked up only where it is wanted
    names = _names(batch, run)
    with box:
        person = st.selectbox(
            "Who is it?", names, index=None, accept_new_options=True, key=f"name-{key}",
            placeholder="Choose, or type a new name",
        )  # fmt: skip
        wishes = _possible(run, person)
        wish = st.radio(
            "Use these faces", wishes, format_func=_WISHES.__getitem__, key=f"wish-{key}-{len(wishes)}",
            help="They are copied into the dataset of this run; its photos stay as they are.",
        )  # fmt: skip
        if st.button("Give this name", key=f"give-{key}", type="primary", disabled=not person) and person:
            with explained():
                say(batch, {_checked(person, names): rows}, wish)


def _names(batch: Batch, run: Run | None) -> list[str]:
    """Return everybody who is known: to the run, by being added, by a name in this batch."""
    known = {*(run.class_names if run else ()), *people_in(batch.rows)}
    if run is not None:
        known |= {each.name for each in added_people(run)}
    return sorted(known, key=str.casefold)


def _checked(person: str, names: Sequence[str]) -> str:
    """Return a name as it is kept: that of somebody who is known, in the usual spelling.

    Raises:
        DatasetError: it is no name, or the word for faces without one.
    """
    name = checked_name(person)
    if are_strangers(name):
        raise DatasetError(f"{name} is what faces without a name are called.", "Type the name of a person.")
    return next((each for each in names if person_key(each) == person_key(name)), name)


def _possible(run: Run | None, person: str | None) -> list[Wish]:
    """Return what can be done with faces of somebody, the most useful first."""
    if run is None:
        return [""]
    learnt = person is not None and person_key(person) in map(person_key, run.class_names)
    wishes: list[Wish] = ["recognise"] if takes_people(run) and not learnt else []
    return [*wishes, *(["keep"] if dataset_of(run) else []), ""]


def say(batch: Batch, named: Mapping[str, Sequence[BatchRow]], wish: Wish) -> None:
    """Say who some faces are, or that they are none, and draw the page again.

    Args:
        batch: Whose faces.
        named: The faces of each person; those of `NO_FACE` are none.
        wish: What is to be done with them.

    Raises:
        JobError: what was said before cannot be read.
        StorageError: the disk refuses.
    """
    numbers = {person: [row.number for row in rows] for person, rows in named.items()}
    before: Givens = {}
    for person, own in numbers.items():
        before |= give(batch.directory, own, person, wish)
    words = _words(numbers)
    current().predict.batch.undo = Undo(words, tuple(each for own in numbers.values() for each in own), before)
    _done(words)


def _words(numbers: Mapping[str, Sequence[int]]) -> str:
    faces = counted(sum(map(len, numbers.values())), "face")
    if NO_FACE in numbers:
        return f"{faces} left out: not a face."
    people = list(numbers)
    return f"{faces}: {people[0]}." if len(people) == 1 else f"{faces} of {len(people):,} people confirmed."


def _done(words: str) -> None:
    session = current()
    session.said = words
    session.predict.batch.done()
    st.rerun()


def offer_undo(batch: Batch, run: Run | None) -> None:
    """Offer to take back what was said of faces last."""
    memory = current().predict.batch
    if memory.undo is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f":material/check: {as_text(memory.undo.words)}", width="content")
        if st.button("Undo", key=f"undo-{memory.turn}", icon=":material/undo:"):
            with explained():
                _undo(batch, run, memory.undo)


def _undo(batch: Batch, run: Run | None, undo: Undo) -> None:
    """Take back what was said, and in the dataset what has come of it."""
    given = read_given(batch.directory)
    take_back(batch.directory, undo.numbers, undo.before)
    current().predict.batch.undo = None
    if run is not None:
        forget_the_named(batch, run, undo.numbers, given)
    _done(f"Taken back: {undo.words}")
