"""A batch for the tests of the Predict page, answered by a run on the first seven of the built-in people."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core import batch as batches
from core.batch.answering import answer_batch
from core.recognizer import load_recognizer
from core.runs import Run, layout
from core.storage import write_json
from tests.core.batches import single
from tests.core.photos import as_png, pasted

KNOWN, STRANGERS = (1, 2, 3), (20, 21)  # people


def answered_album(embedded: Run, artifacts: Path) -> Path:
    """Copy a run with its artifacts folder and let it answer 16 photos: two of them without a face, one with two.

    The batch is answered in this process, where TensorFlow is loaded already.

    Args:
        embedded: The run.
        artifacts: The folder to be made.

    Returns:
        The batch's directory.
    """
    shutil.copytree(embedded.directory.parent.parent, artifacts)
    run = artifacts / "runs" / embedded.id
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISAGE_ARTIFACTS", str(artifacts))
        patch.setattr("core.batch.starting.start_process", lambda directory: None)
        uploads = _uploads()
        directory = batches.start_prediction(run, uploads, title="Album <b>*1*</b>")
        result = answer_batch(directory, load_recognizer(run))
    count = len(uploads)
    write_json(directory / layout.PROGRESS, {"state": "done", "stage": "Naming faces", "done": count, "total": count})
    write_json(directory / layout.RESULT, result)
    return directory


def _uploads() -> list[tuple[str, bytes]]:
    return [
        *(single(person, 9) for person in KNOWN),
        *(single(person, number) for person in STRANGERS for number in range(1, 6)),
        ("both.png", as_png(pasted((700, 360), [(1, 40, 20, 200), (2, 440, 30, 200)]))),
        ("empty.png", as_png(pasted((300, 200), []))),
        ("broken.jpg", b"\xff\xd8\xff\xe0 cut short"),
    ]
