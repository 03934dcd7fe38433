"""Cleaning a dataset: every action is one entry of the ledger and can be taken back; the photos' files are never changed."""

from core.curation.content import changed_since, content_hash
from core.curation.correcting import Correction, correct, not_faces, said_about, take_back
from core.curation.export import Exported, export_photos, export_table
from core.curation.exports import Finished, erase_exports, export_job, finished_exports, run_export
from core.curation.faces import automatic_face, choose_face, draw_face, not_a_face
from core.curation.forgetting import forget_person, runs_trained_on
from core.curation.history import count_entries, entries, export_ledger, history_of, next_redo, next_undo, redo, undo
from core.curation.people import merge_people, rename_person
from core.curation.photos import exclude, include, keep, mark_strangers, relabel
from core.curation.pieces import PhotoFace
from core.curation.receipt import Receipt
from core.datasets.ledger import Entry
from core.datasets.said import Said, said_of

__all__ = [
    "Correction",
    "Entry",
    "Exported",
    "Finished",
    "PhotoFace",
    "Receipt",
    "Said",
    "automatic_face",
    "changed_since",
    "choose_face",
    "content_hash",
    "correct",
    "count_entries",
    "draw_face",
    "entries",
    "erase_exports",
    "exclude",
    "export_job",
    "export_ledger",
    "export_photos",
    "export_table",
    "finished_exports",
    "forget_person",
    "history_of",
    "include",
    "keep",
    "mark_strangers",
    "merge_people",
    "next_redo",
    "next_undo",
    "not_a_face",
    "not_faces",
    "redo",
    "relabel",
    "rename_person",
    "run_export",
    "runs_trained_on",
    "said_about",
    "said_of",
    "take_back",
    "undo",
]
