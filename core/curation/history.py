"""Taking actions back and making them again, and what was done when."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace

from core.curation.acting import Shown, follow_up, perform
from core.curation.names import in_words
from core.datasets import Catalogue, edits, ledger
from core.datasets.edits import Change
from core.datasets.ledger import Entry

_WHAT = {
    "person": "person",
    "excluded": "left out",
    "face": "face",
    "kept": "name looked at",
    "rename": "name of the folder",
    "said": "face on Predict",
    "shown": "shown as",
}


def entries(catalogue: Catalogue, offset: int = 0, limit: int = 50) -> list[Entry]:
    """Return some entries of the ledger, the latest first."""
    with catalogue.reading() as connection:
        return ledger.page(connection, offset, limit)


def count_entries(catalogue: Catalogue) -> int:
    """Return how many entries the ledger has."""
    with catalogue.reading() as connection:
        return ledger.count(connection)


def next_undo(catalogue: Catalogue) -> Entry | None:
    """Return the action that `undo` would take back; None where there is none."""
    return _last(catalogue, undone=False)


def next_redo(catalogue: Catalogue) -> Entry | None:
    """Return the action that `redo` would make again; None where there is none."""
    return _last(catalogue, undone=True)


def undo(catalogue: Catalogue) -> Entry | None:
    """Take the last action back that still stands, and return the entry of that; None where there is none.

    What was decided of photos that have vanished is taken back too: they are known by their content, should they return.

    Raises:
        StorageError: the disk refuses; everything is as before.
    """
    return _turn(catalogue, ledger.UNDO)


def redo(catalogue: Catalogue) -> Entry | None:
    """Make the action again that was taken back last, and return the entry of that; None where there is none.

    Raises:
        StorageError: the disk refuses; everything is as before.
    """
    return _turn(catalogue, ledger.REDO)


def take_back(catalogue: Catalogue, id: int) -> Entry | None:
    """Take one action back, whatever was done since, and return the entry of that; None where it does not stand any more.

    What was overtaken by something else stays as it is.

    Raises:
        StorageError: the disk refuses; everything is as before.
    """
    return _turn(catalogue, ledger.UNDO, id)


def history_of(catalogue: Catalogue, sha256: str) -> list[Entry]:
    """Return what was done with one photo, the latest first; the words are about this photo alone."""
    with catalogue.reading() as connection:
        found = list(ledger.entries_with(connection, sha256))
    own = [(entry, [each for each in changes if each.key == sha256]) for entry, changes in found]
    return [replace(entry, words=_of_one(entry, changes), photos=1) for entry, changes in reversed(own)]


def export_ledger(catalogue: Catalogue) -> str:
    """Return the whole ledger as CSV text: a line for each change, the earliest first."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["entry", "at", "action", "words", "undone", "about", "what", "of", "before", "after"])
    with catalogue.reading() as connection:
        for entry, changes in ledger.entries_with(connection, "["):
            first = [entry.id, entry.at, entry.kind, entry.words, "yes" if entry.undone else "", entry.about or ""]
            rows = [[_WHAT[each.what], each.key, _text(each.before), _text(each.after)] for each in changes]
            lines.writerows([*first, *row] for row in rows or [["", "", "", ""]])
    return out.getvalue()


def _last(catalogue: Catalogue, undone: bool) -> Entry | None:
    with catalogue.reading() as connection:
        state = ledger.standing(connection)
        ids = state.undone if undone else state.done
        return ledger.entry(connection, ids[-1]) if ids else None


def _turn(catalogue: Catalogue, kind: str, only: int | None = None) -> Entry | None:
    """Take the last action back, or make it again; or that with one number alone."""
    with catalogue.writing() as connection:
        state = ledger.standing(connection)
        ids = [id for id in (state.done if kind == ledger.UNDO else state.undone) if only in (None, id)]
        if not ids:
            return None
        about = ledger.entry(connection, ids[-1])
        changes = ledger.changes_of(connection, about.id)
        if kind == ledger.UNDO:
            changes = [each.reversed() for each in changes]
        standing = edits.still_standing(connection, changes)

        def words(photos: Sequence[str], before: Shown, after: Shown) -> str:
            return f"{'Taken back' if kind == ledger.UNDO else 'Made again'}: {about.words}"

        entry = perform(connection, kind, standing, words, about.id)
    follow_up(catalogue, standing)
    return entry


def _of_one(entry: Entry, changes: Sequence[Change]) -> str:
    """Return what an entry did with one photo, as a sentence."""
    shown = next((each for each in changes if each.what == "shown"), None)
    if entry.kind == "correct":
        said = "Kept for the next training from a photo on Predict."
    elif shown and shown.before != shown.after:
        said = f"Shown as {_name(shown.after)}, before as {_name(shown.before)}."
    elif any(each.what == "excluded" for each in changes):
        said = "Left out." if any(each.what == "excluded" and each.after for each in changes) else "Taken in again."
    elif any(each.what == "kept" for each in changes):
        right = any(each.what == "kept" and each.after for each in changes)
        said = "The name was looked at and is right." if right else "Nobody has found the name right."
    elif any(each.what == "face" for each in changes):
        said = _FACES[next(_kind_of_face(each.after) for each in changes if each.what == "face")]
    else:
        said = "Nothing changed."
    return {ledger.UNDO: "Taken back. ", ledger.REDO: "Made again. "}.get(entry.kind, "") + said


_FACES = {
    "none": "Counted as without a face.",
    "found": "Another face chosen.",
    "drawn": "A face drawn by hand.",
    "": "The face that is found by itself.",
}


def _kind_of_face(text: str | None) -> str:
    return "" if text is None else str(json.loads(text)["kind"])


def _name(person: str | None) -> str:
    return "nobody's" if person is None else in_words(person)


def _text(value: object) -> str:
    if isinstance(value, list):  # of a face on Predict
        return "no face" if value[0] is None else str(value[0])
    return "" if value is None else str(value)
