"""From a run directory to a recognizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.detection import create_detector
from core.embeddings import Backbone, load_backbone
from core.errors import ModelError, RunError
from core.models import load_network
from core.models.logits import classes_of
from core.recognizer.galleries import read_enrolled, read_gallery
from core.recognizer.naming import Knowledge
from core.recognizer.recognizer import Recognizer
from core.runs import Run, layout, read_run
from core.runs.run import damage_named
from core.storage import read_json


def load_recognizer(directory: Path) -> Recognizer:
    """Return the recognizer of the finished run in `directory`.

    Raises:
        RunError: there is no run, it is unfinished, damaged, or of a newer Visage.
        ModelError: the network or the detector's weights cannot be used.
    """
    run = read_finished_run(directory)
    knowledge = read_knowledge(run)
    network = load_network(directory / layout.MODEL)
    _check_fit(run, network)
    return Recognizer(run.id, network, run.settings.face, knowledge, create_detector(run.settings.face), _own_backbone(run))


def read_knowledge(run: Run) -> Knowledge:
    """Return what turns a finished run's answers into names; read in a moment, without TensorFlow.

    Raises:
        RunError: one of its files is missing or damaged.
    """
    directory, thresholds = run.directory, run.thresholds
    if thresholds is None:
        raise RunError(f"{directory / layout.THRESHOLDS} is missing.", "Put it back from a copy, or train again.")
    gallery, enrolled = read_gallery(directory / layout.GALLERY), read_enrolled(directory / layout.ENROLLED)
    return Knowledge(run.class_names, thresholds, gallery, enrolled, run.settings.embedding.scale)


def _own_backbone(run: Run) -> Backbone | None:
    """Return the embedding that the run keeps only by its hash: a person's own ONNX file."""
    if run.settings.model.architecture != "embedding" or run.settings.embedding.backbone != "onnx":
        return None
    with damage_named(run.directory / layout.BACKBONE):
        about = read_json(run.directory / layout.BACKBONE) or {}
    backbone = load_backbone(run.settings)
    if backbone.key != about.get("key"):
        raise ModelError(
            f"{run.settings.embedding.onnx_file} is not the file that the run {run.name} was trained with.",
            f"Put the file with sha256 {str(about.get('sha256', ''))[:12]} back, or train again.",
        )
    return backbone


def read_finished_run(directory: Path) -> Run:
    """Return the finished run in `directory`; told in a moment, before TensorFlow is needed.

    Raises:
        RunError: there is no run, it is unfinished, damaged, or of a newer Visage.
    """
    run = read_run(directory)
    if run.result is None:
        raise RunError(f"The run {run.name} is not finished.", "Wait until its training ends, or let it go on.")
    return run


def _check_fit(run: Run, network: Any) -> None:
    size, classes = run.settings.face.size, classes_of(network)
    given = network.inputs[0].shape[1:]
    if (len(given) == 3 and given[0] != size) or classes != len(run.class_names):
        raise RunError(
            f"The network in {run.directory} is for {classes} people and inputs of {tuple(given)}, "
            f"its run for {len(run.class_names)} people and faces of {size} px.",
            "Put the run's own model.keras back, or train again.",
        )


def keep_tensorflow_on_cpu() -> None:
    """Hide every GPU from this process: a GPU belongs to the training processes. Once TensorFlow works it is too late."""
    import tensorflow as tf

    try:
        tf.config.set_visible_devices([], "GPU")
    except RuntimeError:  # it has started already: it keeps what it has
        return
